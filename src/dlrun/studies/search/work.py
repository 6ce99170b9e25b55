"""A worker of a search: it takes up what was left, makes the next trial, and trains."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from dlrun.errors import RunError
from dlrun.runs import InUseError, SearchFolder
from dlrun.studies.search.end import End
from dlrun.studies.search.halving import Halving
from dlrun.studies.search.making import TrialMaker
from dlrun.studies.search.pause import Pause, Promotion
from dlrun.studies.search.plan import SearchPlan, TrialMember
from dlrun.studies.search.stopping import reason_to_stop
from dlrun.studies.search.training import TrialLedger, train_trial
from dlrun.studies.search.trial import SearchTrial, SearchTrials

if TYPE_CHECKING:
    from dlrun.studies.audience import Audience
    from dlrun.studies.task import Ending, Ledger, MemberTask

_DEATHS = 3
"""After so many deaths without an epoch in between a trial is given up."""


WorkerMaker: TypeAlias = "Callable[[Path, Ledger], Callable[[MemberTask], Ending]]"
"""Gives what trains runs below a folder of runs, of which a ledger knows."""


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
        self,
        plan: SearchPlan,
        folder: SearchFolder,
        audience: Audience,
        workers: WorkerMaker | None = None,
    ) -> None:
        """Get ready.

        Args:
            plan: Of the search, which the folder keeps.
            folder: Where the search is kept.
            audience: Hears what happens in a run.
            workers: Makes who trains the runs of a trial; `None`: this process does.
        """
        self._workers = workers
        self.trials = SearchTrials(folder, plan.space)
        self._plan = plan
        self._folder = folder
        self._audience = audience
        self._maker = TrialMaker(plan)
        self._halving = Halving.of(plan)

    def work(self) -> Iterator[SearchTrial]:
        """Train.

        Yields:
            Each trial that is over, with its end, or pauses.

        Raises:
            RunError: The disk refuses, or the folder is damaged.
            DataError: The data cannot be read.
            Interrupted: A signal came.
        """
        workers = self._workers or _own_workers(self._audience)
        while (taken := self._take()) is not None:
            if isinstance(taken, SearchTrial):  # It needs no training.
                yield taken
                continue
            with taken.claim:
                ledger = TrialLedger(self._folder, self._plan, taken.trial.number)
                work_on = workers(self._folder.runs_root, ledger)
                given = (taken.trial, taken.member, work_on)
                came_to = train_trial(self._plan, *given)
                trial = self._conclude(taken.trial, came_to)
            yield trial

    def _take(self) -> _Taken | SearchTrial | None:
        """Claim a trial that was left, or make the next; `None`: there are enough.

        Returns:
            A trial that is over at once as it is.
        """
        with self._folder.alone():
            self.trials.refresh()
            trials = [*self.trials.by_number.values()]
            left = [trial for trial in trials if trial.needs_training]
            for trial in left:
                found = self._take_up(trial)
                if found is not None:
                    return found
            promotion = self._promotion(may_be_last=False)
            if promotion is None and self._may_make(len(trials) + 1):
                return self._make(len(trials) + 1)
            if promotion is None and not left:
                promotion = self._promotion(may_be_last=True)
            return None if promotion is None else self._promote(promotion)

    def _may_make(self, number: int) -> bool:
        """Whether another trial is wanted; else it is kept why not."""
        if self._plan.trials is not None and number > self._plan.trials:
            return False
        reason = reason_to_stop(self._plan, self.trials)
        self._folder.note_end(reason)
        return reason is None

    def _promotion(self, *, may_be_last: bool) -> Promotion | None:
        """A trial that pauses and may go on; `None`: there is none."""
        if self._halving is None:
            return None
        if may_be_last:
            return self._halving.last(self.trials)
        return self._halving.promotion(self.trials)

    def _promote(self, promotion: Promotion) -> _Taken | SearchTrial:
        """Let a trial that pauses go on."""
        claim = ExitStack()
        claim.enter_context(self._folder.claim(promotion.number))
        with claim:
            self.trials.promote(promotion)
            claim = claim.pop_all()
        return self._claimed(self.trials.by_number[promotion.number], claim)

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
            return self._ended(trial.number, End("failed", reason=reason))
        with claim:
            self.trials.resumed(trial.number, self._folder.last_sign(trial.number))
            return self._claimed(trial, claim.pop_all())

    def _has_died_often(self, trial: SearchTrial) -> bool:
        """Note a death, unless the run says itself why it has stopped."""
        runs = self._folder.runs_of(trial.number)
        try:
            has_died = any(run.status().finished is None for run in runs)
            epochs = sum(len(run.history().get("epoch", ())) for run in runs)
        except RunError:  # It was killed before it said anything.
            has_died, epochs = True, 0
        if not has_died:
            return False
        self.trials.died(trial.number, epochs)
        deaths = (*trial.deaths, epochs)[-_DEATHS:]
        return len(deaths) == _DEATHS and len({*deaths}) == 1

    def _make(self, number: int) -> _Taken | SearchTrial:
        """Keep the settings of the next trial, and what they follow from."""
        made = self._maker.make(number, self.trials)
        if made.member is None:
            self.trials.add(made.trial)
            return made.trial if made.end is None else self._ended(number, made.end)
        claim = ExitStack()
        claim.enter_context(self._folder.claim(number))
        with claim:
            self.trials.add(made.trial)
            return _Taken(made.trial, made.member, claim.pop_all())

    def _claimed(self, trial: SearchTrial, claim: ExitStack) -> _Taken | SearchTrial:
        """A trial that was left, with its config made again from its settings.

        Killed between its line and its end, it may be one that is not trained.
        """
        with claim:
            made = self._maker.again(trial)
            if made.member is not None:
                return _Taken(trial, made.member, claim.pop_all())
        self._folder.release(trial.number)
        assert made.end is not None  # noqa: S101 - it repeats none
        return self._ended(trial.number, made.end)

    def _conclude(self, trial: SearchTrial, came_to: End | Pause) -> SearchTrial:
        """Keep what came of a trial that this process has claimed."""
        with self._folder.alone():
            self.trials.refresh()
            self._folder.release(trial.number)
            if isinstance(came_to, End):
                return self._ended(trial.number, came_to)
            self.trials.reach(trial.number, came_to)
            return self.trials.by_number[trial.number]

    def _ended(self, number: int, end: End) -> SearchTrial:
        """Keep an end; only for who holds the lock of the search."""
        self.trials.end(number, end)
        return self.trials.by_number[number]


def _own_workers(audience: Audience) -> WorkerMaker:
    """Let this process train; rows that were read stand ready for the next trial."""
    from dlrun.rows import RowShelf
    from dlrun.studies.worker import Worker

    shelf = RowShelf()
    return lambda root, ledger: Worker(root, ledger, audience, shelf).work_on
