"""What a run was judged to be, beside what is right about it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cases import Cause

from dlrun.runs import RecordedDiagnosis, RunFolder
from dlrun.runs.reading import JsonObject

if TYPE_CHECKING:
    from dlrun.studies.attempt import Tried

_FINE = "GOOD_FIT"


@dataclass(frozen=True, slots=True)
class Outcome:
    """One case after its diagnosis."""

    cause: str
    net: str
    data: str
    seed: int
    accepted: Sequence[str]
    given: str
    """The first verdict."""
    values: Mapping[str, Any]
    """The whole diagnosis."""
    curve: Mapping[str, float | None]
    """Some numbers of the history, for the list of misses."""
    change: str = ""
    """The first advice, where it was applied before this run; the rest is of this."""
    cleared: bool = False
    """The verdict that it was against is found no more."""
    kept: bool = False
    """The score on validation rows is no worse than it was, within its tolerance."""

    @property
    def is_right(self) -> bool:
        """Whether the first verdict is one of those accepted."""
        return self.given in self.accepted

    @property
    def is_faulty(self) -> bool:
        """Whether something was done to this run."""
        return list(self.accepted) != [_FINE]

    @property
    def diagnosis(self) -> RecordedDiagnosis:
        """All that was found, as a run keeps it."""
        return RecordedDiagnosis.read(JsonObject(Path(self.cause), self.values))

    @property
    def line(self) -> str:
        """For the terminal."""
        mark = "right" if self.is_right else "MISS"
        return f"{self.cause} seed {self.seed}: {self.given} ({mark})"


def outcome_of(cause: Cause, seed: int, run: RunFolder) -> Outcome:
    """Diagnose a run from its files alone."""
    from dlrun.diagnosis import diagnose_run

    diagnosis = diagnose_run(run)
    return Outcome(
        cause=cause.name,
        net=cause.base.net,
        data=cause.base.data,
        seed=seed,
        accepted=cause.accepted,
        given=diagnosis.verdict,
        values=diagnosis.to_values(),
        curve=_curve(run.history()),
    )


def outcome_of_trial(cause: Cause, seed: int, tried: Tried) -> Outcome:
    """What became of a run after its first advice."""
    return replace(
        outcome_of(cause, seed, tried.run),
        change=tried.advice.category,
        cleared=tried.cleared,
        kept=tried.kept_metric,
    )


def _curve(history: Mapping[str, Sequence[Any]]) -> dict[str, float | None]:
    """The last values of the measures, and the least validation loss."""
    names = [name for name in history if name.startswith(("train_", "val_"))]
    last = {name: history[name][-1] for name in names if history[name]}
    losses = [value for value in history.get("val_loss", []) if value is not None]
    return last | {"least_val_loss": min(losses, default=None)}


def write_outcomes(file: Path, outcomes: Sequence[Outcome]) -> None:
    """Keep outcomes, so that a report needs no second diagnosis."""
    values = [asdict(outcome) for outcome in outcomes]
    file.write_text(json.dumps(values, indent=1), encoding="utf-8")


def load_outcomes(file: Path) -> list[Outcome]:
    """The outcomes of a part; none where it was not taken."""
    if not file.exists():
        return []
    return [Outcome(**values) for values in json.loads(file.read_text("utf-8"))]
