"""The first lines of a comparison: who is best, by how much, and how sure that is."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dlrun.comparison.claims.better import claims
from dlrun.comparison.estimate import sampling_error
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
    scaled: frozenset[int] = frozenset()
    """The experiments whose values of the metric are those of scaled labels."""

    def heading(self, group: Group) -> str:
        """What the metric is called before the numbers of a group.

        Returns:
            `val_loss`, or `val_loss (scaled)`.
        """
        unit = " (scaled)" if group.experiment in self.scaled else ""
        return f"{one_line(self.metric)}{unit}"


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
            first = _within(standings, first, groups)
        yield from (first, *rest)
    yield from _overfitting(rated)


def _within(standings: Standings, claim: str, groups: Sequence[Group]) -> str:
    """A claim on one of several experiments; names keep their letters."""
    if len(groups) == 1:
        name = one_line(groups[0].name)
        return f"{name} compares with no other: {_figures(standings, groups[0])}."
    claim = f"n{claim[1:]}" if claim.startswith("No ") else claim
    return f"Of the {len(groups)} groups that compare, {claim}"


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
    yield from claims(standings.heading(best), groups, best, base)
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
    best = best_group(standings, groups)
    error = sampling_error(standings.metric, standings.groups, best)
    cure = "every fold" if best.has_folds else "with --seeds 5"
    if error is None:
        return (
            "One run each: how far a re-run would move these numbers is not known, so "
            f"none is called better; train {cure} to tell."
        )
    return (
        f"One run each: differences below {number(2 * error)} are within what a re-run "
        f"may change, so none is called better; train {cure} to tell."
    )


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
    text = f"{standings.heading(group)} {estimate_text(group.score, places)}"
    if group.best_epoch is not None:
        text += f" at epoch {epoch_text(group.best_epoch)} of {group.epochs}"
    if group.gap:
        text += f", gap to the train rows {fixed(group.gap.mean, places, signed=True)}"
    return text + (", still running" if group.states.get("running") else "")


def _overfitting(groups: Sequence[Group]) -> Iterator[str]:
    """How many of some groups overfit, and since when; or why that cannot be told."""
    found = [group for group in groups if group.overfits]
    judged = [group for group in groups if group.judged_runs]
    if not judged:
        return
    told = [group for group in judged if group.overfits or not group.untold]
    if not told:
        yield judged[0].untold
        return
    others = len(judged) - len(told)
    rest = f"; of {others} other{'s' * (others > 1)} it cannot be told" * bool(others)
    whom = one_line(told[0].name) if others else "It"
    if not found:
        words = f"{whom} does not overfit"
        words = "None of the groups overfits" if len(told) > 1 else words
    elif len(told) == 1:
        words = f"{whom} overfits{_since(found).replace(', the earliest', '')}"
    else:
        verb = "overfits" if len(found) == 1 else "overfit"
        since = _since(found, named=True)
        words = f"{len(found)} of {len(told)} groups {verb}{since}"
    yield f"{words}{rest}."


def _since(groups: Sequence[Group], *, named: bool = False) -> str:
    dated = [group for group in groups if group.onset is not None]
    if not dated:
        return ""
    first = min(dated, key=lambda group: group.onset or 0)
    name = f" ({one_line(first.name)})" if named else ""
    return f", the earliest from epoch {epoch_text(first.onset)} on{name}"
