"""Numbers with their errors, and how they are written: a mean, a difference.

Student's t and the beta distribution stand here too, without SciPy.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Literal, TypeAlias

from dlrun.writing import digits, number

Word: TypeAlias = Literal[
    "",
    "better",
    "probably better",
    "worse",
    "probably worse",
    "no difference shown",
    "equivalent",
]
"""What may be said of a difference; nothing below three runs on each side."""

LEVEL = 0.95
"""How often an interval must hold the true value."""
_SMALL = 1e-3
_FEWEST_BELOW_MOST = 2
_FEWEST_FOR_IQM = 8
_MIDDLE = 0.5
_STEPS = 500
_TINY = 1e-300
_PRECISION = 1e-15
_HALVINGS = 200


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
    overlap: float = 0.0
    """Of folds, the rows that validate over those that train; 0: of other runs."""

    @property
    def size_text(self) -> str:
        """`n=5`, or `5 folds`, which are no independent values."""
        if not self.overlap:
            return f"n={self.n}"
        return f"{self.n} fold{'s' * (self.n != 1)}"

    @property
    def low(self) -> float | None:
        """The lower end of the interval."""
        return None if self.half_width is None else self.mean - self.half_width

    @property
    def high(self) -> float | None:
        """The upper end of the interval."""
        return None if self.half_width is None else self.mean + self.half_width


@dataclass(frozen=True, slots=True)
class Difference:
    """A metric after a change minus before it."""

    mean: float
    n: int
    """How many seeds both sides share; if unpaired, the runs of the smaller side."""
    is_paired: bool
    """By seed: the same split, the same order of rows."""
    share: float
    """How often the changed side is better: of the pairs, ties count half."""
    error: float | None = None
    """The standard error of the mean; None: n = 1."""
    df: float = 0.0
    """Degrees of freedom."""
    low: float | None = None
    """Of the interval, adjusted for the other comparisons beside it; None: n = 1."""
    high: float | None = None
    share_low: float | None = None
    """Of the 95 % interval of the share; None: unpaired."""
    share_high: float | None = None
    p: float | None = None
    """Of the t test; None: n = 1."""
    p_adjusted: float | None = None
    """By Holm, for the other comparisons beside it."""
    word: Word = ""
    """Of the changed side."""
    detectable: float | None = None
    """The smallest difference that so many runs can show."""
    seeds_missing: int | None = None
    """How many more seeds, or folds, would show a difference of this size; None: beyond
    1,000."""
    overlap: float = 0.0
    """Of folds, the rows that validate over those that train; 0: of other runs."""
    is_mixed: bool = False
    """One side has folds, the other divides its rows once: nothing is claimed."""

    @property
    def unit(self) -> str:
        """What was compared: `seed`, or `fold`."""
        return "fold" if self.overlap else "seed"

    def turned(self) -> Difference:
        """The same difference, seen from the other side."""
        words: dict[Word, Word] = {
            "worse": "better",
            "probably worse": "probably better",
        }
        return replace(
            self,
            mean=-self.mean,
            low=None if self.high is None else -self.high,
            high=None if self.low is None else -self.low,
            share=1 - self.share,
            word=words.get(self.word, self.word),
        )


def estimate(values: Sequence[float], overlap: float = 0.0) -> Estimate:
    """Summarize values that differ by chance alone.

    Folds share most of their train rows, so that their values are alike, and the spread
    says less than that of independent ones: the variance of their mean is
    (1/n + overlap) s^2 in place of s^2/n.

    Source: C. Nadeau, Y. Bengio, Inference for the Generalization Error (2003); for
    repeated folds R. R. Bouckaert, E. Frank (2004).

    Args:
        values: One number per run; at least one.
        overlap: Of folds, their validation rows over their train rows; 0: the runs
            share no rows by design.
    """
    count = len(values)
    mean = math.fsum(values) / count
    sd = spread(values) if count > 1 else None
    half = None
    if sd is not None:
        half = t_quantile((1 + LEVEL) / 2, count - 1) * sd
        half *= math.sqrt(1 / count + overlap)
    return Estimate(
        n=count,
        mean=mean,
        sd=sd,
        half_width=half,
        minimum=min(values),
        maximum=max(values),
        iqm=interquartile_mean(values) if count >= _FEWEST_FOR_IQM else None,
        overlap=overlap,
    )


def quantile(values: Sequence[float], part: float) -> float:
    """The value below which `part` of the values lie, interpolated between neighbours.

    Args:
        values: At least one number.
        part: From 0 to 1; 0.5 is the median.
    """
    ordered = sorted(values)
    position = part * (len(ordered) - 1)
    below = math.floor(position)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (position - below)


def spread(values: Sequence[float]) -> float:
    """The standard deviation of at least two values, with n - 1 below."""
    mean = math.fsum(values) / len(values)
    squares = math.fsum((value - mean) ** 2 for value in values)
    return math.sqrt(squares / (len(values) - 1))


def interquartile_mean(values: Sequence[float]) -> float:
    """The mean of the middle half; where a quarter is no integer, in part.

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


