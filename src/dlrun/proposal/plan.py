"""What is to become of a column, and why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

ColumnRole: TypeAlias = Literal["feature", "dropped", "ids", "labels"]
"""What a column is to be."""


@dataclass(frozen=True, slots=True)
class ColumnPlan:
    """What is to become of a column, and why."""

    column: str
    encoders: object
    """As they stand in `data.columns`, before they are written as YAML."""
    why: str
    """What was seen of it, for a comment."""
    role: ColumnRole = "feature"
    width: int = 1
    """About how many numbers it becomes."""
    tower: Literal["image", "tokens"] | None = None
    """What kind of an input of its own it makes; `None`: it stands beside others."""
    size: tuple[int, ...] = ()
    """Height and width of an image."""
    groups: bool = False
    """Whether it names whom or what several rows are about."""
    is_date: bool = False
    form: str = ""
    """How its dates are written that are not ISO 8601."""
    codes: int = 0
    """How many whole numbers it has that may be codes, so few are they; 0: none is."""


def dropped(column: str, why: str) -> ColumnPlan:
    """A column that is left out."""
    return ColumnPlan(column, "drop", why, "dropped", 0)


def percent(share: float) -> str:
    """A share as people read it, and never 0 % of something."""
    if 0 < share < 0.01:  # noqa: PLR2004
        return "< 1 %"
    return f"{share:.0%}".replace("%", " %")


def of_gaps(gaps: int, share: float) -> str:
    """How many gaps there are, behind what else was seen of a column."""
    if not gaps:
        return ""
    return f", {gaps:,} gap{'' if gaps == 1 else 's'} ({percent(share)})"
