"""From the outputs of a model to what a person asked: classes, probabilities, numbers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from dlrun.data import Dataset
    from dlrun.spec import ExperimentSpec


@dataclass(frozen=True, slots=True)
class Decoded:
    """Predictions for rows, in their order."""

    predictions: tuple[str, ...] | npt.NDArray[Any]
    """A class per row, or `(rows, outputs)` numbers."""
    probabilities: npt.NDArray[np.float64] | None
    """`(rows, classes)`; `None` for regression."""
    classes: tuple[str, ...] | None


def decode(
    outputs: npt.NDArray[Any], spec: ExperimentSpec, classes: Sequence[str] | None
) -> Decoded:
    """Give outputs their meaning.

    Args:
        outputs: `(rows, outputs)`, as the model gives them.
        spec: says by its loss what they mean.
        classes: the classes in the order of their numbers.
    """
    if spec.compile.loss.task == "regression" or classes is None:
        return Decoded(outputs, None, None)
    logits = getattr(spec.compile.loss, "from_logits", False)
    scores = outputs.astype(np.float64)
    if spec.compile.loss.labels == "binary" and scores.shape[1] == 1:
        positive = 1 / (1 + np.exp(-scores)) if logits else scores
        scores = np.concatenate([1 - positive, positive], axis=1)
    elif logits:
        shifted = np.exp(scores - scores.max(axis=1, keepdims=True))
        scores = shifted / shifted.sum(axis=1, keepdims=True)
    names = tuple(classes)
    return Decoded(
        tuple(names[index] for index in scores.argmax(axis=1)), scores, names
    )


def columns(decoded: Decoded, *, proba: bool) -> list[str]:
    """The names of the columns that `cells` fills."""
    if decoded.classes is None:
        count = np.asarray(decoded.predictions).shape[1]
        return (
            ["prediction"]
            if count == 1
            else [f"prediction_{index}" for index in range(count)]
        )
    return (
        ["prediction", *(f"probability_{name}" for name in decoded.classes)]
        if proba
        else ["prediction"]
    )


def cells(decoded: Decoded, *, proba: bool) -> Iterator[list[Any]]:
    """A list of cells per row."""
    if decoded.classes is None or decoded.probabilities is None:
        yield from (list(map(float, row)) for row in np.asarray(decoded.predictions))
        return
    for name, row in zip(decoded.predictions, decoded.probabilities, strict=True):
        yield [name, *(round(float(value), 6) for value in row)] if proba else [name]


def label_cells(dataset: Dataset) -> list[list[Any]]:
    """The true labels of rows: a class, or numbers; nothing where they are unlabelled."""
    if dataset.labels is None:
        return [[] for _ in range(len(dataset))]
    indices = dataset.class_indices()
    if indices is not None and dataset.classes is not None:
        return [[dataset.classes[index]] for index in indices]
    return [list(map(float, np.atleast_1d(row))) for row in dataset.labels]
