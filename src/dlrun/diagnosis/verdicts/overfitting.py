"""The model learns the train rows by heart."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

from dlrun.diagnosis.case import Case, Condition
from dlrun.diagnosis.evidence import Evidence, Validation
from dlrun.diagnosis.recording import HistoryColumn
from dlrun.diagnosis.series import smooth
from dlrun.diagnosis.verdicts.remark import DiagnosisRemark
from dlrun.diagnosis.verdicts.remedy import Remedy, Signs
from dlrun.diagnosis.verdicts.verdict import Verdict
from dlrun.runs import Finding

_RISE = 0.05
_VISIBLE = 0.01
"""A rise below this share of a constant prediction's loss does not matter (ours)."""
_CERTAIN_ACCURACY = 0.9
_SMALL_GAP = 0.07
_GAP = 0.10


def overfitting(evidence: Evidence) -> Iterator[Case]:
    """The validation loss rises from its minimum, or the accuracies part."""
    validation = evidence.validation
    if validation is None or evidence.train is None:
        return
    level = evidence.facts.constant_loss
    learned: tuple[Condition, ...] = ()
    visible: tuple[Condition, ...] = ()
    if level is not None and evidence.has_ratios:
        error = evidence.error_at_end
        learned = (Condition("train_error_at_end", error, level, below=True),)
        visible = (Condition("absolute_rise", validation.rise, _VISIBLE * level),)
    if evidence.has_ratios and validation.lowest > 0:
        yield _loss_rises(validation, (*learned, *visible))
    if evidence.accuracy is not None and evidence.val_accuracy is not None:
        yield _accuracy_gap(evidence, learned)


def _has_risen(evidence: Evidence) -> bool:
    """Whether the validation loss rose for good from its minimum."""
    validation = evidence.validation
    if validation is None or not evidence.has_ratios or validation.lowest <= 0:
        return False
    return _loss_rises(validation, ()).holds


def _accuracies_part(evidence: Evidence) -> bool:
    """Whether the train accuracy is clearly above the validation accuracy."""
    if evidence.accuracy is None or evidence.val_accuracy is None:
        return False
    return _accuracy_gap(evidence, ()).holds


def _loss_rises(validation: Validation, learned: tuple[Condition, ...]) -> Case:
    """Source: Prechelt, 1998, generalisation loss; noise and gap terms are ours."""
    loss, train = validation.loss, validation.train
    best = loss.best
    gap_at_best = validation.lowest - train.smooth[best]
    growth = (loss.end - train.end) - gap_at_best
    return Case(
        (
            *learned,
            Condition("rise", validation.rise / validation.lowest, _RISE),
            Condition("absolute_rise", validation.rise, validation.noise_of_rise),
            Condition("gap_growth", growth / validation.lowest, 0.1),
        ),
        "Smoothed, the validation loss ends at {val_loss_at_end:.4g}, {rise:.0%} above "
        "its best, "
        "{lowest_val_loss:.4g} in epoch {best_epoch}, while the train loss went from "
        "{train_loss_at_best:.4g} to {train_loss_at_end:.4g}.",
        _find_onset(validation),
        {
            "val_loss_at_end": loss.end,
            "lowest_val_loss": validation.lowest,
            "best_epoch": validation.best_epoch,
            "train_loss_at_best": train.smooth[best],
            "train_loss_at_end": train.end,
        },
    )


def _accuracy_gap(evidence: Evidence, learned: tuple[Condition, ...]) -> Case:
    accuracy, other = evidence.accuracy or 0.0, evidence.val_accuracy or 0.0
    wide = Condition("accuracy_gap", accuracy - other, _gap_limit(accuracy, evidence))
    return Case(
        (*learned, wide),
        "The train accuracy ends at {train_accuracy:.1%}, the validation accuracy at "
        "{val_accuracy:.1%}: a gap of {accuracy_gap:.1%}.",
        _gap_onset(evidence) if wide.holds else None,
        {"train_accuracy": accuracy, "val_accuracy": other},
    )


