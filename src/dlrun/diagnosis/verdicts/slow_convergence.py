"""The model was still learning when training ended."""

from __future__ import annotations

from collections.abc import Iterator

from dlrun.diagnosis.case import Case, Condition
from dlrun.diagnosis.evidence import Evidence
from dlrun.diagnosis.verdicts.remedy import SCALED, TELLING_WEAK, Remedy
from dlrun.diagnosis.verdicts.verdict import Verdict

_LEARNED_ENOUGH = 0.7


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
        "the best epoch is {best_epoch} of {epochs}, and the loss ends at "
        f"{evidence.times_baseline}."
    )
    extra = {"epochs": evidence.recording.epochs[-1], "learned_share": learned}
    high = Condition("learned_share", learned, _LEARNED_ENOUGH, below=True)
    yield Case((*shared, high), text, train.epochs[-1], extra)
    if evidence.poor:
        yield Case((*shared, *evidence.poor), text, train.epochs[-1], extra)


def _knows_level(evidence: Evidence) -> bool:
    """Whether it can be told how much there is to learn."""
    return evidence.facts.constant_loss is not None or bool(evidence.poor)


SLOW_CONVERGENCE = Verdict(
    name="SLOW_CONVERGENCE",
    tag="slow",
    meaning="The model was still learning when training ended: too few epochs, or too "
    "small a learning rate.",
    rule=slow,
    may_pass=True,
    remedies=(
        SCALED,
        Remedy(("learning_rate_up",), lambda signs: signs.is_too_slow),
        Remedy(("train_longer", "learning_rate_triple", "adam", "scale_inputs")),
        Remedy(("scaled_init", "he_init")),
    ),
    references=TELLING_WEAK,
)
