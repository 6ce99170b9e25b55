"""What a round of pseudo-labels says of itself: its rows, and how far to trust it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from dlrun.rows import ENOUGH_VALIDATION
from dlrun.runs import KnownTruth, SelectionFigures, ValidationFigures
from dlrun.training.rounds.selection import (
    Indices,
    Numbers,
    calibration_error,
    divergence,
    fit_temperature,
    opinion,
    share_of_change,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dlrun.data import Array
    from dlrun.rows import Pool

_DOUBTFUL_ACCURACY = 0.6
"""A baseline below it labels too many rows wrongly."""
_DOUBTFUL_CONFIDENCE = 0.15
"""A baseline that is surer than right by more selects rows that are wrong."""


@dataclass(frozen=True, slots=True, eq=False)
class Selection:
    """The unlabelled rows that a round trains on, with the labels that they get."""

    rows: Indices
    """`(selected,)` their numbers, ascending."""
    labels: npt.NDArray[np.int32]
    confidence: Numbers

    def as_dict(self) -> dict[int, int]:
        """The label of each row."""
        return dict(zip(self.rows.tolist(), self.labels.tolist(), strict=True))


NOTHING = Selection(
    np.array([], dtype=np.int64), np.array([], dtype=np.int32), np.array([])
)


def selected_table(
    pool: Pool, classes: Sequence[str], number: int, chosen: Selection
) -> tuple[list[str], list[list[object]]]:
    """The selected rows as people read them, their truth beside them where known."""
    columns = ["id", "label", "confidence", "round"]
    rows: list[list[object]] = [
        [pool.rows.ids[row], classes[label], confidence, number]
        for row, label, confidence in zip(
            chosen.rows, chosen.labels, chosen.confidence, strict=True
        )
    ]
    if pool.truth is None:
        return columns, rows
    truth = pool.truth[chosen.rows]
    known = [classes[label] if label >= 0 else "" for label in truth]
    return [*columns, "truth"], [
        [*row, name] for row, name in zip(rows, known, strict=True)
    ]


def selection_figures(
    pool: Pool, labelled: Mapping[str, int], chosen: Selection, before: Selection
) -> SelectionFigures:
    """Figures of what a round is trained on.

    Args:
        pool: all unlabelled rows.
        labelled: the labelled train rows of each class.
        chosen: what the round is trained on.
        before: the same of the round before.
    """
    if not len(chosen.rows):
        return SelectionFigures()
    counts = np.bincount(chosen.labels, minlength=len(labelled))
    of_class = np.array(list(labelled.values()), dtype=np.int64)
    return SelectionFigures(
        selected=len(chosen.rows),
        of_class=dict(zip(labelled, counts.tolist(), strict=True)),
        coverage=len(chosen.rows) / len(pool.rows),
        mean_confidence=float(chosen.confidence.mean()),
        new=share_of_change(before.as_dict(), chosen.as_dict()),
        class_divergence=divergence(counts, of_class),
        truth=_known_truth(pool.truth, chosen, len(labelled)),
    )


def _known_truth(
    truths: npt.NDArray[np.int32] | None, chosen: Selection, classes: int
) -> KnownTruth | None:
    """How right the labels of selected rows are; `None`: nobody knows."""
    if truths is None:
        return None
    truth = truths[chosen.rows]
    is_known = truth >= 0
    confusion = np.zeros((classes, classes), dtype=np.int64)
    np.add.at(confusion, (truth[is_known], chosen.labels[is_known]), 1)
    right = float(confusion.trace() / is_known.sum()) if is_known.any() else None
    return KnownTruth(right, tuple(map(tuple, confusion.tolist())))


def validation_figures(scores: Numbers, truth: Array) -> ValidationFigures:
    """How often a model is right on validation rows, and how well it knows.

    Args:
        scores: `(rows, classes)` probabilities.
        truth: `(rows,)` class indices.
    """
    plain = opinion(scores)
    enough = len(truth) >= ENOUGH_VALIDATION
    temperature = fit_temperature(scores, truth) if enough else 1.0
    scaled = opinion(scores, temperature)
    return ValidationFigures(
        accuracy=float((plain.labels == truth).mean()),
        confidence=float(scaled.confidence.mean()),
        temperature=temperature,
        calibration_error=calibration_error(plain, truth),
        calibration_error_scaled=calibration_error(scaled, truth),
    )


def baseline_warnings(baseline: ValidationFigures) -> list[str]:
    """Why the pseudo-labels of a run cannot be right often enough."""
    accuracy, confidence = baseline.accuracy, baseline.confidence
    warnings = []
    if accuracy < _DOUBTFUL_ACCURACY:
        warnings.append(
            f"the baseline is right on {accuracy:.2f} of the validation rows only, so "
            "many pseudo-labels are wrong; label more rows"
        )
    if confidence - accuracy > _DOUBTFUL_CONFIDENCE:
        warnings.append(
            f"the baseline is sure to {confidence:.2f} on average, but right on "
            f"{accuracy:.2f} of the validation rows: confidence selects wrong rows, too"
        )
    return warnings
