"""The model learns the train rows by heart."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from dlrun.diagnosis.case import Case, Condition
from dlrun.diagnosis.columns import rare_words
from dlrun.diagnosis.evidence import Evidence, Validation, finite_part
from dlrun.diagnosis.series import smooth
from dlrun.diagnosis.verdicts.remark import DiagnosisRemark
from dlrun.diagnosis.verdicts.remedy import JOINED, Remedy, Signs
from dlrun.diagnosis.verdicts.verdict import Verdict
from dlrun.runs import Finding

_RISE = 0.05
_VISIBLE = 0.01
"""A rise below this share of a constant prediction's loss does not matter (ours)."""
_ERRORS = 2.0
"""Standard errors of the rise by row, below which other rows might have shown none."""
_FALL = 0.05
"""The least fall of an accuracy that counts (ours)."""


def overfitting(evidence: Evidence) -> Iterator[Case]:
    """The validation loss rises from its minimum, or the validation accuracy falls."""
    if evidence.train is None or evidence.facts.stops_at_best:
        return
    learned: tuple[Condition, ...] = ()
    level = evidence.facts.constant_loss
    if level is not None and evidence.has_ratios:
        error = evidence.error_at_end
        learned = (Condition("train_error_at_end", error, level, below=True),)
    for case in _cases(evidence, learned):
        yield replace(case, sentence=case.sentence + rare_words(evidence.facts))


def _cases(evidence: Evidence, learned: tuple[Condition, ...]) -> Iterator[Case]:
    validation = evidence.validation
    if validation is not None and evidence.has_ratios and validation.lowest > 0:
        yield _loss_rises(validation, (*learned, *_is_shown(evidence, validation)))
    yield from _accuracy_falls(evidence, learned)


def _is_shown(evidence: Evidence, validation: Validation) -> Iterator[Condition]:
    """The rise matters, and is no chance of the rows that validate."""
    if evidence.held_level is not None:
        least = _VISIBLE * evidence.held_level
        yield Condition("absolute_rise", validation.rise, least)
    rows = evidence.facts.rows
    if rows is not None and rows.rise_error > 0:
        yield Condition("rise_in_errors", rows.rise / rows.rise_error, _ERRORS)


def _accuracy_falls(
    evidence: Evidence, learned: tuple[Condition, ...]
) -> Iterator[Case]:
    """The validation accuracy fell from its best while the train accuracy rose."""
    recording, error = evidence.recording, evidence.accuracy_error
    rows = finite_part(
        recording.epochs, recording.val_accuracy, recording.train_accuracy
    )
    if not rows or error is None or evidence.val_accuracy is None:
        return
    held, train = ([row[place] for _, row in rows] for place in (0, 1))
    smoothed = smooth(held)
    best = max(range(len(rows)), key=smoothed.__getitem__)
    yield Case(
        (
            *learned,
            Condition(
                "accuracy_fall",
                smoothed[best] - evidence.val_accuracy,
                max(_FALL, 3 * error),
            ),
            Condition("train_accuracy_rise", train[-1] - train[best], 0.0),
        ),
        "The validation accuracy ends at {val_accuracy:.1%}, {accuracy_fall:.1%} below "
        "its best, in epoch {epoch}, while the train accuracy rose.",
        rows[best][0],
        {"val_accuracy": evidence.val_accuracy},
    )


def _has_risen(evidence: Evidence) -> bool:
    """Whether the validation loss rose for good from its minimum."""
    validation = evidence.validation
    if validation is None or not evidence.has_ratios or validation.lowest <= 0:
        return False
    return _loss_rises(validation, ()).holds


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


def _is_restored(evidence: Evidence, faults: Mapping[str, Finding]) -> bool:
    rises = OVERFITTING.name in faults and _has_risen(evidence)
    return rises and evidence.facts.is_best_restored


def _is_loss_alone(evidence: Evidence, faults: Mapping[str, Finding]) -> bool:
    rises = OVERFITTING.name in faults and _has_risen(evidence)
    return rises and _is_accuracy_kept(evidence)


def _is_accuracy_kept(evidence: Evidence) -> bool:
    """The validation accuracy ends no lower than it was at the best epoch."""
    best, end = evidence.best_epoch, evidence.val_accuracy
    if best is None or end is None:
        return False
    recording = evidence.recording
    accuracies = dict(zip(recording.epochs, recording.val_accuracy, strict=True))
    at_best = accuracies.get(best)
    return at_best is not None and end >= at_best


def _is_cut_off(evidence: Evidence, _: Mapping[str, Finding]) -> bool:
    return evidence.facts.stops_at_best and _has_risen(evidence)


CUT_OFF = DiagnosisRemark(
    "RISE_CUT_OFF",
    "The validation loss rose after epoch {best_epoch}; training ended, and put the "
    "best weights back, as the config says.",
    _is_cut_off,
)
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


OVERFITTING = Verdict(
    name="OVERFITTING",
    tag="overfit",
    meaning="The model learns the train rows by heart: what it gains on them does not "
    "carry over to new ones.",
    rule=overfitting,
    rests_on_validation=True,
    has_onset=True,
    remedies=(
        Remedy(("more_data", "early_stop")),
        JOINED,
        Remedy(("label_smoothing", "l2_up"), _is_too_sure),
        Remedy(("augmentation", "dropout_up", "l2_up")),
        Remedy(("less_complexity", "label_smoothing")),
    ),
    references=("dropout_up", "l2_up", "less_complexity"),
)
