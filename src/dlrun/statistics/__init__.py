"""How sure a number is: intervals, differences, and the words they allow."""

from __future__ import annotations

from dlrun.statistics.difference import (
    FEWEST_FOR_A_WORD,
    FEWEST_FOR_BETTER,
    Difference,
    Sample,
    Word,
    adjust,
    difference,
)
from dlrun.statistics.estimate import Estimate, estimate
from dlrun.statistics.holm import holm
from dlrun.statistics.selection import expected_best, noise_of_means, shrink
from dlrun.statistics.share import mcnemar, share_above, share_interval, share_won
from dlrun.statistics.student import t_quantile, t_tail

__all__ = [
    "FEWEST_FOR_A_WORD",
    "FEWEST_FOR_BETTER",
    "Difference",
    "Estimate",
    "Sample",
    "Word",
    "adjust",
    "difference",
    "estimate",
    "expected_best",
    "holm",
    "mcnemar",
    "noise_of_means",
    "share_above",
    "share_interval",
    "share_won",
    "shrink",
    "t_quantile",
    "t_tail",
]
