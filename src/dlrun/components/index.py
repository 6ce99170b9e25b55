"""What every class is called, takes and does, known without importing it.

`index.json` is generated from the classes (`make index`): the classes of each kind with
their module, aliases, keys and defaults, and the traits that others ask for. So a class
costs nothing until a config names it, and no list of classes is kept anywhere else.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from functools import cache
from pathlib import Path
from typing import TypeAlias, TypedDict, TypeVar

Value: TypeAlias = "str | float | bool | Sequence[Value] | Mapping[str, Value] | None"
"""A default, or the value of a trait."""

_T = TypeVar("_T")

_APART = frozenset({"column encoder"})
"""Kinds whose keys stand where no block or output is named."""

INDEX_FILE = Path(__file__).with_name("index.json")


class Listed(TypedDict):
    """What the index says of one class."""

    module: str
    """Where the class is defined, as in `dlrun.components.layers.core`."""
    aliases: list[str]
    """Further names of the class with its defaults."""
    main_argument: str | None
    required: list[str]
    """The keys that a config must write."""
    optional: dict[str, Value]
    """The other keys, each with its default."""
    traits: dict[str, Value]
    """What the class says of itself, where that differs from most of its kind."""


@cache
def _index() -> dict[str, dict[str, Listed]]:
    if not INDEX_FILE.exists():
        return {}  # While it is generated.
    index: dict[str, dict[str, Listed]] = json.loads(INDEX_FILE.read_bytes())
    return index


def kinds() -> AbstractSet[str]:
    """The names of the kinds, as in `layer`."""
    return _index().keys()


def reserving_kinds() -> AbstractSet[str]:
    """The kinds whose keys may name no block and no output."""
    return kinds() - _APART


def listed(kind: str) -> Mapping[str, Listed]:
    """The classes of a kind by key, as in `listed("layer")["Dense"]`."""
    return _index().get(kind, {})


def keys_of(kind: str, key: str) -> frozenset[str]:
    """The keys that a class takes; none of a class that nobody knows."""
    entry = listed(kind).get(key)
    return (
        frozenset()
        if entry is None
        else frozenset({*entry["required"], *entry["optional"]})
    )


def default_of(kind: str, key: str, argument: str) -> Value:
    """The default of an argument of a class; None: it is required, or unknown."""
    entry = listed(kind).get(key)
    return None if entry is None else entry["optional"].get(argument)


@cache
def with_trait(kind: str, trait: str, of: type[_T]) -> Mapping[str, _T]:
    """The classes of a kind that have a trait, each with its value.

    Args:
        kind: as in `layer`.
        trait: a name among the `traits` of the kind.
        of: the type of its values; classes that state none are left out.
    """
    values = {key: entry["traits"].get(trait) for key, entry in listed(kind).items()}
    return {key: value for key, value in values.items() if isinstance(value, of)}


def is_called(name: str) -> bool:
    """Whether a class, or its alias, is called so in any case, and takes the name."""
    return name.casefold() in _called()


@cache
def _called() -> frozenset[str]:
    return frozenset(
        name.casefold()
        for kind in reserving_kinds()
        for key, entry in listed(kind).items()
        for name in (key, *entry["aliases"])
    )
