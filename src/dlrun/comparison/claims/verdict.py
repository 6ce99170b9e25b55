"""The first lines of a comparison: who is best, by how much, and how sure that is."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dlrun.comparison.claims.claim import claims
from dlrun.estimates import (
    epoch_text,
    estimate_text,
    expected_best,
    fixed,
    noise_of_means,
    places_of,
    shrink,
)
from dlrun.writing import number, one_line

if TYPE_CHECKING:
    from dlrun.comparison.comparison import Group
    from dlrun.comparison.score import Mode

_MANY_CANDIDATES = 10


@dataclass(frozen=True, slots=True)
class Standings:
    """The groups in their order, and what they are compared by."""

    metric: str
    mode: Mode
    groups: tuple[Group, ...]
    baseline: int | None
    """The number of the group that the others are measured against; None: the best."""


def verdict(standings: Standings) -> Iterator[str]:
    """Say in words which group is best, and how far that can be trusted."""
    metric = one_line(standings.metric)
    rated = [group for group in standings.groups if group.score]
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
        first, *rest = _experiment(standings, groups)
        if len(numbers) > 1:
            counted = f"{len(groups)} group{'s' * (len(groups) != 1)}"
            first = f"Of {counted} that compare, {_within(first)}"
        yield from (first, *rest)
    yield from _overfitting(rated)


def _within(sentence: str) -> str:
    """A sentence that goes on after a comma; names keep their letters."""
    return f"n{sentence[1:]}" if sentence.startswith("No ") else sentence


def best_group(standings: Standings, groups: Sequence[Group]) -> Group:
    """The group with the best mean.

    Args:
        standings: What they are part of.
        groups: At least one, each with a score.
    """
    return _best_first(standings, groups)[0]


def _best_first(standings: Standings, groups: Sequence[Group]) -> list[Group]:
    sign = -1.0 if standings.mode == "max" else 1.0
    return sorted(
        groups, key=lambda group: sign * group.score.mean if group.score else math.inf
    )


def _experiment(standings: Standings, rated: Sequence[Group]) -> Iterator[str]:
    groups = _best_first(standings, rated)
    best = groups[0]
    if len(groups) == 1:
        yield f"{one_line(best.name)}: {_figures(standings, best)}."
        return
    base = next((group for group in groups if group.number == standings.baseline), None)
    yield from claims(one_line(standings.metric), groups, best, base)
    if all(group.n == 1 for group in groups):
        yield _single_runs(standings, groups)
        if len(groups) >= _MANY_CANDIDATES:
            yield (
                f"The best of {len(groups)} single runs is also the luckiest: train "
                "the first few again with several seeds before you trust their order."
            )
        return
    yield from _winners_curse(best, groups)


def _single_runs(standings: Standings, groups: Sequence[Group]) -> str:
    """What one run each is worth: what the choice of validation rows may explain."""
    error = _sampling_error(standings, groups)
    if error is None:
        return (
            "One run each: how far a re-run would move these numbers is not known, so "
            "none is called better; train with --seeds 5 to tell."
        )
    return (
        f"One run each: differences below {number(2 * error)} are within what a re-run "
        "may change, so none is called better; train with --seeds 5 to tell."
    )


def _sampling_error(standings: Standings, groups: Sequence[Group]) -> float | None:
    """The larger of two: the sampling error of a difference, and the spread of seeds.

    The first is known for an accuracy; the second where another group has seeds.
    """
    spreads = [
        group.score.sd for group in standings.groups if group.score and group.score.sd
    ]
    best = best_group(standings, groups)
    rows = best.validation_rows
    if standings.metric.endswith("accuracy") and rows and best.score:
        # Two more rights and wrongs keep a perfect score on few rows from being sure.
        share = (best.score.mean * rows + 2) / (rows + 4)
        spreads.append(math.sqrt(2 * share * (1 - share) / (rows + 4)))
    return max(spreads, default=None)


def _winners_curse(best: Group, groups: Sequence[Group]) -> Iterator[str]:
    """From ten candidates on, the best is partly the luckiest: say by how much."""
    scores = [group.score for group in groups if group.score]
    if len(scores) < _MANY_CANDIDATES or not best.score:
        return
    noise = noise_of_means(scores)
    if not noise:
        return
    means = [score.mean for score in scores]
    luck = expected_best(len(means)) * noise
    fair = shrink(best.score.mean, means, noise)
    yield (
        f"Picked from {len(means)} groups: luck alone lifts the best of so many by "
        f"about {number(luck)}; {number(fair)} is a fairer guess for "
        f"{one_line(best.name)}."
    )


def _figures(standings: Standings, group: Group) -> str:
    places = places_of([group.score])
    text = f"{one_line(standings.metric)} {estimate_text(group.score, places)}"
    if group.best_epoch is not None:
        text += f" at epoch {epoch_text(group.best_epoch)} of {group.epochs}"
    if group.gap:
        text += f", gap to the train rows {fixed(group.gap.mean, places, signed=True)}"
    return text + (", still running" if group.states.get("running") else "")


def _overfitting(groups: Sequence[Group]) -> Iterator[str]:
    overfitting = [group for group in groups if group.overfits]
    judged = [group for group in groups if group.judged_runs]
    if not judged:
        return
    if not overfitting:
        yield (
            "None of the groups overfits."
            if len(judged) > 1
            else "It does not overfit."
        )
        return
    dated = [group for group in overfitting if group.onset is not None]
    when = ""
    if dated:
        first = min(dated, key=lambda group: group.onset or 0)
        when = f", the earliest from epoch {epoch_text(first.onset)} on"
        when += f" ({one_line(first.name)})" if len(judged) > 1 else ""
    if len(judged) == 1:
        yield f"It overfits{when.replace(', the earliest', '')}."
        return
    verb = "overfits" if len(overfitting) == 1 else "overfit"
    yield f"{len(overfitting)} of {len(judged)} groups {verb}{when}."
