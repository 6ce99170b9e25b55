"""What the code of a config adds to the classes, while that config is read."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dlrun.custom import CustomFile, Definition


@dataclass(frozen=True, slots=True)
class CodeScope:
    """The code of one config, as components; of most configs there is none."""

    file: CustomFile | None = None
    definitions: Mapping[str, Mapping[str, Definition]] = field(default_factory=dict)
    """What can be named, by the kind as which it can be named."""
    make: Callable[[CustomFile, Definition, str], type[object]] | None = None
    """Makes the component of a definition, for a kind."""
    main: Callable[[Definition, str], str | None] | None = None
    """The argument that a short form of a definition sets, for a kind."""
    made: dict[tuple[str, str], type[object]] = field(default_factory=dict)

    def names(self, kind: str) -> Collection[str]:
        """What can be named as a kind."""
        return self.definitions.get(kind, {}).keys()

    def mains(self, kind: str) -> Mapping[str, str | None]:
        """The argument that a short form sets, for each name of a kind."""
        return {
            name: None if self.main is None else self.main(definition, kind)
            for name, definition in self.definitions.get(kind, {}).items()
        }

    def find(self, kind: str, name: str) -> type[object]:
        """The component for a name; it is made once."""
        if (kind, name) not in self.made:
            assert self.make is not None  # noqa: S101 - there are definitions
            assert self.file is not None  # noqa: S101
            definition = self.definitions[kind][name]
            self.made[kind, name] = self.make(self.file, definition, kind)
        return self.made[kind, name]


_NOTHING = CodeScope()
_scope: ContextVar[CodeScope | None] = ContextVar("scope", default=None)


def current_scope() -> CodeScope:
    """The code of the config that is being read."""
    return _scope.get() or _NOTHING


@contextmanager
def reading_with(scope: CodeScope) -> Iterator[None]:
    """Let the names of some code be known in the block, and nowhere else."""
    token = _scope.set(scope)
    try:
        yield
    finally:
        _scope.reset(token)
