"""The references of a check: trainings with one change that tell verdicts apart."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dlrun.changes import Advice, Change
from dlrun.changes.changes import find_change
from dlrun.config import located
from dlrun.diagnosis import Diagnosis, find_verdict
from dlrun.diagnosis.verdicts.constant_prediction import CONSTANT_PREDICTION
from dlrun.diagnosis.verdicts.diverged import DIVERGED
from dlrun.diagnosis.verdicts.dying_relu import DYING_RELU
from dlrun.diagnosis.verdicts.exploding_gradient import EXPLODING_GRADIENT
from dlrun.diagnosis.verdicts.generalization_gap import GENERALIZATION_GAP
from dlrun.diagnosis.verdicts.good_fit import GOOD_FIT
from dlrun.diagnosis.verdicts.oscillating_loss import OSCILLATING_LOSS
from dlrun.diagnosis.verdicts.overfitting import OVERFITTING
from dlrun.diagnosis.verdicts.slow_convergence import SLOW_CONVERGENCE
from dlrun.diagnosis.verdicts.underfitting import UNDERFITTING
from dlrun.errors import ProblemsError, RunError
from dlrun.experiment import parse_spec, read_config
from dlrun.studies.ladder import run_name
from dlrun.studies.plan import Member
from dlrun.writing import command_line

if TYPE_CHECKING:
    from dlrun.changes.change import Values
    from dlrun.diagnosis import Verdict
    from dlrun.runs import RunFolder, State


@dataclass(frozen=True, slots=True)
class Reference:
    """A change whose gain, if it has one, says what is at fault."""

    cause: str
    """What is at fault if it helps: a sentence without its subject."""
    shows: Verdict | None = None
    """The verdict that follows; None: the one that is suspected."""
    confirms: tuple[Verdict, ...] = ()
    """The suspicions that it confirms, although it shows another one elsewhere."""
    unfit: str = "it does not apply to the config"
    """Why it is left out, where it is."""

    def verdict(self, suspicion: str) -> str:
        """The verdict that follows if it helps a run that is under a suspicion."""
        if self.shows is None or suspicion in {item.name for item in self.confirms}:
            return suspicion
        return self.shows.name


_BROKEN = (DIVERGED, EXPLODING_GRADIENT, DYING_RELU)
_GAP = (GENERALIZATION_GAP,)
_NO_HIDDEN = "no hidden layer of the model can change"
REFERENCES: Mapping[str, Reference] = {
    "scale_inputs": Reference(
        "its features have scales that differ, or are large",
        SLOW_CONVERGENCE,
        (*_BROKEN, CONSTANT_PREDICTION),
        "the features are scaled already",
    ),
    "scale_targets": Reference(
        "its targets are large",
        SLOW_CONVERGENCE,
        _BROKEN,
        "it predicts no large numbers, or scales them already",
    ),
    "longer": Reference("it was still learning when it ended", SLOW_CONVERGENCE),
    "learning_rate_triple": Reference(
        "its learning rate is too small", SLOW_CONVERGENCE
    ),
    "learning_rate_third": Reference(
        "its learning rate is too large", OSCILLATING_LOSS, _BROKEN
    ),
    "learning_rate_down": Reference("its learning rate is far too large"),
    "wider": Reference("the net is too small", UNDERFITTING, unfit=_NO_HIDDEN),
    "unregularised": Reference(
        "what regularises it holds it back",
        UNDERFITTING,
        unfit="nothing regularises it",
    ),
    "dropout_up": Reference(
        "it learns the train rows by heart", OVERFITTING, _GAP, _NO_HIDDEN
    ),
    "l2_up": Reference(
        "it learns the train rows by heart", OVERFITTING, _GAP, _NO_HIDDEN
    ),
    "less_complexity": Reference(
        "the net is too large for its rows", OVERFITTING, _GAP, _NO_HIDDEN
    ),
    "clip": Reference("its steps are too large", unfit="gradients are clipped already"),
    "larger_batch": Reference(
        "its steps follow too few rows", unfit="a batch holds all rows already"
    ),
    "leaky_relu": Reference("units that are dead stay so", unfit="no layer has ReLU"),
    "relu": Reference("its units saturate", unfit="no hidden layer saturates"),
    "batch_norm": Reference("signals fade on their way", unfit=_NO_HIDDEN),
}
"""What each reference shows; its name is that of the change. Which of them are trained,
each verdict says."""


@dataclass(frozen=True, slots=True)
class ReferenceRun(Member):
    """One training of a check."""

    name_of_change: str
    change: Change


@dataclass(frozen=True, slots=True)
class References:
    """The trainings that a check asks for, and what it leaves out."""

    members: tuple[ReferenceRun, ...]
    left_out: Mapping[str, str]
    """The references that do not fit the config, each with the reason."""


def require_checkable(folder: RunFolder) -> None:
    """Refuse a run of which references would say nothing.

    Raises:
        RunError: It has not ended, keeps no validation rows, or has rounds.
    """
    again = command_line("train", folder.path / "config.yaml")
    config, state = folder.config(), folder.status().state
    if config.get("pseudo_label") is not None:
        message = f"{folder.name} has pseudo-labels, which no reference is told from"
        hint = f"check its config without them: {again} -u pseudo_label --name base"
        raise RunError(message, hint=hint)
    if state not in {"finished", "diverged"}:
        message = f"{folder.name} is {state}; only a run that has ended can be checked"
        raise RunError(message, hint=_cure(folder, state))
    if not folder.summary().num_validation:
        message = f"{folder.name} keeps no validation rows, by which gains are measured"
        hint = f"train it with some: {again} -s data.split.validation=0.2"
        raise RunError(message, hint=hint)


def _cure(folder: RunFolder, state: State) -> str:
    if state == "running":
        return "wait until it ends"
    if state == "failed":
        again = command_line("train", folder.path / "config.yaml")
        return f"train it again: {again}"
    return f"let it end: {command_line('resume', folder.path)}"


def plan_references(folder: RunFolder, diagnosis: Diagnosis) -> References:
    """The trainings that tell whether a suspicion holds, or what else does.

    Each is the run with one change: its split and its seed stay.

    Args:
        folder: The run.
        diagnosis: What its curves show.

    Raises:
        RunError: Its config was changed, or is damaged.
        ConfigError: Its config cannot be read.
        SpecError: This dlrun takes it for invalid.
    """
    verdict = find_verdict(diagnosis.verdict) or GOOD_FIT  # That of a later dlrun.
    config, facts = folder.config(), folder.summary().facts
    changes: dict[str, Change] = {}
    left_out: dict[str, str] = {}
    for name in verdict.references:
        change = find_change(name, config, facts)
        reason = _unfit(name, folder, config)
        if change is None or reason:
            left_out[name] = reason or REFERENCES[name].unfit
        else:
            changes[name] = change
    members, refused = members_of(folder, changes)
    return References(members, left_out | refused)


def _unfit(name: str, folder: RunFolder, config: Values) -> str:
    """Why a reference would be the run again, though its config is another."""
    if name != "longer":
        return ""
    fit = config.get("fit")
    planned = fit.get("epochs") if isinstance(fit, Mapping) else None
    epochs = len(folder.history().get("epoch", ()))
    if folder.status().state == "diverged" or not isinstance(planned, int):
        return ""
    return f"it ended by itself after epoch {epochs}" if epochs < planned else ""


def members_of(
    folder: RunFolder, changes: Mapping[str, Change]
) -> tuple[tuple[ReferenceRun, ...], dict[str, str]]:
    """The runs that some changes make of a run, and the changes that it does not take.

    Args:
        folder: The run.
        changes: By their names, after which the runs are called.

    Returns:
        The runs, and why the other changes make none.

    Raises:
        RunError: Its config was changed, or is damaged.
        ConfigError: Its config cannot be read.
        SpecError: This dlrun takes it for invalid.
    """
    folder.hashes.require_config()
    file, base = folder.path / "config.yaml", str(folder.config()["name"])
    node = read_config(file)
    with located(node):
        parse_spec(node)
    members: list[ReferenceRun] = []
    refused: dict[str, str] = {}
    for name, change in changes.items():
        own = f"name={run_name(base, name.replace('_', '-'))}"
        node = read_config(file, [*change.patch, own])
        try:
            experiment = parse_spec(node)
        except ProblemsError as error:
            refused[name] = error.problems[0].message
        else:
            members.append(ReferenceRun(node, experiment, name, change))
    return tuple(members), refused


def members_of_advice(
    folder: RunFolder, advice: Sequence[Advice]
) -> tuple[ReferenceRun, ...]:
    """The runs that some advice makes of a run; they are called as it says."""
    return members_of(folder, {piece.category: piece.change for piece in advice})[0]


def seconds_of(folder: RunFolder, members: Sequence[ReferenceRun]) -> Iterator[float]:
    """About how long each training takes, from the epochs and the time of the run.

    A wider net takes longer than it says; NaN: the run does not say how long it took.
    """
    seconds = [
        float(value)
        for value in folder.history().get("seconds", ())
        if isinstance(value, int | float) and math.isfinite(value)
    ]
    for member in members:
        per_epoch = sum(seconds) / len(seconds) if seconds else math.nan
        yield per_epoch * member.experiment.spec.fit.epochs
