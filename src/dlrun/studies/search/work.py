"""A worker of a search: it takes up what was left, makes the next trial, and trains."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, nullcontext
from dataclasses import dataclass, replace
from math import isnan, nan
from typing import TYPE_CHECKING

from dlrun.errors import DataError, DlrunError, ProblemsError, RunError
from dlrun.experiment.bounds import Bounds
from dlrun.experiment.search import PARAMETERS
from dlrun.experiment.search.check import is_too_large
from dlrun.runs import InUseError, MemberRun, RunFolder, SearchFolder
from dlrun.studies.plan import config_key
from dlrun.studies.search.plan import SearchPlan, TrialMember
from dlrun.studies.search.sampler import sampler_of
from dlrun.studies.search.trial import End, SearchTrial, SearchTrials
from dlrun.studies.task import MemberTask

if TYPE_CHECKING:
    from dlrun.studies.audience import Audience
    from dlrun.studies.task import Ending

_DEATHS = 3
"""After so many deaths without an epoch in between a trial is given up."""


@dataclass(frozen=True, slots=True)
class TrialLedger:
    """Which run a trial is: its number says it. Whoever works on one has claimed it."""

    folder: SearchFolder

    def claim(self, number: int) -> AbstractContextManager[None]:
        """Nothing: the trial was claimed when it was taken."""
        del number
        return nullcontext()

    def run_of(self, number: int) -> MemberRun:
        """The run of a trial."""
        return self.folder.run_of(number)

    def note_run(self, number: int, name: str, *, has_begun: bool) -> None:
        """Nothing: it is known from the number."""


@dataclass(frozen=True, slots=True)
class _Taken:
    """A trial that this process has claimed."""

    trial: SearchTrial
    member: TrialMember
    claim: ExitStack
    """Frees it."""


class SearchWorker:
    """Trains trials until there are enough; others may do the same at the same time."""

    def __init__(
        self, plan: SearchPlan, folder: SearchFolder, audience: Audience
    ) -> None:
        """Get ready.

        Args:
            plan: Of the search, which the folder keeps.
            folder: Where the search is kept.
            audience: Hears what happens in a run.
        """
        self.trials = SearchTrials(folder, plan.space)
        self._plan = plan
        self._folder = folder
        self._audience = audience
        self._sampler = sampler_of(plan)
        self._bounds = Bounds(plan.spec.seconds)

    def work(self) -> Iterator[SearchTrial]:
        """Train.

        Yields:
            Each trial that is over, with its end.

        Raises:
            RunError: The disk refuses, or the folder is damaged.
            DataError: The data cannot be read.
            Interrupted: A signal came.
        """
        from dlrun.studies.worker import Worker

        worker = Worker(
            self._folder.runs_root, TrialLedger(self._folder), self._audience
        )
        while (taken := self._take()) is not None:
            if isinstance(taken, SearchTrial):  # It needs no training.
                yield taken
                continue
            with taken.claim:
                number = taken.trial.number
                wanted, bounds = self._plan.trials, self._bounds
                task = MemberTask(number, taken.member, number, wanted, bounds)
                ending = worker.work_on(task)
                trial = self._conclude(taken.trial, ending)
            yield trial

    def _take(self) -> _Taken | SearchTrial | None:
        """Claim a trial that was left, or make the next; `None`: there are enough.

        Returns:
            A trial that is over at once as it is.
        """
        with self._folder.alone():
            self.trials.refresh()
            left = [
                trial
                for trial in self.trials.by_number.values()
                if trial.end is None and trial.same_as is None
            ]
            for trial in left:
                found = self._take_up(trial)
                if found is not None:
                    return found
            number = len(self.trials.by_number) + 1
            return self._make(number) if number <= self._plan.trials else None

    def _take_up(self, trial: SearchTrial) -> _Taken | SearchTrial | None:
        """Claim a trial whose process has gone; `None`: it trains."""
        claim = ExitStack()
        try:
            claim.enter_context(self._folder.claim(trial.number))
        except InUseError:
            return None
        if self._has_died_often(trial):
            claim.close()
            self._folder.release(trial.number)
            reason = f"its process died {_DEATHS} times in the same epoch"
            return self._ended(trial, End("failed", reason=reason))
        return self._claimed(trial, claim)

    def _has_died_often(self, trial: SearchTrial) -> bool:
        """Note a death, unless the run says itself why it has stopped."""
        run = self._folder.run(trial.number)
        try:
            has_died = run.exists and run.status().finished is None
            epochs = len(run.history().get("epoch", ())) if run.exists else 0
        except RunError:  # It was killed before it said anything.
            has_died, epochs = True, 0
        if not has_died:
            return False
        self.trials.died(trial.number, epochs)
        deaths = (*trial.deaths, epochs)[-_DEATHS:]
        return len(deaths) == _DEATHS and len({*deaths}) == 1

    def _make(self, number: int) -> _Taken | SearchTrial:
        """Keep the settings of the next trial, and what they follow from."""
        suggestion = self._sampler.suggest(number, self.trials)
        trial = SearchTrial(number, suggestion.chosen, "", suggestion.knew)
        try:
            member = self._plan.member(number, suggestion.chosen)
        except ProblemsError as error:
            self.trials.add(trial)
            return self._ended(trial, self._end_of_invalid(error))
        key = config_key(member.experiment.spec.values())
        trial = replace(
            trial,
            config_sha256=key,
            parameters=member.experiment.parameters,
            same_as=self.trials.same(key),
        )
        if trial.same_as is not None:
            self.trials.add(trial)
            return trial
        refusal = self._refusal(member)
        if refusal is not None:
            self.trials.add(trial)
            return self._ended(trial, refusal)
        claim = ExitStack()
        claim.enter_context(self._folder.claim(number))
        with claim:
            self.trials.add(trial)
            return _Taken(trial, member, claim.pop_all())

    def _refusal(self, member: TrialMember) -> End | None:
        """How a trial ends that has more parameters than the search allows."""
        most = self._plan.spec.max_params
        if most is None or member.experiment.parameters <= most:
            return None
        return _refused(most)

    def _end_of_invalid(self, error: ProblemsError) -> End:
        """How a trial ends whose config is not valid, or only too large."""
        most = self._plan.spec.max_params
        if most is not None and is_too_large(error):
            return _refused(most)
        return End("failed", reason=f"not valid: {error.problems[0].message}")

    def _claimed(self, trial: SearchTrial, claim: ExitStack) -> _Taken | SearchTrial:
        """A trial that was left, with its config made again from its settings."""
        with claim:
            member = self._plan.member(trial.number, trial.chosen)
            return _Taken(trial, member, claim.pop_all())

    def _conclude(self, trial: SearchTrial, ending: Ending) -> SearchTrial:
        """Keep what came of a trial, unless it was not its fault.

        Raises:
            DlrunError: Nothing is wrong with the trial, and another would end so, too.
            Interrupted: A signal came.
        """
        if ending.signal is not None:
            raise ending.signal
        error = ending.error
        if error is not None and _is_of_machine(error):
            raise error
        end = self._end_of(trial, ending.folder, error)
        with self._folder.alone():
            self.trials.refresh()
            self._folder.release(trial.number)
            return self._ended(trial, end)

    def _end_of(
        self, trial: SearchTrial, run: RunFolder | None, error: Exception | None
    ) -> End:
        if error is not None or run is None:
            is_diverged = run is not None and run.status().state == "diverged"
            reason = str(getattr(error, "message", error))
            return End("diverged" if is_diverged else "failed", reason=reason)
        metrics = run.metrics()
        measured = {**metrics.best, PARAMETERS: float(trial.parameters or 0)}
        scores = tuple(measured.get(goal.column, nan) for goal in self._plan.goals)
        for goal, score in zip(self._plan.goals, scores, strict=True):
            if isnan(score):
                return End("failed", reason=f"it has no {goal.column}")
        took = (metrics.best_epoch, metrics.seconds)
        if metrics.stopped and metrics.stopped == self._bounds.reason:
            reason = f"limit: {metrics.stopped}"
            return End("finished", scores, *took, reason, "seconds")
        return End("finished", scores, *took)

    def _ended(self, trial: SearchTrial, end: End) -> SearchTrial:
        """Keep an end; only for who holds the lock of the search."""
        self.trials.end(trial.number, end)
        return self.trials.by_number[trial.number]


def _refused(most: int) -> End:
    """How a trial ends that is larger than a search allows."""
    reason = f"limit: more than {most:,} parameters"
    return End("refused", reason=reason, limit="max_params")


def _is_of_machine(error: DlrunError) -> bool:
    """Whether a disk or the data have failed, and not the settings of a trial."""
    reasons = (error, error.__cause__)
    return any(isinstance(one, RunError | DataError | OSError) for one in reasons)
