"""Importing the code of a config: only where a person has allowed it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, redirect_stdout
from contextvars import ContextVar
from importlib.abc import InspectLoader, MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path
from types import CodeType, ModuleType
from typing import Literal, TextIO, TypeAlias

from typing_extensions import override

from dlrun.config import CUSTOM
from dlrun.custom.blame import ENDINGS, RAN, told
from dlrun.custom.definition import Definition
from dlrun.custom.file import CustomFile, lines_of, module_name
from dlrun.errors import CodeError, Problem, RunError
from dlrun.writing import allow_commands_code, commands_with_code

StatedThreads: TypeAlias = int | Literal["auto"]
"""How many threads a config states."""
Prepare: TypeAlias = Callable[[StatedThreads], object]
"""Brings in what code needs, before any is run: Keras, with the threads of a config."""
_permission: ContextVar[Prepare | None] = ContextVar("permission", default=None)
_loaded: dict[tuple[Path, str], ModuleType] = {}
_beside: list[_Beside] = []
"""The files beside the code that was imported last."""


class CodeNotAllowedError(RunError):
    """Code that nobody has allowed to run."""


def allow_code(prepare: Prepare | None) -> None:
    """Allow to import the code of configs, from here on; `None`: forbid it.

    Args:
        prepare: Is called before.
    """
    _permission.set(prepare)
    allow_commands_code(allowed=prepare is not None)


@contextmanager
def allowing_code(prepare: Prepare | None) -> Iterator[None]:
    """Allow to import the code of configs in the block; `None`: as it was."""
    token = _permission.set(prepare or _permission.get())
    try:
        with commands_with_code(allowed=is_code_allowed()):
            yield
    finally:
        _permission.reset(token)


def is_code_allowed() -> bool:
    """Whether code may be imported here."""
    return _permission.get() is not None


def prepare_code(threads: StatedThreads) -> None:
    """Get ready to run the code of a config, if that is allowed."""
    prepare = _permission.get()
    if prepare is not None:
        prepare(threads)


def require_allowed(file: CustomFile) -> None:
    """Refuse code that nobody has allowed.

    Raises:
        CodeNotAllowedError: with its hash.
    """
    if not is_code_allowed():
        message = f"{file.path} is code (sha256 {file.short_sha256}), which is not run"
        hint = "read it; to run it, give --allow-code"
        raise CodeNotAllowedError(f"{message} unless you allow it", hint=hint)


def find_object(file: CustomFile, definition: Definition) -> Callable[..., object]:
    """A class or a function of the code of a config.

    Raises:
        CodeNotAllowedError: nobody has allowed to import it.
        CodeError: it cannot be imported.
    """
    found: object = getattr(_load(file), definition.name, None)
    if not callable(found):
        message = f"`{definition.name}` is defined here, but is no more at the end"
        place = file.place_of(definition)
        problem = Problem(CUSTOM, message, code="custom-code", location=place)
        raise CodeError(problem)
    return found


def _load(file: CustomFile) -> ModuleType:
    require_allowed(file)
    key = file.path, file.sha256
    if key not in _loaded:
        prepare_code("auto")
        _loaded[key] = _import(file)
    return _loaded[key]


def _import(file: CustomFile) -> ModuleType:
    for before in _beside:
        before.leave()
    beside = _Beside(file)
    _beside[:] = [beside]
    name = f"{file.path.stem}_{file.short_sha256}"
    loader = _TextLoader(file.path, file.texts[file.name])
    spec = spec_from_loader(name, loader, origin=str(file.path))
    assert spec is not None  # noqa: S101 - it has a loader
    module = sys.modules[name] = module_from_spec(spec)
    try:
        with redirect_stdout(sys.stderr):
            loader.exec_module(module)
    except (Exception, *ENDINGS) as error:
        del sys.modules[name]
        raise CodeError(told(error, file)) from error
    return module


def _print(
    *values: object,
    sep: str | None = None,
    end: str | None = None,
    file: TextIO | None = None,
    flush: bool = False,
) -> None:
    """`print` of the code of a config: stdout is for answers."""
    print(*values, sep=sep, end=end, file=file or sys.stderr, flush=flush)


class _TextLoader(InspectLoader):
    """Runs a text that was read before: what was hashed, and nothing else."""

    def __init__(self, path: Path, text: str, *, is_package: bool = False) -> None:
        self._path = path
        self._text = text
        self._is_package = is_package

    @override
    def is_package(self, fullname: str) -> bool:
        return self._is_package

    @override
    def get_source(self, fullname: str) -> str:
        return self._text

    @override
    def get_code(self, fullname: str) -> CodeType:
        return compile(self._text, str(self._path), "exec", dont_inherit=True)

    @override
    def exec_module(self, module: ModuleType) -> None:
        RAN[str(self._path)] = lines_of(self._text)
        module.__file__ = str(self._path)
        module.__dict__["print"] = _print
        exec(self.get_code(module.__name__), module.__dict__)  # noqa: S102 - allowed


class _Beside(MetaPathFinder):
    """Finds the files beside the code, by the texts that were read with it."""

    def __init__(self, file: CustomFile) -> None:
        self._loaders = {
            module_name(name): _TextLoader(
                file.path.parent / name, text, is_package=name.endswith("/__init__.py")
            )
            for name, text in file.texts.items()
            if name != file.name
        }
        parents = (name.rpartition(".")[0] for name in self._loaders)
        self._folders = {name for name in parents if name} - self._loaders.keys()
        for name in self._names:
            if name in sys.modules:
                message = f"{file.path.parent / name}.py is named like the module "
                raise CodeError(
                    Problem(
                        CUSTOM,
                        f"{message}{name}, which is imported already",
                        hint="give it another name",
                        code="custom-name",
                    )
                )
        if self._loaders:
            sys.meta_path.insert(0, self)

    @override
    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None,
        target: ModuleType | None = None,
    ) -> ModuleSpec | None:
        if fullname in self._folders:  # A package without a file of its own.
            return ModuleSpec(fullname, None, is_package=True)
        loader = self._loaders.get(fullname)
        return None if loader is None else spec_from_loader(fullname, loader)

    @property
    def _names(self) -> set[str]:
        return {*self._loaders, *self._folders}

    def leave(self) -> None:
        """Make room for files of other code that have the same names."""
        if self in sys.meta_path:
            sys.meta_path.remove(self)
        for name in self._names:
            sys.modules.pop(name, None)
