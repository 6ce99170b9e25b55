"""The classes of a kind by key: all that the index lists, imported when asked for.

What the words of a mistake ask of all kinds at once is answered here, too: the section
that a key belongs to, and which classes a word of another library means.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from importlib import import_module
from typing import Any, ClassVar, Protocol, TypeVar, cast

from typing_extensions import override

from dlrun.components.index import kinds, listed, with_trait
from dlrun.components.scope import current_scope


class Registered(Protocol):
    """What a registry knows of a class."""

    key: ClassVar[str]
    aliases: ClassVar[tuple[str, ...]]
    main_argument: ClassVar[str | None]
    synonyms: ClassVar[tuple[str, ...]]


_Class = TypeVar("_Class", bound=Registered)


_registries: dict[str, Registry[Any]] = {}
"""Every kind by name."""


class Registry(Mapping[str, type[_Class]]):
    """The classes of one kind; to look one up imports its module, no other does.

    A class that is defined while the program runs is there, too; those of the code of
    a config only while that config is read.
    """

    def __init__(self, kind: str, home: str = "") -> None:
        """Begin a kind.

        Args:
            kind: its name, as the index has it.
            home: the section in which its keys stand by themselves; empty: there is
                none.
        """
        self._kind = kind
        self._home = home
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
        own = current_scope().names(self._kind)
        return {**self._names, **{key: key for key in own}} if own else self._names

    @property
    def mains(self) -> Mapping[str, str | None]:
        """Each key with the main argument of its class."""
        if not self._mains:
            entries = listed(self._kind).items()
            self._mains = {key: entry["main_argument"] for key, entry in entries}
            for key, cls in self._imported.items():
                self._mains[key] = cls.main_argument
        own = current_scope().mains(self._kind)
        return {**self._mains, **own} if own else self._mains

    @property
    def home(self) -> str:
        """The section in which keys of the kind stand by themselves; empty: none."""
        return self._home

    @property
    def imported(self) -> Collection[type[_Class]]:
        """The classes that are imported already, or were defined meanwhile."""
        return self._imported.values()

    @override
    def __getitem__(self, key: str) -> type[_Class]:
        if key in current_scope().names(self._kind):
            return cast("type[_Class]", current_scope().find(self._kind, key))
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


def new_kind(kind: str, home: str) -> Registry[Any]:
    """Begin a kind, whose classes are from now on found by its name."""
    _registries[kind] = Registry(kind, home)
    return _registries[kind]


def classes_of(kind: str) -> Registry[Any]:
    """The classes of a kind, by its name."""
    return _registries[kind]


def home_of(key: object) -> str | None:
    """The section that a key of any kind belongs to; `None`: it has no section."""
    homes = (kind.home for kind in _registries.values() if kind.home and key in kind)
    return next(homes, None)


def class_synonyms() -> dict[str, list[str]]:
    """Words that mean a class of any kind, each with the keys that it means."""
    words: dict[str, list[str]] = {}
    for kind in kinds():
        for key, synonyms in with_trait(kind, "synonyms", list).items():
            for word in synonyms:
                words.setdefault(word, []).append(key)
    for registry in _registries.values():
        for cls in registry.imported:
            for word in cls.synonyms:
                words.setdefault(word, []).append(cls.key)
    return words
