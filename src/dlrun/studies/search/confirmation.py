"""What was left of the gain of a search, once its best trials were trained again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeAlias

from dlrun.errors import RunError
from dlrun.estimates import Difference, Estimate, adjust, difference, estimate
from dlrun.experiment.search import PARAMETERS
from dlrun.studies.search.front import costs, front
from dlrun.studies.search.result import seeds_of

if TYPE_CHECKING:
    from dlrun.experiment.search import Goal
    from dlrun.runs import RunFolder, SearchFolder
    from dlrun.studies.search.result import SearchResult

AS_IT_STANDS = 0
"""The number of the config without a trial's values."""
RunPlace: TypeAlias = tuple[int, int]
"""The seed of a run, and its fold; 0: its rows are divided once."""


@dataclass(frozen=True, slots=True)
class ConfirmedTrial:
    """A trial with fresh seeds, or the config as it stands, by one goal."""

    number: int
    """Of the trial; 0: the config as it stands."""
    in_search: float | None
    """Its score in the search; None: it has none."""
    values: Mapping[int, float]
    """The scores with fresh seeds that have ended, by the place of the run."""
    failed: int
    """So many have failed or diverged."""
    overlap: float = 0.0
    """Of folds, the rows that validate over those that train."""
    gain: Difference | None = None
    """Against the config as it stands, run by run; None: there is nothing to compare,
    or it is that."""

    @property
    def score(self) -> Estimate | None:
        """Over the fresh seeds; None: none has ended."""
        values = [*self.values.values()]
        return estimate(values, self.overlap) if values else None


@dataclass(frozen=True, slots=True)
class Confirmation:
    """The config as it stands, and the best trials, all with the same fresh seeds."""

    goal: Goal
    places: tuple[RunPlace, ...]
    """Each run that is wanted of each."""
    baseline: ConfirmedTrial
    trials: tuple[ConfirmedTrial, ...]
    """In the order of the search."""

    @property
    def seeds(self) -> tuple[int, ...]:
        """The fresh ones."""
        return tuple(dict.fromkeys(seed for seed, _ in self.places))

    @property
    def folds(self) -> int:
        """How many of each seed; 0: rows are divided once."""
        return max((fold for _, fold in self.places), default=0)

    @property
    def highest_is_best(self) -> bool:
        """Whether more of the goal is better."""
        return self.goal.mode == "max"

    @property
    def missing(self) -> int:
        """So many runs have not ended."""
        everything = (self.baseline, *self.trials)
        there = sum(len(one.values) + one.failed for one in everything)
        return len(self.places) * len(everything) - there

    def gain_in_search(self, one: ConfirmedTrial) -> float | None:
        """By how much it was better in the search; None: that is not known."""
        if one.in_search is None or self.baseline.in_search is None:
            return None
        return self._better(one.in_search - self.baseline.in_search)

    def gain_left(self, one: ConfirmedTrial) -> float | None:
        """By how much it is better with fresh seeds; None: that is not known."""
        return None if one.gain is None else self._better(one.gain.mean)

    def share_left(self, one: ConfirmedTrial) -> float | None:
        """Which part of its gain is left; None: it had none in the search."""
        before, after = self.gain_in_search(one), self.gain_left(one)
        return after / before if before and before > 0 and after is not None else None

    def _better(self, change: float) -> float:
        return change if self.highest_is_best else -change

    def to_values(self) -> dict[str, object]:
        """Plain values that JSON can hold."""
        everything = (self.baseline, *self.trials)
        return {
            "goal": self.goal.text,
            "seeds": [*self.seeds],
            "folds": self.folds,
            "missing": self.missing,
            "trials": [self._values(one) for one in everything],
        }

    def _values(self, one: ConfirmedTrial) -> dict[str, object]:
        score, gain = one.score, one.gain
        runs = [(*self.places[place], value) for place, value in one.values.items()]
        return {
            "trial": one.number,
            "in_search": one.in_search,
            "values": [
                {"seed": seed, "value": value} | ({"fold": fold} if fold else {})
                for seed, fold, value in runs
            ],
            "failed": one.failed,
            "mean": None if score is None else score.mean,
            "low": None if score is None else score.low,
            "high": None if score is None else score.high,
            "gain_in_search": self.gain_in_search(one),
            "change": None if gain is None else gain.mean,
            "change_low": None if gain is None else gain.low,
            "change_high": None if gain is None else gain.high,
            "word": None if gain is None else gain.word,
            "share_left": self.share_left(one),
        }


