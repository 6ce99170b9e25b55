"""What a diagnosis says: verdicts, findings, and their words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from typing_extensions import override

DIVERGED = "DIVERGED"
EXPLODING_GRADIENT = "EXPLODING_GRADIENT"
DYING_RELU = "DYING_RELU"
VANISHING_GRADIENT = "VANISHING_GRADIENT"
CONSTANT_PREDICTION = "CONSTANT_PREDICTION"
OSCILLATING_LOSS = "OSCILLATING_LOSS"
VALIDATION_BETTER = "VALIDATION_BETTER"
OVERFITTING = "OVERFITTING"
SLOW_CONVERGENCE = "SLOW_CONVERGENCE"
UNDERFITTING = "UNDERFITTING"
NOISY_VALIDATION = "NOISY_VALIDATION"
GOOD = "GOOD_FIT"
TOO_SHORT = "TOO_SHORT"
NOT_JUDGED = "NOT_JUDGED"

FINE = frozenset({GOOD, TOO_SHORT, NOT_JUDGED})
"""The verdicts that report no fault."""

TAGS: Mapping[str, str] = {
    DIVERGED: "diverged",
    EXPLODING_GRADIENT: "exploding",
    DYING_RELU: "dying-relu",
    VANISHING_GRADIENT: "vanishing",
    CONSTANT_PREDICTION: "constant",
    OSCILLATING_LOSS: "oscillating",
    VALIDATION_BETTER: "leak?",
    OVERFITTING: "overfit",
    SLOW_CONVERGENCE: "slow",
    UNDERFITTING: "underfit",
    NOISY_VALIDATION: "noisy",
    GOOD: "ok",
    TOO_SHORT: "too-short",
    NOT_JUDGED: "not-judged",
}
"""A short word for each verdict, as tables show it."""

MEANINGS: Mapping[str, str] = {
    DIVERGED: "Training broke down: the loss left the numbers, or ended far above "
    "its best and above a guess.",
    EXPLODING_GRADIENT: "The gradients are far too large for the weights, so steps "
    "may throw the weights about instead of improving them.",
    DYING_RELU: "Most ReLU units of a layer give 0 for every example, so nothing "
    "is learned through them any more.",
    VANISHING_GRADIENT: "Almost no gradient reaches the first layer, so the first "
    "layers do not learn.",
    CONSTANT_PREDICTION: "The model gives nearly every example the same class, "
    "whatever is in it.",
    OSCILLATING_LOSS: "The train loss jumps up and down instead of falling; the "
    "steps are too large.",
    VALIDATION_BETTER: "The model does better on the validation rows than on those "
    "it learned from: they leaked, or are easier than the rest.",
    OVERFITTING: "The model learns the train rows by heart: what it gains on them "
    "does not carry over to new ones.",
    SLOW_CONVERGENCE: "The model was still learning when training ended: too few "
    "epochs, or too small a learning rate.",
    UNDERFITTING: "Even the train rows are not learned well, and more epochs would "
    "not change that: the model is too weak or too restricted.",
    NOISY_VALIDATION: "Nothing is wrong, but there are too few validation rows to "
    "be sure of it.",
    GOOD: "The model learned, and does as well on new rows as can be expected.",
    TOO_SHORT: "Fewer than five epochs say too little.",
    NOT_JUDGED: "Nothing is wrong with what was recorded, but whether it overfits "
    "or fits well cannot be told from it.",
}
"""What each verdict means, in a plain sentence."""

TRAIN_LONGER = "TRAIN_LONGER"
LOSS_ONLY = "LOSS_OVERFITS_ACCURACY_DOES_NOT"
BEST_RESTORED = "BEST_WEIGHTS_RESTORED"
CONFIRMED_LEAK = "CONFIRMED_LEAK"
SHARED_ROWS = "SHARED_ROWS"
OVER_REGULARISED = "OVER_REGULARISED"
NO_VALIDATION = "NO_VALIDATION"
RUNNING_LOSS = "RUNNING_LOSS"
NO_BASELINE = "NO_BASELINE"
NEGATIVE_LOSS = "NEGATIVE_LOSS"

REMARKS: Mapping[str, str] = {
    TRAIN_LONGER: "The best epoch, {best_epoch}, is in the last quarter: train longer.",
    LOSS_ONLY: "The loss overfits, the accuracy does not: the model grows too sure "
    "of itself.",
    BEST_RESTORED: "The saved model is from epoch {best_epoch}, before the rise.",
    CONFIRMED_LEAK: "A leak is confirmed: train rows stand among the validation "
    "rows too.",
    SHARED_ROWS: "Some train rows stand among the validation rows too.",
    OVER_REGULARISED: "Most of the loss is the penalty on the weights.",
    NO_VALIDATION: "Without validation data, overfitting is not judged.",
    RUNNING_LOSS: "Validation is not compared with the train loss, which was "
    "measured with dropout or augmentation on.",
    NO_BASELINE: "What a constant prediction would lose is not known, so "
    "underfitting is not judged.",
    NEGATIVE_LOSS: "The loss goes below 0, so its ratios say nothing and most "
    "verdicts are not judged.",
}
"""The words of each remark; `{best_epoch}` stands for the epoch of the diagnosis."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One verdict, and the evidence for it."""

    verdict: str
    epoch: int | None
    """The epoch it shows at, counted from 1; 0: before training; None: no one epoch."""
    confidence: float
    """From 0.5, at the thresholds, to 1, twice beyond them, less if data is short."""
    numbers: Mapping[str, float]
    """What fired, by names."""
    sentence: str

    def to_values(self) -> dict[str, Any]:
        """Plain values that JSON can hold."""
        return {
            "verdict": self.verdict,
            "epoch": self.epoch,
            "confidence": self.confidence,
            "numbers": dict(self.numbers),
            "sentence": self.sentence,
        }


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
    """`NOISY_VALIDATION`, if the validation rows are few."""
    remarks: tuple[str, ...] = ()
    """Identifiers, each a key of `REMARKS`."""
    epochs: int = field(default=0)
    """How many epochs were looked at."""

    @property
    def is_fine(self) -> bool:
        """Whether no fault was found."""
        return self.verdict in FINE

    @property
    def tag(self) -> str:
        """A short word for tables, such as `overfit@9`."""
        if self.verdict == OVERFITTING and self.onset is not None:
            return f"overfit@{self.onset}"
        if self.verdict == GOOD and TRAIN_LONGER in self.remarks:
            return "still-improving"
        return TAGS.get(self.verdict, self.verdict.lower())

    @property
    def meaning(self) -> str:
        """What the verdict means, in a plain sentence."""
        return MEANINGS.get(self.verdict, "")

    def remark_sentences(self) -> list[str]:
        """The remarks as people read them."""
        return [
            REMARKS[remark].format(best_epoch=self.best_epoch)
            for remark in self.remarks
            if remark in REMARKS
        ]

    def to_values(self) -> dict[str, Any]:
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
    def from_values(cls, values: Mapping[str, Any]) -> Diagnosis:
        """The diagnosis that `to_values` wrote; what it does not know is left out."""
        known: dict[str, Any] = {
            key: tuple(value) if isinstance(value, list) else value
            for key, value in values.items()
            if key in cls.__dataclass_fields__
        }
        known["findings"] = tuple(
            Finding(**{key: one[key] for key in Finding.__dataclass_fields__})
            for one in values.get("findings", ())
        )
        return cls(**known)

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
