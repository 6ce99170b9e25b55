"""The file of Python that a config names: its text, its hash, what it defines."""

from __future__ import annotations

import ast
import hashlib
import stat
import sys
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from dlrun.config import CUSTOM, is_made_when_read
from dlrun.custom.definition import Definition, read_definitions
from dlrun.errors import CodeError, Location, Problem

_BYTES_AT_MOST = 1_000_000
_FILES_AT_MOST = 100
_DIGITS = 12


@dataclass(frozen=True, slots=True, eq=False)
class CustomFile:
    """The code of a config."""

    path: Path
    """Absolute."""
    texts: Mapping[str, str]
    """Each file by its path in the folder, as in `parts/blocks.py`; the first is the
    file itself, the others are those that it imports from beside it."""
    definitions: Mapping[str, Definition]

    @property
    def name(self) -> str:
        """That of the file, for people."""
        return self.path.name

    @property
    def sha256(self) -> str:
        """That of the file; of several, that of the list which `sha256sum` prints."""
        if len(self.texts) == 1:
            return _hash(self.texts[self.name])
        lines = (f"{_hash(text)}  {name}\n" for name, text in self.texts.items())
        return _hash("".join(lines))

    @property
    def short_sha256(self) -> str:
        """Its first digits, for people."""
        return self.sha256[:_DIGITS]

    def location(self, line: int, column: int, length: int) -> Location:
        """A place in the file itself."""
        lines = lines_of(self.texts[self.name])
        text = lines[line - 1] if 0 < line <= len(lines) else ""
        return Location(str(self.path), max(1, line), column, length, text)

    def place_of(self, definition: Definition) -> Location:
        """Where a class or a function is defined."""
        length = len(definition.name)
        return self.location(definition.line, definition.column, length)


def lines_of(text: str) -> list[str]:
    """Lines as Python counts them: a form feed or U+2028 begins none."""
    return text.split("\n")


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def read_custom(path: Path) -> CustomFile:
    """Read a file of Python and what it imports from beside it; run nothing.

    Raises:
        CodeError: it cannot be read, is no Python, or is named so that others could
            not be imported any more.
    """
    texts: dict[str, str] = {}
    trees: dict[str, ast.Module] = {}
    waiting = [path]
    for file in waiting:  # It grows on the way.
        name = file.relative_to(path.parent).as_posix()
        if name in texts:
            continue
        if len(texts) == _FILES_AT_MOST:
            raise _refused(f"{path} imports more than {_FILES_AT_MOST} files")
        texts[name] = _read(file)
        trees[module_name(name)] = _parse(texts[name], file)
        waiting += _beside(trees[module_name(name)], file, path.parent)
    first = module_name(path.name)
    for name in trees:
        _require_free(name, first, path.parent)
    ordered = {path.name: texts.pop(path.name), **dict(sorted(texts.items()))}
    try:
        definitions = read_definitions(first, trees)
    except RecursionError as error:
        raise _refused(f"{path} is nested too deeply to be read") from error
    return CustomFile(path, ordered, definitions)


def module_name(file: str) -> str:
    """`parts/blocks.py` -> `parts.blocks`; a package is called like its folder."""
    name = file.removesuffix(".py").removesuffix("/__init__")
    return name.replace("/", ".")


def _refused(
    message: str, hint: str | None = None, code: str = "custom-file"
) -> CodeError:
    return CodeError(Problem(CUSTOM, message, hint=hint, code=code))


def _read(file: Path) -> str:
    try:
        mode = file.stat().st_mode
        if stat.S_ISDIR(mode):
            hint = "write the path of one file, which may import others beside it"
            raise _refused(f"{file} is a folder", hint, "not-a-file")
        if not stat.S_ISREG(mode) or is_made_when_read(file):
            hint = "write the path of a file of Python"
            raise _refused(f"{file} is no regular file", hint, "not-a-file")
        with file.open("rb") as stream:
            data = stream.read(_BYTES_AT_MOST + 1)
    except FileNotFoundError:
        hint = "write its path, relative to this config"
        raise _refused(f"there is no file {file}", hint, "missing-file") from None
    except (OSError, ValueError) as error:
        words = getattr(error, "strerror", None) or str(error)
        message = f"cannot read {file}: {words}"
        raise _refused(message, code="missing-file") from error
    if len(data) > _BYTES_AT_MOST:
        raise _refused(f"{file} is larger than 1 MB, too large for code")
    try:
        return data.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        message = (
            f"{file} is no UTF-8 text: byte {data[error.start]:#04x} in line {line}"
        )
        raise _refused(message, "save it as UTF-8", "not-utf-8") from error


def _parse(text: str, file: Path) -> ast.Module:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # They are for whoever runs it.
            return ast.parse(text, str(file))
    except SyntaxError as error:
        lines = lines_of(text)
        number = min(error.lineno or 1, max(1, len(lines)))
        line = lines[number - 1] if lines else ""
        column = max(1, error.offset or 1)
        is_one_line = error.end_lineno in {None, number}
        length = (error.end_offset or 0) - column if is_one_line else len(line) - column
        place = Location(str(file), number, column, max(1, length), line)
        message = f"{file.name} is no Python: {error.msg}"
        problem = Problem(CUSTOM, message, code="custom-syntax", location=place)
        raise CodeError(problem) from error
    except (ValueError, RecursionError, MemoryError) as error:
        words = str(error) or "it is nested too deeply"
        raise _refused(f"{file} is no Python: {words}", code="custom-syntax") from error


def _beside(tree: ast.Module, importing: Path, folder: Path) -> Iterator[Path]:
    """The files of a folder, and of packages in it, that a file imports."""
    for start, name in _imports(tree, importing, folder):
        parts = name.split(".") if start.is_relative_to(folder) else []
        for count in range(1, len(parts) + 1):
            place = start.joinpath(*parts[:count])
            for file in (place.with_suffix(".py"), place / "__init__.py"):
                if file.is_file():
                    yield file


def _imports(
    tree: ast.Module, importing: Path, folder: Path
) -> Iterator[tuple[Path, str]]:
    """Each name that is imported, with the folder from which it counts."""
    around = [*importing.parents]
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((folder, one.name) for one in node.names)
        elif isinstance(node, ast.ImportFrom):
            prefix = f"{node.module}." if node.module else ""
            start = around[min(node.level, len(around)) - 1] if node.level else folder
            yield from ((start, f"{prefix}{one.name}") for one in node.names)


def _require_free(name: str, first: str, folder: Path) -> None:
    """Refuse a file beside that would hide a module of Python.

    Raises:
        CodeError: it is named like one.
    """
    if name != first and name.partition(".")[0] in sys.stdlib_module_names:
        message = f"{folder / name}.py is named like a module of Python"
        raise _refused(message, "give it another name", "custom-name")
