"""The train loss jumps instead of falling."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

from dlrun.diagnosis.case import Case, Condition
from dlrun.diagnosis.evidence import Evidence
from dlrun.diagnosis.series import median, ratio, steps
from dlrun.diagnosis.verdicts.remedy import SCALED, SLOWER, Remedy
from dlrun.diagnosis.verdicts.verdict import Verdict

_RATE_JUMP = 1.5
"""Two learning rates further apart than this are different ones; a slow decay is one.

Ours: the source only says that oscillation is judged where the rate is constant."""


def oscillating(evidence: Evidence) -> Iterator[Case]:
    """The train loss goes up and down by large steps, at a constant learning rate."""
    train = evidence.train
    if train is None or not evidence.has_ratios:
        return
    later = [
        (epoch, value)
        for epoch, value in zip(train.epochs, train.values, strict=True)
        if epoch >= train.epochs[0] + len(train) / 4
    ]
    parts = [steps(part) for part in _at_constant_rate(evidence, later)]
    changes = [change for part in parts for change in part]
    total = math.fsum(abs(change) for change in changes)
    pairs = sum(max(0, len(part) - 1) for part in parts)
    if not total or not pairs:
        return
    turns = sum(
        first * second < 0 for part in parts for first, second in pairwise(part)
    )
    baseline = evidence.baseline or 0.0
    level = median([value for _, value in later])
    size = ratio(median([abs(change) for change in changes]), level + 0.02 * baseline)
    if size is None:
        return
    rises = math.fsum(change for change in changes if change > 0)
    yield Case(
        (
            Condition("share_of_rises", rises / total, 0.3),
            Condition("share_of_turns", turns / pairs, 0.3),
            Condition("typical_step", size, 0.1),
            *evidence.learned_little,
        ),
        "From epoch {epoch} on, the train loss typically changes by {typical_step:.0%} "
        "of its size per epoch, and {share_of_rises:.0%} of these changes go up.",
        later[0][0],
        {"typical_loss": level},
    )


def thrown(evidence: Evidence) -> Iterator[Case]:
    """The train loss jumps about above that of a constant prediction.

    Neither lost gradients nor rare classes do that: too large a step does, and they
    may follow from it. Ours.
    """
    constant = evidence.facts.constant_loss
    if constant is None:
        return
    for case in oscillating(evidence):
        high = Condition("typical_loss", case.numbers["typical_loss"], constant)
        yield replace(case, conditions=(*case.conditions, high))


def _at_constant_rate(
    evidence: Evidence, points: Sequence[tuple[int, float]]
) -> list[list[float]]:
    """Cut a curve where the learning rate jumps."""
    recording = evidence.recording
    rates = dict(zip(recording.epochs, recording.learning_rate, strict=True))
    parts: list[list[float]] = []
    last: float | None = None
    for epoch, value in points:
        rate = rates.get(epoch)
        if not parts or _jumps(last, rate):
            parts.append([])
        parts[-1].append(value)
        last = rate
    return parts


def _jumps(before: float | None, after: float | None) -> bool:
    if before is None or after is None or min(before, after) <= 0:
        return False
    return max(before, after) >= _RATE_JUMP * min(before, after)


OSCILLATING_LOSS = Verdict(
    name="OSCILLATING_LOSS",
    tag="oscillating",
    meaning="The train loss jumps up and down instead of falling; the steps are too "
    "large.",
    rule=oscillating,
    remedies=(
        SLOWER,
        SCALED,
        Remedy(("learning_rate_third",), lambda signs: signs.is_usual_rate),
        Remedy(("learning_rate_down", "plateau", "larger_batch", "less_momentum")),
        Remedy(("adam", "clip", "scale_inputs")),
    ),
    references=("learning_rate_third", "larger_batch", "longer"),
)
