"""The classes of a kind by key: all that the index lists, imported when asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import ClassVar, Protocol, TypeVar

from typing_extensions import override

from dlrun.components.index import listed


class Registered(Protocol):
    """What a registry knows of a class."""

    key: ClassVar[str]
    aliases: ClassVar[tuple[str, ...]]
    main_argument: ClassVar[str | None]


_Class = TypeVar("_Class", bound=Registered)


class Registry(Mapping[str, type[_Class]]):
    """The classes of one kind; to look one up imports its module, no other does.

    A class that is defined while the program runs is there, too.
    """

    def __init__(self, kind: str) -> None:
        """Take the name of the kind, as the index has it."""
        self._kind = kind
        self._imported: dict[str, type[_Class]] = {}
        self._names: dict[str, str] = {}
        self._mains: dict[str, str | None] = {}

    def add(self, cls: type[_Class]) -> None:
        """Take a class that has been defined."""
        self._imported[cls.key] = cls
        self._names, self._mains = {}, {}

    @property
    def names(self) -> Mapping[str, str]:
        """Keys and aliases, each with its key."""
        if not self._names:
            for key, entry in listed(self._kind).items():
                self._names |= dict.fromkeys((key, *entry["aliases"]), key)
            for key, cls in self._imported.items():
                self._names |= dict.fromkeys((key, *cls.aliases), key)
        return self._names

    @property
    def mains(self) -> Mapping[str, str | None]:
        """Each key with the main argument of its class."""
        if not self._mains:
            entries = listed(self._kind).items()
            self._mains = {key: entry["main_argument"] for key, entry in entries}
            for key, cls in self._imported.items():
                self._mains[key] = cls.main_argument
        return self._mains

    @override
    def __getitem__(self, key: str) -> type[_Class]:
        if key not in self._imported:
            import_module(listed(self._kind)[key]["module"])
        return self._imported[key]

    @override
    def __iter__(self) -> Iterator[str]:
        return iter(self.mains)

    @override
    def __len__(self) -> int:
        return len(self.mains)

    @override
    def __contains__(self, key: object) -> bool:
        return key in self.mains
