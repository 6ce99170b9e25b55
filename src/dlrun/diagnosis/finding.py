"""What was found wrong, and the evidence for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from dlrun.diagnosis.recording import integer_of, number_of


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

    def to_values(self) -> dict[str, object]:
        """Plain values that JSON can hold."""
        return {
            "verdict": self.verdict,
            "epoch": self.epoch,
            "confidence": self.confidence,
            "numbers": dict(self.numbers),
            "sentence": self.sentence,
        }

    @classmethod
    def from_values(cls, values: Mapping[str, object]) -> Finding:
        """The finding that `to_values` wrote."""
        numbers = values.get("numbers")
        return cls(
            str(values.get("verdict", "")),
            integer_of(values.get("epoch")),
            number_of(values.get("confidence")) or 0.0,
            {
                str(name): number
                for name, value in (
                    numbers if isinstance(numbers, dict) else {}
                ).items()
                if (number := number_of(value)) is not None
            },
            str(values.get("sentence", "")),
        )