def decimals(means: Iterable[float], errors: Iterable[float | None]) -> int | None:
    """How many decimals the errors deserve; None: the numbers are too small for them.

    Args:
        means: What is shown, at most four digits of it.
        errors: Half-widths of intervals; the least of them decides.
    """
    largest = max((abs(mean) for mean in means), default=0.0)
    if 0 < largest < _SMALL:
        return None
    most = digits(largest)
    known = [error for error in errors if error]
    if not known:
        return most
    least = min(known)
    exponent = math.floor(math.log10(least))
    is_one: bool = least / 10.0**exponent < _FEWEST_BELOW_MOST
    return max(0, most - _FEWEST_BELOW_MOST, min(most, int(is_one) - exponent))


def estimate_text(estimate: Estimate | None, places: int | None) -> str:
    """`0.912 ± 0.006 (n=5)`, or `(5 folds)`; a dash where there is none."""
    if estimate is None:
        return "-"
    return f"{mean_text(estimate, places)} ({estimate.size_text})"


def mean_text(
    estimate: Estimate | None, places: int | None, *, signed: bool = False
) -> str:
    """`0.912 ± 0.006`, or only `0.912` where one run says no more."""
    if estimate is None:
        return "-"
    text = center_text(estimate, places, signed=signed)
    if estimate.half_width is None:
        return text
    return f"{text} ± {fixed(estimate.half_width, places)}"


def center_text(estimate: Estimate, places: int | None, *, signed: bool = False) -> str:
    """The mean alone, `0.912`.

    The decimals of a column follow from its intervals. One run has none: its 0.0013
    does not become 0.00 because another group is less sure.
    """
    value = estimate.mean
    is_lone = estimate.half_width is None and not signed
    if places is not None and is_lone and value and not round(value, places):
        places = None
    return fixed(value, places, signed=signed)


def places_of(estimates: Sequence[Estimate | None]) -> int | None:
    """The decimals that a column of estimates shares."""
    known = [estimate for estimate in estimates if estimate is not None]
    return decimals(
        (estimate.mean for estimate in known),
        (estimate.half_width for estimate in known),
    )


def places_of_changes(changes: Sequence[Difference | None]) -> int | None:
    """The decimals that a column of differences shares."""
    known = [change for change in changes if change is not None]
    return decimals(
        (change.mean for change in known),
        (change.high - change.mean for change in known if change.high is not None),
    )


def change_text(change: Difference, places: int | None = None) -> str:
    """`-0.153 [-0.180, -0.120]`: the difference and its interval.

    Args:
        change: The difference.
        places: The decimals of its column; None: those that it deserves alone.
    """
    if change.low is None or change.high is None:
        return fixed(change.mean, places, signed=True)
    if places is None:
        half = (change.high - change.low) / 2
        places = decimals([change.mean, change.low, change.high], [half])
    low, high = (fixed(end, places, signed=True) for end in (change.low, change.high))
    return f"{fixed(change.mean, places, signed=True)} [{low}, {high}]"


def fixed(value: float, places: int | None, *, signed: bool = False) -> str:
    """A number with so many decimals; None: four digits."""
    if places is None:
        return number(value, signed=signed)
    sign = "+" if signed else ""
    return f"{value:{sign}z.{places}f}"


def epoch_text(value: float | None) -> str:
    """A median of epochs: `9`, or `9.5` between two."""
    return "-" if value is None else f"{value:.10g}"


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
