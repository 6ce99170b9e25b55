"""Gradients are far too large for the weights."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

from dlrun.diagnosis.case import Case, Condition
from dlrun.diagnosis.evidence import Evidence
from dlrun.diagnosis.recording import Snapshot
from dlrun.diagnosis.series import ratio, share_of_rises
from dlrun.diagnosis.verdicts.remedy import ODD_STARTS, SCALED, SLOWER, Remedy
from dlrun.diagnosis.verdicts.verdict import Verdict

_FAR_ABOVE = 3.0
"""Times the loss of a constant prediction after a whole epoch (ours)."""
_SOME = 0.3
"""The share of the movement that may go up in a curve that falls, as in oscillation."""
_TOO_LARGE = (
    "gradient_to_weight",
    "The gradient is {gradient_to_weight:.3g} times as large as the weights {when}.",
)
_TOO_STEEP = (
    "first_to_last_gradient",
    "The gradient of layer 1 is {first_to_last_gradient:.3g} times the last's {when}.",
)


def exploding(evidence: Evidence) -> Iterator[Case]:
    """Gradients are far larger than weights, or larger in the first layer than last."""
    first = evidence.probes[0] if evidence.probes else None
    if first is not None and first.epoch == 0 and not first.is_finite:
        text = "A gradient is not a finite number before training has begun."
        yield Case((), text, 0)
    if _falls_steadily(evidence):
        return
    # A regression's gradients grow with the square of the labels' unit: not its fault.
    regression = evidence.facts.task == "regression"
    unit = max(1.0, evidence.baseline or 1.0) if regression else 1.0
    yield from _largest(
        evidence, _against_weights, evidence.learned_little, _TOO_LARGE, 10 * unit
    )
    yield from _starts_far_above(evidence)
    broken = any(not probe.is_finite for probe in evidence.probes)
    if broken or evidence.is_poor:
        poor = () if broken else evidence.poor
        yield from _largest(
            evidence, lambda probe: probe.first_to_last, poor, _TOO_STEEP, 70
        )


def _falls_steadily(evidence: Evidence) -> bool:
    """Large features make large gradients, which do no harm where the loss falls."""
    train = evidence.train
    if not evidence.facts.is_unscaled or train is None:
        return False
    return train.end < train.values[0] and share_of_rises(train.values) < _SOME


def _starts_far_above(evidence: Evidence) -> Iterator[Case]:
    """A classifier that begins far above a guess: its outputs are far too large.

    The first loss should be about that of a guess; source: Ben Braiek, Khomh, 2022.
    """
    level, train = evidence.facts.constant_loss, evidence.train
    if evidence.facts.task != "classification" or level is None or train is None:
        return
    penalties = [probe.regularisation or 0.0 for probe in evidence.probes[:2]]
    error = train.values[0] - max(penalties, default=0.0)
    far = Condition("first_loss_over_constant", error / level, _FAR_ABOVE)
    all_of_it = (far, *evidence.learned_little)
    yield from _largest(evidence, _against_weights, all_of_it, _TOO_LARGE, 1.0)


def _largest(
    evidence: Evidence,
    measure: Callable[[Snapshot], float | None],
    more: tuple[Condition, ...],
    words: tuple[str, str],
    limit: float,
) -> Iterator[Case]:
    measured = [
        (value, probe.epoch)
        for probe in evidence.probes
        if (value := measure(probe)) is not None
    ]
    if measured:
        value, epoch = max(measured)
        name, text = words
        yield Case((Condition(name, value, limit), *more), text, epoch)


def _against_weights(probe: Snapshot) -> float | None:
    gradients = [norm for norm in probe.gradient_norms if norm is not None]
    weights = [norm for norm in probe.weight_norms if norm is not None]
    return ratio(math.hypot(*gradients), math.hypot(*weights)) if gradients else None


EXPLODING_GRADIENT = Verdict(
    name="EXPLODING_GRADIENT",
    tag="exploding",
    meaning="The gradients are far too large for the weights, so steps may throw the "
    "weights about instead of improving them.",
    colour="broken",
    rule=exploding,
    is_early=True,
    remedies=(
        SLOWER,
        SCALED,
        Remedy((*ODD_STARTS, "clip", "learning_rate_down", "scale_inputs")),
        Remedy(("batch_norm", "lstm")),
    ),
    references=(
        "scale_inputs",
        "scale_targets",
        "learning_rate_third",
        "clip",
        "longer",
    ),
)
