"""How people see the columns of the table of groups: a class per kind of cell."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dlrun.comparison.comparison import Group
    from dlrun.estimates import Estimate


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """How people see a column of the table of groups; a subclass per kind of cell."""

    head: str
    """`{metric}` stands for what is compared, `{measure}` for it without `val_`."""
    terminal_head: str | None = None
    """Where the head needs words that the page has in its title; None: `head`."""
    title: str = ""
    """What the page says to the head."""
    rank: int = 0
    """How soon a narrow terminal drops it: low ones come first, 0 stays."""
    in_terminal: int | None = None
    """Its place from the left in a terminal; None: it is not shown there."""
    on_page: int | None = None
    """Its place from the left on the page; None: it is not shown there."""


class AsNumber(Shown):
    """The number of the group."""


class AsName(Shown):
    """What the group is called; what differs, where that tells groups apart."""


class AsScore(Shown):
    """The metric: a mean with its interval, and over how many runs."""


class AsDifference(Shown):
    """The difference to the baseline, with the word that it allows."""


class AsBestEpoch(Shown):
    """The best epoch, and of how many."""


class AsTag(Shown):
    """The verdict in a word."""


class AsCurve(Shown):
    """A small picture of the curves."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AsMean(Shown):
    """A mean, with its error where there is room."""

    of: Callable[[Group], Estimate | None]
    signed: bool = False
    """Whether a gain needs its plus."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AsEpoch(Shown):
    """An epoch, or a number of epochs: a median, so that it may end in a half."""

    of: Callable[[Group], float | None]
    if_judged: bool = False
    """Whether a terminal shows it beside verdicts, and nowhere else."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AsCount(Shown):
    """An integer that may be large: `1.2M`."""

    of: Callable[[Group], int | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class AsDuration(Shown):
    """Seconds, in a unit that fits."""

    of: Callable[[Group], float | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class AsWords(Shown):
    """A text."""

    of: Callable[[Group], str]
    usual: str
    """What goes without saying: a column of nothing else is left out."""
