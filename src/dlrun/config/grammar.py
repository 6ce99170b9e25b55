"""What the keys of a config are: fixed, exclusive, or names that a person chose.

This package knows no component and no section; who does hands it a `Grammar`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from dlrun.config.source import Mark
from dlrun.config.tree import Entry, Key, Tree, lone_key
from dlrun.errors import ConfigPath, Problem

ANY = "*"
"""Stands for any one key in the path of `Names`."""

_COMPONENT_KEYS = (
    "activation",
    "constraint",
    "initializer",
    "layer",
    "learning_rate",
    "loss",
    "optimizer",
    "regularizer",
)


class KnownClass(NamedTuple):
    """A class, as its names lead to it."""

    key: str
    """By which aliases are known to be one."""
    arguments: AbstractSet[str]


def _no_classes(_: str) -> Mapping[str, KnownClass]:
    return {}


@dataclass(frozen=True, slots=True)
class Names:
    """A mapping whose keys are names, such as those of columns, however spelt.

    It is merged key by key: no name is taken for a class, a source or a number.
    """

    path: ConfigPath
    """Where it stands; `ANY` for a key that may be any."""
    objects: AbstractSet[str] = frozenset()
    """The keys, in lower case, that make of a mapping with no other key an object,
    which stands there in place of names: `{multi_hot: ...}`."""
    of_objects: bool = True
    """Whether what a name stands for may be an object, whose class is its only key."""
    of_anything: bool = False
    """Whether it may be a mapping of anything, too: then only what is known to be a
    class is one."""
    are_whole: bool = False
    """Whether a file that extends another replaces what a name stands for, and merges
    nothing of it."""

    def is_object(self, key: Key) -> bool:
        """Whether a key makes of their mapping an object."""
        return str(key).casefold() in self.objects

    def below(self, *keys: str | int) -> Names:
        """The same names, seen from further above."""
        return replace(self, path=(*keys, *self.path))

    def leads_through(self, path: ConfigPath) -> bool:
        """Whether they stand at `path`, or somewhere below it."""
        return len(path) <= len(self.path) and all(
            key in {ANY, part} for key, part in zip(self.path, path, strict=False)
        )

    def leads_on(self, depth: int, key: Key) -> bool:
        """The same of one key further, where they lead through `depth` keys above."""
        return depth < len(self.path) and self.path[depth] in {ANY, key}


@dataclass(frozen=True, slots=True)
class Grammar:
    """What is known of the keys of a config."""

    exclusive: AbstractSet[Key] = frozenset()
    """Keys that exclude one another, as those of data sources do: a file or a change
    that writes one of them drops the others."""
    names: Sequence[Names] = ()
    """Where the keys are names."""
    literal: Sequence[ConfigPath] = ()
    """Where a text that starts with `$` is that text, and all below it."""
    made: ConfigPath = ()
    """The list in which more items stand after reading, where the config has the key
    `maker`: a path to an item that is not there yet waits until then."""
    maker: str = ""
    classes: Callable[[str], Mapping[str, KnownClass]] = field(
        default=_no_classes, repr=False
    )
    """The classes that may stand below a key, such as `optimizer`, by each name."""
    top: AbstractSet[str] = field(default=frozenset(), repr=False)
    """What may stand at the top of a config; empty: anything."""

    def names_at(self, path: ConfigPath) -> Names | None:
        """The names at `path`; `None` where keys have a meaning of their own."""
        for names in self.names:
            if len(names.path) == len(path) and names.leads_through(path):
                return names
        return None

    def is_literal(self, path: ConfigPath) -> bool:
        """Tell whether texts at `path` stand for themselves."""
        return any(
            len(path) == len(one)
            and all(key in {ANY, part} for key, part in zip(one, path, strict=True))
            for one in self.literal
        )

    def exclusive_at(self, path: ConfigPath) -> AbstractSet[Key]:
        """The exclusive keys in the mapping at `path`; names exclude nothing."""
        return frozenset() if self.names_at(path) is not None else self.exclusive

    def holds_object(self, path: ConfigPath) -> bool:
        """Tell whether an object may stand at `path`: a list item, an optimizer."""
        if not path:
            return False
        names, around = self.names_at(path), self.names_at(path[:-1])
        if names is not None:
            return bool(names.objects)
        if around is not None:  # Below the class of an object stand its arguments.
            return around.of_objects and not around.is_object(path[-1])
        last = path[-1]
        return isinstance(last, int) or last.endswith(_COMPONENT_KEYS)

    def is_class(self, key: Key, path: ConfigPath, among: str | None = None) -> bool:
        """Tell whether a key in the mapping at `path` is, or looks like, a class.

        Args:
            key: The key.
            path: Where the mapping stands.
            among: The class whose arguments may be meant, if one stands there.
        """
        names, around = self.names_at(path), self.names_at(path[:-1])
        if names is not None:
            return names.is_object(key)
        if not isinstance(key, str) or not (around is None or around.of_objects):
            return False
        if key[:1].isupper() or (around is not None and around.is_object(key)):
            return True
        known = self._classes_at(path) if self.holds_object(path) else {}
        is_argument = among in known and key in known[str(among)].arguments
        return key in known and not is_argument

    def class_key(self, tree: Tree, path: ConfigPath) -> str | None:
        """The class that a mapping at `path` names by its only key, if it does."""
        key = lone_key(tree)
        if key is None or not path:
            return None
        around = self.names_at(path[:-1])
        is_object = self.names_at(path) is None and self.holds_object(path)
        is_open = around is not None and around.of_anything
        is_stated = is_object and not is_open
        return key if is_stated or self.is_class(key, path) else None

    def is_same_class(self, one: Key, other: Key, path: ConfigPath) -> bool:
        """Tell whether two keys in the mapping at `path` are one class, by any name."""
        known = self._classes_at(path)
        first, second = (
            known[str(key)].key if key in known else key for key in (one, other)
        )
        return first == second

    def _classes_at(self, path: ConfigPath) -> Mapping[str, KnownClass]:
        """What may stand at `path`, by the key that says so: of lists, of names."""
        while path and isinstance(path[-1], int):
            path = path[:-1]
        around = self.names_at(path[:-1])
        place = path if around is None else around.path
        return self.classes(str(place[-1])) if place else {}


def with_text_names(
    tree: Tree, grammar: Grammar, path: ConfigPath = ()
) -> tuple[Tree, list[Problem]]:
    """Make texts of the names that YAML takes for numbers: a column named `2020`.

    Args:
        tree: The value at `path`.
        grammar: Where the keys are names.
        path: Where the value stands.

    Returns:
        The value, and a problem for each name that is then given twice.
    """
    problems: list[Problem] = []
    names = [one for one in grammar.names if one.leads_through(path)]
    return _named(tree, names, path, problems), problems


def _named(
    tree: Tree, names: Sequence[Names], path: ConfigPath, problems: list[Problem]
) -> Tree:
    if not names or not isinstance(tree.content, dict):
        return tree
    is_named = any(len(one.path) == len(path) for one in names)
    content: dict[Key, Entry] = {}
    for key, (mark, value) in tree.content.items():
        text = _as_written(key, mark) if is_named and isinstance(key, int) else key
        inner = (*path, text)
        if text in content:
            problems.append(_given_twice(inner, Entry(mark, value)))
            continue
        below = [one for one in names if one.leads_on(len(path), text)]
        content[text] = Entry(mark, _named(value, below, inner, problems))
    return Tree(content, tree.mark)


def _as_written(key: int, mark: Mark | None) -> str:
    return str(key) if mark is None else mark.source.text[mark.start : mark.end]


def _given_twice(path: ConfigPath, entry: Entry) -> Problem:
    mark = entry.key
    return Problem(
        path,
        f"the name `{path[-1]}` is given twice, as a text and as a number",
        hint="keep one of them",
        code="duplicate-key",
        location=mark.location() if mark is not None else None,
    )
