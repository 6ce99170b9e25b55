"""A learning curve as a power law: what more of something would bring, and how sure.

A loss falls towards its limit as a power of what there is more of, `a + b x^-c`; an
accuracy grows so towards 1. Sources: J. Hestness et al., Deep Learning Scaling Is
Predictable, Empirically (2017); T. Viering, M. Loog, The Shape of Learning Curves: a
Review (2022), who show as well that not every curve has this shape.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from random import Random
from typing import Literal, NamedTuple, TypeAlias

from dlrun.estimates.estimate import (
    LEVEL,
    beta_quantile,
    quantile,
    spread,
    t_quantile,
)
from dlrun.estimates.point_variance import TREND_DF, variances_of

Telling: TypeAlias = Literal["helps", "hardly", "unknown"]
"""What may be said of more: it raises the score, hardly so, or nothing is known."""

FEWEST_POINTS, FEWEST_SERIES = 4, 3
"""A law of three numbers fits any three points, and two runs tell no spread."""
_DRAWS, _TRIES = 1000, 20_000
_EXPONENTS = tuple(0.05 * 40 ** (place / 39) for place in range(40))
"""From 0.05 to 2, equally likely by their logarithms: what is found in practice."""
_MISFIT = 0.05
"""A law that would lie so far off once in twenty times is not believed."""
_ODDITY = 0.15
"""How far true curves lie off a law, as a share of the step to the next point."""
_FIT_DF = 2
"""That points scatter as their series do counts as much as two points (ours)."""
_NO_MATTER = 0.05
"""A loss that falls by a smaller part is hardly better."""
_NOTHING = 1e-6
_LEAST = 1e-9
"""A spread of nothing at all would divide by 0."""


class Interval(NamedTuple):
    """A value in the middle, and the ends of its 95 % interval."""

    middle: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Law:
    """One curve that the points may follow: `end + rise * bend(x)`, as a loss."""

    end: float
    """At the largest x that was measured."""
    rise: float
    """From there to the smallest x; at least 0."""
    exponent: float
    span: float
    """The largest x over the smallest."""

    def at(self, part: float) -> float:
        """The loss at an x, given as a part of the largest one that was measured."""
        return self.end + self.rise * _bend(part, self.exponent, self.span)

    @property
    def limit(self) -> float:
        """Where it ends with more and more of x."""
        return float(self.end - self.rise / (self.span**self.exponent - 1))


@dataclass(frozen=True)
class Extrapolation:
    """What power laws that fit some points say of larger x, by 1,000 draws of them."""

    largest: float
    """The largest x that was measured."""
    laws: tuple[Law, ...]
    turn: Turn
    noise: float
    """The standard error of the mean of as many series at another x."""
    oddity: float
    """How far the true curve may lie off the law there."""
    df: float
    last: float
    """The mean that was measured at the largest x, as a loss."""
    has_floor: bool
    """Whether no loss can be below 0."""

    def score(self, x: float) -> Interval:
        """The score that the law has at an x, without the noise of a measurement."""
        part = x / self.largest
        return self.turn.scores([law.at(part) for law in self.laws])

    @cached_property
    def exponent(self) -> Interval:
        """How fast the curve falls: `c` of `x^-c`."""
        return _interval([law.exponent for law in self.laws])

    @cached_property
    def limit(self) -> Interval:
        """The score with more and more of x."""
        return self.turn.scores([law.limit for law in self.laws])

    def gain(self, factor: float) -> Interval:
        """What so many times the largest x gains by the law; above 0: better.

        The law holds to within what true curves lie off one. It is about the mean of
        any number of series; `measured` is about that of as many as there were.
        """
        random = Random(1)  # noqa: S311 - the same draws each time
        return _interval(
            [
                law.at(1) - law.at(factor) + self.oddity * random.gauss()
                for law in self.laws
            ]
        )

    def measured(self, factor: float) -> Interval:
        """What as many series would be measured to gain there, over what they had."""
        random = Random(2)  # noqa: S311
        return _interval(
            [
                self.last - law.at(factor) + self.noise * _t(random, self.df)
                for law in self.laws
            ]
        )

    @cached_property
    def margin(self) -> float:
        """A smaller gain hardly matters: a twentieth of the loss that is left.

        Where losses may fall below 0 it is a twentieth of all that the curve has risen.
        """
        rises = quantile([law.rise for law in self.laws], 0.5)
        return _NO_MATTER * (self.last if self.has_floor else rises) + _NOTHING

    def telling(self, factor: float) -> Telling:
        """What may be said of so many times the largest x.

        It *helps* where the interval of the gain leaves out 0, and its middle is more
        than hardly matters; it does *hardly* where the whole interval is less.
        """
        gain = self.gain(factor)
        if gain.low > 0 and gain.middle > self.margin:
            return "helps"
        return "hardly" if gain.high <= self.margin else "unknown"


@dataclass(frozen=True, slots=True)
class Turn:
    """Scores as losses that fall towards 0 at best, and back."""

    sign: int
    ceiling: float

    def loss(self, score: float) -> float:
        """The loss that a score is."""
        return self.ceiling - score if self.sign > 0 else score

    def scores(self, losses: Sequence[float]) -> Interval:
        """The interval of scores that losses are."""
        return _interval([self.loss(loss) for loss in losses])


def extrapolate(
    xs: Sequence[float],
    series: Sequence[Sequence[float]],
    *,
    highest_is_best: bool,
) -> Extrapolation | str:
    """Fit power laws to a curve that was measured several times.

    A series, such as the runs of one seed, has a level of its own, which says nothing
    of the shape: what spreads a point is what is left without it. Laws are drawn by
    their likelihood: exponents from 0.05 to 2, and no loss below 0 where none was
    measured there (so no accuracy above 1).

    Args:
        xs: What there is more of, above 0, in rising order.
        series: `(series, points)` the scores.
        highest_is_best: Whether more of the score is better.

    Returns:
        What follows, or why nothing does, as the end of a sentence.
    """
    if len(xs) < FEWEST_POINTS:
        return f"a law needs {FEWEST_POINTS} points, and there are {len(xs)}"
    if len(series) < FEWEST_SERIES:
        have = f"{len(series)} {'has' if len(series) == 1 else 'have'} all points"
        return f"the spread needs {FEWEST_SERIES} seeds, and {have}"
    scores = [score for one in series for score in one]
    are_shares = highest_is_best and min(scores) >= 0 and max(scores) <= 1
    turn = Turn(1 if highest_is_best else -1, 1.0 if are_shares else 0.0)
    losses = [[turn.loss(score) for score in one] for one in series]
    points = _points(xs, losses)
    misfit, df = min(_fit(points, one).misfit for one in _EXPONENTS), len(xs) - 3
    is_believed = _is_believed(misfit, df, points.df)
    points = _scattered(points, misfit, df)
    fitted = [_fit(points, exponent) for exponent in _EXPONENTS]
    has_floor = min(min(one) for one in losses) >= 0
    laws = tuple(_draw(points, fitted, 0.0 if has_floor else -math.inf))
    closest = min(fitted, key=lambda fit: fit.misfit)
    if len(laws) < _DRAWS and closest.rise <= 0:
        return "the score gets no better along the curve"
    if len(laws) < _DRAWS or not (is_believed and _meet_the_end(laws, losses, points)):
        return "the scores do not follow a power law"
    return Extrapolation(
        largest=xs[-1],
        laws=laws,
        turn=turn,
        noise=math.sqrt(points.variances[-1]),
        oddity=_ODDITY * abs(points.means[-1] - points.means[-2]),
        df=points.df,
        last=points.means[-1],
        has_floor=has_floor,
    )


class _Points(NamedTuple):
    """The means of a curve with their variances."""

    places: tuple[float, ...]
    """Each x as a part of the largest."""
    means: tuple[float, ...]
    variances: tuple[float, ...]
    df: float


def _points(xs: Sequence[float], losses: Sequence[Sequence[float]]) -> _Points:
    """Means, and variances of what the level of a series does not explain."""
    count, size = len(losses), len(xs)
    means = [math.fsum(one[k] for one in losses) / count for k in range(size)]
    deviations = [
        [loss - mean for loss, mean in zip(one, means, strict=True)] for one in losses
    ]
    spreads = variances_of(xs, deviations)
    steps = [abs(one - other) for one, other in pairwise(means)]
    steps = [*map(max, steps, [0.0, *steps]), steps[-1]]
    least = _LEAST * (1 + max(map(abs, means)))
    variances = [
        spread / count + (_ODDITY * step) ** 2 + least**2
        for spread, step in zip(spreads, steps, strict=True)
    ]
    return _Points(
        tuple(x / xs[-1] for x in xs),
        tuple(means),
        tuple(variances),
        float(count - 1 + TREND_DF),
    )


def _scattered(points: _Points, misfit: float, df: int) -> _Points:
    """Larger variances where points lie farther off a law than their series tell.

    Source: R. Birge, The Calculation of Errors by the Method of Least Squares (1932).
    """
    ratio = max(1.0, (misfit + _FIT_DF) / (df + _FIT_DF))
    return points._replace(variances=tuple(ratio * one for one in points.variances))


class _Fit(NamedTuple):
    """The best law of one exponent: end and rise with their covariance."""

    exponent: float
    end: float
    rise: float
    spread: tuple[float, float, float]
    """A triangle whose product with itself, turned, is the covariance."""
    misfit: float
    """The sum of squared deviations, each over its variance."""
    size: float
    """The root of the determinant of the covariance."""


def _fit(points: _Points, exponent: float) -> _Fit:
    span = points.places[-1] / points.places[0]
    bends = [_bend(part, exponent, span) for part in points.places]
    weights = [1 / variance for variance in points.variances]
    rows = list(zip(weights, bends, points.means, strict=True))
    s, sx = math.fsum(weights), math.fsum(w * x for w, x, _ in rows)
    sxx = math.fsum(w * x * x for w, x, _ in rows)
    sy, sxy = (
        math.fsum(w * y for w, _, y in rows),
        math.fsum(w * x * y for w, x, y in rows),
    )
    determinant = s * sxx - sx * sx
    rise = (s * sxy - sx * sy) / determinant
    end = (sy - rise * sx) / s
    misfit = math.fsum(w * (y - end - rise * x) ** 2 for w, x, y in rows)
    of_end, both, of_rise = (
        sxx / determinant,
        -sx / determinant,
        s / determinant,
    )
    first = math.sqrt(of_end)
    second = both / first
    third = math.sqrt(max(0.0, of_rise - second * second))
    return _Fit(
        exponent, end, rise, (first, second, third), misfit, 1 / math.sqrt(determinant)
    )


def _draw(points: _Points, fitted: Sequence[_Fit], floor: float) -> Iterator[Law]:
    """Laws by their likelihood; fewer than wanted where hardly any can be one."""
    random = Random(0)  # noqa: S311 - the same draws each time
    power = -(points.df + len(points.means) - 2) / 2
    weights = [fit.size * (1 + fit.misfit / points.df) ** power for fit in fitted]
    span = points.places[-1] / points.places[0]
    drawn = 0
    for fit in random.choices(fitted, weights, k=_TRIES):
        scale = _t_scale(random, points.df)
        one, other = random.gauss() * scale, random.gauss() * scale
        first, second, third = fit.spread
        law = Law(
            fit.end + first * one,
            fit.rise + second * one + third * other,
            fit.exponent,
            span,
        )
        if law.rise >= 0 and law.limit >= floor:
            yield law
            drawn += 1
            if drawn == _DRAWS:
                return


def _bend(part: float, exponent: float, span: float) -> float:
    """`x^-c`, moved and scaled so that it is 0 at the largest x and 1 at the least."""
    return float((part**-exponent - 1) / (span**exponent - 1))


def _is_believed(misfit: float, df: int, noise_df: float) -> bool:
    """Whether a law may lie so far off the points, by an F test."""
    ratio = misfit / df
    share = beta_quantile(1 - _MISFIT, df / 2, noise_df / 2)
    return ratio <= share / (1 - share) * noise_df / df


def _meet_the_end(
    laws: Sequence[Law], losses: Sequence[Sequence[float]], points: _Points
) -> bool:
    """Whether laws pass where the largest x was measured, as its own runs tell it.

    The variances of points are drawn towards each other. Where the first point spreads
    a thousand times as much as the last, nothing else would hold a law to the last.
    """
    last = [one[-1] for one in losses]
    error = spread(last) / math.sqrt(len(last))
    sure = t_quantile((1 + LEVEL) / 2, len(last) - 1) * error
    near = sure + _ODDITY * abs(points.means[-1] - points.means[-2]) + _NOTHING
    middle = quantile([law.end for law in laws], 0.5)
    return abs(middle - points.means[-1]) <= near


def _t_scale(random: Random, df: float) -> float:
    """What a normal number is multiplied with to be t distributed."""
    return math.sqrt(df / (2 * random.gammavariate(df / 2, 1.0)))


def _t(random: Random, df: float) -> float:
    return random.gauss() * _t_scale(random, df)


def _interval(values: Sequence[float]) -> Interval:
    tail = (1 - LEVEL) / 2
    low, middle, high = (quantile(values, part) for part in (tail, 0.5, 1 - tail))
    return Interval(middle, low, high)
