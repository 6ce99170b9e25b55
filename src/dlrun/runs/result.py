"""What has become of a run: `metrics.json` and `diagnosis.json`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from dlrun.errors import RunError
from dlrun.runs.reading import PARTIAL, JsonObject, present
from dlrun.runs.storage import finite
from dlrun.runs.table import History

Measures: TypeAlias = Mapping[str, float]
"""Losses and metrics by their columns; NaN: the value was not finite."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundsResult:
    """What the rounds of a run with pseudo-labels have brought."""

    kept_round: int
    """The round that is kept; 0: the supervised baseline."""
    rounds: int
    """So many were trained, the baseline not counted."""
    ended: str
    """Why no further one was trained."""
    baseline: Measures
    """Validation loss and accuracies of round 0."""
    kept: Measures
    """The same of the kept round."""
    gain: Measures
    """Those of the kept round minus those of round 0."""
    warnings: tuple[str, ...] = ()
    """Why the pseudo-labels cannot be right often enough."""
    coverage: float | None = None
    """The share of the unlabelled rows that the kept round is trained on."""
    precision: float | None = None
    """The share of their labels that are right; None: nobody knows the true ones."""

    @classmethod
    def read(cls, values: JsonObject) -> RoundsResult | None:
        """Read it from the metrics of a run; None: it had no rounds."""
        if not (values.mapping("baseline") and values.mapping("gain")):
            return None
        return cls(
            kept_round=values.whole("round") or 0,
            rounds=values.whole("rounds") or 0,
            ended=values.text("rounds_ended") or "",
            baseline=values.numbers("baseline"),
            kept=values.numbers("kept"),
            gain=values.numbers("gain"),
            warnings=values.texts("warnings"),
            coverage=values.number("pseudo_label_coverage"),
            precision=values.number("pseudo_label_precision"),
        )

    def to_json(self) -> dict[str, object]:
        """Its share of the file as JSON has it."""
        values: dict[str, object] = {
            "round": self.kept_round,
            "rounds": self.rounds,
            "rounds_ended": self.ended,
            "baseline": dict(self.baseline),
            "kept": dict(self.kept),
            "gain": dict(self.gain),
            "warnings": list(self.warnings),
        }
        shares = {
            "pseudo_label_coverage": self.coverage,
            "pseudo_label_precision": self.precision,
        }
        return values | present(shares)


@dataclass(frozen=True, slots=True, kw_only=True)
class Metrics:
    """The best and the last values of a run, and the looks at its test rows."""

    epochs: int | None = None
    """The last epoch."""
    monitor: str | None = None
    best_epoch: int | None = None
    """The epoch of the saved weights, by the monitor."""
    best: Measures = field(default_factory=dict)
    """The row of the history at the best epoch."""
    final: Measures = field(default_factory=dict)
    """The same at the last epoch."""
    seconds: float | None = None
    """All epochs together, those of every round included."""
    stopped: str | None = None
    """Why `fit.stop_on` has ended the run; None: it has not."""
    row_losses: Measures | None = None
    """What is lost on the validation rows with the saved weights, `loss`, and how much
    more after the last epoch, `rise`, each with its standard error over rows, `error`
    and `rise_error`; None: they were not measured."""
    baselines: Mapping[str, Measures] = field(default_factory=dict)
    """What is lost on the validation windows of a series by those who predict without
    a model, by `last value` and `season ago`: `loss` and the metrics, and over how many
    `rows`; empty: rows are no series."""
    test: Measures | None = None
    """The metrics on the test rows at the last look; None: nobody has measured them."""
    rounds: RoundsResult | None = None
    """None: the run has no pseudo-labels."""
    test_looks: int = 0
    """How often somebody has looked at the test rows; only the first is unbiased."""
    test_looks_by: Mapping[str, int] = field(default_factory=dict)
    """The same by command."""

    def require_epochs(self, history: History) -> None:
        """Refuse the history of a finished run that has lost epochs.

        Raises:
            RunError: It is missing, or has fewer than these metrics were taken from.
        """
        if self.epochs is not None and not history:
            message = (
                f"history.csv is missing: metrics.json ends with epoch {self.epochs}"
            )
            raise RunError(message, hint=PARTIAL)
        last = history.get("epoch", ())[-1:]
        there = int(last[0]) if last and isinstance(last[0], int | float) else 0
        if self.epochs is not None and there < self.epochs:
            message = f"history.csv is damaged: it ends with epoch {there}, "
            message += f"metrics.json with epoch {self.epochs}"
            raise RunError(message, hint=PARTIAL)

    @classmethod
    def read(cls, values: JsonObject) -> Metrics:
        """Read the file.

        Raises:
            RunError: A value has another type than its key.
        """
        return cls(
            epochs=values.whole("epochs"),
            monitor=values.text("monitor"),
            best_epoch=values.whole("best_epoch"),
            best=values.numbers("best"),
            final=values.numbers("final"),
            seconds=values.number("seconds"),
            stopped=values.text("stopped"),
            row_losses=(
                values.numbers("row_losses") if values.has("row_losses") else None
            ),
            baselines={
                name: values.object("baselines").numbers(name)
                for name in values.object("baselines").values
            },
            test=values.numbers("test") if values.has("test") else None,
            rounds=RoundsResult.read(values),
            test_looks=values.whole("test_looks") or 0,
            test_looks_by=values.counts("test_looks_by"),
        )

    def to_json(self) -> dict[str, object]:
        """The file as JSON has it: what is not known has no key, NaN is null."""
        values: dict[str, object] = {
            "epochs": self.epochs,
            "monitor": self.monitor,
            "best_epoch": self.best_epoch,
            "best": dict(self.best),
            "final": dict(self.final),
            "seconds": self.seconds,
            "stopped": self.stopped,
            "row_losses": None if self.row_losses is None else dict(self.row_losses),
            "baselines": {name: dict(one) for name, one in self.baselines.items()}
            or None,
            "test": None if self.test is None else dict(self.test),
        }
        rounds = {} if self.rounds is None else self.rounds.to_json()
        return finite(present(values) | rounds | self._looks())

    def _looks(self) -> dict[str, object]:
        if not self.test_looks:
            return {}
        by = dict(self.test_looks_by)
        return {"test_looks": self.test_looks, "test_looks_by": by}


@dataclass(frozen=True, slots=True)
class Finding:
    """One verdict, by its name, and the evidence for it."""

    verdict: str
    epoch: int | None
    """The epoch it shows at, counted from 1; 0: before training; None: no one epoch."""
    confidence: float
    """How often verdicts that are as far from their thresholds were right."""
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
    """The epoch of the best value of the monitor, counted from 1."""
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
    monitor: str | None = None
    """The column whose best epoch that is; None: of an older dlrun, `val_loss`."""
    outputs: Mapping[str, RecordedDiagnosis] = field(default_factory=dict)
    """Of several outputs what the curves of each show."""

    @classmethod
    def read(cls, values: JsonObject) -> RecordedDiagnosis:
        """Read the file.

        Raises:
            RunError: It names no verdict, or a value has another type than its key.
        """
        verdict, confidence = values.text("verdict"), values.number("confidence")
        outputs = values.object("outputs")
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
            monitor=values.text("monitor"),
            outputs={name: cls.read(outputs.object(name)) for name in outputs.values},
        )

    def to_json(self) -> dict[str, object]:
        """The file as JSON has it; NaN is null."""
        values: dict[str, object] = {
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
            "monitor": self.monitor,
        }
        if self.outputs:
            values["outputs"] = {
                name: one.to_json() for name, one in self.outputs.items()
            }
        return finite(values)
