"""What came of a trial, and of each of its runs."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

from dlrun.estimates.estimate import spread
from dlrun.runs import scores_of

TrialState: TypeAlias = Literal["finished", "diverged", "failed", "refused"]
"""`refused`: its model is larger than the search allows, and was not trained."""
Limit: TypeAlias = Literal["max_params", "seconds"]
_STATES: Mapping[object, TrialState] = {state: state for state in get_args(TrialState)}
_LIMITS: Mapping[object, Limit] = {limit: limit for limit in get_args(Limit)}


@dataclass(frozen=True, slots=True)
class End:
    """What came of a trial."""

    state: TrialState
    scores: tuple[float, ...] = ()
    """Each goal at the epoch that the monitor chose, of several runs the mean; empty:
    it came to none."""
    epoch: int | None = None
    """That epoch; `None`: there are several runs."""
    seconds: float | None = None
    """Of training; of several runs the sum."""
    reason: str | None = None
    """Why it did not finish, or ended before its last epoch."""
    limit: Limit | None = None
    """The limit of the search that refused it, or ended it; `None`: none did."""
    runs: tuple[End, ...] = ()
    """What came of each run of a trial of several; else there are none."""

    @classmethod
    def of_runs(cls, runs: Sequence[End]) -> End:
        """The end of a trial whose runs have all finished."""
        if len(runs) == 1:
            return runs[0]
        columns = zip(*(run.scores for run in runs), strict=True)
        seconds = math.fsum(run.seconds or 0.0 for run in runs)
        limited = next((run for run in runs if run.limit), runs[0])
        return cls(
            "finished",
            tuple(math.fsum(column) / len(runs) for column in columns),
            None,
            seconds,
            limited.reason,
            limited.limit,
            tuple(runs),
        )

    @property
    def spreads(self) -> tuple[float, ...]:
        """Of each goal the standard deviation over the runs; empty: there is one."""
        return tuple(map(spread, zip(*(run.scores for run in self.runs), strict=True)))

    @property
    def spread(self) -> float | None:
        """That of the only goal; `None`: there is only one run, or several goals."""
        return self.spreads[0] if len(self.spreads) == 1 else None

    @property
    def score(self) -> float | None:
        """The goal where there is only one; `None`: it came to none."""
        return self.scores[0] if len(self.scores) == 1 else None

    def to_entry(self, number: int) -> dict[str, object]:
        """The line that is kept of it."""
        entry: dict[str, object] = {
            "trial": number,
            "state": self.state,
            "score": self.score,
            "scores": list(self.scores),
            "epoch": self.epoch,
            "seconds": self.seconds,
            "reason": self.reason,
            "limit": self.limit,
        }
        if self.runs:
            entry["spreads"] = list(self.spreads)
            entry["runs"] = [
                {
                    "scores": list(run.scores),
                    "epoch": run.epoch,
                    "seconds": run.seconds,
                    "limit": run.limit,
                }
                for run in self.runs
            ]
        return entry

    @classmethod
    def of_entry(cls, entry: Mapping[str, object]) -> End | None:
        """What a line says; `None`: it says no end."""
        state = _STATES.get(entry.get("state"))
        if state is None:
            return None
        epoch, seconds = entry.get("epoch"), entry.get("seconds")
        reason, runs = entry.get("reason"), entry.get("runs")
        listed = runs if isinstance(runs, list) else []
        ends = (cls.of_entry({"state": "finished", **run}) for run in listed)
        return cls(
            state,
            scores_of(entry),
            epoch if isinstance(epoch, int) else None,
            float(seconds) if isinstance(seconds, int | float) else None,
            None if reason is None else str(reason),
            _LIMITS.get(entry.get("limit")),
            tuple(end for end in ends if end is not None),
        )
