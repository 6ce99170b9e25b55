"""How sure a number is: intervals, differences, and the words they allow."""

from __future__ import annotations

from dlrun.estimates.difference import (
    FEWEST_FOR_A_WORD,
    FEWEST_FOR_BETTER,
    Difference,
    Sample,
    Word,
    adjust,
    difference,
)
from dlrun.estimates.estimate import Estimate, estimate, quantile
from dlrun.estimates.figure import (
    change_text,
    epoch_text,
    estimate_text,
    fixed,
    mean_text,
    places_of,
    places_of_changes,
)
from dlrun.estimates.holm import holm
from dlrun.estimates.selection import expected_best, noise_of_means, shrink
from dlrun.estimates.share import mcnemar, share_above, share_interval, share_won
from dlrun.estimates.student import t_quantile, t_tail

__all__ = [
    "FEWEST_FOR_A_WORD",
    "FEWEST_FOR_BETTER",
    "Difference",
    "Estimate",
    "Sample",
    "Word",
    "adjust",
    "change_text",
    "difference",
    "epoch_text",
    "estimate",
    "estimate_text",
    "expected_best",
    "fixed",
    "holm",
    "mcnemar",
    "mean_text",
    "noise_of_means",
    "places_of",
    "places_of_changes",
    "quantile",
    "share_above",
    "share_interval",
    "share_won",
    "shrink",
    "t_quantile",
    "t_tail",
]
