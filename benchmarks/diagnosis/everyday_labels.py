"""Criteria → labels: which verdicts would be right about an everyday training.

`EVERYDAY.md` states the criteria. They look at reference trainings and at the losses
of rows, at no rule of dlrun.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from statistics import median
from typing import Any, Literal

STEPS = ("OSCILLATING_LOSS", "DYING_RELU", "DIVERGED", "EXPLODING_GRADIENT")
VERDICTS: Mapping[str, tuple[str, ...]] = {
    "longer": ("SLOW_CONVERGENCE",),
    "triple": ("SLOW_CONVERGENCE",),
    "tenfold": ("SLOW_CONVERGENCE",),
    "wider": ("UNDERFITTING",),
    "no_dropout": ("UNDERFITTING",),
    "no_penalty": ("UNDERFITTING",),
    "no_augmentation": ("UNDERFITTING",),
    "scaled": ("SLOW_CONVERGENCE", "UNDERFITTING"),
    "unit": ("SLOW_CONVERGENCE", "UNDERFITTING"),
    "third": STEPS,
    "tenth": STEPS,
    "regularised": ("OVERFITTING", "GENERALIZATION_GAP"),
}
ADVICE: Mapping[str, tuple[str, ...]] = {
    "longer": ("train_longer",),
    "triple": ("learning_rate_triple",),
    "tenfold": ("learning_rate_up",),
    "wider": ("more_complexity",),
    "no_dropout": ("dropout_down",),
    "no_penalty": ("l2_down",),
    "no_augmentation": ("less_augmentation",),
    "scaled": ("scale_inputs",),
    "unit": ("scale_targets",),
    "third": ("learning_rate_third",),
    "tenth": ("learning_rate_down",),
    "regularised": ("dropout_up", "l2_up"),
}
"""The changes of dlrun that do what a reference did."""
Clarity = Literal["clear", "unclear", "none"]
Kind = Literal["healthy", "faulty", "either", "left_out"]


@dataclass(frozen=True, slots=True)
class Figure:
    """A difference of losses by row."""

    rows: int
    before: float
    """The score of the run, or of `apart` where a leak is asked."""
    gain: float
    error: float
    """Its standard error."""
    constant: float
    seeds: tuple[int, ...] = (0,)

    def clarity(self) -> Clarity:
        """Criterion 1."""
        share = self.gain / self.before if self.before else 0.0
        errors = self.gain / self.error if self.error else math.copysign(99, self.gain)
        worth = self.gain / self.constant if self.constant else 0.0
        if not all(map(math.isfinite, (share, errors, worth))):
            return "none"
        if share >= 0.10 and errors >= 3 and worth >= 0.05:
            return "clear"
        shown = (share >= 0.05 and errors >= 2) or (share >= 0.20 and errors >= 1)
        return "unclear" if worth >= 0.01 and shown else "none"

    def acts(self) -> Clarity:
        """Criterion 4, of `apart`."""
        share, errors = self.gain / self.before, self.gain / self.error
        if share >= 0.10 and errors >= 3:
            return "clear"
        return "unclear" if share >= 0.05 and errors >= 2 else "none"

    def reversed(self) -> Figure:
        """What is lost."""
        return Figure(
            self.rows, self.before, -self.gain, self.error, self.constant, self.seeds
        )


@dataclass(frozen=True, slots=True)
class Curve:
    """What is asked of a run itself."""

    rise: Figure
    """From its best epoch to its last one."""
    epochs: int
    diverged: bool
    restored: bool
    """The config puts the best weights back."""
    train_fell: bool
    """The train loss ends below what it was at the best epoch."""
    score_error: float
    """The standard error of the score over rows."""
    accuracy_gap: float
    """Train minus validation accuracy at the end; 0 without accuracies."""
    is_constant: bool
    """One class is nearly all that is predicted."""

    @property
    def share(self) -> float:
        """Of the constant's loss that is left."""
        return self.rise.before / self.rise.constant


@dataclass(frozen=True, slots=True)
class Label:
    """What is right about a run."""

    kind: Kind
    accepted: tuple[str, ...]
    """The first verdicts that would be right, sorted."""
    why: str
    helps: tuple[str, ...] = ()
    """Advice that a reference has shown to help."""
    harms: tuple[str, ...] = ()

    def to_values(self) -> dict[str, Any]:
        return {
            key: list(value) if isinstance(value, tuple) else value
            for key, value in asdict(self).items()
        }


