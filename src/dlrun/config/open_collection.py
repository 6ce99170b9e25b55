"""What the reader keeps of a mapping or list, and of an anchor, until its end."""

from __future__ import annotations

from dataclasses import dataclass, field

from dlrun.config.source import Mark
from dlrun.config.tree import Entry, Key, Tree

MERGE = "<<"


@dataclass(slots=True)
class OpenCollection:
    """A mapping or list whose end is still to come."""

    mapping: dict[Key, Entry] | None
    """`None` for a list."""
    start: int
    anchor: str | None
    nodes_before: int
    items: list[Tree] = field(default_factory=list)
    key: Key | None = None
    """`None` where the key was refused, so that its value has no place."""
    key_mark: Mark | None = None
    has_key: bool = False
    merges: bool = False
    """There is a `<<` that is not in quotes."""
    height: int = 1

    @property
    def awaits_key(self) -> bool:
        """What comes next is a key."""
        return self.mapping is not None and not self.has_key

    def add(self, tree: Tree, height: int) -> None:
        """Take the next item or value."""
        self.height = max(self.height, height + 1)
        if self.mapping is None:
            self.items.append(tree)
            return
        if self.has_key and self.key is not None:
            self.mapping[self.key] = Entry(self.key_mark, tree)
        self.has_key = not self.has_key  # a list that stands as a key was refused
        self.key = None

    def finish(self, end: Mark) -> Tree:
        """The tree of all that was added."""
        mark = Mark(end.source, self.start, end.end)
        return Tree(self.items if self.mapping is None else self.mapping, mark)


@dataclass(slots=True)
class Anchor:
    """A value that aliases may repeat."""

    tree: Tree | None
    """`None` inside the value itself."""
    nodes: int = 0
    height: int = 0


def merged(entry: Entry) -> dict[Key, Entry] | None:
    """The keys that a `<<` brings, the first mapping winning; `None` if it cannot."""
    value = entry.value
    brought: dict[Key, Entry] = {}
    for item in value.content if isinstance(value.content, list) else [value]:
        if not isinstance(item.content, dict):
            return None
        brought = {**item.content, **brought}
    return brought
