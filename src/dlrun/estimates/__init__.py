"""How sure a number is: intervals, differences, and the words they allow."""

from __future__ import annotations

from dlrun.estimates.difference import (
    FEWEST_FOR_A_WORD,
    FEWEST_FOR_BETTER,
    Sample,
    adjust,
    difference,
    holm,
    mcnemar,
    share_above,
    share_interval,
    share_won,
)
from dlrun.estimates.estimate import (
    Difference,
    Estimate,
    Word,
    change_text,
    epoch_text,
    estimate,
    estimate_text,
    fixed,
    mean_text,
    places_of,
    places_of_changes,
    quantile,
    t_quantile,
    t_tail,
)
from dlrun.estimates.selection import expected_best, noise_of_means, shrink

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
