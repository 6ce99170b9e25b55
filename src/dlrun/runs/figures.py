"""What `round.json` holds: the figures of one round of pseudo-labels."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from dlrun.runs.reading import JsonObject
from dlrun.runs.storage import finite


@dataclass(frozen=True, slots=True)
class KnownTruth:
    """How right the labels of a round are, where the true ones are known for study."""

    precision: float | None
    """The share that is right; None: no selected row has a known label."""
    confusion: tuple[tuple[int, ...], ...]
    """`(classes, classes)` counts: rows are true classes, columns given ones."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SelectionFigures:
    """The unlabelled rows that a round is trained on."""

    selected: int = 0
    """How many; where there are none, the other figures say nothing."""
    of_class: Mapping[str, int] = field(default_factory=dict)
    coverage: float | None = None
    """Their share of all unlabelled rows."""
    mean_confidence: float | None = None
    new: float | None = None
    """The share that the round before did not select with the same label."""
    class_divergence: float | None = None
    """Kullback-Leibler, in nats, of their classes from those of the labelled rows."""
    truth: KnownTruth | None = None
    """None: nobody knows the true labels."""

    @classmethod
    def read(cls, values: JsonObject) -> SelectionFigures:
        """Read them from the figures of a round."""
        truth = None
        if values.has("confusion"):
            truth = KnownTruth(values.number("precision"), values.matrix("confusion"))
        return cls(
            selected=values.whole("selected") or 0,
            of_class=values.counts("selected_of_class"),
            coverage=values.number("coverage"),
            mean_confidence=values.number("mean_confidence"),
            new=values.number("new"),
            class_divergence=values.number("class_divergence"),
            truth=truth,
        )

    def to_json(self) -> dict[str, object]:
        """Their share of the file as JSON has it."""
        if not self.selected:
            return {"selected": 0}
        values: dict[str, object] = {
            "selected": self.selected,
            "selected_of_class": dict(self.of_class),
            "coverage": self.coverage,
            "mean_confidence": self.mean_confidence,
            "new": self.new,
            "class_divergence": self.class_divergence,
        }
        if self.truth is not None:
            values["precision"] = self.truth.precision
            values["confusion"] = [list(row) for row in self.truth.confusion]
        return values


@dataclass(frozen=True, slots=True, kw_only=True)
class ValidationFigures:
    """How often the model of a round is right on validation rows, and how sure."""

    accuracy: float
    confidence: float
    """The mean."""
    temperature: float
    """By which confidence is calibrated; 1: there are too few rows for that."""
    calibration_error: float
    """Expected, before the temperature."""
    calibration_error_scaled: float
    """The same after it."""

    @classmethod
    def read(cls, values: JsonObject) -> ValidationFigures:
        """Read them from the figures of a round."""
        return cls(
            accuracy=values.measure("val_accuracy"),
            confidence=values.measure("val_confidence"),
            temperature=values.measure("temperature"),
            calibration_error=values.measure("calibration_error"),
            calibration_error_scaled=values.measure("calibration_error_scaled"),
        )

    def to_json(self) -> dict[str, object]:
        """Their share of the file as JSON has it."""
        return {
            "val_accuracy": self.accuracy,
            "val_confidence": self.confidence,
            "temperature": self.temperature,
            "calibration_error": self.calibration_error,
            "calibration_error_scaled": self.calibration_error_scaled,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundFigures:
    """What a round was trained on, and how well its model does."""

    number: int
    """0: the supervised baseline."""
    selection: SelectionFigures
    labels_changed: float | None
    """The share of unlabelled rows whose class is not that of the round before."""
    val_loss: float
    """At the best epoch."""
    validation: ValidationFigures
    best_epoch: int
    epochs: int
    seconds: float
    verdict: str
    """The tag of the diagnosis of its history."""

    @classmethod
    def read(cls, values: JsonObject) -> RoundFigures:
        """Read the file.

        Raises:
            RunError: A value has another type than its key.
        """
        return cls(
            number=values.whole("round") or 0,
            selection=SelectionFigures.read(values),
            labels_changed=values.number("labels_changed"),
            val_loss=values.measure("val_loss"),
            validation=ValidationFigures.read(values),
            best_epoch=values.whole("best_epoch") or 0,
            epochs=values.whole("epochs") or 0,
            seconds=values.number("seconds") or 0.0,
            verdict=values.text("verdict") or "",
        )

    def to_json(self) -> dict[str, object]:
        """The file as JSON has it."""
        values = {
            "round": self.number,
            **self.selection.to_json(),
            "labels_changed": self.labels_changed,
            "val_loss": self.val_loss,
            **self.validation.to_json(),
            "best_epoch": self.best_epoch,
            "epochs": self.epochs,
            "seconds": self.seconds,
            "verdict": self.verdict,
        }
        return finite(values)
