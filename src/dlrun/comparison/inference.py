"""What may be concluded from the groups: who is best, and what each change did."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from dlrun.comparison.column import unknown
from dlrun.comparison.contrast import (
    Measured,
    find_effects,
    find_neighbours,
    guess_baseline,
    measure_against,
)
from dlrun.comparison.grouping import Value, sample

if TYPE_CHECKING:
    from dlrun.comparison.comparison import Effect, Group, Row
    from dlrun.comparison.settings.factor import Factor
    from dlrun.estimates import Difference, Sample


@dataclass(frozen=True, slots=True)
class Inference:
    """Groups with their differences, and the effects between them."""

    groups: tuple[Group, ...]
    factors: tuple[Factor, ...]
    baseline: int | None
    """The number of a group."""
    baseline_is_chosen: bool
    effects: tuple[Effect, ...]


def samples(members: Sequence[Sequence[Row]], value: Value) -> list[Sample]:
    """A number per seed for each group."""
    return [sample(rows, value) for rows in members]


def infer(
    groups: Sequence[Group],
    measured: Measured,
    factors: Sequence[Factor],
    wanted: str | None,
) -> Inference:
    """Compare every group with the baseline and with the best one, and key by key.

    Args:
        groups: In their order, numbered and named.
        measured: Their numbers, in the same order.
        factors: What they differ in.
        wanted: The baseline that a person named.

    Raises:
        QueryError: There is no such baseline.
    """
    neighbours = find_neighbours(factors, measured.experiments)
    if wanted is None:
        baseline = guess_baseline(neighbours, len(groups))
    else:
        baseline = find_group(groups, wanted)
    found: dict[int, Group] = {}
    for experiment in set(measured.experiments):
        places = [
            at for at, one in enumerate(measured.experiments) if one == experiment
        ]
        best = _best(groups, places, measured)
        reference = baseline if baseline in places else best
        found |= _claims(groups, measured, factors, places, reference, best)
    return Inference(
        groups=tuple(found[at] for at in range(len(groups))),
        factors=tuple(factors),
        baseline=None if baseline is None else groups[baseline].number,
        baseline_is_chosen=wanted is not None,
        effects=tuple(
            replace(one, pairs=_numbers(groups, one))
            for one in find_effects(measured, factors, neighbours, baseline)
        ),
    )


def find_group(groups: Sequence[Group], wanted: str) -> int:
    """Find a group by its name, its number, or one of its runs.

    Raises:
        QueryError: There is none.
    """
    for place, group in enumerate(groups):
        if wanted in {group.name, str(group.number), f"#{group.number}", *group.runs}:
            return place
    raise unknown("name or group", wanted, [group.name for group in groups])


def _claims(
    groups: Sequence[Group],
    measured: Measured,
    factors: Sequence[Factor],
    places: Sequence[int],
    reference: int,
    best: int,
) -> dict[int, Group]:
    is_best = reference == best
    against = _others(measured, places, reference, was_picked=is_best)
    ties = _others(measured, places, best, was_picked=False)
    worse = {at for at, one in ties.items() if one.word.endswith("worse")}
    return {
        at: replace(
            groups[at],
            difference=against.get(at),
            is_tied=at not in worse and groups[at].score is not None,
            changes=tuple(
                change
                for factor in factors
                for change in factor.changes(
                    groups[reference].settings, groups[at].settings
                )
            ),
        )
        for at in places
    }


def _others(
    measured: Measured, places: Sequence[int], centre: int, *, was_picked: bool
) -> dict[int, Difference]:
    others = [at for at in places if at != centre]
    return measure_against(measured, centre, others, was_picked=was_picked)


def _best(groups: Sequence[Group], places: Sequence[int], measured: Measured) -> int:
    sign = -1.0 if measured.highest_is_best else 1.0

    def key(at: int) -> tuple[bool, float]:
        score = groups[at].score
        return score is None, sign * (score.mean if score else 0.0)

    return min(places, key=key)


def _numbers(groups: Sequence[Group], effect: Effect) -> tuple[tuple[int, int], ...]:
    return tuple(
        (groups[before].number, groups[after].number) for before, after in effect.pairs
    )
