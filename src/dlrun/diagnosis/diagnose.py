"""From a training history to a diagnosis."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from dlrun.diagnosis.diagnosis import Diagnosis
from dlrun.diagnosis.evidence import Evidence, weigh
from dlrun.diagnosis.facts import read_facts
from dlrun.diagnosis.findings import (
    find_doubts,
    find_faults,
    trust,
    verdict_without_faults,
)
from dlrun.diagnosis.recording import read_history, read_probes
from dlrun.diagnosis.remarks import remarks_on
from dlrun.diagnosis.series import ratio
from dlrun.diagnosis.verdicts import find_verdict
from dlrun.diagnosis.verdicts.good_fit import GOOD_FIT
from dlrun.runs import Finding


def diagnose(
    history: Mapping[str, object],
    probe: Iterable[Mapping[str, object]] | None = None,
    facts: Mapping[str, object] | None = None,
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
            `train_class_counts`, `class_weights`, `label_variance`,
            `label_mean_abs_deviation`, `constant_loss`, `val_constant_loss`, `loss`,
            `noise`, `layers`, `adapts`, `feature_size`, `feature_scales`,
            `shared_rows`, `shared_by_chance`, `near_neighbours`, `near_elsewhere`,
            `neighbour_labels`, `restored_best`, `stops_at_best`, `row_losses`,
            `best_epoch`, `monitor`, `naive`, `diverged`; the rest is ignored.

    Raises:
        HistoryError: There is no train loss, a cell is no number, or a column is short.
    """
    if facts is not None and facts.get("outputs"):
        # Counts of several outputs at once say nothing of any.
        probe = [{**one, "pred_counts": None} for one in probe or ()]
    recording = read_history(history)
    has_accuracy = any(value is not None for value in recording.train_accuracy)
    evidence = weigh(recording, read_probes(probe), read_facts(facts, has_accuracy))
    doubts = find_doubts(evidence)
    faults, nearest = find_faults(evidence, is_noisy=bool(doubts))
    if not faults:
        return _without_faults(evidence, doubts, nearest)
    return _with_faults(evidence, faults, doubts)


def _without_faults(
    evidence: Evidence, doubts: Sequence[Finding], nearest: float
) -> Diagnosis:
    name, found = verdict_without_faults(evidence)
    findings = () if found is None else (found,)
    confidence = 1.0 if found is None else found.confidence
    if name == GOOD_FIT.name:
        # As sure as the nearest fault is far away.
        confidence = trust(nearest, evidence, is_noisy=bool(doubts))
    return Diagnosis(
        name,
        findings,
        best_epoch=evidence.best_epoch,
        confidence=confidence,
        modifiers=tuple(doubt.verdict for doubt in doubts),
        remarks=tuple(remarks_on(evidence, {})),
        epochs=evidence.num_epochs,
        monitor=evidence.monitor,
    )


def _with_faults(
    evidence: Evidence, faults: Sequence[Finding], doubts: Sequence[Finding]
) -> Diagnosis:
    over = next((fault for fault in faults if _has_onset(fault)), None)
    best, validation = evidence.best_epoch, evidence.validation
    wasted = severity = None
    if over is not None and validation is not None and best is not None:
        wasted = evidence.recording.epochs[-1] - best
        share = ratio(validation.rise, validation.lowest)
        if evidence.has_ratios and share is not None:
            severity = max(0.0, 100 * share)
    return Diagnosis(
        faults[0].verdict,
        tuple(faults),
        best_epoch=best,
        onset=over.epoch if over else None,
        wasted_epochs=wasted,
        severity=severity,
        confidence=faults[0].confidence,
        modifiers=tuple(doubt.verdict for doubt in doubts),
        remarks=tuple(remarks_on(evidence, {fault.verdict: fault for fault in faults})),
        epochs=evidence.num_epochs,
        monitor=evidence.monitor,
    )


def _has_onset(fault: Finding) -> bool:
    verdict = find_verdict(fault.verdict)
    return verdict is not None and verdict.has_onset
