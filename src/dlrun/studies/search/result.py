"""What a search has found: its trials, the best first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from dlrun.studies.search.end import End
from dlrun.studies.search.front import costs, front
from dlrun.studies.search.trial import SearchTrial, SearchTrials

if TYPE_CHECKING:
    from dlrun.experiment.search import Goal, Goals, SearchSpec, Space
    from dlrun.runs import RunFolder, SearchFolder
    from dlrun.studies.search.pause import Pause


class PlannedSearch(Protocol):
    """What must be known of a search to read its trials."""

    @property
    def name(self) -> str:
        """Of the config."""

    @property
    def spec(self) -> SearchSpec:
        """What the section says."""

    @property
    def goals(self) -> Goals:
        """What is searched for."""

    @property
    def goal(self) -> Goal:
        """The goal, or the first of several."""

    @property
    def space(self) -> Space:
        """What is searched."""

    @property
    def trials(self) -> int | None:
        """How many settings are tried; `None`: nobody has said."""

    @property
    def runs(self) -> int:
        """How many runs a trial is."""

    @property
    def folds(self) -> int:
        """Into how many folds the rows of each trial are divided; 0: into none."""

    @property
    def seed(self) -> int:
        """That of the config."""


def seeds_of(plan: PlannedSearch) -> range:
    """The seeds that trials were trained with; folds have that of the config alone."""
    return range(plan.seed, plan.seed + (1 if plan.folds else plan.runs))


@dataclass(frozen=True, slots=True)
class TrialResult:
    """A trial that was made, and what came of it."""

    plan: PlannedSearch
    folder: SearchFolder
    trial: SearchTrial
    end: End | None
    """`None`: it is not over."""
    pause: Pause | None = None
    """What it has come to where it pauses; `None`: it does not."""

    @property
    def settings(self) -> Mapping[str, object]:
        """What it was given, by path."""
        return self.plan.space.settings(self.trial.chosen)

    @property
    def runs(self) -> Sequence[RunFolder]:
        """Its runs that were begun, or those of the trial that it repeats."""
        return self.folder.runs_of(self.trial.same_as or self.trial.number)

    @property
    def run(self) -> RunFolder | None:
        """The first of its runs; `None`: it has none."""
        return next(iter(self.runs), None)

    @property
    def number(self) -> int:
        """Of the trial, from 1."""
        return self.trial.number

    @property
    def score(self) -> float | None:
        """The goal, where there is one, and it has finished."""
        return None if self.end is None else self.end.score

    @property
    def leading(self) -> float | None:
        """The score by the goal, or by the first of several; None: it has none."""
        return self.end.scores[0] if self.end is not None and self.end.scores else None

    @property
    def state(self) -> str:
        """How it stands."""
        if self.end is not None:
            return self.end.state
        return "unfinished" if self.pause is None else "paused"

    def to_values(self) -> dict[str, object]:
        """Plain values that JSON can hold."""
        end = self.end
        return {
            "trial": self.number,
            "state": self.state,
            "score": self.score,
            "scores": [] if end is None else list(end.scores),
            "spreads": [] if end is None else list(end.spreads),
            "parameters": self.trial.parameters,
            "epoch": None if end is None else end.epoch,
            "seconds": None if end is None else end.seconds,
            "reason": None if end is None else end.reason,
            "limit": None if end is None else end.limit,
            "rungs": [
                {"epochs": rung.epochs, "scores": list(rung.scores)}
                for rung in self.trial.rungs
            ],
            "same_as": self.trial.same_as,
            "run": None if self.run is None else str(self.run.path),
            "runs": [str(run.path) for run in self.runs],
            "settings": dict(self.settings),
        }


@dataclass(frozen=True, slots=True)
class SearchResult:
    """All trials of a search so far."""

    plan: PlannedSearch
    folder: SearchFolder
    trials: tuple[TrialResult, ...]
    """In the order in which they were made."""

    ended: str | None = None
    """Why no further trial begins, where it is not their number; `None`: one may."""

    @classmethod
    def of(cls, plan: PlannedSearch, trials: SearchTrials) -> SearchResult:
        """The result as a worker knows it."""
        found = (
            TrialResult(
                plan,
                trials.folder,
                trial,
                trials.end_of(trial),
                trials.pause_of(trial),
            )
            for trial in trials.by_number.values()
        )
        return cls(plan, trials.folder, tuple(found), trials.folder.end())

    @property
    def ranked(self) -> Sequence[TrialResult]:
        """Those with a score that are no repetition, the best first; then the first.

        Of several goals those of the front come first, and the others as they were
        made.
        """
        found = self._costs()
        if self.plan.goals.are_several:
            first = front(found)
            ordered = [*first, *sorted(found.keys() - set(first))]
        else:
            ordered = sorted(found, key=lambda number: (found[number], number))
        return [self.trials[number - 1] for number in ordered]

    @property
    def front(self) -> Sequence[TrialResult]:
        """Those that no other one beats in every goal; of one goal the best alone."""
        if self.plan.goals.are_several:
            return [self.trials[number - 1] for number in front(self._costs())]
        return self.ranked[:1]

    @property
    def best(self) -> TrialResult | None:
        """The trial with the best score; `None`: none has one, or goals are several."""
        return None if self.plan.goals.are_several else next(iter(self.ranked), None)

    def _costs(self) -> dict[int, tuple[float, ...]]:
        """What less is better of, by the number of each trial that has a score."""
        return {
            one.number: costs(self.plan.goals, one.end.scores)
            for one in self.trials
            if one.end is not None and one.end.scores and one.trial.same_as is None
        }

    @property
    def unsuccessful(self) -> Sequence[TrialResult]:
        """Those that ended without a score."""
        return [one for one in self.trials if one.end and not one.end.scores]

    @property
    def ended_by_limit(self) -> Sequence[TrialResult]:
        """Those that keep a score, though a limit has ended them early."""
        return [one for one in self.trials if one.end and one.end.limit == "seconds"]

    @property
    def pausing(self) -> Sequence[TrialResult]:
        """Those that pause and repeat none, the furthest first, then the best."""
        found = [
            (-one.pause.epochs, costs(self.plan.goals, one.pause.scores), one.number)
            for one in self.trials
            if one.pause is not None and one.trial.same_as is None
        ]
        return [self.trials[number - 1] for *_, number in sorted(found)]

    @property
    def paused(self) -> Counter[int]:
        """How many pause after which epoch."""
        return Counter(one.pause.epochs for one in self.pausing if one.pause)

    @property
    def counts(self) -> Counter[str]:
        """How many trials stand how; those that repeat one are counted apart."""
        return Counter(
            "repeated" if one.trial.same_as is not None else one.state
            for one in self.trials
        )

    def to_values(self) -> dict[str, object]:
        """Plain values that JSON can hold."""
        best = self.best
        return {
            "search": self.plan.name,
            "goal": None if self.plan.goals.are_several else self.plan.goal.text,
            "goals": [goal.text for goal in self.plan.goals],
            "method": self.plan.spec.method,
            "planned": self.plan.trials,
            "ended": self.ended,
            "runs_per_trial": self.plan.runs,
            "best": None if best is None else best.number,
            "front": [one.number for one in self.front],
            "trials": [one.to_values() for one in self.trials],
        }
