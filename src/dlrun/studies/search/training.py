"""The runs of a trial, one after the other: its only one, or one per seed or fold."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from math import isnan, nan
from typing import TYPE_CHECKING

from dlrun.errors import DataError, DlrunError, RunError
from dlrun.experiment.bounds import Bounds
from dlrun.experiment.search import PARAMETERS
from dlrun.runs import MemberRun, SearchFolder
from dlrun.studies.search.end import End
from dlrun.studies.search.halving import rung_of
from dlrun.studies.search.pause import Pause
from dlrun.studies.search.trial import SearchTrial
from dlrun.studies.task import MemberTask

if TYPE_CHECKING:
    from dlrun.studies.search.plan import SearchPlan, TrialMember
    from dlrun.studies.task import Ending


@dataclass(frozen=True, slots=True)
class TrialLedger:
    """Which run is which of a trial: its name says it. Its worker has claimed them."""

    folder: SearchFolder
    plan: SearchPlan
    trial: int
    """Its number."""

    def claim(self, number: int) -> AbstractContextManager[None]:
        """Nothing: the trial was claimed when it was taken."""
        del number
        return nullcontext()

    def run_of(self, number: int) -> MemberRun:
        """One of the runs of the trial."""
        return self.folder.run_of(self.trial, self.plan.place(number))

    def note_run(self, number: int, name: str, *, has_begun: bool) -> None:
        """Nothing: it is known from the number."""


def train_trial(
    plan: SearchPlan,
    trial: SearchTrial,
    first: TrialMember,
    work_on: Callable[[MemberTask], Ending],
) -> End | Pause:
    """Train what is missing of a trial, which this process has claimed.

    The first run that fails or diverges ends the trial. It pauses with any of its runs:
    one that has ended before keeps its score.

    Args:
        plan: Of the search.
        trial: What to train.
        first: The config of its first run.
        work_on: Trains a run, or what is missing of it.

    Raises:
        DlrunError: Nothing is wrong with the trial, and another would end so, too.
        Interrupted: A signal came.
    """
    bounds = Bounds(plan.spec.seconds, trial.aim)
    wanted = plan.trials or trial.number
    found: list[End | Pause] = []
    for place, member in enumerate(_members(plan, trial, first), 1):
        task = MemberTask(place, member, trial.number, wanted, bounds)
        one = _result_of(plan, trial, work_on(task), bounds)
        if isinstance(one, End) and one.state != "finished":
            where = f"{member.part}: " if member.part else ""
            return replace(one, reason=f"{where}{one.reason}")
        found.append(one)
    ends = [one for one in found if isinstance(one, End)]
    if trial.aim is None or len(ends) == len(found):
        return End.of_runs(ends)
    return Pause.of_runs(trial.aim, found)


def _members(
    plan: SearchPlan, trial: SearchTrial, first: TrialMember
) -> Iterator[TrialMember]:
    """The configs of its runs, each made when its turn comes."""
    yield first
    for place in range(2, plan.runs + 1):
        yield plan.member(trial.number, trial.chosen, place)


def _result_of(
    plan: SearchPlan, trial: SearchTrial, ending: Ending, bounds: Bounds
) -> End | Pause:
    """What came of a run, or has so far.

    Raises:
        DlrunError: Nothing is wrong with the trial, and another would end so, too.
        Interrupted: A signal came.
    """
    if ending.signal is not None:
        raise ending.signal
    if ending.error is not None and is_of_machine(ending.error):
        raise ending.error
    if ending.state == "paused" and ending.folder is not None:
        rung = rung_of(ending.folder, plan, trial.aim)
        return rung or End("failed", reason=f"it has no {plan.goal.column}")
    return _end_of(plan, trial, ending, bounds)


def _end_of(
    plan: SearchPlan, trial: SearchTrial, ending: Ending, bounds: Bounds
) -> End:
    """What came of a run that is over."""
    error, run = ending.error, ending.folder
    is_diverged = run is not None and run.status().state == "diverged"
    if error is not None or run is None or is_diverged:
        reason = getattr(error, "message", None)
        if reason is None and run is not None:  # It had diverged before.
            reason = run.status().reason
        return End("diverged" if is_diverged else "failed", reason=str(reason))
    metrics = run.metrics()
    measured = {**metrics.best, PARAMETERS: float(trial.parameters or 0)}
    scores = tuple(measured.get(goal.column, nan) for goal in plan.goals)
    for goal, score in zip(plan.goals, scores, strict=True):
        if isnan(score):
            return End("failed", reason=f"it has no {goal.column}")
    took = (metrics.best_epoch, metrics.seconds)
    if metrics.stopped and metrics.stopped == bounds.reason:
        return End("finished", scores, *took, f"limit: {bounds.reason}", "seconds")
    return End("finished", scores, *took)


def is_of_machine(error: DlrunError) -> bool:
    """Whether a disk or the data have failed, and not the settings of a trial."""
    reasons = (error, error.__cause__)
    return any(isinstance(one, RunError | DataError | OSError) for one in reasons)
