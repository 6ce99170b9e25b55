"""What every class is called, takes and does, known without importing it.

`index.json` is generated from the classes (`make index`): the classes of each kind with
their module, aliases, keys and defaults, and the traits that others ask for. So a class
costs nothing until a config names it, and no list of classes is kept anywhere else.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import TypeAlias, TypedDict, TypeVar

Value: TypeAlias = "str | float | bool | Sequence[Value] | Mapping[str, Value] | None"
"""A default, or the value of a trait."""

_T = TypeVar("_T")

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


def kinds() -> Collection[str]:
    """The names of the kinds, as in `layer`."""
    return _index().keys()


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
    """Whether a class of any kind, or its alias, is called so in any case."""
    return name.casefold() in _called()


@cache
def _called() -> frozenset[str]:
    return frozenset(
        name.casefold()
        for kind in kinds()
        for key, entry in listed(kind).items()
        for name in (key, *entry["aliases"])
    )
