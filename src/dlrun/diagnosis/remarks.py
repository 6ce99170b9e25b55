"""What is remarked beside a verdict."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from dlrun.diagnosis.evidence import Evidence
from dlrun.diagnosis.verdicts.good_fit import NO_BETTER_THAN_CONSTANT
from dlrun.diagnosis.verdicts.overfitting import BEST_RESTORED, CUT_OFF, LOSS_ONLY
from dlrun.diagnosis.verdicts.remark import DiagnosisRemark
from dlrun.diagnosis.verdicts.underfitting import OVER_REGULARISED
from dlrun.diagnosis.verdicts.validation_better import (
    CONFIRMED_LEAK,
    KIN_ROWS,
    SHARED_ROWS,
)
from dlrun.runs import Finding


def _has_learned_little(evidence: Evidence, faults: Mapping[str, Finding]) -> bool:
    return not faults and not evidence.is_short and evidence.is_poor


def _goes_below_zero(evidence: Evidence, _: Mapping[str, Finding]) -> bool:
    return not evidence.is_short and not evidence.has_ratios


def _lacks_baseline(evidence: Evidence, _: Mapping[str, Finding]) -> bool:
    if evidence.is_short or not evidence.has_ratios or evidence.poor:
        return False
    return evidence.facts.constant_loss is None


def _lacks_validation(evidence: Evidence, _: Mapping[str, Finding]) -> bool:
    return not evidence.is_short and evidence.validation is None


def _is_running_loss(evidence: Evidence, _: Mapping[str, Finding]) -> bool:
    judged = not evidence.is_short and evidence.validation is not None
    return judged and not evidence.is_fair and not evidence.facts.weighs_classes


def _weighs_classes(evidence: Evidence, _: Mapping[str, Finding]) -> bool:
    judged = not evidence.is_short and evidence.validation is not None
    return judged and evidence.facts.weighs_classes


REMARKS: tuple[DiagnosisRemark, ...] = (
    DiagnosisRemark(
        "LITTLE_LEARNED",
        "It learned little, and nothing in it says why: that may be the limit of the "
        "data, or `dlrun diagnose --check` finds what helps.",
        _has_learned_little,
    ),
    NO_BETTER_THAN_CONSTANT,
    CUT_OFF,
    BEST_RESTORED,
    LOSS_ONLY,
    CONFIRMED_LEAK,
    SHARED_ROWS,
    KIN_ROWS,
    OVER_REGULARISED,
    DiagnosisRemark(
        "NEGATIVE_LOSS",
        "The loss goes below 0, so its ratios say nothing and most verdicts are not "
        "judged.",
        _goes_below_zero,
    ),
    DiagnosisRemark(
        "NO_BASELINE",
        "What a constant prediction would lose is not known, so underfitting is not "
        "judged.",
        _lacks_baseline,
    ),
    DiagnosisRemark(
        "NO_VALIDATION",
        "Without validation data, overfitting is not judged.",
        _lacks_validation,
    ),
    DiagnosisRemark(
        "RUNNING_LOSS",
        "Validation is not compared with the train loss, which was measured with "
        "dropout or augmentation on.",
        _is_running_loss,
    ),
    DiagnosisRemark(
        "WEIGHTED_LOSS",
        "Validation is not compared with the train loss, in which rows count by the "
        "weights of their classes.",
        _weighs_classes,
    ),
)
"""In the order in which they are said."""


def remarks_on(evidence: Evidence, faults: Mapping[str, Finding]) -> Iterator[str]:
    """The names of the remarks that are to be made.

    Args:
        evidence: What the recording shows.
        faults: What was found wrong, by the name of the verdict.
    """
    for remark in REMARKS:
        if remark.applies(evidence, faults):
            yield remark.name


def find_remark(name: str) -> DiagnosisRemark | None:
    """The remark of a name; None for one that this version does not know."""
    return next((remark for remark in REMARKS if remark.name == name), None)
