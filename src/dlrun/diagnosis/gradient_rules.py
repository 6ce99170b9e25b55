"""Rules that need the probe: gradients, dead units, constant predictions."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

from dlrun.diagnosis.case import Case, Condition
from dlrun.diagnosis.evidence import Evidence
from dlrun.diagnosis.recording import Probe
from dlrun.diagnosis.series import ratio

_LAST_EPOCHS = 5
_LEAST_SHARE = 0.01
_FEW = 0.25
"""The other classes get less than this share of their due predictions (ours)."""
_LEARNED_NOTHING = 0.1
"""A constant prediction removes none of its own loss; noise may look so (ours)."""


def exploding(evidence: Evidence) -> Iterator[Case]:
    """Gradients are far larger than weights, or larger in the first layer than last."""
    first = evidence.probes[0] if evidence.probes else None
    if first is not None and first.epoch == 0 and not first.is_finite:
        text = "A gradient is not a finite number before training has begun."
        yield Case((), text, 0)
    # A regression's gradients grow with the square of the labels' unit: not its fault.
    regression = evidence.facts.task == "regression"
    unit = max(1.0, evidence.baseline or 1.0) if regression else 1.0
    yield from _largest(evidence, _against_weights, (), _TOO_LARGE, 10 * unit)
    yield from _starts_far_above(evidence)
    broken = any(not probe.is_finite for probe in evidence.probes)
    if broken or evidence.is_poor:
        poor = () if broken else evidence.poor
        yield from _largest(evidence, _first_to_last, poor, _TOO_STEEP, 70)


def _starts_far_above(evidence: Evidence) -> Iterator[Case]:
    """A classifier that begins far above a guess: its outputs are far too large.

    The first loss should be about that of a guess; source: Ben Braiek, Khomh, 2022.
    """
    level, train = evidence.facts.constant_loss, evidence.train
    if evidence.facts.task != "classification" or level is None or train is None:
        return
    penalties = [one.regularisation or 0.0 for one in evidence.probes[:2]]
    error = train.values[0] - max(penalties, default=0.0)
    far = Condition("first_loss_over_constant", error / level, _FAR_ABOVE)
    yield from _largest(evidence, _against_weights, (far,), _TOO_LARGE, 1.0)


_FAR_ABOVE = 3.0
"""Times the loss of a constant prediction after a whole epoch (ours)."""
_TOO_LARGE = (
    "gradient_to_weight",
    "The gradient is {gradient_to_weight:.3g} times as large as the weights {when}.",
)
_TOO_STEEP = (
    "first_to_last_gradient",
    "The gradient of layer 1 is {first_to_last_gradient:.3g} times the last's {when}.",
)


def dying(evidence: Evidence) -> Iterator[Case]:
    """Most ReLU units of a layer are 0 for every example of the probe."""
    last = next((one for one in reversed(evidence.probes) if one.dead_shares), None)
    if last is None:
        return
    share = max(last.dead_shares)
    layer = last.dead_shares.index(share) + 1
    names = last.dead_layers
    name = names[layer - 1] if len(names) == len(last.dead_shares) else ""
    safe = name.replace("{", "{{").replace("}", "}}")
    where = f"`{safe}`" if name else "ReLU layer {relu_layer:.0f}"
    text = f"{{dead_share:.0%}} of the units of {where} give 0 for every example "
    text += "{when}."
    more = {"relu_layer": layer}
    yield Case((Condition("dead_share", share, 0.9),), text, last.epoch, more)
    if evidence.poor:
        dead = Condition("dead_share", share, 0.7)
        yield Case((dead, *evidence.poor), text, last.epoch, more)


def vanishing(evidence: Evidence) -> Iterator[Case]:
    """In most early probes, next to no gradient reaches the first layer."""
    early = evidence.probes[: (len(evidence.probes) + 1) // 2]
    if not early or not evidence.poor:
        return
    gone = [probe for probe in early if _is_vanished(probe)]
    seen = gone[-1] if gone else early[-1]
    yield Case(
        (Condition("share_of_probes", len(gone) / len(early), 0.5), *evidence.poor),
        "The gradient of the first layer is {first_to_last_gradient:.2g} times that "
        "of the last {when}, and as small as {first_gradient:.2g}.",
        seen.epoch,
        {
            "first_to_last_gradient": _first_to_last(seen) or 0.0,
            "first_gradient": _ends(seen)[0] or 0.0,
        },
    )


def constant(evidence: Evidence) -> Iterator[Case]:
    """Nearly all examples get one class, though the labels differ."""
    majority = evidence.facts.majority or 0.0
    if 1 - majority < _LEAST_SHARE:
        return
    probed = [one for one in evidence.probes if one.epoch and sum(one.predictions) > 0]
    if not probed:
        yield from _constant_accuracy(evidence)
        return
    counts = probed[-1].predictions
    share = max(counts) / math.fsum(counts)
    text = "{one_class_share:.0%} of the probed examples get the same class {when}."
    epoch = probed[-1].epoch
    # Where one class is nearly all there is, a good model predicts nearly only that.
    left = Condition("other_share", 1 - share, _FEW * (1 - majority), below=True)
    yield Case((Condition("one_class_share", share, 0.98), left), text, epoch)
    level = evidence.facts.constant_loss
    if evidence.train is not None and level is not None:
        loss = Condition("train_loss_at_end", evidence.train.end, level)
        yield Case((Condition("one_class_share", share, 0.9), loss), text, epoch)


def _constant_accuracy(evidence: Evidence) -> Iterator[Case]:
    """Without a probe: the accuracy is that of always saying the commonest class."""
    majority, size = evidence.facts.majority, evidence.facts.num_train
    last = [
        (epoch, value)
        for epoch, value in zip(
            evidence.recording.epochs, evidence.recording.train_accuracy, strict=True
        )
        if value is not None and math.isfinite(value)
    ][-_LAST_EPOCHS:]
    if majority is None or not size or len(last) < _LAST_EPOCHS:
        return
    error = math.sqrt(majority * (1 - majority) / size)
    distance = max(abs(value - majority) for _, value in last)
    learned = evidence.learned
    nothing = (
        ()
        if learned is None
        else (Condition("learned_share", learned, _LEARNED_NOTHING, below=True),)
    )
    yield Case(
        (Condition("accuracy_off_majority", distance, error, below=True), *nothing),
        "For {epochs:.0f} epochs the train accuracy has been that of always naming "
        "the commonest class, {majority_share:.1%}.",
        last[0][0],
        {"epochs": len(last), "majority_share": majority},
    )


def _largest(
    evidence: Evidence,
    measure: Callable[[Probe], float | None],
    more: tuple[Condition, ...],
    words: tuple[str, str],
    limit: float,
) -> Iterator[Case]:
    found = [
        (value, probe.epoch)
        for probe in evidence.probes
        if (value := measure(probe)) is not None
    ]
    if found:
        value, epoch = max(found)
        name, text = words
        yield Case((Condition(name, value, limit), *more), text, epoch)


def _against_weights(probe: Probe) -> float | None:
    gradients = [one for one in probe.gradient_norms if one is not None]
    weights = [one for one in probe.weight_norms if one is not None]
    return ratio(math.hypot(*gradients), math.hypot(*weights)) if gradients else None


def _first_to_last(probe: Probe) -> float | None:
    first, last = _ends(probe)
    if first is None or last is None or not last > _NO_GRADIENT:
        return None
    return ratio(first, last)


_NO_GRADIENT = 1e-8


def _is_vanished(probe: Probe) -> bool:
    first, last = _ends(probe)
    if first is None or not last:
        return False
    return first < 1e-4 and first < 1e-3 * last  # noqa: PLR2004 - the rule's own numbers


def _ends(probe: Probe) -> tuple[float | None, float | None]:
    norms = probe.gradient_norms
    return (norms[0], norms[-1]) if len(norms) > 1 else (None, None)
