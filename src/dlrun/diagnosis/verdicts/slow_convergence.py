"""The model was still learning when training ended."""

from __future__ import annotations

from collections.abc import Iterator

from dlrun.diagnosis.case import Case, Condition
from dlrun.diagnosis.columns import unscaled_words
from dlrun.diagnosis.evidence import WELL, Evidence
from dlrun.diagnosis.facts import DIFFERENT, LARGE_FEATURES
from dlrun.diagnosis.outlook import look_ahead, worth_going_on
from dlrun.diagnosis.verdicts.remedy import SCALED, SMALL_TARGETS, TELLING_WEAK, Remedy
from dlrun.diagnosis.verdicts.verdict import Verdict

_HALF = 0.5
_EVEN = 0.2
"""A quarter of the improvement in the last quarter is no slowing at all."""


def slow(evidence: Evidence) -> Iterator[Case]:
    """The loss still falls so fast that going on is worth it, or features hinder it."""
    train, outlook = evidence.train, look_ahead(evidence)
    if train is None or outlook is None:
        return
    which = "validation loss" if evidence.validation else "train loss"
    yield Case(
        tuple(worth_going_on(evidence, outlook)),
        f"In the second half of the epochs the {which} fell from {{loss_at_half:.4g}} "
        "to {loss_at_end:.4g}; at that pace, four times the epochs would gain "
        f"{{expected_gain:.0%}}. The train loss ends at {evidence.times_baseline}.",
        train.epochs[-1],
        {"loss_at_half": outlook.half, "loss_at_end": outlook.end},
    )
    yield from _as_at_first(evidence)
    yield from _unscaled(evidence)


def hindered(evidence: Evidence) -> Iterator[Case]:
    """Features as they come, and an optimizer whose steps do not grow with them.

    Gradients that are large, units that die and a loss that jumps follow from that.
    """
    if evidence.facts.is_adaptive:
        yield from _unscaled(evidence)


def _unscaled(evidence: Evidence) -> Iterator[Case]:
    facts, learned, train = evidence.facts, evidence.learned, evidence.train
    if learned is None or train is None:
        return
    little = Condition("learned_share", learned, WELL, below=True)
    measures = (
        (
            Condition("feature_size", facts.feature_size, LARGE_FEATURES),
            "root mean square is {feature_size:.3g}",
        ),
        (
            Condition("feature_scales", facts.feature_scales, DIFFERENT),
            "largest column is {feature_scales:.3g} times the smallest",
        ),
    )
    for large, measure in measures:
        of_all = f"Nothing scales the features, and their {measure}"
        yield Case(
            (large, little),
            f"{unscaled_words(facts) or of_all}; the train loss ends at "
            f"{evidence.times_baseline}.",
            train.epochs[-1],
        )


def _as_at_first(evidence: Evidence) -> Iterator[Case]:
    """Little is learned yet, and the last epochs learned about as much as the first."""
    train, learned, limits = evidence.train, evidence.learned, evidence.facts.limits
    if train is None or learned is None or (limits is not None and limits.drops_much):
        return
    # What the first epoch learned is a part of the improvement.
    gain = max(train.smooth[0], evidence.baseline or 0.0) - train.end
    late = train.smooth[max(0, 3 * len(train) // 4 - 1)] - train.end
    curve = evidence.validation.loss if evidence.validation else train
    if gain <= 0:
        return
    yield Case(
        (
            Condition("late_share_of_improvement", late / gain, _EVEN),
            Condition("best_epoch", curve.epochs[curve.best], 0.8 * train.epochs[-1]),
            Condition("learned_share", learned, _HALF, below=True),
        ),
        "{late_share_of_improvement:.0%} of the improvement came in the last quarter, "
        "the validation loss is lowest in epoch {best_epoch} of {epochs}, and the loss "
        f"ends at {evidence.times_baseline}.",
        train.epochs[-1],
        {"epochs": train.epochs[-1]},
    )


SLOW_CONVERGENCE = Verdict(
    name="SLOW_CONVERGENCE",
    tag="slow",
    meaning="The model was still learning when training ended: too few epochs, too "
    "small a learning rate, or features and targets that slow it down.",
    rule=slow,
    may_pass=True,
    remedies=(
        SCALED,
        SMALL_TARGETS,
        Remedy(("learning_rate_up",), lambda signs: signs.is_too_slow),
        Remedy(("train_longer", "learning_rate_triple", "adam", "scale_inputs")),
    ),
    references=TELLING_WEAK,
)
