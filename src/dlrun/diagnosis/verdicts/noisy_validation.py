"""The validation rows are too few to be sure of what they say."""

from __future__ import annotations

from collections.abc import Iterator

from dlrun.diagnosis.case import Case, Condition
from dlrun.diagnosis.evidence import Evidence
from dlrun.diagnosis.series import noise, ratio
from dlrun.diagnosis.verdicts.remedy import Remedy
from dlrun.diagnosis.verdicts.verdict import Verdict

_UNSURE = 0.1
"""A standard error over rows from which a loss is not known well (ours)."""
_SMOOTH = 0.05
"""Noise of the train loss below this share of its level is a smooth curve (ours)."""


def noisy_validation(evidence: Evidence) -> Iterator[Case]:
    """The validation rows are too few to trust what they say."""
    error, validation = evidence.accuracy_error, evidence.validation
    if error is not None:
        yield Case(
            (Condition("accuracy_error", error, 0.025), *_by_row(evidence)),
            "With {validation_rows:.0f} validation rows, the validation accuracy is "
            "known to ±{accuracy_error:.1%} only.",
            None,
            {"validation_rows": evidence.facts.num_validation or 0},
        )
    if validation is None or not evidence.has_ratios:
        return
    level = ratio(validation.deviation, validation.lowest)
    train = ratio(noise(validation.train.values), min(validation.train.smooth))
    if level is not None and train is not None:
        yield Case(
            (
                Condition("val_noise", level, 0.1),
                Condition("train_noise", train, _SMOOTH, below=True),
            ),
            "From epoch to epoch the validation loss jumps by {val_noise:.0%} of its "
            "lowest value, the train loss by {train_noise:.0%}.",
        )


def _by_row(evidence: Evidence) -> Iterator[Condition]:
    """The loss of the validation rows is not known well, either."""
    rows = evidence.facts.rows
    if rows is not None and rows.loss > 0:
        yield Condition("loss_error_share", rows.error / rows.loss, _UNSURE)


NOISY_VALIDATION = Verdict(
    name="NOISY_VALIDATION",
    tag="noisy",
    meaning="Nothing is wrong, but there are too few validation rows to be sure of it.",
    rule=noisy_validation,
    standing="doubt",
    remedies=(Remedy(("seeded_split", "larger_validation")),),
)
