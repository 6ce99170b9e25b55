"""Rules on how training itself went: it diverged, oscillated, stopped too early."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

from dlrun.diagnosis.case import Case, Condition
from dlrun.diagnosis.evidence import Evidence
from dlrun.diagnosis.series import median, ratio, steps

_FIVE = 5
_LEARNED_ENOUGH = 0.7
_BOTTOM = 0.05
"""Below this share of what a constant prediction loses, jumps do no harm (ours)."""
_MOSTLY = 0.5
_LEARNED_WELL = 0.8
"""A penalty may be most of the loss where this much of the error is gone (ours)."""
_RATE_JUMP = 1.5
"""Two learning rates further apart than this are different ones; a slow decay is one.

Ours: the source only says that oscillation is judged where the rate is constant."""


def diverged(evidence: Evidence) -> Iterator[Case]:
    """A loss or gradient is not finite, or the loss ends far above its minimum."""
    loss = _first_not_finite(evidence)
    if loss is not None:
        yield Case((), "The loss is not a finite number in epoch {epoch}.", loss)
    elif evidence.facts.has_diverged:
        # Whoever stopped in the middle of an epoch has no row for it.
        text = "Training stopped in epoch {epoch}: the loss was not a finite number."
        yield Case((), text, max(evidence.recording.epochs, default=0) + 1)
    probe = next((one for one in evidence.probes if not one.is_finite), None)
    if probe is not None:
        text = "A gradient is not a finite number {when}."
        yield Case((), text, probe.epoch)
    train = evidence.train
    if train is None or not evidence.has_ratios or evidence.num_epochs < _FIVE:
        return
    baseline = evidence.baseline or 0.0
    lowest = train.smooth[train.best]
    yield Case(
        (
            Condition("train_loss_at_end", train.end, 2 * lowest),
            Condition("train_loss_at_end", train.end, 1.5 * baseline),
        ),
        "The train loss ends at {train_loss_at_end:.4g}; its lowest was "
        "{lowest_train_loss:.4g}, in epoch {epoch}, and predicting a constant loses "
        "{constant_loss:.4g}.",
        train.epochs[train.best],
        {"lowest_train_loss": lowest, "constant_loss": baseline},
    )


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
    reached = median(train.values[3 * len(train) // 4 :])
    yield Case(
        (
            Condition("share_of_rises", rises / total, 0.3),
            Condition("share_of_turns", turns / pairs, 0.3),
            Condition("typical_step", size, 0.1),
            Condition("late_loss", reached, _BOTTOM * baseline),
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


def slow(evidence: Evidence) -> Iterator[Case]:
    """The loss was still falling when training ended, and it is not low yet."""
    train = evidence.train
    learned = evidence.learned
    if train is None or learned is None or not _knows_level(evidence):
        return
    # What the first epoch learned is a part of the improvement.
    gain = max(train.smooth[0], evidence.baseline or 0.0) - train.end
    if gain <= 0:
        return
    late = train.smooth[3 * len(train) // 4] - train.end
    curve = evidence.validation.loss if evidence.validation else train
    best = curve.epochs[curve.best]
    shared = (
        Condition("late_share_of_improvement", late / gain, 0.1),
        Condition("best_epoch", best, 0.8 * evidence.recording.epochs[-1]),
    )
    text = (
        "{late_share_of_improvement:.0%} of the improvement came in the last quarter, "
        "the best epoch is {best_epoch} of {epochs}, and {learned_share:.0%} of what a "
        "constant prediction loses is learned."
    )
    extra = {"epochs": evidence.recording.epochs[-1], "learned_share": learned}
    high = Condition("learned_share", learned, _LEARNED_ENOUGH, below=True)
    yield Case((*shared, high), text, train.epochs[-1], extra)
    if evidence.poor:
        yield Case((*shared, *evidence.poor), text, train.epochs[-1], extra)


def underfitting(evidence: Evidence) -> Iterator[Case]:
    """The train rows are not learned, or the loss is mostly penalty on the weights."""
    train = evidence.train
    if train is None:
        return
    if evidence.poor:
        known = {
            "train_loss_at_end": train.end,
            "constant_loss": evidence.baseline or 0,
        }
        accuracy = evidence.accuracy
        text = (
            "The train loss ends at {train_loss_at_end:.4g}, which is only "
            "{learned_share:.0%} better than predicting a constant"
        )
        words = "" if accuracy is None else "; train accuracy {train_accuracy:.1%}"
        more = known if accuracy is None else known | {"train_accuracy": accuracy}
        yield Case(evidence.poor, f"{text}{words}.", train.epochs[-1], more)
    yield from _over_regularised(evidence)


def crushed(evidence: Evidence) -> Iterator[Case]:
    """The penalty on the weights was most of the loss, and little was learned.

    Shrinking the weights gained more than learning did: gradients and predictions that
    vanish follow from that. Ours.
    """
    if evidence.train is None or not evidence.poor or not evidence.has_ratios:
        return
    losses = dict(zip(evidence.train.epochs, evidence.train.values, strict=True))
    shares = [
        (penalty / losses[probe.epoch], probe.epoch)
        for probe in evidence.probes
        if (penalty := probe.regularisation) and losses.get(probe.epoch, 0) >= penalty
    ]
    if not shares:
        return
    share, epoch = max(shares)
    yield Case(
        (Condition("regularisation_share", share, _MOSTLY), *evidence.poor),
        "{regularisation_share:.0%} of the train loss was the penalty on the weights "
        "{when}, and only {learned_share:.0%} of what a constant prediction loses is "
        "learned.",
        epoch,
    )


def _over_regularised(evidence: Evidence) -> Iterator[Case]:
    """A good model may have a penalty above its small error: then there is no fault."""
    train, penalty, learned = evidence.train, evidence.penalty, evidence.learned
    if train is None or not penalty or learned is None or not train.end:
        return
    yield Case(
        (
            Condition("regularisation_share", penalty / train.end, _MOSTLY),
            Condition("learned_share", learned, _LEARNED_WELL, below=True),
        ),
        "{regularisation_share:.0%} of the train loss at the end is the penalty on "
        "the weights, and only {learned_share:.0%} of what a constant prediction loses "
        "is learned.",
        train.epochs[-1],
    )


def _first_not_finite(evidence: Evidence) -> int | None:
    recording = evidence.recording
    rows = zip(recording.epochs, recording.train_loss, recording.val_loss, strict=True)
    for epoch, *losses in rows:
        if any(loss is not None and not math.isfinite(loss) for loss in losses):
            return epoch
    return None


def _knows_level(evidence: Evidence) -> bool:
    """Whether it can be told how much there is to learn."""
    return evidence.facts.constant_loss is not None or bool(evidence.poor)


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
