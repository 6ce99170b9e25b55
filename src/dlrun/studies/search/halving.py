"""Asynchronous successive halving: trials pause at rungs, and the best of each go on.

Who goes on is decided whenever a worker looks for work, from those that have got to a
rung by then; nobody waits for a rung to fill.
Source: Li et al. (2020), A system for massively parallel hyperparameter tuning.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dlrun.comparison.score import find_best, to_curve
from dlrun.experiment.monitor import monitor_mode
from dlrun.studies.search.front import costs
from dlrun.studies.search.pause import Pause, Promotion

if TYPE_CHECKING:
    from dlrun.experiment.search import Goals
    from dlrun.runs import RunFolder
    from dlrun.studies.search.plan import SearchPlan
    from dlrun.studies.search.trial import SearchTrial, SearchTrials


@dataclass(frozen=True, slots=True)
class Halving:
    """The rungs of a search, and who goes on from them."""

    goals: Goals
    rungs: tuple[int, ...]
    """The epochs after which trials pause, in their order."""
    factor: int
    """One of so many goes on."""

    @classmethod
    def of(cls, plan: SearchPlan) -> Halving | None:
        """That of a plan; `None`: every trial is trained to its end."""
        spec = plan.spec.halving
        if spec is None:
            return None
        epochs, rungs = plan.experiment.spec.fit.epochs, [spec.from_]
        while rungs[-1] * spec.factor < epochs:
            rungs.append(rungs[-1] * spec.factor)
        return cls(plan.goals, tuple(rungs), spec.factor)

    def promotion(self, trials: SearchTrials) -> Promotion | None:
        """The trial that goes on next, from the highest rung; `None`: none may."""
        known = [*_trained(trials)]
        for rung in reversed(self.rungs):
            there = self._ranked(known, rung)
            for one in there[: len(there) // self.factor]:
                if _pauses_at(one, rung):
                    among = tuple(sorted(other.number for other in there))
                    return Promotion(one.number, rung, self._above(rung), among)
        return None

    def last(self, trials: SearchTrials) -> Promotion | None:
        """Where nothing more is trained and no trial has come to its end: the best one.

        It goes on to its end from the highest rung that was got to, so that a search of
        few trials ends with a trained model, too.
        """
        known = [*_trained(trials)]
        if any(one.end is not None and one.end.scores for one in known):
            return None
        for rung in reversed(self.rungs):
            there = self._ranked(known, rung)
            if there:
                among = tuple(sorted(one.number for one in there))
                return Promotion(there[0].number, rung, None, among)
        return None

    def _above(self, rung: int) -> int | None:
        return next((one for one in self.rungs if one > rung), None)

    def _ranked(self, known: Sequence[SearchTrial], rung: int) -> list[SearchTrial]:
        """Those that have got to a rung, the best first; then the first that was made.

        A trial that has ended before keeps its score there: it would get no further.
        """
        found = []
        for one in known:
            scores = _scores_at(one, rung)
            if scores:
                found.append((costs(self.goals, scores), one.number, one))
        return [one for *_, one in sorted(found, key=lambda item: item[:2])]


def rung_of(run: RunFolder, plan: SearchPlan, aim: int | None) -> Pause | None:
    """What a run has come to that pauses; `None`: its score is no number.

    Args:
        run: That pauses.
        plan: Of the search.
        aim: After this epoch; what it learned beyond, before the line of its pause was
            lost, counts at a later rung. `None`: as far as it is.

    Raises:
        RunError: The run is damaged.
    """
    spec, goals, history = plan.experiment.spec, plan.goals, run.history()
    monitor = str(spec.fit.monitor)
    epochs = [one for one in history["epoch"] if isinstance(one, int)]
    epochs = [one for one in epochs if aim is None or one <= aim]
    there = len(epochs)
    monitored = to_curve(history.get(monitor, ()))[:there]
    best = find_best(monitored, monitor_mode(spec, monitor))
    if best is None:
        return None
    scores = [to_curve(history.get(goal.column, ()))[best : best + 1] for goal in goals]
    known = tuple(score for each in scores for score in each if score is not None)
    if len(known) < len(goals):
        return None
    seconds = sum(one or 0.0 for one in to_curve(history.get("seconds", ()))[:there])
    return Pause(max(epochs), known, epochs[best], round(seconds, 6))


def _trained(trials: SearchTrials) -> Iterator[SearchTrial]:
    return (one for one in trials.by_number.values() if one.same_as is None)


def _pauses_at(one: SearchTrial, rung: int) -> bool:
    return one.is_paused and one.rungs[-1].epochs == rung


def _scores_at(one: SearchTrial, rung: int) -> tuple[float, ...]:
    at = next((reached.scores for reached in one.rungs if reached.epochs == rung), None)
    if at is None and one.end is not None:
        return one.end.scores
    return at or ()
