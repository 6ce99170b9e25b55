"""What `diagnosis.json` holds: the verdict on a run, and the evidence for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from dlrun.runs.json_object import JsonObject
from dlrun.runs.storage import finite


@dataclass(frozen=True, slots=True)
class Finding:
    """One verdict, by its name, and the evidence for it."""

    verdict: str
    epoch: int | None
    """The epoch it shows at, counted from 1; 0: before training; None: no one epoch."""
    confidence: float
    """From 0.5, at the thresholds, to 1, twice beyond them, less if data is short."""
    numbers: Mapping[str, float]
    """What fired, by names."""
    sentence: str

    @classmethod
    def read(cls, values: JsonObject) -> Finding:
        """Read one entry of `findings`."""
        return cls(
            verdict=values.text("verdict") or "",
            epoch=values.whole("epoch"),
            confidence=values.number("confidence") or 0.0,
            numbers=values.numbers("numbers"),
            sentence=values.text("sentence") or "",
        )

    def to_json(self) -> dict[str, object]:
        """The entry as JSON has it."""
        return {
            "verdict": self.verdict,
            "epoch": self.epoch,
            "confidence": self.confidence,
            "numbers": dict(self.numbers),
            "sentence": self.sentence,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedDiagnosis:
    """A diagnosis by the names of its verdicts and remarks, without their words."""

    verdict: str
    """The first one, such as OVERFITTING."""
    tag: str
    """In a word, for tables: `ok`, `overfit@9`, `diverged`."""
    findings: tuple[Finding, ...] = ()
    """Everything that was found wrong, the cause before what follows from it."""
    best_epoch: int | None = None
    """The epoch of the lowest smoothed validation loss, counted from 1."""
    onset: int | None = None
    """The epoch from which the model overfits; None: it does not."""
    wasted_epochs: int | None = None
    """Epochs after the best one; None: it does not overfit."""
    severity: float | None = None
    """Per cent that the validation loss ends above its best; None: no overfitting."""
    confidence: float = 0.5
    """How sure the verdict is, from 0 to 1."""
    modifiers: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    epochs: int = 0
    """How many were looked at."""

    @classmethod
    def read(cls, values: JsonObject) -> RecordedDiagnosis:
        """Read the file.

        Raises:
            RunError: It names no verdict, or a value has another type than its key.
        """
        verdict, confidence = values.text("verdict"), values.number("confidence")
        if verdict is None:
            raise values.damage("verdict", "a text")
        return cls(
            verdict=verdict,
            tag=values.text("tag") or verdict.lower(),
            findings=tuple(map(Finding.read, values.objects("findings"))),
            best_epoch=values.whole("best_epoch"),
            onset=values.whole("onset"),
            wasted_epochs=values.whole("wasted_epochs"),
            severity=values.number("severity"),
            confidence=0.5 if confidence is None else confidence,
            modifiers=values.texts("modifiers"),
            remarks=values.texts("remarks"),
            epochs=values.whole("epochs") or 0,
        )

    def to_json(self) -> dict[str, object]:
        """The file as JSON has it; NaN is null."""
        values = {
            "verdict": self.verdict,
            "tag": self.tag,
            "findings": [finding.to_json() for finding in self.findings],
            "best_epoch": self.best_epoch,
            "onset": self.onset,
            "wasted_epochs": self.wasted_epochs,
            "severity": self.severity,
            "confidence": self.confidence,
            "modifiers": list(self.modifiers),
            "remarks": list(self.remarks),
            "epochs": self.epochs,
        }
        return finite(values)
