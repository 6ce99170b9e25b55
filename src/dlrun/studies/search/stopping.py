"""Why a search makes no further trial, though there may be settings left to try."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from dlrun.studies.search.front import costs

if TYPE_CHECKING:
    from dlrun.experiment.search import Goal
    from dlrun.studies.search.end import End
    from dlrun.studies.search.pause import Known
    from dlrun.studies.search.plan import SearchPlan
    from dlrun.studies.search.trial import SearchTrials


def reason_to_stop(plan: SearchPlan, trials: SearchTrials) -> str | None:
    """Why no further trial begins: patience or hours are over; `None`: one may.

    Args:
        plan: Of the search.
        trials: All that were made, and what came of them so far.
    """
    patience, hours = plan.spec.patience, plan.spec.hours
    if patience is not None:
        made = (trials.by_number[number] for number in trials.over)
        worse = without_better(plan.goals, map(trials.known_of, made))
        if worse >= patience:
            return f"the last {worse} trials were no better"
    if hours is not None and trials.clock.hours(trials.now()) >= hours:
        return f"{hours:g} hours of work are over"
    return None


def without_better(goals: Sequence[Goal], ends: Iterable[End | Known | None]) -> int:
    """How many trials are over since the last that was better than all before it.

    Of several goals one is better of which no earlier one is as good in every goal.

    Args:
        goals: What is searched for.
        ends: In the order in which trials were over.
    """
    best: list[tuple[float, ...]] = []
    count = 0
    for end in ends:
        cost = costs(goals, end.scores) if end is not None and end.scores else None
        if cost is None or any(_is_as_good(one, cost) for one in best):
            count += 1
            continue
        best = [*(one for one in best if not _is_as_good(cost, one)), cost]
        count = 0
    return count


def _is_as_good(one: tuple[float, ...], other: tuple[float, ...]) -> bool:
    return all(a <= b for a, b in zip(one, other, strict=True))