def read_confirmations(
    folder: SearchFolder, result: SearchResult
) -> tuple[Confirmation, ...]:
    """What the repetitions say so far, by each goal that is measured; empty: no word.

    Raises:
        RunError: What is kept of them is damaged.
    """
    kept = folder.confirmed.plan()
    if kept is None:
        return ()
    numbers = [int(str(number)) for number in kept.items("trials")]
    seeds = [int(str(seed)) for seed in kept.items("seeds")]
    runs = folder.confirmed.runs()
    repeated = _Repeated(
        result,
        runs,
        _places(seeds, kept.whole("folds") or 0),
        numbers,
        kept.whole("as_it_stands"),
        kept.number("overlap") or 0.0,
    )
    goals = enumerate(result.plan.goals)
    measured = [(place, goal) for place, goal in goals if goal.column != PARAMETERS]
    found = [repeated.by_goal(place, goal) for place, goal in measured]
    return tuple(_compared(one, len(found)) for one in found)


def still_in_front(
    result: SearchResult, found: Sequence[Confirmation]
) -> list[int] | None:
    """The repeated trials that none of them beats with fresh seeds, by their means.

    `None`: one has no score yet.
    """
    means: dict[int, list[float]] = {one.number: [] for one in found[0].trials}
    by_column = {one.goal.column: one for one in found}
    parameters = {one.number: one.trial.parameters for one in result.trials}
    for goal in result.plan.goals:
        known = by_column.get(goal.column)
        for place, (number, scores) in enumerate(means.items()):
            value: float | None = parameters[number]
            if known is not None:
                score = known.trials[place].score
                value = None if score is None else score.mean
            if value is None:
                return None
            scores.append(value)
    goals = result.plan.goals
    kept = front({number: costs(goals, scores) for number, scores in means.items()})
    return [number for number in means if number in kept]


def _places(seeds: Sequence[int], folds: int) -> tuple[RunPlace, ...]:
    numbers = range(1, folds + 1) if folds else (0,)
    return tuple((seed, fold) for seed in seeds for fold in numbers)


@dataclass(frozen=True, slots=True)
class _Repeated:
    """What is kept of trials that were repeated."""

    result: SearchResult
    runs: Mapping[int, Mapping[RunPlace, RunFolder]]
    places: tuple[RunPlace, ...]
    numbers: Sequence[int]
    same: int | None
    """The trial that is the config as it stands."""
    overlap: float

    def by_goal(self, place: int, goal: Goal) -> Confirmation:
        """What they came to by one goal; nothing is compared yet."""
        ends = {one.number: one.end for one in self.result.trials}
        scores = {
            number: end.scores[place]
            for number, end in ends.items()
            if end is not None and end.scores
        }

        def confirmed(number: int, in_search: float | None) -> ConfirmedTrial:
            values, failed = self._values(number, self.places, goal)
            return ConfirmedTrial(number, in_search, values, failed, self.overlap)

        before = self._mean(goal) if self.same is None else scores.get(self.same)
        trials = [confirmed(number, scores.get(number)) for number in self.numbers]
        baseline = confirmed(AS_IT_STANDS, before)
        return Confirmation(goal, self.places, baseline, tuple(trials))

    def _mean(self, goal: Goal) -> float | None:
        """What the config as it stands came to with the seeds of the search."""
        folds = max(fold for _, fold in self.places) if self.places else 0
        places = _places(seeds_of(self.result.plan), folds)
        values, _ = self._values(AS_IT_STANDS, places, goal)
        is_whole = len(values) == len(places)
        return sum(values.values()) / len(values) if is_whole else None

    def _values(
        self, number: int, places: Sequence[RunPlace], goal: Goal
    ) -> tuple[dict[int, float], int]:
        """The scores of runs that have finished, and how many ended without one."""
        runs = self.runs.get(number, {})
        values: dict[int, float] = {}
        failed = 0
        for place, key in enumerate(places):
            run = runs.get(key)
            with suppress(
                RunError
            ):  # Being begun, or damaged: as if it were not there.
                state = run.status().state if run is not None else "running"
                if run is not None and state == "finished":
                    values[place] = run.metrics().best[goal.column]
                failed += state in {"failed", "diverged"}
        return values, failed


def _compared(found: Confirmation, goals: int) -> Confirmation:
    """Each beside the config as it stands, adjusted for how many comparisons there are.

    Args:
        found: By one goal.
        goals: How many there are; comparisons by all of them stand side by side.
    """
    baseline, is_max = found.baseline, found.highest_is_best
    gains = {
        place: difference(
            baseline.values, one.values, highest_is_best=is_max, overlap=one.overlap
        )
        for place, one in enumerate(found.trials)
        if one.values and baseline.values
    }
    several = len(found.trials) * goals if goals > 1 else None
    adjusted = adjust([*gains.values()], highest_is_best=is_max, comparisons=several)
    by_place = dict(zip(gains, adjusted, strict=True))
    trials = (
        replace(one, gain=by_place.get(place)) for place, one in enumerate(found.trials)
    )
    return replace(found, trials=tuple(trials))
