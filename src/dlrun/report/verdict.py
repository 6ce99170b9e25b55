"""The first lines of a comparison: who is best, by how much, and how sure that is."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from dlrun.report.figure import change_text, epoch_text, estimate_text, places_of
from dlrun.report.layout import number, one_line
from dlrun.statistics import (
    FEWEST_FOR_A_WORD,
    FEWEST_FOR_BETTER,
    expected_best,
    noise_of_means,
    shrink,
)

if TYPE_CHECKING:
    from dlrun.report.comparison import Comparison, Group
    from dlrun.statistics import Difference

_NAMES_SHOWN = 3
_MANY_CANDIDATES = 10


def verdict(comparison: Comparison) -> Iterator[str]:
    """Say in words which group is best, and how far that can be trusted."""
    metric = one_line(comparison.metric)
    rated = [group for group in comparison.groups if group.score]
    if not rated:
        yield f"No run has a {metric} yet."
        return
    numbers = sorted({group.experiment for group in rated})
    if len(numbers) > 1:
        yield (
            f"These runs measure {len(numbers)} different things (other data or "
            f"another loss, see the warnings): a {metric} of one says nothing about "
            "another, so there is a best group in each, and none overall."
        )
    for experiment in numbers:
        groups = [group for group in rated if group.experiment == experiment]
        lead = f"Of {len(groups)} groups that compare, " if len(numbers) > 1 else ""
        for sentence in _experiment(comparison, groups):
            yield f"{lead}{sentence}"
            lead = ""
    yield from _overfitting(rated)


def best_group(comparison: Comparison, groups: Sequence[Group]) -> Group:
    """The group with the best mean.

    Args:
        comparison: What they are part of.
        groups: At least one, each with a score.
    """
    sign = -1.0 if comparison.mode == "max" else 1.0
    return min(groups, key=lambda one: sign * one.score.mean if one.score else math.inf)


def _experiment(comparison: Comparison, groups: Sequence[Group]) -> Iterator[str]:
    best = best_group(comparison, groups)
    figures = _figures(comparison, best)
    if len(groups) == 1:
        yield f"{one_line(best.name)}: {figures}."
        return
    base = next((one for one in groups if one.number == comparison.baseline), None)
    equal = sum(one.score == best.score for one in groups) - 1
    others = f" (as {equal} other{'s do' if equal > 1 else ' does'})" if equal else ""
    if base is None or base is best:
        title = "The baseline, " * (base is best)
        name = f"{title}{one_line(best.name)}{',' * (base is best)}"
        yield f"{name} {_claim(best, groups)}{others}: {figures}."
    else:
        yield from _leader(best, base, figures)
    if all(group.n == 1 for group in groups):
        yield _single_runs(comparison, groups)
        if len(groups) >= _MANY_CANDIDATES:
            yield (
                f"The best of {len(groups)} single runs is also the luckiest: train "
                "the first few again with several seeds before you trust their order."
            )
        return
    yield from _ties(best, base, groups)
    yield from _winners_curse(best, groups)


def _claim(best: Group, groups: Sequence[Group]) -> str:
    """What may be said of the best mean where no comparison was planned."""
    tied = sum(group.is_tied for group in groups) > 1
    if best.n < FEWEST_FOR_A_WORD or tied:
        return "has the best value" if best.n == 1 else "has the best mean"
    is_sure = all(one.n >= FEWEST_FOR_BETTER for one in groups)
    return "generalises best" if is_sure else "probably generalises best"


def _leader(best: Group, base: Group, figures: str) -> Iterator[str]:
    """The best against the baseline: by how much, how sure, and what would tell."""
    found = best.difference
    words = f", {_against(found, base)}" if found else ""
    yield f"{one_line(best.name)} {_planned_claim(found)}: {figures}{words}."
    if found and found.word.startswith("probably") and found.n < FEWEST_FOR_BETTER:
        yield (
            f"{found.n} seeds can say no more than probably: train with "
            f"--seeds {FEWEST_FOR_BETTER} to be sure."
        )
    if found and found.word == "no difference shown":
        yield f"No difference to {one_line(base.name)} is shown{_missing(found)}."


def _planned_claim(found: Difference | None) -> str:
    if found is None or found.n == 1:
        return "has the best value"
    if found.word == "better":
        return "generalises best"
    if found.word == "probably better":
        return "probably generalises best"
    return "has the best mean"


def _against(found: Difference, base: Group) -> str:
    """`-0.15 against base (95 % interval -0.18 to -0.12, better in 5 of 5 seeds)`."""
    parts = []
    text = change_text(found)
    mean, _, interval = text.partition(" ")
    if interval:
        parts.append(f"95 % interval {interval.strip('[]').replace(', ', ' to ')}")
    if found.is_paired and found.n > 1:
        wins = found.share * found.n
        tie = "" if wins == int(wins) else ", a tie counts half"
        parts.append(f"better in {wins:g} of {found.n} seeds{tie}")
    details = f" ({', '.join(parts)})" if parts else ""
    return f"{mean} against {one_line(base.name)}{details}"


def _missing(found: Difference) -> str:
    """How many more seeds would tell; nothing where that is not known."""
    if found.error is None:
        return ""
    if found.seeds_missing is None:
        return "; more than 1,000 more seeds would be needed to tell"
    plural = "s" * (found.seeds_missing != 1)
    return f"; about {found.seeds_missing} more seed{plural} would be needed to tell"


def _ties(best: Group, base: Group | None, groups: Sequence[Group]) -> Iterator[str]:
    tied = [one for one in groups if one.is_tied and one is not best]
    if not tied:
        return
    names = ", ".join(one_line(one.name) for one in tied[:_NAMES_SHOWN])
    more = len(tied) - _NAMES_SHOWN
    names += f" and {more} more" if more > 0 else ""
    few = min(one.n for one in [best, *tied]) < FEWEST_FOR_A_WORD
    others = len(groups) - 1
    if tied == [base]:
        return
    count = (
        "The other group" if others == 1 else f"{len(tied)} of {others} other groups"
    )
    yield (
        f"{count} cannot be told from {one_line(best.name)} by these runs: {names}"
        + ("; three seeds each are the least, five are better." if few else ".")
    )


def _single_runs(comparison: Comparison, groups: Sequence[Group]) -> str:
    """What one run each is worth: what the choice of validation rows may explain."""
    error = _sampling_error(comparison, groups)
    if error is None:
        return (
            "One run each: how far a re-run would move these numbers is not known, so "
            "none is called better; train with --seeds 5 to tell."
        )
    return (
        f"One run each: differences below {number(2 * error)} are within what a re-run "
        "may change, so none is called better; train with --seeds 5 to tell."
    )


def _sampling_error(comparison: Comparison, groups: Sequence[Group]) -> float | None:
    """The larger of two: the sampling error of a difference, and the spread of seeds.

    The first is known for an accuracy; the second where another group has seeds.
    """
    spreads = [one.score.sd for one in comparison.groups if one.score and one.score.sd]
    best = best_group(comparison, groups)
    rows = best.validation_rows
    if comparison.metric.endswith("accuracy") and rows and best.score:
        # Two more rights and wrongs keep a perfect score on few rows from being sure.
        share = (best.score.mean * rows + 2) / (rows + 4)
        spreads.append(math.sqrt(2 * share * (1 - share) / (rows + 4)))
    return max(spreads, default=None)


def _winners_curse(best: Group, groups: Sequence[Group]) -> Iterator[str]:
    """From ten candidates on, the best is partly the luckiest: say by how much."""
    scores = [one.score for one in groups if one.score]
    noise = noise_of_means(scores)
    if len(scores) < _MANY_CANDIDATES or not noise or not best.score:
        return
    means = [one.mean for one in scores]
    luck = expected_best(len(means)) * noise
    fair = shrink(best.score.mean, means, noise)
    yield (
        f"Picked from {len(means)} groups: luck alone lifts the best of so many by "
        f"about {number(luck)}; {number(fair)} is a fairer guess for "
        f"{one_line(best.name)}."
    )


def _figures(comparison: Comparison, group: Group) -> str:
    places = places_of([group.score])
    text = f"{one_line(comparison.metric)} {estimate_text(group.score, places)}"
    if group.best_epoch is not None:
        text += f" at epoch {epoch_text(group.best_epoch)} of {group.epochs}"
    if group.gap:
        text += f", gap to the train rows {number(group.gap.mean, signed=True)}"
    return text + (", still running" if group.states.get("running") else "")


def _overfitting(groups: Sequence[Group]) -> Iterator[str]:
    found = [one for one in groups if one.overfits]
    judged = [one for one in groups if one.judged_runs]
    if not judged:
        return
    if not found:
        yield (
            "None of the groups overfits."
            if len(judged) > 1
            else "It does not overfit."
        )
        return
    onsets = [one for one in found if one.onset is not None]
    when = ""
    if onsets:
        first = min(onsets, key=lambda one: one.onset or 0)
        when = f", the earliest from epoch {epoch_text(first.onset)} on"
        when += f" ({one_line(first.name)})" if len(judged) > 1 else ""
    if len(judged) == 1:
        yield f"It overfits{when.replace(', the earliest', '')}."
        return
    verb = "overfits" if len(found) == 1 else "overfit"
    yield f"{len(found)} of {len(judged)} groups {verb}{when}."
