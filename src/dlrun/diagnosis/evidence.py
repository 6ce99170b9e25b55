"""The quantities that the rules weigh, each computed once from a recording."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from dlrun.diagnosis.case import Condition
from dlrun.diagnosis.facts import RunFacts
from dlrun.diagnosis.recording import HistoryColumn, Recording, Snapshot
from dlrun.diagnosis.series import lowest, noise, smooth, tail, tail_size

FEWEST_EPOCHS = 5
"""Fewer are too short to judge a fit."""
_POOR = 0.5
WELL = 0.8
"""Rows are learned well where this much of a constant's loss is gone (ours)."""
_POOR_ACCURACY = 0.6
_ABOVE_MAJORITY = 0.1
_ALIKE = 1.25
"""Below this share of the train loss the validation loss is about the same (ours)."""
_PSEUDO_SAMPLES = 4
_TEN = 10
"""Agresti and Coull, 1998: two successes and two failures more than were counted."""


@dataclass(frozen=True, slots=True)
class Series:
    """The finite values of a column, and the epochs they were measured at."""

    epochs: tuple[int, ...]
    values: tuple[float, ...]
    smooth: tuple[float, ...]
    end: float
    """The median of the last values."""
    best: int
    """The place of the lowest smoothed value."""

    def __len__(self) -> int:
        return len(self.values)


@dataclass(frozen=True, slots=True)
class Validation:
    """The validation loss and the train loss at the epochs that have both."""

    loss: Series
    train: Series
    deviation: float
    """The noise of the validation loss: the standard deviation of one epoch."""

    @property
    def lowest(self) -> float:
        """The lowest smoothed validation loss."""
        return self.loss.smooth[self.loss.best]

    @property
    def best_epoch(self) -> int:
        """Where the lowest value lies, within reach of the lowest smoothed one."""
        best = self.loss.best
        near = range(max(0, best - 1), min(len(self.loss), best + 2))
        return self.loss.epochs[min(near, key=self.loss.values.__getitem__)]

    @property
    def rise(self) -> float:
        """How far the end lies above the lowest value."""
        return self.loss.end - self.lowest

    @property
    def noise_of_rise(self) -> float:
        """Three standard errors of the median of the last values."""
        return 3 * 1.2533 * self.deviation / math.sqrt(tail_size(len(self.loss)))


