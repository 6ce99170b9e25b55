"""Nearly every sample gets the same class."""

from __future__ import annotations

import math
from collections.abc import Iterator

from dlrun.diagnosis.case import Case, Condition
from dlrun.diagnosis.evidence import Evidence
from dlrun.diagnosis.verdicts.remedy import SCALED, SLOWER, Remedy
from dlrun.diagnosis.verdicts.verdict import Verdict

_LAST_EPOCHS = 5
_LEAST_SHARE = 0.01
_FEW = 0.25
"""The other classes get less than this share of their due predictions (ours)."""
_LEARNED_NOTHING = 0.1
"""A constant prediction removes none of its own loss; noise may look so (ours)."""


def constant(evidence: Evidence) -> Iterator[Case]:
    """Nearly all samples get one class, though the labels differ."""
    majority = evidence.facts.majority or 0.0
    if 1 - majority < _LEAST_SHARE:
        return
    probed = [
        probe for probe in evidence.probes if probe.epoch and sum(probe.predictions) > 0
    ]
    if not probed:
        yield from _constant_accuracy(evidence)
        return
    counts = probed[-1].predictions
    share = max(counts) / math.fsum(counts)
    text = "{one_class_share:.0%} of the probed samples get the same class {when}."
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


CONSTANT_PREDICTION = Verdict(
    name="CONSTANT_PREDICTION",
    tag="constant",
    meaning="The model gives nearly every sample the same class, whatever is in it.",
    colour="broken",
    rule=constant,
    is_early=True,
    is_of_newest_probe=True,
    remedies=(
        SLOWER,
        SCALED,
        Remedy(("class_weight", "scaled_init", "zero_bias", "learning_rate_down")),
        Remedy(("scale_inputs", "batch_norm", "relu")),
    ),
    references=("scale_inputs", "longer", "wider"),
)
