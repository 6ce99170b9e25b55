"""What a diagnosis says: findings and remarks, and their words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from typing_extensions import override

from dlrun.diagnosis.remarks import find_remark
from dlrun.diagnosis.verdicts import find_verdict, tag_of
from dlrun.diagnosis.verdicts.remark import DiagnosisRemark
from dlrun.runs import Finding, RecordedDiagnosis


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What a training history shows; `verdict` is the first of `findings`."""

    verdict: str
    findings: tuple[Finding, ...] = ()
    """Everything that was found wrong, the cause before what follows from it."""
    best_epoch: int | None = None
    """The epoch of the best value of the monitor, counted from 1; the findings say
    where they look at the validation loss instead."""
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
    monitor: str | None = None
    """The column whose best epoch that is; None: there is no best epoch."""
    outputs: Mapping[str, Diagnosis] = field(default_factory=dict)
    """Of several outputs what the curves of each show."""

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

    def to_record(self) -> RecordedDiagnosis:
        """What a run keeps of it."""
        return RecordedDiagnosis(
            verdict=self.verdict,
            tag=self.tag,
            findings=self.findings,
            best_epoch=self.best_epoch,
            onset=self.onset,
            wasted_epochs=self.wasted_epochs,
            severity=self.severity,
            confidence=self.confidence,
            modifiers=self.modifiers,
            remarks=self.remarks,
            epochs=self.epochs,
            monitor=self.monitor,
            outputs={name: one.to_record() for name, one in self.outputs.items()},
        )

    def to_values(self) -> dict[str, object]:
        """Plain values that JSON can hold."""
        return self.to_record().to_json()

    @classmethod
    def from_record(cls, record: RecordedDiagnosis) -> Diagnosis:
        """The diagnosis that a run has kept."""
        return cls(
            record.verdict,
            record.findings,
            best_epoch=record.best_epoch,
            onset=record.onset,
            wasted_epochs=record.wasted_epochs,
            severity=record.severity,
            confidence=record.confidence,
            modifiers=record.modifiers,
            remarks=record.remarks,
            epochs=record.epochs,
            monitor=record.monitor,
            outputs={
                name: cls.from_record(one) for name, one in record.outputs.items()
            },
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
