"""The model does better on rows that it has not learned from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from dlrun.diagnosis.case import Case, Condition
from dlrun.diagnosis.evidence import Evidence, Validation
from dlrun.diagnosis.series import ratio
from dlrun.diagnosis.verdicts.remark import DiagnosisRemark
from dlrun.diagnosis.verdicts.remedy import Remedy
from dlrun.diagnosis.verdicts.verdict import Verdict
from dlrun.runs import Finding

_SHARED = 0.10
"""Shared rows, as a share of the validation rows, that make a leak certain (ours)."""


def validation_better(evidence: Evidence) -> Iterator[Case]:
    """Validation is clearly better than training, or shares its rows."""
    size = evidence.facts.num_validation
    shared = evidence.facts.shared_rows
    if shared and size:
        yield Case(
            (Condition("shared_share", evidence.facts.odd_rows / size, _SHARED),),
            "{shared_rows:.0f} train rows also stand among the {validation_rows:.0f} "
            "validation rows.",
            None,
            {"shared_rows": shared, "validation_rows": size},
        )
    validation = evidence.validation
    if validation is None or not evidence.is_fair or not evidence.has_ratios:
        return
    better = ratio(validation.train.end - validation.loss.end, validation.train.end)
    if better is None:
        return
    losses = {
        "train_loss_at_end": validation.train.end,
        "val_loss_at_end": validation.loss.end,
    }
    text = (
        "The validation loss ends at {val_loss_at_end:.4g}, {loss_advantage:.0%} below "
        "the train loss of {train_loss_at_end:.4g}"
    )
    epoch = validation.loss.epochs[-1]
    if evidence.accuracy is None or evidence.val_accuracy is None:
        far = Condition("loss_advantage", better, 0.5)
        clear = Condition("loss_advantage", better, _noise_share(validation))
        yield Case((far, clear), f"{text}.", epoch, losses)
        return
    advantage = evidence.val_accuracy - evidence.accuracy
    limit = max(0.05, 2 * (evidence.accuracy_error or 0.0))
    yield Case(
        (
            Condition("loss_advantage", better, 0.3),
            Condition("accuracy_advantage", advantage, limit),
        ),
        f"{text}; its accuracy is {{accuracy_advantage:.1%}} higher.",
        epoch,
        losses,
    )


def _noise_share(validation: Validation) -> float:
    """The advantage that noise alone may give, as a share of the train loss."""
    return ratio(validation.noise_of_rise, validation.train.end) or 0.0


def _is_confirmed(evidence: Evidence) -> bool:
    size = evidence.facts.num_validation or 0
    return evidence.facts.odd_rows > max(0.0, _SHARED * size)


def _is_confirmed_leak(evidence: Evidence, _: Mapping[str, Finding]) -> bool:
    return bool(evidence.facts.shared_rows) and _is_confirmed(evidence)


def _shares_rows(evidence: Evidence, _: Mapping[str, Finding]) -> bool:
    return bool(evidence.facts.odd_rows) and not _is_confirmed(evidence)


CONFIRMED_LEAK = DiagnosisRemark(
    "CONFIRMED_LEAK",
    "A leak is confirmed: train rows stand among the validation rows too. Remove the "
    "copies before the rows are split.",
    _is_confirmed_leak,
)
SHARED_ROWS = DiagnosisRemark(
    "SHARED_ROWS",
    "Some train rows stand among the validation rows too.",
    _shares_rows,
)
VALIDATION_BETTER = Verdict(
    name="VALIDATION_BETTER",
    tag="leak?",
    meaning="The validation rows are no fair test: they leaked from the train rows, or "
    "are easier than these.",
    rule=validation_better,
    rests_on_validation=True,
    remedies=(
        Remedy(("seeded_split",)),
        Remedy(
            ("larger_validation", "dropout_down", "less_augmentation"),
            lambda signs: CONFIRMED_LEAK.name not in signs.remarks,
        ),
    ),
)
