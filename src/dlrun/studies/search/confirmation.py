"""What was left of the gain of a search, once its best trials were trained again."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dlrun.errors import RunError
from dlrun.estimates import Difference, Estimate, adjust, difference, estimate

if TYPE_CHECKING:
    from dlrun.runs import RunFolder, SearchFolder
    from dlrun.studies.search.result import SearchResult

AS_IT_STANDS = 0
"""The number of the config without a trial's values."""


@dataclass(frozen=True, slots=True)
class ConfirmedTrial:
    """A trial with fresh seeds, or the config as it stands."""

    number: int
    """Of the trial; 0: the config as it stands."""
    in_search: float | None
    """Its score in the search; None: it has none."""
    values: Mapping[int, float]
    """The scores with fresh seeds that have ended, by seed."""
    failed: int
    """So many have failed or diverged."""
    gain: Difference | None = None
    """Against the config as it stands, seed by seed; None: there is nothing to compare,
    or it is that."""

    @property
    def score(self) -> Estimate | None:
        """Over the fresh seeds; None: none has ended."""
        return estimate([*self.values.values()]) if self.values else None


@dataclass(frozen=True, slots=True)
class Confirmation:
    """The config as it stands, and the best trials, all with the same fresh seeds."""

    seeds: tuple[int, ...]
    baseline: ConfirmedTrial
    trials: tuple[ConfirmedTrial, ...]
    """In the order of the search."""
    highest_is_best: bool

    @property
    def missing(self) -> int:
        """So many runs have not ended."""
        everything = (self.baseline, *self.trials)
        there = sum(len(one.values) + one.failed for one in everything)
        return len(self.seeds) * len(everything) - there

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
            "seeds": [*self.seeds],
            "missing": self.missing,
            "trials": [self._values(one) for one in everything],
        }

    def _values(self, one: ConfirmedTrial) -> dict[str, object]:
        score, gain = one.score, one.gain
        return {
            "trial": one.number,
            "in_search": one.in_search,
            "values": {str(seed): value for seed, value in one.values.items()},
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


def read_confirmation(
    folder: SearchFolder, result: SearchResult
) -> Confirmation | None:
    """What the repetitions say so far; None: there are none.

    Raises:
        RunError: What is kept of them is damaged.
    """
    kept = folder.confirmed.plan()
    if kept is None or result.plan.goals.are_several:
        return None
    goal, runs = result.plan.goal, folder.confirmed.runs()
    seeds = tuple(int(str(seed)) for seed in kept.items("seeds"))
    numbers = [int(str(number)) for number in kept.items("trials")]

    def confirmed(number: int, in_search: float | None) -> ConfirmedTrial:
        fresh = {seed: runs.get(number, {}).get(seed) for seed in seeds}
        values, failed = _values(fresh, goal.column)
        return ConfirmedTrial(number, in_search, values, failed)

    scores = {one.number: one.score for one in result.trials}
    same = kept.whole("as_it_stands")
    before = scores.get(same) if same is not None else _mean(folder, result)
    baseline = confirmed(AS_IT_STANDS, before)
    trials = [confirmed(number, scores.get(number)) for number in numbers]
    is_max = goal.mode == "max"
    return Confirmation(seeds, baseline, _compared(baseline, trials, is_max), is_max)


def _compared(
    baseline: ConfirmedTrial, trials: list[ConfirmedTrial], is_max: bool
) -> tuple[ConfirmedTrial, ...]:
    """Each beside the config as it stands, adjusted for how many there are."""
    gains = {
        place: difference(baseline.values, one.values, highest_is_best=is_max)
        for place, one in enumerate(trials)
        if one.values and baseline.values
    }
    found = adjust([*gains.values()], highest_is_best=is_max)
    adjusted = dict(zip(gains, found, strict=True))
    return tuple(
        ConfirmedTrial(
            one.number, one.in_search, one.values, one.failed, adjusted.get(place)
        )
        for place, one in enumerate(trials)
    )


def _mean(folder: SearchFolder, result: SearchResult) -> float | None:
    """What the config as it stands came to with the seeds of the search."""
    plan, known = result.plan, folder.confirmed.runs().get(AS_IT_STANDS, {})
    runs = {seed: known.get(seed) for seed in range(plan.seed, plan.seed + plan.runs)}
    values, _ = _values(runs, plan.goal.column)
    return sum(values.values()) / len(values) if len(values) == len(runs) else None


def _values(
    runs: Mapping[int, RunFolder | None], column: str
) -> tuple[dict[int, float], int]:
    """The scores of runs that have finished, and how many have ended without one."""
    values: dict[int, float] = {}
    failed = 0
    for seed, run in runs.items():
        with suppress(RunError):  # Being begun, or damaged: as if it were not there.
            state = run.status().state if run is not None else "running"
            if run is not None and state == "finished":
                values[seed] = run.metrics().best[column]
            failed += state in {"failed", "diverged"}
    return values, failed
