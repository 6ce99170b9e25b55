"""What a diagnosis says: findings and remarks, and their words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from typing_extensions import override

from dlrun.diagnosis.finding import Finding
from dlrun.diagnosis.recording import integer_of, number_of
from dlrun.diagnosis.remarks import find_remark
from dlrun.diagnosis.verdicts import find_verdict, tag_of
from dlrun.diagnosis.verdicts.remark import DiagnosisRemark


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What a training history shows; `verdict` is the first of `findings`."""

    verdict: str
    findings: tuple[Finding, ...] = ()
    """Everything that was found wrong, the cause before what follows from it."""
    best_epoch: int | None = None
    """The epoch of the lowest smoothed validation loss, counted from 1."""
    onset: int | None = None
    """The epoch from which the model overfits; None if it does not."""
    wasted_epochs: int | None = None
    """Epochs after the best one; None if it does not overfit."""
    severity: float | None = None
    """Per cent that the validation loss ends above its best; None: no overfitting."""
    confidence: float = 0.5
    """How sure the verdict is, from 0 to 1."""
    modifiers: tuple[str, ...] = ()
    """The names of the doubts: whether the validation rows are few."""
    remarks: tuple[str, ...] = ()
    """Their names."""
    epochs: int = field(default=0)
    """How many epochs were looked at."""

    @property
    def is_fine(self) -> bool:
        """Whether no fault was found."""
        verdict = find_verdict(self.verdict)
        return verdict is not None and verdict.is_fine

    @property
    def tag(self) -> str:
        """A short word for tables, such as `overfit@9`."""
        verdict, tag = find_verdict(self.verdict), tag_of(self.verdict)
        if verdict is not None and verdict.has_onset and self.onset is not None:
            return f"{tag}@{self.onset}"
        if verdict is not None and verdict.colour == "fine":
            tags = [remark.tag for remark in self._remarks() if remark.tag]
            return tags[0] if tags else tag
        return tag

    @property
    def meaning(self) -> str:
        """What the verdict means, in a plain sentence."""
        verdict = find_verdict(self.verdict)
        return "" if verdict is None else verdict.meaning

    def remark_sentences(self) -> list[str]:
        """The remarks as people read them."""
        return [
            remark.sentence.format(best_epoch=self.best_epoch)
            for remark in self._remarks()
        ]

    def _remarks(self) -> list[DiagnosisRemark]:
        remarks = [find_remark(name) for name in self.remarks]
        return [remark for remark in remarks if remark is not None]

    def to_values(self) -> dict[str, object]:
        """Plain values that JSON can hold."""
        return {
            "verdict": self.verdict,
            "tag": self.tag,
            "findings": [finding.to_values() for finding in self.findings],
            "best_epoch": self.best_epoch,
            "onset": self.onset,
            "wasted_epochs": self.wasted_epochs,
            "severity": self.severity,
            "confidence": self.confidence,
            "modifiers": list(self.modifiers),
            "remarks": list(self.remarks),
            "epochs": self.epochs,
        }

    @classmethod
    def from_values(cls, values: Mapping[str, object]) -> Diagnosis:
        """The diagnosis that `to_values` wrote; what it does not know is left out."""
        findings = values.get("findings")
        confidence = number_of(values.get("confidence"))
        return cls(
            str(values.get("verdict", "")),
            tuple(
                Finding.from_values(finding)
                for finding in (findings if isinstance(findings, list) else ())
                if isinstance(finding, Mapping)
            ),
            best_epoch=integer_of(values.get("best_epoch")),
            onset=integer_of(values.get("onset")),
            wasted_epochs=integer_of(values.get("wasted_epochs")),
            severity=number_of(values.get("severity")),
            confidence=0.5 if confidence is None else confidence,
            modifiers=_names(values.get("modifiers")),
            remarks=_names(values.get("remarks")),
            epochs=integer_of(values.get("epochs")) or 0,
        )

    @override
    def __str__(self) -> str:
        """One paragraph for people."""
        first = self.findings[0].sentence if self.findings else ""
        others = ", ".join(finding.verdict for finding in self.findings[1:])
        parts = [
            f"{self.verdict} (confidence {self.confidence:.2f}).",
            first,
            self.meaning,
            f"Also: {others}." if others else "",
            *self.remark_sentences(),
        ]
        return " ".join(part for part in parts if part)


def _names(value: object) -> tuple[str, ...]:
    return tuple(map(str, value)) if isinstance(value, list) else ()
