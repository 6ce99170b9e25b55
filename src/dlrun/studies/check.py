"""A check: a run, its references, and what they find of the suspicion it is under."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dlrun.changes.change import Values, named, value_at
from dlrun.diagnosis import Diagnosis
from dlrun.diagnosis.facts import read_facts
from dlrun.diagnosis.verdicts.overfitting import OVERFITTING
from dlrun.diagnosis.verdicts.validation_better import VALIDATION_BETTER
from dlrun.engines import image_decoder
from dlrun.errors import RunError
from dlrun.experiment import restore_spec
from dlrun.studies.finding import Rise, Suspected, Trial, Weighed, conclude, weigh
from dlrun.studies.plan import Plan, find_ended
from dlrun.studies.references import (
    ReferenceRun,
    References,
    plan_references,
    require_checkable,
)

if TYPE_CHECKING:
    from dlrun.runs import RecordedFinding, RunFolder
    from dlrun.studies.task import Ending

_ACCURACIES = frozenset(
    {
        "val_accuracy",
        "val_binary_accuracy",
        "val_categorical_accuracy",
        "val_sparse_categorical_accuracy",
    }
)
"""Monitors that count rows: where they choose the weights, errors are compared."""


@dataclass(frozen=True, slots=True)
class Check:
    """What is to be trained to find out about a run."""

    folder: RunFolder
    diagnosis: Diagnosis
    """The suspicion."""
    references: References

    @property
    def members(self) -> tuple[ReferenceRun, ...]:
        """The trainings, in the order in which they explain."""
        return self.references.members

    def plan(self, command: str) -> Plan:
        """The trainings as a plan.

        Args:
            command: What a person types to finish it.
        """
        return Plan(f"{self.folder.name}-check", self.members, command)

    def find_trained(self) -> dict[int, RunFolder]:
        """The members that need no training, by number: runs of the same config."""
        return find_trained(self.folder, self.plan(""))


def plan_check(folder: RunFolder, diagnosis: Diagnosis) -> Check:
    """Say what is to be trained, once it is sure that it can be compared.

    Raises:
        RunError: The run cannot be checked, or its data have changed.
        DataError: Its rows cannot be read.
        SpecError: This dlrun takes its config for invalid.
    """
    require_checkable(folder)
    require_same_rows(folder)
    return Check(folder, diagnosis, plan_references(folder, diagnosis))


def require_same_rows(folder: RunFolder) -> None:
    """Refuse a run whose rows are no longer those that it was trained on.

    Raises:
        RunError: They have changed.
        DataError: They cannot be read.
    """
    from dlrun.rows import read_rows

    experiment, config_file = restore_spec(folder.config()), folder.path / "config.yaml"
    _, parts = read_rows(experiment, image_decoder(experiment.spec))
    known, again = folder.summary().data_fingerprint, f"dlrun train {config_file}"
    if known is None:
        message = f"{folder.name}, of an older dlrun, does not say what its rows were"
        raise RunError(message, hint=f"train it again: {again}")
    splits = {None, parts.split.sha256}
    if known != parts.fingerprint or folder.split().sha256 not in splits:
        message = f"the data of {folder.name} has changed since it was trained"
        raise RunError(message, hint=f"put the data back, or train again: {again}")


def find_trained(folder: RunFolder, plan: Plan) -> dict[int, RunFolder]:
    """The members of a plan that a run of the same config and data stands for."""
    ended = find_ended(folder.path.parent, plan.keys)
    data = folder.summary().data_fingerprint
    return {
        number: ended[key]
        for number, key in enumerate(plan.keys, 1)
        if key in ended and _data_of(ended[key]) == data
    }


def _data_of(run: RunFolder) -> str | None:
    """The fingerprint of its rows; empty: it is damaged, and stands for nothing."""
    try:
        return run.summary().data_fingerprint
    except RunError:
        return ""


def find_out(check: Check, endings: Mapping[int, Ending]) -> RecordedFinding:
    """Measure the run and its references by row, and say what follows.

    Args:
        check: What was to be trained.
        endings: What became of each, by number; those that failed have no model.

    Raises:
        RunError: The data have changed, or a model is damaged.
        DataError: The rows cannot be read.
    """
    run = _suspected(check.folder, check.diagnosis, check.references.left_out)
    return conclude(run, _trials(check.folder, check.members, endings))


def weigh_runs(
    folder: RunFolder,
    diagnosis: Diagnosis,
    members: Sequence[ReferenceRun],
    endings: Mapping[int, Ending],
) -> Weighed:
    """Measure what some trainings gained over a run, by row.

    Args:
        folder: The run.
        diagnosis: What its curves show.
        members: The trainings, each with one change.
        endings: What became of each, by number.

    Raises:
        RunError: The data have changed, or a model is damaged.
        DataError: The rows cannot be read.
    """
    trials = _trials(folder, members, endings)
    return weigh(_suspected(folder, diagnosis, {}), trials)


def _trials(
    folder: RunFolder, members: Sequence[ReferenceRun], endings: Mapping[int, Ending]
) -> list[Trial]:
    return [
        _trial(folder, member, endings.get(number))
        for number, member in enumerate(members, 1)
    ]


def _figure(folder: RunFolder) -> str:
    """What is compared: errors where their number has chosen the weights."""
    return "val_error" if folder.summary().monitor in _ACCURACIES else "val_loss"


def _suspected(
    folder: RunFolder, diagnosis: Diagnosis, left_out: Mapping[str, str]
) -> Suspected:
    from dlrun.training.row_figures import measure_rows

    figure, verdict = _figure(folder), diagnosis.verdict
    facts = read_facts(folder.summary().facts, figure == "val_error")
    constant = facts.constant_loss
    if figure == "val_error":
        constant = None if facts.majority is None else 1 - facts.majority
    measured = None
    if folder.model_file.is_file() and folder.summary().num_validation:
        measured = measure_rows(
            folder,
            errors=figure == "val_error",
            at_end=verdict == OVERFITTING.name and not _puts_back(folder.config()),
            train=verdict == VALIDATION_BETTER.name,
        )
    rise = None
    if measured is not None and measured.losses is not None:
        saved, last = measured.losses
        rise = Rise(saved=saved, at_end=last, constant=facts.constant_loss)
    return Suspected(
        suspicion=verdict,
        figure=figure,
        rows=None if measured is None else measured.rows,
        rise=rise,
        train=None if measured is None else measured.train,
        constant=constant,
        may_leak=facts.odd_rows > 0,
        left_out=left_out,
    )


def _puts_back(config: Values) -> bool:
    """Whether training itself ends with the best weights: then no rise is left."""
    callbacks = value_at(config, "fit", "callbacks")
    listed = callbacks if isinstance(callbacks, list) else []
    return any(named(item)[1].get("restore_best_weights") is True for item in listed)


def _trial(folder: RunFolder, member: ReferenceRun, ending: Ending | None) -> Trial:
    run = None if ending is None else ending.folder
    rows: Sequence[float] | None = None
    state: str = "failed" if run is None else run.status().state
    if run is not None and state == "finished":
        rows = _rows(run, folder)
        state = "finished" if rows is not None else "measured on other rows"
    return Trial(
        name=member.name_of_change,
        sentence=member.change.sentence,
        run=None if run is None else run.name,
        state=state,
        rows=rows,
    )


def _rows(run: RunFolder, base: RunFolder) -> Sequence[float] | None:
    """What a run loses on each validation row; None: they are not those of the base."""
    from dlrun.training.row_figures import measure_rows

    if run.summary().validation_hash != base.summary().validation_hash:
        return None
    return measure_rows(run, errors=_figure(base) == "val_error").rows
