"""Not even the train rows are learned."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from dlrun.diagnosis.case import Case, Condition
from dlrun.diagnosis.evidence import WELL, Evidence
from dlrun.diagnosis.facts import STRONG_DROPOUT
from dlrun.diagnosis.verdicts.remark import DiagnosisRemark
from dlrun.diagnosis.verdicts.remedy import (
    SCALED,
    SMALL_TARGETS,
    TELLING_WEAK,
    Remedy,
    Signs,
)
from dlrun.diagnosis.verdicts.verdict import Verdict
from dlrun.runs import Finding

_MOSTLY = 0.5
_NARROW = 4
"""Units of a hidden layer through which little passes."""


def underfitting(evidence: Evidence) -> Iterator[Case]:
    """The train rows are not learned, and something keeps the model from it.

    Where nothing does, the data are the limit as far as curves can tell: what a wide
    net does not learn from its own train rows is noise.
    """
    train = evidence.train
    if train is None:
        return
    if evidence.poor:
        numbers = {
            "train_loss_at_end": train.end,
            "constant_loss": evidence.baseline or 0,
        }
        accuracy = evidence.accuracy
        if evidence.penalty:
            numbers["train_error_at_end"] = evidence.error_at_end
            text = "Without its penalty on the weights, the train loss ends at "
            text += "{train_error_at_end:.4g}, "
        else:
            text = "The train loss ends at {train_loss_at_end:.4g}, "
        text += evidence.times_baseline
        words = "" if accuracy is None else "; train accuracy {train_accuracy:.1%}"
        more = numbers if accuracy is None else numbers | {"train_accuracy": accuracy}
        for limit, cause in _limits(evidence):
            conditions = (*evidence.poor, *limit)
            yield Case(conditions, f"{text}{words}.{cause}", train.epochs[-1], more)
    yield from _over_regularised(evidence)


def _limits(evidence: Evidence) -> Iterator[tuple[tuple[Condition, ...], str]]:
    """What may keep the model from learning: what holds then, and how that is said."""
    limits = evidence.facts.limits
    alike = evidence.parts_alike
    if limits is None:
        yield alike, ""
        return
    if limits.is_linear:
        yield alike, " The model is linear."
    narrow = Condition("narrowest_layer", limits.width, _NARROW + 1, below=True)
    yield (narrow, *alike), " Its narrowest layer has {narrowest_layer:.0f} units."
    dropped = Condition("dropout", limits.dropout, STRONG_DROPOUT)
    yield (dropped,), " A dropout of {dropout:g} keeps it from learning."


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
        f"{{when}}, and without it the loss ends at {evidence.times_baseline}.",
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
            Condition("learned_share", learned, WELL, below=True),
        ),
        "{regularisation_share:.0%} of the train loss at the end is the penalty on "
        f"the weights, and without it the loss is {evidence.times_baseline}.",
        train.epochs[-1],
    )


def _is_penalised(_: Evidence, faults: Mapping[str, Finding]) -> bool:
    under = faults.get(UNDERFITTING.name)
    return under is not None and "regularisation_share" in under.numbers


OVER_REGULARISED = DiagnosisRemark(
    "OVER_REGULARISED",
    "Most of the loss is the penalty on the weights.",
    _is_penalised,
)


def _is_over_regularised(signs: Signs) -> bool:
    return OVER_REGULARISED.name in signs.remarks


def _drops_much(signs: Signs) -> bool:
    return signs.strongest_dropout >= STRONG_DROPOUT


UNDERFITTING = Verdict(
    name="UNDERFITTING",
    tag="underfit",
    meaning="Even the train rows are not learned well: the model is too weak or too "
    "restricted.",
    rule=underfitting,
    may_pass=True,
    remedies=(
        SCALED,
        Remedy(("l2_down",), _is_over_regularised),
        Remedy(("dropout_down",), _drops_much),
        SMALL_TARGETS,
        Remedy(("more_complexity", "dropout_down", "l2_down", "relu")),
        Remedy(("less_augmentation", "scale_inputs", "adam", "learning_rate_triple")),
    ),
    references=TELLING_WEAK,
)
