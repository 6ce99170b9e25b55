"""From the text of a config to plain values, each with its file, line and column.

`load_config` reads a file, its `extends` chain and the overrides into a `Node`. Later,
`locate_problems` and `located` find the place of problems that name only a path.
"""

from __future__ import annotations

from dlrun.config.expand import expand
from dlrun.config.grammar import ANY, Grammar, KnownClass, Names
from dlrun.config.load import load_config
from dlrun.config.located import locate_problems, located
from dlrun.config.node import Node, node_of
from dlrun.config.override import apply_overrides
from dlrun.config.python_values import plain_values
from dlrun.config.regular import is_made_when_read
from dlrun.config.scalar import ConfigText
from dlrun.config.source import KeptTexts
from dlrun.config.tree import CUSTOM, MAIN, Scalar
from dlrun.config.variant import (
    CHOICE,
    value_at,
    varied,
    with_settings,
    with_values,
    without,
)

__all__ = [
    "ANY",
    "CHOICE",
    "CUSTOM",
    "MAIN",
    "ConfigText",
    "Grammar",
    "KeptTexts",
    "KnownClass",
    "Names",
    "Node",
    "Scalar",
    "apply_overrides",
    "expand",
    "is_made_when_read",
    "load_config",
    "locate_problems",
    "located",
    "node_of",
    "plain_values",
    "value_at",
    "varied",
    "with_settings",
    "with_values",
    "without",
]
