"""From a training history to a diagnosis."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from dlrun.diagnosis import verdict as words
from dlrun.diagnosis.evidence import Evidence, weigh
from dlrun.diagnosis.facts import read_facts
from dlrun.diagnosis.fit_rules import accuracies_part, loss_rises
from dlrun.diagnosis.recording import read_history, read_probes
from dlrun.diagnosis.rules import (
    MIN_EPOCHS,
    NOISE,
    apply_rules,
    find,
    trust,
)
from dlrun.diagnosis.series import ratio
from dlrun.diagnosis.verdict import Diagnosis, Finding

_LAST_QUARTER = 0.75
_WORTHWHILE = 0.05
"""A fall of the validation loss in the last quarter that more epochs may repeat (ours).

The source has no threshold; without one every converged run would be told to go on."""


def diagnose(
    history: Mapping[str, Any],
    probe: Iterable[Mapping[str, Any]] | None = None,
    facts: Mapping[str, Any] | None = None,
) -> Diagnosis:
    """Tell what a training shows: whether it fits, overfits, broke down, and so on.

    Args:
        history: A column per quantity, a value per epoch; None: not measured. Keras'
            `history.history` will do, and so will the columns of a dlrun run. The train
            loss in inference mode (`train_loss`) is preferred to the running `loss`.
        probe: Looks inside the model, one mapping each: `epoch` (0 or -1: before
            training), `grad_norm` and `weight_norm` (first kernel to last),
            `dead_frac` (per layer with ReLU), `pred_counts`, `reg_loss`, `nonfinite`.
        facts: What else is known: `task`, `num_classes`, `n_train`, `n_val`,
            `train_class_counts`, `label_variance`, `label_mean_abs_deviation`, `loss`,
            `noise`, `layers`, `shared_rows`, `shared_by_chance`, `restored_best`,
            `diverged`; the rest is ignored.

    Raises:
        HistoryError: There is no train loss, a cell is no number, or a column is short.
    """
    recording = read_history(history)
    has_accuracy = any(one is not None for one in recording.train_accuracy)
    evidence = weigh(recording, read_probes(probe), read_facts(facts, has_accuracy))
    noise = find(NOISE, evidence)
    findings, nearest = apply_rules(evidence, is_noisy=noise is not None)
    if not findings:
        return _without_findings(evidence, noise, nearest)
    return _with_findings(evidence, tuple(findings), noise)


def _without_findings(
    evidence: Evidence, noise: Finding | None, nearest: float
) -> Diagnosis:
    verdict = _no_fault(evidence, noise)
    sure = {
        words.GOOD: trust(nearest, evidence, is_noisy=noise is not None),
        words.NOISY_VALIDATION: noise.confidence if noise else 1.0,
    }
    is_found = noise is not None and verdict == words.NOISY_VALIDATION
    return Diagnosis(
        verdict,
        (noise,) if noise and is_found else (),
        best_epoch=_best_epoch(evidence),
        confidence=sure.get(verdict, 1.0),
        modifiers=(words.NOISY_VALIDATION,) if noise else (),
        remarks=tuple(_remarks(evidence, ())),
        epochs=evidence.num_epochs,
    )


def _no_fault(evidence: Evidence, noise: Finding | None) -> str:
    if evidence.num_epochs < MIN_EPOCHS:
        return words.TOO_SHORT
    if evidence.validation is None or not evidence.has_ratios:
        return words.NOT_JUDGED
    return words.NOISY_VALIDATION if noise else words.GOOD


def _with_findings(
    evidence: Evidence, findings: tuple[Finding, ...], noise: Finding | None
) -> Diagnosis:
    over = next((one for one in findings if one.verdict == words.OVERFITTING), None)
    best = _best_epoch(evidence)
    validation = evidence.validation
    wasted = severity = None
    if over is not None and validation is not None and best is not None:
        wasted = evidence.recording.epochs[-1] - best
        share = ratio(validation.rise, validation.lowest)
        if evidence.has_ratios and share is not None:
            severity = max(0.0, 100 * share)
    return Diagnosis(
        findings[0].verdict,
        findings,
        best_epoch=best,
        onset=over.epoch if over else None,
        wasted_epochs=wasted,
        severity=severity,
        confidence=findings[0].confidence,
        modifiers=(words.NOISY_VALIDATION,) if noise else (),
        remarks=tuple(_remarks(evidence, findings)),
        epochs=evidence.num_epochs,
    )


def _best_epoch(evidence: Evidence) -> int | None:
    return evidence.validation.best_epoch if evidence.validation else None


def _remarks(evidence: Evidence, findings: tuple[Finding, ...]) -> Iterator[str]:
    found = {one.verdict: one for one in findings}
    yield from _remarks_on_overfitting(evidence, found)
    if evidence.facts.shared_rows:
        leak = found.get(words.VALIDATION_BETTER)
        certain = leak is not None and evidence.facts.odd_rows > 0
        yield words.CONFIRMED_LEAK if certain else words.SHARED_ROWS
    under = found.get(words.UNDERFITTING)
    if under is not None and "regularisation_share" in under.numbers:
        yield words.OVER_REGULARISED
    if evidence.num_epochs < MIN_EPOCHS:
        return
    if not evidence.has_ratios:
        yield words.NEGATIVE_LOSS
    elif not evidence.poor and evidence.facts.constant_loss is None:
        yield words.NO_BASELINE
    if evidence.validation is None:
        yield words.NO_VALIDATION
    elif not evidence.is_fair:
        yield words.RUNNING_LOSS


def _remarks_on_overfitting(
    evidence: Evidence, found: Mapping[str, Finding]
) -> Iterator[str]:
    if words.OVERFITTING not in found:
        calm = not found or set(found) <= {words.SLOW_CONVERGENCE, words.UNDERFITTING}
        if calm and evidence.num_epochs >= MIN_EPOCHS and _still_improves(evidence):
            yield words.TRAIN_LONGER
        return
    if not loss_rises(evidence):
        return
    if evidence.facts.is_best_restored:
        yield words.BEST_RESTORED
    if _accuracy_kept(evidence) and not accuracies_part(evidence):
        yield words.LOSS_ONLY


def _still_improves(evidence: Evidence) -> bool:
    """The best epoch is in the last quarter, and the loss fell there noticeably.

    Source: the Tuning Playbook, 2023; that the fall must be noticeable is ours.
    """
    if evidence.validation is None:
        return False
    loss = evidence.validation.loss
    before, lowest = loss.smooth[3 * len(loss) // 4], evidence.validation.lowest
    is_late = loss.epochs[loss.best] >= _LAST_QUARTER * evidence.recording.epochs[-1]
    fall = max(_WORTHWHILE * before, evidence.validation.noise_of_rise)
    return is_late and before - lowest >= fall > 0


def _accuracy_kept(evidence: Evidence) -> bool:
    """The validation accuracy ends no lower than it was at the best epoch."""
    best, end = _best_epoch(evidence), evidence.val_accuracy
    if best is None or end is None:
        return False
    recording = evidence.recording
    at_best = dict(zip(recording.epochs, recording.val_accuracy, strict=True)).get(best)
    return at_best is not None and end >= at_best
