"""Trying an advice: the run again with one change, and what became of the verdict."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from dlrun.changes import Advice
from dlrun.config import located
from dlrun.experiment import parse_spec, read_config
from dlrun.studies.execute import execute
from dlrun.studies.outcome import Outcome, common_metric, facts_of, read_outcome
from dlrun.studies.plan import Member, Plan

if TYPE_CHECKING:
    from dlrun.runs import RunFolder
    from dlrun.studies.audience import Audience

_LOSS_TOLERANCE = 0.05
"""A loss that is worse by less is kept: so much may lie in one seed."""


@dataclass(frozen=True, slots=True)
class Tried:
    """A run and the same run with one change, side by side; one seed each."""

    advice: Advice
    run: RunFolder
    """The run with the change."""
    before: Outcome
    after: Outcome
    tolerance: float
    """How much worse the score may be and still be called kept."""

    @property
    def cleared(self) -> bool:
        """Whether what the advice is against is found no more."""
        verdicts = {finding.verdict for finding in self.after.diagnosis.findings}
        return self.after.epochs > 0 and self.advice.verdict not in verdicts

    @property
    def is_fine(self) -> bool:
        """Whether nothing at all is found any more."""
        return self.cleared and self.after.diagnosis.is_fine

    @property
    def kept_metric(self) -> bool:
        """Whether the score is no worse than before, within the tolerance."""
        if self.before.score is None or self.after.score is None:
            return self.after.score is not None
        gain = self.after.score - self.before.score
        return (gain if self.after.highest_is_best else -gain) >= -self.tolerance


def try_advice(
    folder: RunFolder, advice: Advice, root: Path, audience: Audience
) -> Tried:
    """Train a run again with the change of an advice, and compare.

    The seed stays, so both have the same split and the same order of rows.

    Args:
        folder: The run that the advice is about.
        advice: What to try.
        root: Where the new run goes.
        audience: Hears how far it is.

    Raises:
        ConfigError: The config of the run cannot be read.
        SpecError: It does not take the change.
        DataError: Its rows are no longer there.
        TrainingError: The new run fails; one that diverges is an answer.
    """
    name = f"name={advice.run_name(str(folder.config()['name']))}"
    folder.hashes.require_config()
    file = folder.path / "config.yaml"
    node = read_config(file, [*advice.change.patch, name])
    with located(node):
        member = Member(node, parse_spec(node))
    return tried(folder, advice, _train(member, root, audience))


def tried(folder: RunFolder, advice: Advice, run: RunFolder) -> Tried:
    """Compare a run with the run that an advice has made of it.

    Raises:
        RunError: A file of either is missing or damaged.
    """
    metric = common_metric(folder, run)
    before, after = read_outcome(folder, metric), read_outcome(run, metric)
    rows = facts_of(run).get("n_val") or run.summary().num_validation
    return Tried(advice, run, before, after, _tolerance(before, rows))


def _train(member: Member, root: Path, audience: Audience) -> RunFolder:
    """Train one run; to diverge is a result, too."""
    (ending,) = execute(Plan(member.name, [member]), root, audience)
    run, error = ending.folder, ending.error
    if error is not None and (run is None or run.status().state != "diverged"):
        raise error
    assert run is not None  # noqa: S101 - it has ended without an error
    if error is not None:
        audience.progress(run.name).note(f"{run.name} diverged")
    return run


def _tolerance(outcome: Outcome, rows: object) -> float:
    """Two standard errors of the difference of two accuracies; of a loss, 5 %."""
    score = outcome.score
    if score is None:
        return 0.0
    if outcome.metric != "val_accuracy" or not isinstance(rows, int):
        return _LOSS_TOLERANCE * abs(score)
    share = (score * rows + 2) / (rows + 4)  # Agresti, Coull (1998)
    return 2 * math.sqrt(2 * share * (1 - share) / (rows + 4))
