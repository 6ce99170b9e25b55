"""A config as values, and the place of each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol

from dlrun.config.grammar import Grammar, with_text_names
from dlrun.config.path import Segment
from dlrun.config.python_values import plain_values
from dlrun.config.source import Mark
from dlrun.config.tree import MAIN, Tree, plain, tree_of
from dlrun.errors import ConfigError, ConfigPath, Location


@dataclass(frozen=True, slots=True)
class Variables:
    """The values of `vars`, and what the config was without them."""

    values: Mapping[str, object]
    computed: tuple[str, ...]
    """Those that follow from others."""
    sections: Mapping[str, str]
    """A hash of each section with names in place of values, by its key."""


class TreeChange(Protocol):
    """A change of one value of a tree."""

    @property
    def segments(self) -> tuple[Segment, ...]:
        """The path to the value."""

    def apply(self, tree: Tree, grammar: Grammar) -> Tree:
        """The changed tree.

        Raises:
            ConfigError: it does not fit the tree.
        """


@dataclass(frozen=True, eq=False)
class Node:
    """A config after `extends`, `set`, overrides and deletions."""

    tree: Tree = field(repr=False)
    """Values and places; only this package looks into it."""
    sources: tuple[tuple[str, str], ...] = ()
    """Name and text of every file as written, this one first, then what it extends."""
    files: tuple[Path, ...] = ()
    """The absolute paths of these files."""
    overrides: tuple[str, ...] = ()
    """The `-s` arguments."""
    deletions: tuple[str, ...] = ()
    """The `-u` arguments."""
    grammar: Grammar = field(default=Grammar(), repr=False)
    """What is known of its keys."""
    later: tuple[TreeChange, ...] = field(default=(), repr=False)
    """Changes of what is only made when the config is expanded."""
    variables: Variables | None = None
    """What `vars` was, once its values stand in place of names; `None`: nothing."""

    @cached_property
    def value(self) -> Any:
        """The whole config as plain dicts, lists and scalars."""
        return plain(self.tree)

    @property
    def text(self) -> str:
        """The text of the main file; empty where there is none."""
        return self.sources[0][1] if self.sources else ""

    def locate(self, path: ConfigPath, *, on_key: bool = False) -> Location | None:
        """The place where the value at `path` was written.

        What is missing is marked at its nearest parent: at the parent's key, or all of
        it where it is a short form such as `- Flatten` or `- Reshape: [4, 4]`.

        Args:
            path: The way to the value.
            on_key: Mark the key instead, where there is one.

        Returns:
            `None` if the config was not read from a text.
        """
        tree, key = self.tree, _first_key(self.tree)
        for index, part in enumerate(path):
            step = _step(tree, part)
            if step is not None:
                tree, key = step
            elif not _is_left_out(tree, path[index + 1 : index + 2]):
                return _nearest(tree, key, part)
        mark = key if on_key and key is not None else tree.mark
        return mark.location() if mark is not None else None

    def origin(self, path: ConfigPath) -> str:
        """Who wrote the value at `path`: `file:line`, `-s`, or `default` for nobody.

        The main argument of a short form has the path of the class (`{Adam: 1e-4}`), or
        the key `MAIN` below it.
        """
        tree = self.tree
        for part in path:
            step = _step(tree, part)
            if step is None:
                return "default"
            tree = step[0]
        if tree.mark is None:
            return "default"
        source = tree.mark.source
        is_argument = source.ordinal is not None
        line = source.line_number(tree.mark.start)
        place = source.name if is_argument else f"{source.name}:{line}"
        return f"{place} ({'; '.join(tree.mark.told())})" if tree.mark.notes else place


def node_of(
    value: Mapping[str, Any],
    directory: Path | None = None,
    grammar: Grammar = Grammar(),  # noqa: B008 - it is frozen
) -> Node:
    """Make a node of plain values that were written in Python, so without places.

    Args:
        value: The config.
        directory: Where relative paths start; the current directory if left out.
        grammar: What is known of the keys.

    Raises:
        ConfigError: a name is given twice, as a text and as a number; or a value is
            none that YAML could have.
    """
    tree = tree_of(plain_values(value), directory or Path.cwd())
    tree, problems = with_text_names(tree, grammar)
    if problems:
        raise ConfigError(*problems)
    return Node(tree, grammar=grammar)


def _first_key(tree: Tree) -> Mark | None:
    """The mark that stands for the whole text: a root has no key of its own."""
    if not isinstance(tree.content, dict):
        return None
    return next((entry.key for entry in tree.content.values()), None)


def _step(tree: Tree, part: str | int) -> tuple[Tree, Mark | None] | None:
    content = tree.content
    if isinstance(content, dict):
        entry = content.get(part)
        return (entry.value, entry.key) if entry is not None else None
    if isinstance(content, list) and isinstance(part, int) and 0 <= part < len(content):
        return content[part], None
    return None


def _is_left_out(tree: Tree, following: ConfigPath) -> bool:
    """Tell whether a short form goes on without the name of its main argument.

    In `{Adam: {CosineDecay: ...}}` this is `learning_rate`.
    """
    is_class = [str(part)[:1].isupper() for part in following] == [True]
    return is_class and _step(tree, following[0]) is not None


def _nearest(tree: Tree, key: Mark | None, part: str | int) -> Location | None:
    """What to mark for `part`, which is missing in `tree`."""
    mark = tree.mark
    content = tree.content
    is_short = isinstance(content, list) and isinstance(part, str)
    if isinstance(content, dict) and MAIN in content:
        mark = content[MAIN].value.mark
    elif key is not None and not is_short and isinstance(content, dict | list | None):
        mark = key
    return mark.location() if mark is not None else None
