"""What a rule of the linter is, and what it finds."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from dlrun.errors import ConfigPath
    from dlrun.rows.lint.linted_rows import LintedRows


@dataclass(frozen=True, slots=True)
class Oddity:
    """One thing that is odd about the rows."""

    path: ConfigPath
    """What in the config it is about."""
    message: str
    """What was found, with numbers."""
    cure: str
    """What to write, or to do to the file."""


FindOddities: TypeAlias = "Callable[[LintedRows], Iterator[Oddity]]"


@dataclass(frozen=True, slots=True)
class LintRule:
    """One kind of oddity of rows."""

    code: str
    """What its warnings are called, in kebab-case."""
    meaning: str
    """What it looks for, in a line of the docs."""
    find: FindOddities
    """Looks for it; what the config answers already is not told."""
