"""What chance does to counts, so that rules are silent about it."""

from __future__ import annotations

from math import cbrt, sqrt
from statistics import NormalDist
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

RATE = 0.001
"""How often a rule may take chance for something, in a table of whatever width."""


def unlikely_from(tests: int) -> float:
    """The standard normal number that chance exceeds once in 1/`RATE` tables.

    Args:
        tests: so many are made of a table (Bonferroni).
    """
    return NormalDist().inv_cdf(1 - RATE / max(1, tests))


def homogeneity(counts: NDArray[np.int64]) -> float:
    """How unlikely rows of counts have equal shares, as a standard normal number.

    Source: Pearson (1900), chi-squared test; Wilson and Hilferty (1931), The
    distribution of chi-square.

    Args:
        counts: `(groups, kinds)`, of which no row and no column is 0 throughout.
    """
    import numpy as np

    expected = counts.sum(axis=1, keepdims=True) * counts.sum(axis=0) / counts.sum()
    statistic = float(np.sum((counts - expected) ** 2 / expected))
    groups, kinds = counts.shape
    freedom = int((groups - 1) * (kinds - 1))
    if freedom == 0:
        return 0.0
    spread = 2 / (9 * freedom)
    return (cbrt(statistic / freedom) - (1 - spread)) / sqrt(spread)


def rank_sum(
    ranks: NDArray[np.float64], chosen: NDArray[np.bool_]
) -> tuple[float, float]:
    """Whether some rows have other ranks than the others.

    Source: Mann and Whitney (1947), On a test of whether one of two random variables is
    stochastically larger than the other.

    Args:
        ranks: `(rows,)` from 0 to 1.
        chosen: `(rows,)` which rows; some, but not all.

    Returns:
        The share of pairs in which the chosen row has the higher rank, and a standard
        normal number that says how unlikely it is not 0.5.
    """
    import numpy as np

    rows, some = len(ranks), int(np.count_nonzero(chosen))
    difference = float(ranks[chosen].mean() - ranks[~chosen].mean())
    share = 0.5 + difference * (rows - 1) / rows
    deviation = float(ranks.std()) * sqrt(rows / (some * (rows - some)))
    return share, abs(difference) / deviation if deviation else 0.0


def runs(codes: NDArray[np.int64]) -> tuple[int, float, float]:
    """How often a row has another class than the one before it, plus one.

    Source: Barton and David (1957), Multiple runs; for two classes Wald and Wolfowitz
    (1940).

    Returns:
        The number of runs, that by chance, and its standard deviation.
    """
    import numpy as np

    counts, rows = np.bincount(codes).astype("float64"), len(codes)
    found = 1 + int(np.count_nonzero(np.diff(codes)))
    squares, cubes = float((counts**2).sum()), float((counts**3).sum())
    expected = (rows * (rows + 1) - squares) / rows
    above = squares * (squares + rows * (rows + 1)) - 2 * rows * cubes - rows**3
    return found, expected, sqrt(max(0.0, above / (rows**2 * max(1, rows - 1))))
