"""Rules that compare train and validation: overfitting, leaks, too few rows."""

from __future__ import annotations

import math
from collections.abc import Iterator

from dlrun.diagnosis.case import Case, Condition
from dlrun.diagnosis.evidence import Evidence, Validation
from dlrun.diagnosis.recording import Column
from dlrun.diagnosis.series import noise, ratio, smooth

_RISE = 0.05
_VISIBLE = 0.01
"""A rise below this share of a constant prediction's loss does not matter (ours)."""
_CERTAIN_ACCURACY = 0.9
_SMALL_GAP = 0.07
_GAP = 0.10
_SMOOTH = 0.05
"""Noise of the train loss below this share of its level is a smooth curve (ours)."""
_SHARED = 0.10
"""Shared rows, as a share of the validation rows, that make a leak certain (ours)."""


def validation_better(evidence: Evidence) -> Iterator[Case]:
    """Validation is clearly better than training, or shares its rows."""
    size = evidence.facts.num_validation
    shared = evidence.facts.shared_rows
    if shared and size:
        yield Case(
            (Condition("shared_share", evidence.facts.odd_rows / size, _SHARED),),
            "{shared_rows:.0f} train rows also stand among the {validation_rows:.0f} "
            "validation rows.",
            None,
            {"shared_rows": shared, "validation_rows": size},
        )
    validation = evidence.validation
    if validation is None or not evidence.is_fair or not evidence.has_ratios:
        return
    better = ratio(validation.train.end - validation.loss.end, validation.train.end)
    if better is None:
        return
    known = {
        "train_loss_at_end": validation.train.end,
        "val_loss_at_end": validation.loss.end,
    }
    text = (
        "The validation loss ends at {val_loss_at_end:.4g}, {loss_advantage:.0%} below "
        "the train loss of {train_loss_at_end:.4g}"
    )
    epoch = validation.loss.epochs[-1]
    if evidence.accuracy is None or evidence.val_accuracy is None:
        far = Condition("loss_advantage", better, 0.5)
        clear = Condition("loss_advantage", better, _noise_share(validation))
        yield Case((far, clear), f"{text}.", epoch, known)
        return
    advantage = evidence.val_accuracy - evidence.accuracy
    limit = max(0.05, 2 * (evidence.accuracy_error or 0.0))
    yield Case(
        (
            Condition("loss_advantage", better, 0.3),
            Condition("accuracy_advantage", advantage, limit),
        ),
        f"{text}; its accuracy is {{accuracy_advantage:.1%}} higher.",
        epoch,
        known,
    )


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


def loss_rises(evidence: Evidence) -> bool:
    """Whether the validation loss rose for good from its minimum."""
    validation = evidence.validation
    if validation is None or not evidence.has_ratios or validation.lowest <= 0:
        return False
    return _loss_rises(validation, ()).holds


def accuracies_part(evidence: Evidence) -> bool:
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
        find_onset(validation),
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


def find_onset(validation: Validation) -> int:
    """The first epoch after the best one from which the loss stays above its minimum.

    By 5 % and by the noise of the rise, smoothed; the last epoch at the latest.
    """
    loss = validation.loss
    rise = max(_RISE * validation.lowest, validation.noise_of_rise)
    place = len(loss)
    while place > loss.best + 1 and loss.smooth[place - 1] >= validation.lowest + rise:
        place -= 1
    return loss.epochs[min(place, len(loss) - 1)]


def noisy_validation(evidence: Evidence) -> Iterator[Case]:
    """The validation rows are too few to trust what they say."""
    error, validation = evidence.accuracy_error, evidence.validation
    if error is not None:
        yield Case(
            (Condition("accuracy_error", error, 0.025),),
            "With {validation_rows:.0f} validation rows, the validation accuracy is "
            "known to ±{accuracy_error:.1%} only.",
            None,
            {"validation_rows": evidence.facts.num_validation or 0},
        )
    if validation is None or not evidence.has_ratios:
        return
    level = ratio(validation.deviation, validation.lowest)
    train = ratio(noise(validation.train.values), min(validation.train.smooth))
    if level is not None and train is not None:
        yield Case(
            (
                Condition("val_noise", level, 0.1),
                Condition("train_noise", train, _SMOOTH, below=True),
            ),
            "From epoch to epoch the validation loss jumps by {val_noise:.0%} of its "
            "lowest value, the train loss by {train_noise:.0%}.",
        )


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


def _finite(epochs: tuple[int, ...], column: Column) -> tuple[list[int], list[float]]:
    rows = [
        (epoch, value)
        for epoch, value in zip(epochs, column, strict=True)
        if value is not None and math.isfinite(value)
    ]
    return [epoch for epoch, _ in rows], [value for _, value in rows]


def _noise_share(validation: Validation) -> float:
    """The advantage that noise alone may give, as a share of the train loss."""
    return ratio(validation.noise_of_rise, validation.train.end) or 0.0