@dataclass(frozen=True, slots=True)
class Evidence:
    """Everything a rule may ask for; None: it cannot be told."""

    recording: Recording
    probes: tuple[Snapshot, ...]
    facts: RunFacts
    train: Series | None
    validation: Validation | None
    accuracy: float | None
    """The train accuracy at the end, and so on below."""
    val_accuracy: float | None

    @property
    def num_epochs(self) -> int:
        """How many epochs were recorded, non-finite ones included."""
        return len(self.recording.epochs)

    @property
    def is_short(self) -> bool:
        """There are too few epochs to judge a fit."""
        return self.num_epochs < FEWEST_EPOCHS

    @property
    def best_epoch(self) -> int | None:
        """The epoch whose weights were kept, by the monitor of the run.

        Where nobody said, that of the lowest validation loss.
        """
        known, last = self.facts.best_epoch, self.recording.epochs[-1:]
        if known is not None and last and known <= last[0]:
            return known
        return self.validation.best_epoch if self.validation else None

    @property
    def monitor(self) -> str | None:
        """The column whose best epoch that is."""
        if self.facts.best_epoch is not None and self.facts.monitor:
            return self.facts.monitor
        return "val_loss" if self.validation else None

    @property
    def is_fair(self) -> bool:
        """Train and validation loss can be compared: both are measured alike."""
        is_quiet = self.recording.is_inference or not self.facts.has_noise
        return is_quiet and not self.facts.weighs_classes

    @property
    def held_level(self) -> float | None:
        """What a constant prediction loses on the validation rows; None: not known."""
        return self.facts.val_constant_loss

    @property
    def has_ratios(self) -> bool:
        """No loss is negative, so that one may be divided by another."""
        curves = [self.train, self.validation and self.validation.loss]
        return all(min(curve.values) >= 0 for curve in curves if curve)

    @property
    def baseline(self) -> float | None:
        """The loss of a constant prediction; the first train loss if that is unknown.

        The first epoch has learned something already, so its loss is rather too low.
        """
        if self.facts.constant_loss is not None:
            return self.facts.constant_loss
        return self.train.smooth[0] if self.train else None

    @property
    def level(self) -> str:
        """Whose loss the baseline is, as it stands behind `that of`."""
        if self.facts.constant_loss is None:
            return "the first epoch"
        return f"always predicting {self.facts.constant}"

    @property
    def times_baseline(self) -> str:
        """The loss at the end without penalty, as `2.1 times that of ...`."""
        ratio = 1 - (self.learned or 0.0)
        places = 2 if ratio < 1 else 1 if ratio < _TEN else 0
        return f"{ratio:,.{places}f} times that of {self.level}"

    @property
    def penalty(self) -> float | None:
        """The part of the train loss at the end that is a penalty on the weights."""
        penalties = [probe.regularisation for probe in reversed(self.probes)]
        last = next((penalty for penalty in penalties if penalty is not None), None)
        # Whoever recorded a penalty above the loss did not count it there.
        if last is None or self.train is None or not 0 <= last <= self.train.end:
            return None
        return last

    @property
    def error_at_end(self) -> float:
        """The train loss at the end without the penalty on the weights."""
        return self.train.end - (self.penalty or 0.0) if self.train else math.nan

    @property
    def learned(self) -> float | None:
        """The share of a constant prediction's loss that training has removed."""
        if self.train is None or not self.baseline or not self.has_ratios:
            return None
        return 1 - self.error_at_end / self.baseline

    @property
    def learned_little(self) -> tuple[Condition, ...]:
        """What holds unless the train rows are learned well; empty if not to be told.

        What looks odd inside of a model that ends well does no harm.
        """
        if self.learned is None:
            return ()
        return (Condition("learned_share", self.learned, WELL, below=True),)

    @property
    def parts_alike(self) -> tuple[Condition, ...]:
        """What holds where validation is hardly worse; empty if not to be told.

        Whoever learns rows by heart does better on them.
        """
        validation = self.validation
        if validation is None or not self.is_fair or validation.train.end <= 0:
            return ()
        gap = validation.loss.end / validation.train.end
        return (Condition("val_over_train_loss", gap, _ALIKE, below=True),)

    @property
    def accuracy_error(self) -> float | None:
        """The standard error of the validation accuracy.

        Source: Agresti and Coull, 1998, so that 15 right of 15 are not certain.
        """
        if self.val_accuracy is None or not self.facts.num_validation:
            return None
        size = self.facts.num_validation + _PSEUDO_SAMPLES
        share = (self.val_accuracy * self.facts.num_validation + 2) / size
        return math.sqrt(max(0.0, share * (1 - share)) / size)

    @property
    def poor(self) -> tuple[Condition, ...]:
        """What holds where the train rows are not learned; empty if not to be told."""
        learned = self.learned
        if learned is None:
            return ()
        by_loss = Condition("learned_share", learned, _POOR, below=True)
        if self.facts.task == "classification" and self.accuracy is not None:
            limit = max(_POOR_ACCURACY, (self.facts.majority or 0) + _ABOVE_MAJORITY)
            by_accuracy = Condition("train_accuracy", self.accuracy, limit, below=True)
            return by_loss, by_accuracy
        return () if self.facts.constant_loss is None else (by_loss,)

    @property
    def is_poor(self) -> bool:
        """The train rows are not learned."""
        return bool(self.poor) and all(condition.holds for condition in self.poor)


def weigh(
    recording: Recording, probes: tuple[Snapshot, ...], facts: RunFacts
) -> Evidence:
    """Derive from a recording what the rules need."""
    return Evidence(
        recording,
        probes,
        facts,
        _series(recording.epochs, recording.train_loss),
        _validation(recording),
        _end(recording.train_accuracy),
        _end(recording.val_accuracy),
    )


def finite_part(
    epochs: Sequence[int], *columns: HistoryColumn
) -> list[tuple[int, tuple[float, ...]]]:
    """The epochs at which every column has a finite number, and these numbers."""
    rows = zip(epochs, *columns, strict=True)
    return [
        (epoch, tuple(values))
        for epoch, *values in rows
        if all(value is not None and math.isfinite(value) for value in values)
    ]


def _series(epochs: Sequence[int], column: HistoryColumn) -> Series | None:
    rows = finite_part(epochs, column)
    values = tuple(row[0] for _, row in rows)
    if not values:
        return None
    smoothed = tuple(smooth(values))
    end = tail(values)
    return Series(
        tuple(epoch for epoch, _ in rows),
        values,
        smoothed,
        values[-1] if end is None else end,
        lowest(smoothed),
    )


def _validation(recording: Recording) -> Validation | None:
    rows = finite_part(recording.epochs, recording.val_loss, recording.train_loss)
    epochs = [epoch for epoch, _ in rows]
    loss = _series(epochs, [row[0] for _, row in rows])
    train = _series(epochs, [row[1] for _, row in rows])
    if loss is None or train is None:
        return None
    return Validation(loss, train, noise(loss.values))


def _end(column: HistoryColumn) -> float | None:
    return tail(
        [value for value in column if value is not None and math.isfinite(value)]
    )
