"""Whether one config is better than another, and in which words that may be said."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from dlrun.estimates.estimate import (
    Difference,
    Word,
    beta_quantile,
    spread,
    t_quantile,
    t_tail,
)

Sample: TypeAlias = Mapping[int, float]
"""A value per seed."""

ALPHA = 0.05
"""How often at least one of several comparisons may claim too much."""
FEWEST_FOR_A_WORD = 3
FEWEST_FOR_BETTER = 5
_MOST_WINS = 0.75
_MOST_SEEDS = 1000
_ROUNDING = 1e-12


def difference(
    before: Sample,
    after: Sample,
    *,
    highest_is_best: bool,
    overlap: float = 0.0,
    is_mixed: bool = False,
) -> Difference:
    """Compare two configs: by seed if most seeds are shared, else as they come.

    So are folds, with the variance that `estimate` corrects for the rows they share.

    The interval is that of Student, which holds at every number of runs: with three, a
    bootstrap claims a difference where there is none about five times as often.
    Source for unpaired runs: B. L. Welch (1947).

    Args:
        before: One number per seed, at least one.
        after: The same of the changed config.
        highest_is_best: Whether more of it is better.
        overlap: Of folds, the rows that validate over those that train.
        is_mixed: One side has folds, the other divides its rows once. Seeds of one
            division do not tell how other rows would do, so no word may be said.
    """
    shared = sorted(before.keys() & after.keys())
    sign = 1 if highest_is_best else -1
    fewest = min(len(before), len(after))
    if 2 * len(shared) > fewest:
        changes = [_change(before[seed], after[seed]) for seed in shared]
        share = share_won((sign * change, 0) for change in changes)
        compared = _paired(changes, share, overlap)
    else:
        values = [sign * value for value in after.values()]
        others = [sign * value for value in before.values()]
        share = share_above(values, others)
        compared = _unpaired([*before.values()], [*after.values()], share, overlap)
    if is_mixed:
        return _without_claim(compared)
    return adjust([compared], highest_is_best=highest_is_best)[0]


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
    p_values = [change.p for change in differences if change.p is not None]
    steps = iter(holm(p_values, comparisons))
    return [
        change
        if change.p is None
        else _claim(change, next(steps), highest_is_best, margin)
        for change in differences
    ]


def adjusted_text(comparisons: int, method: str = "") -> str:
    """`, adjusted for 4 comparisons (Holm)`; of a single one nothing is adjusted."""
    if comparisons <= 1:
        return ""
    return f", adjusted for {comparisons} comparisons{method}"


def seeds_missing(
    mean: float, spread_of_one: float, n: int, overlap: float = 0.0
) -> int | None:
    """How many more seeds would show a difference of this size; None: beyond 1,000.

    Args:
        mean: The difference as it looks so far.
        spread_of_one: The standard deviation of the difference at one seed.
        n: The seeds so far.
        overlap: Of folds, the rows that validate over those that train.
    """

    def shows(seeds: int) -> bool:
        half = t_quantile(0.975, seeds - 1) * spread_of_one
        half *= math.sqrt(1 / seeds + overlap)
        return 2 * half <= abs(mean)

    if not shows(_MOST_SEEDS):
        return None
    low, high = max(n, FEWEST_FOR_BETTER - 1), _MOST_SEEDS
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if shows(middle) else (middle, high)
    return high - n


def missing_text(difference: Difference | None) -> str:
    """How many more seeds or folds would tell; nothing where that is not known."""
    if difference is None or difference.word.endswith("better"):
        return ""
    if difference.is_mixed:
        return "; only one of them has folds: train both over the same folds to tell"
    if difference.error is None:
        return ""
    if difference.word == "equivalent":
        return "; the two are equivalent"
    return _more_text(difference)


def _more_text(difference: Difference) -> str:
    more, unit = difference.seeds_missing, difference.unit
    if more is None and difference.overlap:
        return (
            "; which of the two is better, folds of these rows cannot tell, however "
            "often they are repeated: that takes more rows"
        )
    if more is None:
        return "; more than 1,000 more seeds would be needed to tell"
    by = ", by split.repeats," if difference.overlap else ""
    plural = "s" * (more != 1)
    return f"; about {more} more {unit}{plural}{by} would be needed to tell"


def _without_claim(compared: Difference) -> Difference:
    """The means alone: no interval would hold, and no word may be said."""
    return Difference(
        compared.mean,
        compared.n,
        is_paired=compared.is_paired,
        share=compared.share,
        overlap=compared.overlap,
        is_mixed=True,
    )


def _change(before: float, after: float) -> float:
    """The difference of two numbers; what rounding alone may cause is none."""
    change = after - before
    return change if abs(change) > _ROUNDING * max(abs(before), abs(after)) else 0.0


def _paired(changes: Sequence[float], share: float, overlap: float) -> Difference:
    n = len(changes)
    mean = math.fsum(changes) / n
    untested = Difference(mean, n, is_paired=True, share=share, overlap=overlap)
    low, high = share_interval(share, n)
    untested = replace(untested, share_low=low, share_high=high)
    if n == 1:
        return untested
    return _tested(untested, spread(changes) * math.sqrt(1 / n + overlap), n - 1)


def _unpaired(
    before: Sequence[float], after: Sequence[float], share: float, overlap: float
) -> Difference:
    means = [math.fsum(values) / len(values) for values in (before, after)]
    n = min(len(before), len(after))
    mean = _change(*means)
    untested = Difference(mean, n, is_paired=False, share=share, overlap=overlap)
    if n == 1:
        return untested
    parts = [
        spread(values) ** 2 * (1 / len(values) + overlap) for values in (before, after)
    ]
    squares = [
        part * part / (len(values) - 1)
        for part, values in zip(parts, (before, after), strict=True)
    ]
    df = sum(parts) ** 2 / sum(squares) if sum(squares) else 2 * n - 2
    return _tested(untested, math.sqrt(sum(parts)), df)


def _tested(untested: Difference, error: float, df: float) -> Difference:
    no_doubt = 0.0 if untested.mean else 1.0
    of_one = error / math.sqrt(1 / untested.n + untested.overlap)
    p = 2 * t_tail(abs(untested.mean) / error, df) if error else no_doubt
    return replace(
        untested,
        error=error,
        df=df,
        p=p,
        detectable=2 * t_quantile(0.975, df) * error,
        seeds_missing=seeds_missing(
            untested.mean, of_one, untested.n, untested.overlap
        ),
    )


def _claim(
    tested: Difference, step: Step, highest_is_best: bool, margin: float | None
) -> Difference:
    half = t_quantile((1 + step.level) / 2, tested.df) * (tested.error or 0.0)
    low, high = tested.mean - half, tested.mean + half
    held = replace(tested, low=low, high=high, p_adjusted=step.p)
    return replace(held, word=_word(held, highest_is_best, margin))


def _word(held: Difference, highest_is_best: bool, margin: float | None) -> Word:
    """Three runs are needed for a word, five and both signs for `better`.

    The interval must leave out 0 and three quarters of the pairs must be won; with
    fewer runs, or only one of both signs, it is `probably`.
    """
    if held.n < FEWEST_FOR_A_WORD or held.low is None or held.high is None:
        return ""
    if margin is not None and -margin < held.low and held.high < margin:
        return "equivalent"
    is_gain = (held.mean > 0) == highest_is_best
    wins = held.share if is_gain else 1 - held.share
    is_clear = held.low > 0 or held.high < 0
    if is_clear and wins >= _MOST_WINS and held.n >= FEWEST_FOR_BETTER:
        return "better" if is_gain else "worse"
    if is_clear or wins == 1:
        return "probably better" if is_gain else "probably worse"
    return "no difference shown"


def share_won(pairs: Iterable[tuple[float, float]]) -> float:
    """The share of pairs whose first value is greater; ties count half."""
    points = [0.5 + 0.5 * ((value > other) - (value < other)) for value, other in pairs]
    return math.fsum(points) / len(points)


def share_above(values: Sequence[float], others: Sequence[float]) -> float:
    """How often a value of the first side exceeds one of the second; ties half.

    Source: H. B. Mann, D. R. Whitney (1947): U over the number of pairs.
    """
    return share_won((value, other) for value in values for other in others)


def share_interval(share: float, n: int) -> tuple[float, float]:
    """The interval that holds the true share in 95 % of cases, however rare it is.

    Source: C. J. Clopper, E. S. Pearson (1934).

    Args:
        share: Of wins, from 0 to 1; ties may make the number of wins a half.
        n: How many pairs there were.
    """
    wins, tail = share * n, 0.025
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


@dataclass(frozen=True, slots=True)
class Step:
    """What one of several comparisons is held to."""

    p: float
    """Adjusted: below 0.05 where the comparison may claim a difference."""
    level: float
    """Of the interval that says the same: it leaves out 0 just where p < 0.05."""


def holm(values: Sequence[float], comparisons: int | None = None) -> list[Step]:
    """Adjust p values so that one false claim among all of them stays rare.

    Source: S. Holm, A simple sequentially rejective multiple test procedure (1979).

    Args:
        values: The p value of each comparison, in any order.
        comparisons: How many were possible, if these were picked from more: then
            every one is held to that number (Bonferroni).
    """
    total = comparisons or len(values)
    is_picked = total > len(values)
    steps: dict[int, Step] = {}
    adjusted, held_to, stopped = 0.0, total, False
    for rank, index in enumerate(sorted(range(len(values)), key=values.__getitem__)):
        left = total if is_picked else total - rank
        adjusted = max(adjusted, min(1.0, left * values[index]))
        # Once a comparison claims nothing, the rest are held to what it was held to.
        held_to = held_to if stopped else left
        steps[index] = Step(adjusted, 1 - ALPHA / held_to)
        stopped = adjusted >= ALPHA
    return [steps[index] for index in range(len(values))]
