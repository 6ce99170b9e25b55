"""What the loop leaves behind: the history, the best weights, the last probe."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dlrun.data import Array

HistoryRow = dict[str, int | float | str]
"""One row of the history."""


@dataclass(frozen=True, slots=True)
class Probed:
    """The weights that the next probe is compared with."""

    epoch: int
    weights: list[Array]


@dataclass(slots=True)
class Result:
    """What the loop leaves behind."""

    history: list[HistoryRow] = field(default_factory=list)
    best_epoch: int = 0
    best_weights: list[Array] = field(default_factory=list)
    weights: list[Array] = field(default_factory=list)
    """Those after the last epoch, before a callback puts others back."""
    stopped: bool = False
    """Whether training has ended before the last epoch."""
    stop_reason: str = ""
    """Why `fit.stop_on` has ended it; empty: it has not."""
    probed: Probed | None = None
    """The last probe; `None`: there is none."""
