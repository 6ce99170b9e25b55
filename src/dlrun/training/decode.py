"""From the outputs of a model to what was asked: classes, probabilities, numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from dlrun.data import only_array

if TYPE_CHECKING:
    from dlrun.data import Array, Arrays, Dataset
    from dlrun.experiment import ExperimentSpec

_DIGITS = 6
"""Significant digits of a probability in a table."""


@dataclass(frozen=True, slots=True)
class Decoded:
    """Predictions for rows, in their order."""

    values: Array
    """`(rows, classes)` probabilities, or `(rows, outputs)` predicted numbers."""
    classes: tuple[str, ...] | None
    """The classes in the order of their numbers; `None`: the values are numbers."""

    def columns(self, *, proba: bool) -> list[str]:
        """The names of what `cells` gives for each row."""
        if self.classes is None:
            return _numbered("prediction", self.values.shape[1])
        extra = [f"probability_{name}" for name in self.classes] if proba else []
        return ["prediction", *extra]

    def cells(self, *, proba: bool) -> list[list[object]]:
        """The prediction of each row and, if asked for, the probabilities."""
        if self.classes is None:
            return [[*_shortest(row)] for row in self.values]
        names = [self.classes[index] for index in self.values.argmax(axis=1)]
        if not proba:
            return [[name] for name in names]
        shown = [
            [float(f"{value:.{_DIGITS}g}") for value in row] for row in self.values
        ]
        return [[name, *row] for name, row in zip(names, shown, strict=True)]

    def table(
        self, rows: Dataset, *, proba: bool
    ) -> tuple[list[str], list[list[object]]]:
        """Ids, true labels where there are any, and predictions of rows.

        Returns:
            The names of the columns, and a list of cells per row.
        """
        labels = _true_labels(rows)
        heads = ["id", *_numbered("label", len(labels[0])), *self.columns(proba=proba)]
        cells = self.cells(proba=proba)
        listed = zip(rows.ids, labels, cells, strict=True)
        return heads, [
            [row_id, *label, *predicted] for row_id, label, predicted in listed
        ]


def decode(
    outputs: Arrays, spec: ExperimentSpec, classes: Sequence[str] | None
) -> Decoded:
    """Give outputs their meaning.

    Args:
        outputs: `(rows, outputs)` of the one output, as the model gives them.
        spec: its loss says what they mean.
        classes: the classes in the order of their numbers.

    Raises:
        DataError: there are several outputs.
    """
    loss, values = spec.compile.loss, only_array(outputs)
    if loss.task == "regression" or classes is None:
        return Decoded(values, None)
    logits = bool(getattr(loss, "from_logits", False))
    scores = values.astype(np.float64)
    if loss.labels == "binary" and scores.shape[1] == 1:
        positive = np.exp(-np.logaddexp(0, -scores)) if logits else scores
        scores = np.concatenate([1 - positive, positive], axis=1)
    elif logits:
        powers = np.exp(scores - scores.max(axis=1, keepdims=True))
        scores = powers / powers.sum(axis=1, keepdims=True)
    return Decoded(scores, tuple(classes))


def _true_labels(dataset: Dataset) -> list[list[object]]:
    """A class or numbers per row; nothing where rows are unlabelled."""
    if dataset.labels is None:
        return [[] for _ in range(len(dataset))]
    indices = dataset.class_indices()
    if indices is not None and dataset.classes is not None:
        return [[dataset.classes[index]] for index in indices]
    return [[*_shortest(np.atleast_1d(row))] for row in only_array(dataset.labels)]


def _shortest(row: Array) -> list[float]:
    """Numbers by the shortest decimals that stand for their 32 bits."""
    return [float(str(value)) for value in row]


def _numbered(name: str, count: int) -> list[str]:
    return [name] if count == 1 else [f"{name}_{index}" for index in range(count)]
