"""The model does better on rows that it has not learned from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from dlrun.diagnosis.case import Case, Condition
from dlrun.diagnosis.evidence import Evidence, Validation
from dlrun.diagnosis.facts import RunFacts
from dlrun.diagnosis.series import ratio
from dlrun.diagnosis.verdicts.remark import DiagnosisRemark
from dlrun.diagnosis.verdicts.remedy import Remedy
from dlrun.diagnosis.verdicts.verdict import Verdict
from dlrun.runs import Finding

_SHARED = 0.10
"""Shared rows, as a share of the validation rows, that make a leak certain (ours)."""
_KIN = 0.5
"""Validation rows beside their like in the source, as a share of all (ours)."""
_KIN_TO_OTHERS = 4
"""So many times as many as among rows far apart (ours)."""
_KIN_LABELS = 0.5
"""Labels of kin differ at most by this share of what those of others do (ours)."""
_LEAST_SHARE = 1e-3


def validation_better(evidence: Evidence) -> Iterator[Case]:
    """Validation is clearly better than training, or shares its rows or their kin."""
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
    yield _kin(evidence.facts)
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


def _kin(facts: RunFacts) -> Case:
    """Rows of one person, or of one of whatever was noted, on both sides of the split.

    Neither rows of few values nor a source that is sorted by a column look so.
    """
    near, elsewhere = facts.near_neighbours, max(facts.near_elsewhere, _LEAST_SHARE)
    return Case(
        (
            Condition("near_neighbours", near, _KIN),
            Condition("times_elsewhere", near / elsewhere, _KIN_TO_OTHERS),
            Condition("neighbour_labels", facts.neighbour_labels, _KIN_LABELS, True),
        ),
        "{near_neighbours:.0%} of the validation rows stand in their source beside a "
        "train row that is nearly the same, {times_elsewhere:.0f} times as many as "
        "among rows far apart, and their labels differ {neighbour_labels:.0%} as much.",
        None,
    )


def splits_kin(facts: RunFacts) -> bool:
    """Whether rows of one person may lie on both sides: only others can tell then."""
    return _kin(facts).holds


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


def _splits_kin(evidence: Evidence, _: Mapping[str, Finding]) -> bool:
    return not evidence.is_short and splits_kin(evidence.facts)


KIN_ROWS = DiagnosisRemark(
    "KIN_ROWS",
    "If rows that stand side by side are of one person, machine or day, validation "
    "says how well these are known, not how well new ones are predicted: hold whole "
    "ones out, in a source of their own under `data.validation`.",
    _splits_kin,
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
            lambda signs: not {CONFIRMED_LEAK.name, KIN_ROWS.name} & {*signs.remarks},
        ),
    ),
)
