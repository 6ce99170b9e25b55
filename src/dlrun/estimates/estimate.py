"""What several runs of one config say about it: their mean, and how sure that is."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from dlrun.estimates.student import t_quantile

LEVEL = 0.95
"""How often an interval must hold the true value."""
_FEWEST_FOR_IQM = 8


@dataclass(frozen=True, slots=True)
class Estimate:
    """The mean of some values, and the interval that holds the true mean."""

    n: int
    mean: float
    sd: float | None
    """With n - 1 in its denominator; None: one value."""
    half_width: float | None
    """Of the 95 % t interval around the mean; None: one value."""
    minimum: float
    maximum: float
    iqm: float | None = None
    """The mean of the middle half; only from 8 values on."""

    @property
    def low(self) -> float | None:
        """The lower end of the interval."""
        return None if self.half_width is None else self.mean - self.half_width

    @property
    def high(self) -> float | None:
        """The upper end of the interval."""
        return None if self.half_width is None else self.mean + self.half_width


def estimate(values: Sequence[float]) -> Estimate:
    """Summarize values that differ by chance alone.

    Args:
        values: One number per run; at least one.
    """
    count = len(values)
    mean = math.fsum(values) / count
    sd = spread(values) if count > 1 else None
    half = None
    if sd is not None:
        half = t_quantile((1 + LEVEL) / 2, count - 1) * sd / math.sqrt(count)
    return Estimate(
        n=count,
        mean=mean,
        sd=sd,
        half_width=half,
        minimum=min(values),
        maximum=max(values),
        iqm=interquartile_mean(values) if count >= _FEWEST_FOR_IQM else None,
    )


def quantile(values: Sequence[float], part: float) -> float:
    """The value below which `part` of the values lie, interpolated between neighbours.

    Args:
        values: At least one number.
        part: From 0 to 1; 0.5 is the median.
    """
    ordered = sorted(values)
    place = part * (len(ordered) - 1)
    below = math.floor(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)


def spread(values: Sequence[float]) -> float:
    """The standard deviation of at least two values, with n - 1 below."""
    mean = math.fsum(values) / len(values)
    squares = math.fsum((value - mean) ** 2 for value in values)
    return math.sqrt(squares / (len(values) - 1))


def interquartile_mean(values: Sequence[float]) -> float:
    """The mean of the middle half; where a quarter is no whole number, in part.

    Source: R. Agarwal et al., Deep Reinforcement Learning at the Edge of the
    Statistical Precipice (2021).
    """
    ordered = sorted(values)
    cut = len(ordered) / 4
    whole = math.floor(cut)
    middle = ordered[whole : len(ordered) - whole]
    part = cut - whole
    total = math.fsum(middle) - part * (middle[0] + middle[-1])
    return total / (len(ordered) - 2 * cut)
