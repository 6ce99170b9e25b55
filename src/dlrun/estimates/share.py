"""How often one side wins, and what a few disagreements prove."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from dlrun.estimates.student import beta_quantile


def share_won(pairs: Iterable[tuple[float, float]]) -> float:
    """The share of pairs whose first value is greater; ties count half."""
    points = [0.5 + 0.5 * ((one > other) - (one < other)) for one, other in pairs]
    return math.fsum(points) / len(points)


def share_above(ones: Sequence[float], others: Sequence[float]) -> float:
    """How often a value of the first side exceeds one of the second; ties half.

    Source: H. B. Mann, D. R. Whitney (1947): U over the number of pairs.
    """
    return share_won((one, other) for one in ones for other in others)


def share_interval(share: float, n: int, level: float = 0.95) -> tuple[float, float]:
    """The interval that holds the true share, however rare.

    Source: C. J. Clopper, E. S. Pearson (1934).

    Args:
        share: Of wins, from 0 to 1; ties may make the number of wins a half.
        n: How many pairs there were.
        level: How often the interval must hold the true share.
    """
    wins, tail = share * n, (1 - level) / 2
    low = beta_quantile(tail, wins, n - wins + 1) if wins > 0 else 0.0
    high = beta_quantile(1 - tail, wins + 1, n - wins) if wins < n else 1.0
    return low, high


def mcnemar(only_first: int, only_second: int) -> float:
    """How likely two models that are equally good disagree as unevenly as this.

    It covers the choice of the rows that were predicted, not the seed of a training.
    Source: Q. McNemar (1947), with the exact binomial distribution.

    Args:
        only_first: Rows that only the first model predicts rightly.
        only_second: Rows that only the second one does.
    """
    n, few = only_first + only_second, min(only_first, only_second)
    below: int = sum(math.comb(n, k) for k in range(few + 1))
    return min(1.0, float(2 * below / 2**n))
