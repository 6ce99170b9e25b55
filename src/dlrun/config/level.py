"""The layers of a model, or of one use of a block, while they are made."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from dlrun.config.tree import Entry, Tree, lone_key

if TYPE_CHECKING:
    from dlrun.config.source import Note
    from dlrun.config.variables import Scope


INPUT = "input"


@dataclass(frozen=True, slots=True)
class LayerKinds:
    """What must be known of layers: this package knows no component."""

    keys: Mapping[str, str]
    """The classes and their aliases, each with its class."""
    mains: Mapping[str, str | None]
    """The argument that a short form sets, by class."""
    name_of: Callable[[str], str]
    """What a layer of a class is called that has no name: `dense` of `Dense`."""
    is_class: Callable[[str], bool]
    """Whether a name, in any case, is that of a class of any kind, or an alias."""

    def name_for(self, key: str) -> str:
        """What a layer is called that has no name, by its class or alias."""
        return self.name_of(self.keys.get(key, key))


class Placed(NamedTuple):
    """A layer in the whole model."""

    name: str
    sources: tuple[str, ...]
    """The layers that it takes, by their names in the whole model."""


class Instance(NamedTuple):
    """The layers that one use of a block has made."""

    prefix: str
    entry: str
    """The layer that it takes."""
    layers: tuple[Placed, ...]


@dataclass(slots=True)
class LayerLevel:
    """The layers of the model, or of one use of a block, while they are made."""

    scope: Scope
    above: str
    """The layer that the next one takes, by its name in the whole model."""
    prefix: str = ""
    block: str = ""
    """Whose layers these are; empty: the model's own."""
    notes: tuple[Note, ...] = ()
    chain: tuple[str, ...] = ()
    """The blocks around, the outermost first."""
    enabled: bool = True
    counts: Counter[str] = field(default_factory=Counter)
    taken: frozenset[str] = frozenset()
    """The names that are given here."""
    instances: dict[str, Instance] = field(default_factory=dict)

    def name(self, base: str, taken: Iterable[str] = ()) -> str:
        """A name for what has none: `dense`, then `dense_1`."""
        others = {*self.taken, *taken}
        while True:
            number = self.counts[base]
            self.counts[base] += 1
            name = f"{base}_{number}" if number else base
            if name not in others:
                return name


def given_names(items: Sequence[Tree]) -> frozenset[str]:
    """The names that stand in the arguments of layers and of uses of blocks."""
    found = set()
    for item in items:
        key = lone_key(item)
        if key is not None and isinstance(item.content, dict):
            arguments = item.content[key].value.content
            name = arguments.get("name") if isinstance(arguments, dict) else None
            found.add(text_of(name))
    return frozenset(name for name in found if name is not None)


def text_of(entry: Entry | None) -> str | None:
    """A text that is not empty; `None`: it is none."""
    content = entry.value.content if entry is not None else None
    return content if isinstance(content, str) and content else None


def names_in(tree: Tree) -> list[str]:
    """The texts of `from`, as they were written."""
    items = tree.content if isinstance(tree.content, list) else [tree]
    return [item.content for item in items if isinstance(item.content, str)]
