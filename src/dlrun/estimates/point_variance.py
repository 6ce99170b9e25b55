"""How far the points of several series spread, without the levels of the series."""

from __future__ import annotations

import math
from collections.abc import Sequence
from operator import mul

_SLOPE_SD = 0.3
"""The exponent of variances is drawn towards 0: few series tell it badly (ours)."""
_ROUNDS = 4
TREND_DF = 4
"""A trend of variances counts as much as five series."""
_FAR_BELOW = 1e-3


def variances_of(
    xs: Sequence[float], deviations: Sequence[Sequence[float]]
) -> list[float]:
    """The variance of each point without the levels of the series.

    A level is the mean of a series, in which a point counts by the trend of variances:
    those of small x mostly spread more, and would blur the level. Each variance is
    drawn towards the trend, as few series know it badly. Source of that: G. Smyth,
    Linear Models and Empirical Bayes Methods (2004).

    Args:
        xs: What there is more of.
        deviations: `(series, points)` from the mean of each point.
    """
    df = len(deviations) - 1
    trend, found = [1.0 for _ in xs], [0.0 for _ in xs]
    for _ in range(_ROUNDS):
        weights = [1 / one for one in trend]
        total = math.fsum(weights)
        levels = [math.fsum(map(mul, weights, one)) / total for one in deviations]
        found = [
            math.fsum(
                (one[k] - level) ** 2
                for one, level in zip(deviations, levels, strict=True)
            )
            / df
            / (1 - weight / total)
            for k, weight in enumerate(weights)
        ]
        if not any(found):
            return found
        trend = _trend(xs, found, df)
    return [
        (df * one + TREND_DF * part) / (df + TREND_DF)
        for one, part in zip(found, trend, strict=True)
    ]


def _trend(xs: Sequence[float], found: Sequence[float], df: int) -> list[float]:
    """Variances as a power of x, whose exponent is drawn towards 0."""
    pooled = math.fsum(found) / len(found)
    places = [math.log(x) for x in xs]
    middle = math.fsum(places) / len(places)
    logs = [math.log(max(one, pooled * _FAR_BELOW)) for one in found]
    squares = math.fsum((place - middle) ** 2 for place in places)
    products = math.fsum(
        (place - middle) * log for place, log in zip(places, logs, strict=True)
    )
    slope = products / (squares + 2 / df / _SLOPE_SD**2)
    parts = [math.exp(slope * (place - middle)) for place in places]
    level = math.fsum(one / part for one, part in zip(found, parts, strict=True))
    return [level / len(parts) * part for part in parts]
