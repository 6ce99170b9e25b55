"""Configs that differ in what stands at some paths: those of a search."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from dlrun.config.edit import change_value
from dlrun.config.node import Node
from dlrun.config.override import apply_values
from dlrun.config.path import parse_path
from dlrun.config.tree import Entry, Tree, plain, tree_of
from dlrun.errors import ConfigError, ConfigPath

CHOICE = "choice"
"""The key of a list of which one item is chosen, where a list is a value."""


def varied(
    node: Node,
    space: Node,
    path: ConfigPath,
    chosen: Mapping[ConfigPath, int | float],
) -> Node:
    """A config with values for entries of a mapping of paths to what may stand there.

    Args:
        node: The config as it was written; variables and blocks follow later.
        space: The same config with variables and blocks in place.
        path: Where in `space` the mapping stands.
        chosen: For each list of choices the place of the item, for every other thing
            that is searched its value; by the way from `path` on. Entries of which
            nothing is chosen stay as they are in the config.

    Raises:
        ConfigError: a path of the mapping does not fit the config.
    """
    tree = _below(space.tree, path)
    assert isinstance(tree.content, dict)  # noqa: S101 - it was validated
    wanted = {place[0] for place in chosen}
    values = {
        str(key): Entry(entry.key, _filled(entry.value, (key,), chosen))
        for key, entry in tree.content.items()
        if key in wanted
    }
    return apply_values(node, values)


def with_settings(node: Node, source: Node, path: ConfigPath) -> Node:
    """A config with the values of a mapping of paths that stands in it.

    Args:
        node: The config as it was written.
        source: The same config with variables and blocks in place.
        path: Where in `source` the mapping stands.

    Raises:
        ConfigError: a path of the mapping does not fit the config.
    """
    content = _below(source.tree, path).content
    assert isinstance(content, dict)  # noqa: S101 - it was validated
    return apply_values(node, {str(key): entry for key, entry in content.items()})


def value_at(node: Node, path: str) -> object:
    """What stands at a path, written as for `-s`; `None`: nothing does."""
    seen: list[Tree | None] = []

    def look(old: Tree | None, _path: ConfigPath) -> Tree:
        seen.append(old)
        return old or Tree(None, None)

    with suppress(ConfigError):
        change_value(node.tree, parse_path(path), look, node.grammar)
    found = next(iter(seen), None)
    return None if found is None else plain(found)


def with_values(node: Node, values: Mapping[str, object], path: ConfigPath) -> Node:
    """A config with plain values at some paths, which follow from another value.

    Args:
        node: The config.
        values: By their paths, written as for `-s`.
        path: Of the value from which they follow; it is marked where one is wrong.

    Raises:
        ConfigError: a path does not fit the config.
    """
    tree = _below(node.tree, path)
    entries = {
        name: Entry(tree.mark, replace(tree_of(value, Path()), mark=tree.mark))
        for name, value in values.items()
    }
    return apply_values(node, entries)


def _below(tree: Tree, path: ConfigPath) -> Tree:
    """The value at a path, or the last one on the way to it."""
    for key in path:
        content = tree.content
        if isinstance(content, dict) and key in content:
            tree = content[key].value
        elif isinstance(content, list) and isinstance(key, int):
            tree = content[key]
        else:
            break
    return tree


def without(node: Node, key: str) -> Node:
    """A config without one of the keys at its top."""
    content = node.tree.content
    if not isinstance(content, dict) or key not in content:
        return node
    rest = {other: entry for other, entry in content.items() if other != key}
    return replace(node, tree=Tree(rest, node.tree.mark))


def _filled(
    tree: Tree, place: ConfigPath, chosen: Mapping[ConfigPath, int | float]
) -> Tree:
    """A value with what was chosen in place of what may be chosen."""
    content = tree.content
    if place in chosen:
        value = chosen[place]
        if isinstance(content, dict) and CHOICE in content:
            content, place = content[CHOICE].value.content, (*place, CHOICE)
        if isinstance(content, list):
            index = int(value)
            return _filled(content[index], (*place, index), chosen)
        return Tree(value, _written_end(tree, value).mark)
    if isinstance(content, dict):
        filled = {
            key: Entry(entry.key, _filled(entry.value, (*place, key), chosen))
            for key, entry in content.items()
        }
        return Tree(filled, tree.mark)
    if isinstance(content, list):
        items = enumerate(content)
        return Tree(
            [_filled(one, (*place, at), chosen) for at, one in items], tree.mark
        )
    return tree


def _written_end(tree: Tree, value: float) -> Tree:
    """The end of a range that a value is, which is written; else all of the range."""
    ranges = tree.content.values() if isinstance(tree.content, dict) else ()
    ends = [end for entry in ranges for end in _items(entry.value)]
    return next((end for end in ends if end.content == value), tree)


def _items(tree: Tree) -> list[Tree]:
    return tree.content if isinstance(tree.content, list) else []
