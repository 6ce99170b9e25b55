"""The tree of a config: every value with the mark of who wrote it.

Trees are shared (YAML aliases) and therefore never changed: an edit makes a new tree.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

from dlrun.config.scalar import ConfigText
from dlrun.config.source import Mark

Key: TypeAlias = str | int
Scalar: TypeAlias = str | int | float | bool | None
TreeContent: TypeAlias = "dict[Key, Entry] | list[Tree] | Scalar"

SIGN = "$"
"""What a text starts with that stands for a value."""
VARIABLES = "vars"
BLOCKS = "blocks"
CUSTOM = ("custom",)
"""The path of the file of Python whose code a config uses."""
"""Keys at the top of a config that are taken out when it is expanded."""
MAIN = ""
"""The key of a main argument, whose name is not known here: `{Adam: {MAIN: 1e-4}}`."""


@dataclass(slots=True, eq=False)
class Tree:
    """A value and its place; `None` where nobody wrote it in a text."""

    content: TreeContent
    mark: Mark | None


class Entry(NamedTuple):
    """A value of a mapping, and the mark of its key."""

    key: Mark | None
    value: Tree


def plain(tree: Tree) -> Any:
    """The value without its places; the caller may change it."""
    content = tree.content
    if isinstance(content, dict):
        return {key: plain(entry.value) for key, entry in content.items()}
    if isinstance(content, list):
        return [plain(item) for item in content]
    return content


def tree_of(value: Any, directory: Path) -> Tree:
    """A tree of plain values, without places; relative paths start in `directory`."""
    if isinstance(value, Mapping):
        return Tree(
            {key: Entry(None, tree_of(item, directory)) for key, item in value.items()},
            None,
        )
    if isinstance(value, list | tuple):
        return Tree([tree_of(item, directory) for item in value], None)
    is_text = isinstance(value, str | Path) and not isinstance(value, ConfigText)
    return Tree(ConfigText(str(value), directory) if is_text else value, None)


def lone_key(tree: Tree) -> str | None:
    """The only key of a mapping; `None` if it has several, or is none."""
    content = tree.content
    if not isinstance(content, dict) or len(content) != 1:
        return None
    key = next(iter(content))
    return key if isinstance(key, str) else None


_SHOWN_TEXT = 40


def kind_of(tree: Tree) -> str:
    """Name a value for a person: `a list`, `the number 3`."""
    content = tree.content
    if isinstance(content, dict | list):
        return "a mapping" if isinstance(content, dict) else "a list"
    if content is None:
        return "empty"
    if isinstance(content, bool):
        return f"the truth value {str(content).lower()}"
    if not isinstance(content, str):
        return f"the number {content}"
    first = content.partition("\n")[0]
    short = first if len(first) <= _SHOWN_TEXT else f"{first[:_SHOWN_TEXT]}..."
    return f"the text `{short}`"
