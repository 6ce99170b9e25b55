"""How far a search is, as its folder tells it, whoever works on it and wherever."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from time import monotonic
from typing import TYPE_CHECKING

from dlrun.errors import RunError
from dlrun.studies.search.result import SearchResult
from dlrun.studies.search.trial import SearchTrials

if TYPE_CHECKING:
    from dlrun.runs import RunFolder, SearchFolder
    from dlrun.studies.search.result import PlannedSearch

_MINUTE = 60.0
_FEWEST_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class RunningTrial:
    """A trial that somebody trains now."""

    number: int
    holder: str
    """Who trains it: `process 12 on host`."""
    epoch: int
    """The last one that has ended; 0: none has."""
    epochs: int
    """How many are planned; 0: it has not got so far."""
    score: float | None
    """The goal in that epoch."""
    part: str = ""
    """Which of the runs of the trial, such as `fold 2/5`; empty: it is the only one."""


@dataclass(frozen=True, slots=True)
class SearchOutlook:
    """How far a search is, and how fast."""

    result: SearchResult
    running: tuple[RunningTrial, ...]
    per_minute: float | None
    """Trials that were over since the first that somebody has seen end; None: too few
    were. Before it, a process that begins takes its time."""

    @property
    def over(self) -> int:
        """So many trials have ended or paused, or repeat one that has."""
        known = (one for one in self.result.trials if one.end or one.pause)
        return sum(1 for _ in known)

    @property
    def seconds_left(self) -> float | None:
        """Until all are over, at this rate; None: nobody knows."""
        wanted = self.result.plan.trials
        if wanted is None:
            return None
        left = wanted - self.over
        return left / self.per_minute * _MINUTE if self.per_minute else None


@dataclass(slots=True)
class SearchWatch:
    """Looks at a search again and again; it reads files, and changes nothing."""

    folder: SearchFolder
    plan: PlannedSearch
    now: Callable[[], float] = monotonic
    _trials: SearchTrials = field(init=False)
    _before: int = field(init=False)
    """So many were over when it began to look; then, with the first that has ended."""
    _since: float | None = None
    """When the first has ended."""

    def __post_init__(self) -> None:
        """Note where it stands."""
        self._trials = SearchTrials(self.folder, self.plan.space)
        self._trials.refresh()
        self._before = len(self._trials.over)

    def look(self) -> SearchOutlook:
        """How far it is now.

        Raises:
            RunError: Its lines are damaged.
        """
        self._trials.refresh()
        running = [
            self._running(number, holder)
            for number, holder in self.folder.at_work().items()
            if number in self._trials.by_number
        ]
        return SearchOutlook(
            SearchResult.of(self.plan, self._trials),
            tuple(running),
            self._per_minute(len(running)),
        )

    def _per_minute(self, running: int) -> float | None:
        """The rate, once as many have ended as train at once: they may end together."""
        now, ended = self.now(), len(self._trials.over)
        if self._since is None:
            if ended > self._before:
                self._since, self._before = now, ended
            return None
        if ended - self._before < running:
            return None
        seconds = max(now - self._since, _FEWEST_SECONDS)
        return (ended - self._before) / seconds * _MINUTE or None

    def _running(self, number: int, holder: str) -> RunningTrial:
        begun = self.folder.runs_of(number) or [self.folder.run(number)]
        place, run = _at_work(begun)
        epoch, epochs, score = 0, 0, None
        with suppress(RunError):  # It is being begun, or written.
            epochs = _planned_epochs(run)
            history = run.history()
            epoch = len(history.get("epoch", ()))
            column = history.get(self.plan.goal.column, ())
            score = float(str(column[-1])) if column else None
        what, runs = "fold" if self.plan.folds else "run", self.plan.runs
        part = f"{what} {place}/{runs}" if runs > 1 else ""
        return RunningTrial(number, holder, epoch, epochs, score, part)


def _at_work(begun: Sequence[RunFolder]) -> tuple[int, RunFolder]:
    """The run of a trial that trains now, and its place from 1; else the newest one.

    Those of a trial that goes on after a pause are all there already.
    """
    for place, run in enumerate(begun, 1):
        with suppress(RunError):  # It is being begun.
            if run.status().state == "running":
                return place, run
    return len(begun), begun[-1]


def _planned_epochs(run: RunFolder) -> int:
    fit = run.config().get("fit")
    epochs = fit.get("epochs") if isinstance(fit, dict) else None
    return epochs if isinstance(epochs, int) else 0
