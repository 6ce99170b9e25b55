"""How well a model does on labelled rows, output by output."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    from dlrun.data import Array, Dataset
    from dlrun.training.decode import Decoded


_SEVERAL = 2
"""Numbers of a row, from which on each is told by itself."""


@dataclass(frozen=True, slots=True)
class OutputEvaluation:
    """What became of the classes or labels of one output, or of several numbers.

    Of masks every place of a row counts.
    """

    classes: tuple[str, ...] | None = None
    confusion: npt.NDArray[np.int64] | None = None
    """`(classes, classes)`: rows are true classes, columns predicted ones."""
    labels: tuple[str, ...] | None = None
    """What each of several labels is called."""
    label_confusion: npt.NDArray[np.int64] | None = None
    """`(labels, 2, 2)`: of each label, rows are whether it holds, columns whether that
    was predicted."""
    per_number: tuple[Mapping[str, object], ...] = ()
    """Of each of several numbers of a row: what it is called as `label`, the mean
    absolute error `mae`, `rmse`, `r2` (`None`: all are equal), and the `rows`."""

    def per_class(self) -> list[dict[str, object]]:
        """Precision, recall and F1 of each class; `None` where they are 0/0."""
        if self.confusion is None or self.classes is None:
            return []
        hits = self.confusion.diagonal()
        predicted, true = self.confusion.sum(axis=0), self.confusion.sum(axis=1)
        return [
            {"class": name, **_figures(hits[index], predicted[index], true[index])}
            for index, name in enumerate(self.classes)
        ]

    def per_label(self) -> list[dict[str, object]]:
        """Accuracy, precision, recall and F1 of each label, and averages of all.

        `micro` counts all labels together, `macro` is the mean of their figures; what
        is 0/0 is `None`, and left out of a mean.
        """
        if self.label_confusion is None or self.labels is None:
            return []
        each = [
            {"label": name, **_label_figures(table)}
            for name, table in zip(self.labels, self.label_confusion, strict=True)
        ]
        sums = self.label_confusion.sum(axis=0)
        together = {"label": "micro", **_label_figures(sums)}
        means: dict[str, object] = {"label": "macro"}
        for key in ("accuracy", "precision", "recall", "f1"):
            known = [float(str(one[key])) for one in each if one[key] is not None]
            means[key] = round(sum(known) / len(known), 6) if known else None
        means["rows"] = together["rows"]
        return [*each, together, means]


@dataclass(frozen=True, slots=True)
class Evaluation:
    """How well a model does on rows."""

    rows: int
    metrics: dict[str, float]
    """Loss and metrics, of several outputs by Keras' names."""
    outputs: Mapping[str, OutputEvaluation]
    baselines: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    """Loss and metrics of those who predict a series without a model, by their names,
    and over how many `rows`."""

    @property
    def only(self) -> OutputEvaluation:
        """What became of the only output; nothing is said of several."""
        found = list(self.outputs.values())
        return found[0] if len(found) == 1 else OutputEvaluation()


def judge_output(rows: Dataset, output: str, decoded: Decoded) -> OutputEvaluation:
    """Hold the predictions of an output against the labels of the rows."""
    labels = (rows.labels or {})[output]
    if decoded.labels is not None:
        truth = labels.reshape(-1, labels.shape[-1]).astype(np.int64)
        said = decoded.chosen().reshape(-1, labels.shape[-1])
        tables = [
            _confusion(truth[:, index], said[:, index], 2)
            for index in range(len(decoded.labels))
        ]
        return OutputEvaluation(labels=decoded.labels, label_confusion=np.stack(tables))
    if decoded.classes is None:
        return OutputEvaluation(per_number=_numbers(labels, decoded))
    indices = rows.class_indices(output)
    if indices is None:
        is_encoded = labels.dtype.kind == "f"
        indices = labels.argmax(axis=-1) if is_encoded else labels.astype(np.int64)
    confusion = _confusion(
        indices.reshape(-1), decoded.chosen().reshape(-1), len(decoded.classes)
    )
    return OutputEvaluation(classes=decoded.classes, confusion=confusion)


def _numbers(labels: Array, decoded: Decoded) -> tuple[Mapping[str, object], ...]:
    """How far off each of several numbers is."""
    names, shape = decoded.numbers, decoded.values.shape
    if names is None or len(names) < _SEVERAL or shape != labels.shape:
        return ()
    truth, said = labels.astype(np.float64), decoded.values.astype(np.float64)
    errors, spread = said - truth, truth - truth.mean(axis=0)
    return tuple(
        {
            "label": name,
            "mae": float(np.abs(errors[:, place]).mean()),
            "rmse": float(np.sqrt(np.square(errors[:, place]).mean())),
            "r2": _explained(errors[:, place], spread[:, place]),
            "rows": len(truth),
        }
        for place, name in enumerate(names)
    )


def _explained(errors: Array, spread: Array) -> float | None:
    total = float(np.square(spread).sum())
    return 1 - float(np.square(errors).sum()) / total if total else None


def _confusion(
    truth: npt.NDArray[np.int64], said: Array, size: int
) -> npt.NDArray[np.int64]:
    table = np.zeros((size, size), dtype=np.int64)
    np.add.at(table, (truth, said.astype(np.int64)), 1)
    return table


def _label_figures(table: npt.NDArray[np.int64]) -> dict[str, object]:
    """The figures of one label, of the table of what holds and what was predicted."""
    right = table[0, 0] + table[1, 1]
    figures = _figures(table[1, 1], table[:, 1].sum(), table[1].sum())
    return {"accuracy": _share(right, table.sum()), **figures}


def _figures(hits: np.int64, predicted: np.int64, true: np.int64) -> dict[str, object]:
    return {
        "precision": _share(hits, predicted),
        "recall": _share(hits, true),
        "f1": _share(2 * hits, predicted + true),
        "rows": int(true),
    }


def _share(part: np.int64, whole: np.int64) -> float | None:
    return round(float(part) / float(whole), 6) if whole else None
