"""Trials that no other one beats in every goal: the Pareto front."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dlrun.experiment.search import Goal


def costs(goals: Sequence[Goal], scores: Sequence[float]) -> tuple[float, ...]:
    """Scores in such a way that less is better in each."""
    return tuple(
        -score if goal.mode == "max" else score
        for goal, score in zip(goals, scores, strict=True)
    )


def front(points: Mapping[int, tuple[float, ...]]) -> list[int]:
    """The keys of those that are not dominated, by their first cost, then by key.

    One dominates another if it costs no more in anything, and less in something; two
    that cost the same do not. In the order of their costs none is dominated by a later
    one, so that each is held against those of the front alone.

    Args:
        points: What each costs; as many numbers of each.
    """
    found: list[int] = []
    for key in sorted(points, key=lambda one: (points[one], one)):
        if not any(_dominates(points[other], points[key]) for other in found):
            found.append(key)
    return found


def _dominates(one: tuple[float, ...], other: tuple[float, ...]) -> bool:
    return one != other and all(a <= b for a, b in zip(one, other, strict=True))
