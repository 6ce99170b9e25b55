"""Whether one config is better than another, and in which words that may be said."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from dlrun.estimates.estimate import spread
from dlrun.estimates.holm import Step, holm
from dlrun.estimates.share import share_above, share_interval, share_won
from dlrun.estimates.student import t_quantile, t_tail

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

Sample: TypeAlias = Mapping[int, float]
"""A value per seed."""

FEWEST_FOR_A_WORD = 3
FEWEST_FOR_BETTER = 5
_MOST_WINS = 0.75
_MOST_SEEDS = 1000
_ROUNDING = 1e-12


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
    """How many more seeds would show a difference of this size; None: beyond 1,000."""


def difference(before: Sample, after: Sample, *, highest_is_best: bool) -> Difference:
    """Compare two configs: by seed if most seeds are shared, else as they come.

    The interval is that of Student, which holds at every number of runs: with three, a
    bootstrap claims a difference where there is none about five times as often.
    Source for unpaired runs: B. L. Welch (1947).

    Args:
        before: One number per seed, at least one.
        after: The same of the changed config.
        highest_is_best: Whether more of it is better.
    """
    shared = sorted(before.keys() & after.keys())
    sign = 1 if highest_is_best else -1
    fewest = min(len(before), len(after))
    if 2 * len(shared) > fewest:
        changes = [_change(before[seed], after[seed]) for seed in shared]
        found = _paired(changes, share_won((sign * one, 0) for one in changes))
    else:
        ones = [sign * value for value in after.values()]
        others = [sign * value for value in before.values()]
        share = share_above(ones, others)
        found = _unpaired([*before.values()], [*after.values()], share)
    return adjust([found], highest_is_best=highest_is_best)[0]


def adjust(
    differences: Sequence[Difference],
    *,
    highest_is_best: bool,
    comparisons: int | None = None,
    margin: float | None = None,
) -> list[Difference]:
    """Give each of several comparisons the interval and the word it may claim.

    Args:
        differences: All comparisons that stand side by side.
        highest_is_best: Whether more of the metric is better.
        comparisons: How many were possible, if these were picked by their result.
        margin: Differences below it do not matter to whoever asks.
    """
    tested = [one for one in differences if one.p is not None]
    steps = iter(holm([one.p for one in tested if one.p is not None], comparisons))
    return [
        one if one.p is None else _claim(one, next(steps), highest_is_best, margin)
        for one in differences
    ]


def seeds_missing(mean: float, spread_of_one: float, n: int) -> int | None:
    """How many more seeds would show a difference of this size; None: beyond 1,000.

    Args:
        mean: The difference as it looks so far.
        spread_of_one: The standard deviation of the difference at one seed.
        n: The seeds so far.
    """

    def shows(many: int) -> bool:
        half = t_quantile(0.975, many - 1) * spread_of_one / math.sqrt(many)
        return 2 * half <= abs(mean)

    if not shows(_MOST_SEEDS):
        return None
    low, high = max(n, FEWEST_FOR_BETTER - 1), _MOST_SEEDS
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if shows(middle) else (middle, high)
    return high - n


def _change(before: float, after: float) -> float:
    """The difference of two numbers; what rounding alone may cause is none."""
    change = after - before
    return change if abs(change) > _ROUNDING * max(abs(before), abs(after)) else 0.0


def _paired(changes: Sequence[float], share: float) -> Difference:
    n = len(changes)
    mean = math.fsum(changes) / n
    found = Difference(mean, n, is_paired=True, share=share)
    low, high = share_interval(share, n)
    found = replace(found, share_low=low, share_high=high)
    if n == 1:
        return found
    return _tested(found, spread(changes) / math.sqrt(n), n - 1)


def _unpaired(
    before: Sequence[float], after: Sequence[float], share: float
) -> Difference:
    means = [math.fsum(values) / len(values) for values in (before, after)]
    n = min(len(before), len(after))
    found = Difference(means[1] - means[0], n, is_paired=False, share=share)
    if n == 1:
        return found
    parts = [spread(values) ** 2 / len(values) for values in (before, after)]
    squares = [
        part * part / (len(values) - 1)
        for part, values in zip(parts, (before, after), strict=True)
    ]
    df = sum(parts) ** 2 / sum(squares) if sum(squares) else 2 * n - 2
    return _tested(found, math.sqrt(sum(parts)), df)


def _tested(found: Difference, error: float, df: float) -> Difference:
    no_doubt = 0.0 if found.mean else 1.0
    p = 2 * t_tail(abs(found.mean) / error, df) if error else no_doubt
    return replace(
        found,
        error=error,
        df=df,
        p=p,
        detectable=2 * t_quantile(0.975, df) * error,
        seeds_missing=seeds_missing(found.mean, error * math.sqrt(found.n), found.n),
    )


def _claim(
    found: Difference, step: Step, highest_is_best: bool, margin: float | None
) -> Difference:
    half = t_quantile((1 + step.level) / 2, found.df) * (found.error or 0.0)
    low, high = found.mean - half, found.mean + half
    held = replace(found, low=low, high=high, p_adjusted=step.p)
    return replace(held, word=_word(held, highest_is_best, margin))


def _word(found: Difference, highest_is_best: bool, margin: float | None) -> Word:
    """Three runs are needed for a word, five and both signs for `better`.

    The interval must leave out 0 and three quarters of the pairs must be won; with
    fewer runs, or only one of both signs, it is `probably`.
    """
    if found.n < FEWEST_FOR_A_WORD or found.low is None or found.high is None:
        return ""
    if margin is not None and -margin < found.low and found.high < margin:
        return "equivalent"
    is_gain = (found.mean > 0) == highest_is_best
    wins = found.share if is_gain else 1 - found.share
    is_clear = found.low > 0 or found.high < 0
    if is_clear and wins >= _MOST_WINS and found.n >= FEWEST_FOR_BETTER:
        return "better" if is_gain else "worse"
    if is_clear or wins == 1:
        return "probably better" if is_gain else "probably worse"
    return "no difference shown"
