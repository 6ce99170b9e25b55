"""Training broke down."""

from __future__ import annotations

import math
from collections.abc import Iterator

from dlrun.diagnosis.case import Case, Condition
from dlrun.diagnosis.evidence import Evidence
from dlrun.diagnosis.verdicts.remedy import ODD_STARTS, SCALED, SLOWER, Remedy
from dlrun.diagnosis.verdicts.verdict import Verdict


def diverged(evidence: Evidence) -> Iterator[Case]:
    """A loss or gradient is not finite, or the loss ends far above its minimum."""
    loss = _first_not_finite(evidence)
    if loss is not None:
        yield Case((), "The loss is not a finite number in epoch {epoch}.", loss)
    elif evidence.facts.has_diverged:
        # Whoever stopped in the middle of an epoch has no row for it.
        text = "Training stopped in epoch {epoch}: the loss was not a finite number."
        yield Case((), text, max(evidence.recording.epochs, default=0) + 1)
    probe = next((probe for probe in evidence.probes if not probe.is_finite), None)
    if probe is not None:
        text = "A gradient is not a finite number {when}."
        yield Case((), text, probe.epoch)
    train = evidence.train
    if train is None or not evidence.has_ratios or evidence.is_short:
        return
    baseline = evidence.baseline or 0.0
    lowest = train.smooth[train.best]
    yield Case(
        (
            Condition("train_loss_at_end", train.end, 2 * lowest),
            Condition("train_loss_at_end", train.end, 1.5 * baseline),
            Condition("train_loss_at_end", train.end, train.values[0]),
        ),
        "The train loss ends at {train_loss_at_end:.4g}; its lowest was "
        "{lowest_train_loss:.4g}, in epoch {epoch}, and that of "
        f"{evidence.level} is {{constant_loss:.4g}}.",
        train.epochs[train.best],
        {"lowest_train_loss": lowest, "constant_loss": baseline},
    )


def _first_not_finite(evidence: Evidence) -> int | None:
    recording = evidence.recording
    rows = zip(recording.epochs, recording.train_loss, recording.val_loss, strict=True)
    for epoch, *losses in rows:
        if any(loss is not None and not math.isfinite(loss) for loss in losses):
            return epoch
    return None


DIVERGED = Verdict(
    name="DIVERGED",
    tag="diverged",
    meaning="Training broke down: the loss left the numbers, or ended far above its "
    "best and above that of a constant prediction.",
    colour="broken",
    rule=diverged,
    is_early=True,
    remedies=(
        SLOWER,
        SCALED,
        # The steps of a plain optimizer grow with the labels, those of Adam do not.
        Remedy(("adam", "scale_targets"), lambda signs: signs.has_large_labels),
        Remedy((*ODD_STARTS, "scale_inputs"), lambda signs: signs.is_usual_rate),
        Remedy(("learning_rate_down", "clip", *ODD_STARTS, "scale_inputs")),
    ),
    references=("scale_inputs", "scale_targets", "learning_rate_down", "clip"),
)