def label(
    curve: Curve,
    figures: Mapping[str, Figure],
    others: Iterable[float],
    *,
    is_leak_seen: bool = True,
) -> Label:
    """The label of a run.

    Args:
        curve: Of the run.
        figures: What each reference gains, by its name.
        others: The shares of the constant's loss that are left, of all its seeds.
        is_leak_seen: Data could show the leak, if there is one.
    """
    references = {key: one for key, one in figures.items() if key != "apart"}
    if curve.diverged:
        accepted = {"DIVERGED", "EXPLODING_GRADIENT"}
        return _advised("faulty", accepted, "no number", references)
    rise = rise_of(curve)
    leak = figures["apart"].acts() if "apart" in figures else "none"
    if leak != "none":
        return _leaked(leak, rise, is_leak_seen=is_leak_seen)
    found = _faults(curve, rise, references)
    if found is None:
        return Label("left_out", (), "unclear gain or rise")
    if found:
        return _advised("faulty", _also(curve, found), "references", references, rise)
    return _healthy(curve, references, list(others))


def _leaked(leak: Clarity, rise: Clarity, *, is_leak_seen: bool) -> Label:
    """Criterion 4."""
    if leak == "unclear":
        return Label("left_out", (), "unclear leak")
    accepted = {"VALIDATION_BETTER"} | ({"OVERFITTING"} if rise == "clear" else set())
    if is_leak_seen:
        return Label("faulty", tuple(sorted(accepted)), "leak")
    return Label("either", tuple(sorted({*accepted, "GOOD_FIT"})), "leak by a column")


def rise_of(curve: Curve) -> Clarity:
    """Criterion 2."""
    if curve.restored:
        return "none"
    rise = curve.rise.clarity()
    return "unclear" if rise == "clear" and not curve.train_fell else rise


def _faults(
    curve: Curve, rise: Clarity, references: Mapping[str, Figure]
) -> set[str] | None:
    """Criterion 5; empty: there is none; None: it is unclear."""
    clarity = {name: figure.clarity() for name, figure in references.items()}
    clear = [name for name in clarity if clarity[name] == "clear"]
    if not clear and rise != "clear":
        is_unclear = rise == "unclear" or "unclear" in clarity.values()
        return None if is_unclear else set()
    best = max((references[name].gain for name in clear), default=0.0)
    least = max(best / 2, curve.rise.gain if rise == "clear" else 0.0)
    found = {
        verdict
        for name, figure in references.items()
        if clarity[name] != "none" and clear and figure.gain >= least
        for verdict in VERDICTS[name]
    }
    return found | ({"OVERFITTING"} if rise != "none" else set())


def _also(curve: Curve, accepted: set[str]) -> set[str]:
    """Criterion 8, but for healthy runs."""
    accepted = set(accepted)
    if curve.epochs < 5:
        accepted.add("TOO_SHORT")
    if "OVERFITTING" in accepted and curve.accuracy_gap >= 0.05:
        accepted.add("GENERALIZATION_GAP")
    if curve.is_constant:
        accepted.add("CONSTANT_PREDICTION")
    return accepted


def _healthy(
    curve: Curve, references: Mapping[str, Figure], others: list[float]
) -> Label:
    """Criteria 6 to 8."""
    accepted = _also(curve, {"GOOD_FIT"})
    if curve.is_constant:
        return _advised("either", accepted, "a constant is the best", references)
    if curve.share > 0.98:
        return Label("left_out", (), "nothing learned")
    middle = median(others)
    if curve.share > 1.5 * middle and curve.share > middle + 0.1:
        return Label("left_out", (), "unlike its seeds")
    if curve.score_error >= 0.1 * curve.rise.before:
        accepted.add("NOISY_VALIDATION")
    if curve.accuracy_gap >= 0.05:
        accepted.add("GENERALIZATION_GAP")
    return _advised("healthy", accepted, "nothing gains", references)


def _advised(
    kind: Kind,
    accepted: set[str],
    why: str,
    references: Mapping[str, Figure],
    rise: Clarity = "none",
) -> Label:
    """Criterion 9."""
    ordered = sorted(references, key=lambda name: -references[name].gain)
    helps = [
        change
        for name in ordered
        if references[name].clarity() == "clear"
        for change in ADVICE[name]
    ]
    harms = [
        change
        for name in ordered
        if references[name].reversed().clarity() == "clear"
        for change in ADVICE[name]
    ]
    helps += ["early_stop"] if rise == "clear" else []
    return Label(kind, tuple(sorted(accepted)), why, tuple(helps), tuple(harms))
