"""The model does better on the rows that it learned from, and no worse on others."""

from __future__ import annotations

from collections.abc import Iterator

from dlrun.diagnosis.case import Case, Condition
from dlrun.diagnosis.columns import rare_words
from dlrun.diagnosis.evidence import Evidence, finite_part
from dlrun.diagnosis.series import smooth
from dlrun.diagnosis.verdicts.remedy import JOINED, Remedy
from dlrun.diagnosis.verdicts.verdict import Verdict

_CERTAIN_ACCURACY = 0.9
_SMALL_GAP = 0.07
_GAP = 0.10


def gap(evidence: Evidence) -> Iterator[Case]:
    """The accuracies part; whether the validation loss rises, others say."""
    accuracy, other = evidence.accuracy, evidence.val_accuracy
    if accuracy is None or other is None or evidence.train is None:
        return
    level = evidence.facts.constant_loss
    learned: tuple[Condition, ...] = ()
    if level is not None and evidence.has_ratios:
        error = evidence.error_at_end
        learned = (Condition("train_error_at_end", error, level, below=True),)
    wide = Condition("accuracy_gap", accuracy - other, _limit(accuracy, evidence))
    yield Case(
        (*learned, wide),
        "The train accuracy ends at {train_accuracy:.1%}, the validation accuracy at "
        "{val_accuracy:.1%}: a gap of {accuracy_gap:.1%}." + rare_words(evidence.facts),
        _onset(evidence) if wide.holds else None,
        {"train_accuracy": accuracy, "val_accuracy": other},
    )


def _limit(accuracy: float, evidence: Evidence) -> float:
    """Source: AUTOTRAINER (Zhang et al., 2021); the standard errors are ours."""
    smallest = _SMALL_GAP if accuracy > _CERTAIN_ACCURACY else _GAP
    return max(smallest, 3 * (evidence.accuracy_error or 0.0))


def _onset(evidence: Evidence) -> int | None:
    """The first epoch from which the smoothed gap stays as wide as it must be."""
    recording = evidence.recording
    rows = finite_part(
        recording.epochs, recording.train_accuracy, recording.val_accuracy
    )
    train, held = (smooth([row[place] for _, row in rows]) for place in (0, 1))
    onset = rows[-1][0] if rows else None
    for (epoch, _), accuracy, other in reversed(
        list(zip(rows, train, held, strict=True))
    ):
        if accuracy - other < _limit(accuracy, evidence):
            break
        onset = epoch
    return onset


GENERALIZATION_GAP = Verdict(
    name="GENERALIZATION_GAP",
    tag="gap",
    meaning="The model does better on the rows that it learned from than on new ones. "
    "That does no harm yet: it gets no worse on new rows.",
    rule=gap,
    rests_on_validation=True,
    harms=False,
    remedies=(
        JOINED,
        Remedy(("more_data", "augmentation", "dropout_up", "l2_up")),
        Remedy(("less_complexity",)),
    ),
    references=("dropout_up", "l2_up", "less_complexity"),
)
