"""Student's t and the beta distribution, without SciPy."""

from __future__ import annotations

import math
from functools import cache

_MIDDLE = 0.5
_STEPS = 500
_TINY = 1e-300
_PRECISION = 1e-15
_HALVINGS = 200


@cache
def t_quantile(p: float, df: float) -> float:
    """The value below which a t distributed number lies with probability `p`.

    Args:
        p: Between 0 and 1, both excluded.
        df: Degrees of freedom, at least 1; need not be whole.
    """
    if p <= _MIDDLE:
        return -t_quantile(1 - p, df) if p < _MIDDLE else 0.0
    # The tail is convex, so Newton's steps from below never go beyond the solution.
    value = normal_quantile(p)
    for _ in range(_STEPS):
        step = (t_tail(value, df) - (1 - p)) / t_density(value, df)
        value += step
        if step <= _PRECISION * value:
            break
    return value


def t_density(t: float, df: float) -> float:
    """How dense t distributed numbers lie at `t`."""
    logarithm = math.lgamma((df + 1) / 2) - math.lgamma(df / 2)
    logarithm -= (df + 1) / 2 * math.log1p(t * t / df)
    return math.exp(logarithm) / math.sqrt(df * math.pi)


def t_tail(t: float, df: float) -> float:
    """How likely a t distributed number is to exceed `t`, which is at least 0."""
    return beta_share(df / (df + t * t), df / 2, 0.5) / 2


def beta_share(x: float, a: float, b: float) -> float:
    """The regularized incomplete beta function: the share of Beta(a, b) below `x`.

    Source: W. H. Press et al., Numerical Recipes, section 6.4.
    """
    if x <= 0:
        return 0.0
    if x >= 1:
        return 1.0
    logarithm = math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b)
    front = math.exp(logarithm + a * math.log(x) + b * math.log1p(-x))
    # The fraction converges fast on one side of the mean only.
    if x < (a + 1) / (a + b + 2):
        return front * _fraction(x, a, b) / a
    return 1 - front * _fraction(1 - x, b, a) / b


@cache
def beta_quantile(p: float, a: float, b: float) -> float:
    """The value below which the share `p` of Beta(a, b) lies."""
    low, high = 0.0, 1.0
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        if middle in {low, high}:
            break
        if beta_share(middle, a, b) < p:
            low = middle
        else:
            high = middle
    return (low + high) / 2


@cache
def normal_quantile(p: float) -> float:
    """The value below which a standard normal number lies with probability `p`."""
    low, high = -40.0, 40.0
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        if middle in {low, high}:
            break
        if math.erfc(-middle / math.sqrt(2)) / 2 < p:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def _fraction(x: float, a: float, b: float) -> float:
    """The continued fraction of the incomplete beta function, by Lentz's method."""
    c, d = 1.0, 1 / _away_from_zero(1 - (a + b) * x / (a + 1))
    value = d
    for m in range(1, _STEPS):
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        for term in (even, odd):
            d = 1 / _away_from_zero(1 + term * d)
            c = _away_from_zero(1 + term / c)
            value *= c * d
        if abs(c * d - 1) < _PRECISION:
            break
    return value


def _away_from_zero(value: float) -> float:
    return value if abs(value) > _TINY else _TINY
