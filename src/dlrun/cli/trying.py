"""Advice that is tried: its trainings, what became of each, and what to keep."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dlrun.cli.output import remark, typed_command
from dlrun.writing import command_line

if TYPE_CHECKING:
    from dlrun.changes import Advice
    from dlrun.cli.checking import Way
    from dlrun.diagnosis import Diagnosis
    from dlrun.runs import RecordedReference, RunFolder
    from dlrun.studies.attempt import Tried
    from dlrun.studies.finding import Weighed
    from dlrun.studies.outcome import Outcome
    from dlrun.studies.task import Ending

MANY_SEEDS = 5


@dataclass(frozen=True, slots=True)
class Trials:
    """What became of some advice, and of the run it is about."""

    folder: RunFolder
    tried: Mapping[str, Tried]
    """By the name of the change; what failed is not among them."""
    weighed: Weighed
    failed: int
    """How many of the trainings failed."""

    @property
    def kept(self) -> RecordedReference | None:
        """The training that gains most, where one is shown to help."""
        helping = [item for item in self.weighed.references if item.helps]
        gains = {item.name: item.gain.mean for item in helping if item.gain}
        return max(helping, key=lambda item: gains[item.name], default=None)

    def to_values(self) -> dict[str, object]:
        """Plain values, as `--json` prints them."""
        references = {item.name: item for item in self.weighed.references}
        return {
            "tried": [
                _values(tried) | references[name].to_json()
                for name, tried in self.tried.items()
            ],
            "matters": self.weighed.matters,
            "kept": None if self.kept is None else self.kept.run,
        }

    def to_text(self) -> str:
        """Of each, whether the verdict cleared, and what became of score and loss."""
        return "\n".join(self._lines())

    def _lines(self) -> Iterator[str]:
        references = {item.name: item for item in self.weighed.references}
        for name, tried in self.tried.items():
            yield ""
            yield _head(tried)
            yield f"  {_score_text(tried)}"
            yield f"  {self._gain_text(references[name])}"
        if self.tried:
            yield "  One run each: " + _doubt(next(iter(self.tried.values())))
        yield ""
        kept = self.kept
        yield (
            "none of them is shown to help: keep the run as it is"
            if kept is None
            else f"keep {kept.run}: {kept.sentence}"
        )

    def _gain_text(self, item: RecordedReference) -> str:
        from dlrun.report.finding import gain_text

        if item.gain is None:
            return f"{item.state}: no gain by row"
        words = "helps" if item.helps else "is not shown to help"
        rows = f"{self.weighed.rows:,} validation rows"
        return f"gain by row {gain_text(item.gain)} over {rows}: {words}"

    def say_next(self) -> None:
        """Name the command that shows more, and how many trainings failed."""
        if self.failed:
            remark(f"{self.failed} trainings failed; try them again: {typed_command()}")
        runs = [self.folder, *(tried.run for tried in self.tried.values())]
        if len(runs) > 1:
            paths = (run.path for run in runs)
            remark(f"next: {command_line('compare', *paths)}")


def try_advices(
    folder: RunFolder, diagnosis: Diagnosis, advice: Sequence[Advice], way: Way
) -> Trials:
    """Train a run again with each change, beside it; say what became of them.

    What has been trained is not trained again.

    Args:
        folder: The run.
        diagnosis: What its curves show.
        advice: What to try.
        way: How to train.

    Raises:
        DlrunError: The config or the rows are no longer there; a training alone fails.
        Exit: A signal has stopped it.
    """
    from dlrun.cli.checking import train_beside
    from dlrun.studies.attempt import tried
    from dlrun.studies.check import require_same_rows, weigh_runs
    from dlrun.studies.plan import Plan
    from dlrun.studies.references import members_of_advice

    require_same_rows(folder)
    members = members_of_advice(folder, advice)
    plan = Plan(f"{folder.name}-advice", members, typed_command())
    endings = train_beside(folder, plan, members, way)
    weighed = weigh_runs(folder, diagnosis, members, endings)
    pieces = {piece.category: piece for piece in advice}
    outcomes = {
        member.name_of_change: tried(folder, pieces[member.name_of_change], run)
        for number, member in enumerate(members, 1)
        if (run := _ended(endings.get(number))) is not None
    }
    failed = [
        ending
        for ending in endings.values()
        if ending.error is not None and _ended(ending) is None
    ]
    return Trials(folder, outcomes, weighed, len(failed))


def _ended(ending: Ending | None) -> RunFolder | None:
    """The run of a training that has ended in a way that says something."""
    if ending is None or ending.folder is None:
        return None
    is_over = ending.folder.status().state in {"finished", "diverged"}
    return ending.folder if is_over else None


def _head(tried: Tried) -> str:
    after = tried.after.diagnosis
    state = "cleared" if tried.cleared else "not cleared"
    return f"{tried.run.name}: {tried.advice.verdict} {state}; now {after.verdict}"


def _score_text(tried: Tried) -> str:
    from dlrun.writing import number

    before, after = tried.before, tried.after
    if not after.metric:
        return "a loss of scaled labels does not compare; no metric is measured"
    kept = "kept" if tried.kept_metric else "lost"
    scores = f"{number(before.score)} -> {number(after.score)}"
    epochs = f"epochs {_epoch(before)} and {_epoch(after)}"
    return f"{after.metric} {scores} at the best {epochs}: {kept}"


def _epoch(outcome: Outcome) -> str:
    return "-" if outcome.best_epoch is None else str(outcome.best_epoch)


def _doubt(tried: Tried) -> str:
    from dlrun.writing import number

    return (
        f"differences below {number(tried.tolerance)} may come from the seed or from "
        f"the choice of rows; --seeds {MANY_SEEDS} on both tells more."
    )


def _values(tried: Tried) -> dict[str, object]:
    return {
        "path": str(tried.run.path),
        "category": tried.advice.category,
        "cleared": tried.cleared,
        "kept_metric": tried.kept_metric,
        "metric": tried.after.metric,
        "before": tried.before.score,
        "after": tried.after.score,
        "tolerance": tried.tolerance,
        "verdict": tried.after.diagnosis.verdict,
    }
