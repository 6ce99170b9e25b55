"""Where a trial pauses, what is known of it then, and that it goes on."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol


class RunScore(Protocol):
    """What a run has come to, at its end or where it pauses."""

    @property
    def scores(self) -> tuple[float, ...]:
        """Each goal."""

    @property
    def epoch(self) -> int | None:
        """The epoch that the monitor chose."""

    @property
    def seconds(self) -> float | None:
        """Of training."""


class Pause(NamedTuple):
    """What a trial has come to that pauses after some epochs."""

    epochs: int
    scores: tuple[float, ...]
    """Each goal at the epoch of those that the monitor chose."""
    epoch: int | None
    """That epoch; `None`: there are several runs."""
    seconds: float
    """Of training so far."""

    @classmethod
    def of_runs(cls, epochs: int, runs: Sequence[RunScore]) -> Pause:
        """That of a trial, of which some runs may have ended."""
        columns = zip(*(run.scores for run in runs), strict=True)
        return cls(
            epochs,
            tuple(math.fsum(column) / len(runs) for column in columns),
            runs[0].epoch if len(runs) == 1 else None,
            math.fsum(run.seconds or 0.0 for run in runs),
        )

    def to_entry(self, number: int) -> dict[str, object]:
        """The line that is kept of it."""
        return {
            "trial": number,
            "rung": self.epochs,
            "scores": list(self.scores),
            "epoch": self.epoch,
            "seconds": self.seconds,
        }


@dataclass(frozen=True, slots=True)
class Promotion:
    """A trial that goes on from the rung where it pauses."""

    number: int
    """Of the trial."""
    rung: int
    """The epoch after which it pauses."""
    aim: int | None
    """The epoch after which it pauses next; `None`: it is trained to its end."""
    among: tuple[int, ...]
    """The trials that had got to the rung."""

    def to_entry(self) -> dict[str, object]:
        """The line that is kept of it."""
        return {
            "trial": self.number,
            "promoted_from": self.rung,
            "aim": self.aim,
            "among": list(self.among),
        }


class Known(NamedTuple):
    """What is known of a trial that has a score, or has ended without one."""

    scores: tuple[float, ...]
    rung: int | None
    """The epoch after which it had them; `None`: at its end."""
