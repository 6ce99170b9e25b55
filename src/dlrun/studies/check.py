"""A check: a run, its references, and what they find of the suspicion it is under."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dlrun.changes.change import Values, named, value_at
from dlrun.diagnosis import Diagnosis
from dlrun.diagnosis.facts import read_facts
from dlrun.diagnosis.verdicts.overfitting import OVERFITTING
from dlrun.diagnosis.verdicts.validation_better import VALIDATION_BETTER, splits_kin
from dlrun.engines import KerasDoor
from dlrun.errors import RunError
from dlrun.experiment import restore_spec
from dlrun.runs import label_scales_of
from dlrun.studies.finding import Rise, Suspected, Trial, Weighed, conclude, weigh
from dlrun.studies.plan import Plan, find_ended
from dlrun.studies.references import (
    ReferenceRun,
    References,
    plan_references,
    require_checkable,
)
from dlrun.writing import command_line

if TYPE_CHECKING:
    from dlrun.runs import RecordedFinding, RunFolder
    from dlrun.studies.task import Ending
    from dlrun.training.row_figures import RowFigures

_ACCURACIES = frozenset(
    {
        "val_accuracy",
        "val_binary_accuracy",
        "val_categorical_accuracy",
        "val_sparse_categorical_accuracy",
    }
)
"""Monitors that count rows: where they choose the weights, errors are compared."""
_OF_KIN = (
    "Rows of one person, machine or day may lie on both sides of the split: only rows "
    "of others can tell, under `data.validation`."
)


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
    _, parts = read_rows(experiment, KerasDoor(experiment.spec))
    again = command_line("train", config_file)
    known = folder.summary().data_fingerprint
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
    folder, left_out = check.folder, check.references.left_out
    measure = _measure_of(folder)
    run = _suspected(folder, check.diagnosis, left_out, measure)
    return conclude(run, _trials(folder, check.members, endings, measure))


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
    measure = _measure_of(folder)
    run = _suspected(folder, diagnosis, {}, measure)
    return weigh(run, _trials(folder, members, endings, measure))


@dataclass(frozen=True, slots=True)
class _Measure:
    """What is measured on each validation row, of the run and of all others alike."""

    figure: str
    """`val_loss`; `weighted_val_loss`, where classes have weights; or `val_error`. Of
    scaled labels it says so."""
    weights: Sequence[float] | None
    """How much the loss of a row counts, by the number of its class."""

    @property
    def counts_errors(self) -> bool:
        return self.figure == "val_error"


def _measure_of(folder: RunFolder) -> _Measure:
    """Errors where their number has chosen the weights; else what training lowers."""
    from dlrun.training.row_figures import class_weights

    if folder.summary().monitor in _ACCURACIES:
        return _Measure("val_error", None)
    weights = class_weights(folder) if folder.summary().num_validation else None
    if weights is not None:
        return _Measure("weighted_val_loss", weights)
    is_scaled = label_scales_of(folder.config(), "val_loss") is not None
    return _Measure(f"val_loss{' (scaled)' if is_scaled else ''}", None)


def _trials(
    folder: RunFolder,
    members: Sequence[ReferenceRun],
    endings: Mapping[int, Ending],
    measure: _Measure,
) -> list[Trial]:
    return [
        _trial(folder, member, endings.get(number), measure)
        for number, member in enumerate(members, 1)
    ]


def _suspected(
    folder: RunFolder,
    diagnosis: Diagnosis,
    left_out: Mapping[str, str],
    measure: _Measure,
) -> Suspected:
    from dlrun.training.row_figures import measure_rows

    verdict, config = diagnosis.verdict, folder.config()
    facts = read_facts(folder.summary().facts, measure.counts_errors)
    # In the weighted loss a row counts as in training; older runs do not say what a
    # constant prediction loses there.
    weighted = facts.constant_loss if facts.weighs_classes else None
    of_loss = facts.val_constant_loss if measure.weights is None else weighted
    of_errors = None if facts.majority is None else 1 - facts.majority
    measured = None
    if folder.model_file.is_file() and folder.summary().num_validation:
        measured = measure_rows(
            folder,
            weights=measure.weights,
            errors=measure.counts_errors,
            at_end=verdict == OVERFITTING.name and not _puts_back(config),
            train=verdict == VALIDATION_BETTER.name,
        )
    return Suspected(
        suspicion=verdict,
        figure=measure.figure,
        rows=None if measured is None else measured.rows,
        rise=None if measured is None else _rise(measured, of_loss),
        train=None if measured is None else measured.train,
        constant=of_errors if measure.counts_errors else of_loss,
        known=None if measured is None else measured.known,
        untold=_OF_KIN if splits_kin(facts) else "",
        repeated=None if measured is None else measured.repeated,
        left_out=left_out,
    )


def _rise(measured: RowFigures, constant: float | None) -> Rise | None:
    if measured.losses is None:
        return None
    saved, last = measured.losses
    return Rise(saved=saved, at_end=last, constant=constant)


def _puts_back(config: Values) -> bool:
    """Whether training itself ends with the best weights: then no rise is left."""
    callbacks = value_at(config, "fit", "callbacks")
    listed = callbacks if isinstance(callbacks, list) else []
    return any(named(item)[1].get("restore_best_weights") is True for item in listed)


def _trial(
    folder: RunFolder, member: ReferenceRun, ending: Ending | None, measure: _Measure
) -> Trial:
    from dlrun.training.row_figures import measure_rows

    run = None if ending is None else ending.folder
    rows: Sequence[float] | None = None
    state: str = "failed" if run is None else run.status().state
    if run is not None and state == "finished":
        if run.summary().validation_hash == folder.summary().validation_hash:
            errors = measure.counts_errors
            rows = measure_rows(
                run, weights=measure.weights, errors=errors, like=folder
            ).rows
        else:
            state = "measured on other rows"
    return Trial(
        name=member.name_of_change,
        sentence=member.change.sentence,
        run=None if run is None else run.name,
        state=state,
        rows=rows,
    )
