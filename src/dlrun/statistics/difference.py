"""Whether one config is better than another, and in which words that may be said."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

Word: TypeAlias = Literal[
    "",
    "better",
    "probably better",
    "worse",
    "probably worse",
    "no difference shown",
    "equivalent",
]
"""What may be said of a difference; nothing below three runs on each side."""


@dataclass(frozen=True, slots=True)
class Difference:
    """A metric after a change minus before it."""

    mean: float
    n: int
    """How many seeds both sides share; if unpaired, the runs of the smaller side."""
    is_paired: bool
    """By seed: the same split, the same order of rows."""
    low: float | None = None
    """Of the interval, adjusted for the other comparisons beside it; None: n = 1."""
    high: float | None = None
    share: float | None = None
    """How often the changed side is better: of the pairs, ties count half."""
    share_low: float | None = None
    share_high: float | None = None
    p: float | None = None
    """Of the t test; None: n = 1."""
    p_adjusted: float | None = None
    """By Holm, for the other comparisons beside it."""
    word: Word = ""
    """Of the changed side."""
    detectable: float | None = None
    """The smallest difference that so many runs can show."""
    seeds_missing: int | None = None
    """How many more seeds would show a difference of this size; None: beyond 1,000."""