def _find_onset(validation: Validation) -> int:
    """The first epoch after the best one from which the loss stays above its minimum.

    By 5 % and by the noise of the rise, smoothed; the last epoch at the latest.
    """
    loss = validation.loss
    rise = max(_RISE * validation.lowest, validation.noise_of_rise)
    onset = len(loss)
    while onset > loss.best + 1 and loss.smooth[onset - 1] >= validation.lowest + rise:
        onset -= 1
    return loss.epochs[min(onset, len(loss) - 1)]


def _gap_limit(accuracy: float, evidence: Evidence) -> float:
    smallest = _SMALL_GAP if accuracy > _CERTAIN_ACCURACY else _GAP
    return max(smallest, 3 * (evidence.accuracy_error or 0.0))


def _gap_onset(evidence: Evidence) -> int | None:
    """The first epoch from which the smoothed gap stays as wide as it must be."""
    recording = evidence.recording
    epochs, train = _finite(recording.epochs, recording.train_accuracy)
    others, validation = _finite(recording.epochs, recording.val_accuracy)
    val = dict(zip(others, smooth(validation), strict=True))
    pairs = [
        (epoch, value, val[epoch])
        for epoch, value in zip(epochs, smooth(train), strict=True)
        if epoch in val
    ]
    onset = pairs[-1][0] if pairs else None
    for epoch, accuracy, other in reversed(pairs):
        if accuracy - other < _gap_limit(accuracy, evidence):
            break
        onset = epoch
    return onset


def _finite(
    epochs: tuple[int, ...], column: HistoryColumn
) -> tuple[list[int], list[float]]:
    rows = [
        (epoch, value)
        for epoch, value in zip(epochs, column, strict=True)
        if value is not None and math.isfinite(value)
    ]
    return [epoch for epoch, _ in rows], [value for _, value in rows]


def _is_restored(evidence: Evidence, faults: Mapping[str, Finding]) -> bool:
    rises = OVERFITTING.name in faults and _has_risen(evidence)
    return rises and evidence.facts.is_best_restored


def _is_loss_alone(evidence: Evidence, faults: Mapping[str, Finding]) -> bool:
    rises = OVERFITTING.name in faults and _has_risen(evidence)
    return rises and _is_accuracy_kept(evidence) and not _accuracies_part(evidence)


def _is_accuracy_kept(evidence: Evidence) -> bool:
    """The validation accuracy ends no lower than it was at the best epoch."""
    best, end = evidence.best_epoch, evidence.val_accuracy
    if best is None or end is None:
        return False
    recording = evidence.recording
    accuracies = dict(zip(recording.epochs, recording.val_accuracy, strict=True))
    at_best = accuracies.get(best)
    return at_best is not None and end >= at_best


BEST_RESTORED = DiagnosisRemark(
    "BEST_WEIGHTS_RESTORED",
    "The saved model is from epoch {best_epoch}, before the rise.",
    _is_restored,
)
LOSS_ONLY = DiagnosisRemark(
    "LOSS_OVERFITS_ACCURACY_DOES_NOT",
    "The loss overfits, the accuracy does not: the model grows too sure of itself.",
    _is_loss_alone,
)


def _is_too_sure(signs: Signs) -> bool:
    """Too sure of itself, but no less right: fewer weights are not the cure."""
    return LOSS_ONLY.name in signs.remarks


def _ran_too_long(signs: Signs) -> bool:
    """More than half of the epochs came after the best one.

    And that came not so soon that patience would outlast all that is good.
    """
    is_late = signs.best_epoch > signs.shortest_patience
    return is_late and 2 * signs.wasted_epochs > signs.epochs


OVERFITTING = Verdict(
    name="OVERFITTING",
    tag="overfit",
    meaning="The model learns the train rows by heart: what it gains on them does not "
    "carry over to new ones.",
    rule=overfitting,
    rests_on_validation=True,
    has_onset=True,
    remedies=(
        Remedy(("more_data", "label_smoothing", "early_stop", "l2_up"), _is_too_sure),
        Remedy(
            ("more_data", "augmentation", "early_stop"),
            lambda signs: _ran_too_long(signs) and not _is_too_sure(signs),
        ),
        Remedy(("more_data", "augmentation", "dropout_up", "l2_up")),
        Remedy(("less_complexity", "early_stop", "label_smoothing")),
    ),
    references=("dropout_up", "l2_up", "less_complexity"),
)
