"""From the outputs of a model to what was asked: classes, labels, numbers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from dlrun.engines import unscaled
from dlrun.errors import RunError

if TYPE_CHECKING:
    from pathlib import Path

    from dlrun.data import Array, Arrays, Dataset, LabelScaler
    from dlrun.experiment import ExperimentSpec
    from dlrun.experiment.compile import Head

_DIGITS = 6
"""Significant digits of a probability in a table."""
_TABLE_AXES = 2
THRESHOLD = 0.5
"""A label holds from this probability on, unless another is asked for."""


@dataclass(frozen=True, slots=True)
class Decoded:
    """Predictions of one output for rows, in their order."""

    values: Array
    """`(rows, ..., classes)` probabilities, `(rows, labels)` probabilities that each
    label holds, or `(rows, ..., outputs)` predicted numbers."""
    classes: tuple[str, ...] | None
    """The classes in the order of their numbers; `None`: the values are others."""
    labels: tuple[str, ...] | None = None
    """What each of several labels is called; `None`: there is a class, or numbers."""
    threshold: float | None = None
    """The probability from which on a label holds, or the second of two classes of a
    binary loss; `None`: 0.5, or the likeliest class."""
    numbers: tuple[str, ...] | None = None
    """What each of several numbers is called; `None`: nobody named them."""

    @property
    def is_table(self) -> bool:
        """Whether a row has a class, labels or numbers, and not some for each place."""
        return self.values.ndim <= _TABLE_AXES

    def columns(self, *, proba: bool) -> list[str]:
        """The names of what `cells` gives for each row."""
        if self.labels is not None:
            heads = [f"prediction_{name}" for name in self.labels]
            shown = [f"probability_{name}" for name in self.labels] if proba else []
            return [*heads, *shown]
        if self.classes is None:
            return self.named("prediction", self.values.shape[1])
        extra = [f"probability_{name}" for name in self.classes] if proba else []
        return ["prediction", *extra]

    def named(self, what: str, count: int) -> list[str]:
        """The columns of numbers, by their names or by their places."""
        if self.numbers is not None and len(self.numbers) == count > 1:
            return [f"{what}_{name}" for name in self.numbers]
        return [what] if count == 1 else [f"{what}_{index}" for index in range(count)]

    def cells(self, *, proba: bool) -> list[list[object]]:
        """The prediction of each row and, if asked for, the probabilities."""
        if self.labels is not None:
            first: list[list[object]] = [[*map(int, row)] for row in self.chosen()]
        elif self.classes is None:
            return [[*_shortest(row)] for row in self.values]
        else:
            first = [[self.classes[index]] for index in self.chosen()]
        if not proba:
            return first
        shown = [
            [float(f"{value:.{_DIGITS}g}") for value in row] for row in self.values
        ]
        return [[*one, *row] for one, row in zip(first, shown, strict=True)]

    def chosen(self) -> Array:
        """The index of the class, or 0 and 1 for labels; numbers as they are."""
        if self.labels is not None:
            least = THRESHOLD if self.threshold is None else self.threshold
            return (self.values >= least).astype(np.int64)
        if self.classes is None:
            return self.values
        if self.threshold is not None:
            second: Array = np.where(self.values[..., 1] >= self.threshold, 1, 0)
            return second
        likeliest: Array = self.values.argmax(axis=-1)
        return likeliest

    def arrays(self, *, proba: bool) -> Iterator[tuple[str, Array]]:
        """What an `.npz` file holds: the predictions, and how they are called."""
        yield "prediction", self.chosen()
        names = self.classes or self.labels
        if names is not None:
            yield "classes" if self.classes else "labels", np.array(names)
            if proba:
                yield "probability", self.values.astype(np.float32)


@dataclass(frozen=True, slots=True)
class Predictions:
    """Predictions of every output of a model for rows, in their order."""

    outputs: Mapping[str, Decoded]

    @property
    def only(self) -> Decoded:
        """Those of the only output."""
        (decoded,) = self.outputs.values()
        return decoded

    @property
    def has_probabilities(self) -> bool:
        """Whether an output has classes or labels."""
        found = self.outputs.values()
        return any(one.classes is not None or one.labels is not None for one in found)

    @property
    def is_table(self) -> bool:
        """Whether they fit into a table; masks, a label for each place, do not."""
        return all(decoded.is_table for decoded in self.outputs.values())

    def columns(self, *, proba: bool) -> list[str]:
        """The names of what `cells` gives for each row, the output first."""
        return [
            f"{before}{name}"
            for before, decoded in self._named()
            for name in decoded.columns(proba=proba)
        ]

    def cells(self, *, proba: bool) -> list[list[object]]:
        """The predictions of each row and, if asked for, the probabilities."""
        parts = [decoded.cells(proba=proba) for decoded in self.outputs.values()]
        return [
            [cell for part in row for cell in part] for row in zip(*parts, strict=True)
        ]

    def table(
        self, rows: Dataset, *, proba: bool
    ) -> tuple[list[str], list[list[object]]]:
        """Ids, what is kept of rows, true labels where there are any, and predictions.

        Returns:
            The names of the columns, and a list of cells per row.

        Raises:
            RunError: a kept column has the name of another, and says something else.
        """
        heads: list[str] = ["id"]
        parts: list[list[list[object]]] = []
        for (before, decoded), output in zip(self._named(), self.outputs, strict=True):
            names, labels = _true_labels(rows, output, decoded)
            heads += [f"{before}{name}" for name in names]
            heads += [f"{before}{name}" for name in decoded.columns(proba=proba)]
            parts += [labels, decoded.cells(proba=proba)]
        joined = [
            [row_id, *(cell for part in row for cell in part)]
            for row_id, *row in zip(rows.ids, *parts, strict=True)
        ]
        return with_kept(heads, joined, rows.kept)

    def arrays(self, rows: Dataset, *, proba: bool) -> dict[str, Array]:
        """What an `.npz` file holds: ids, and the predictions of each output."""
        named = {
            f"{before}{name}": array
            for before, decoded in self._named()
            for name, array in decoded.arrays(proba=proba)
        }
        known = {"id": np.array(rows.ids), **named}
        kept = {
            name: np.array(["" if cell is None else str(cell) for cell in cells])
            for name, cells in rows.kept.items()
        }
        for name in kept.keys() & known.keys():
            is_numbered = all(isinstance(row_id, int) for row_id in rows.ids)
            is_named = all(map(_is_same, rows.kept[name], rows.ids))
            if name != "id" or not (is_numbered or is_named):
                raise _two_columns(name)
        return known | kept

    def _named(self) -> list[tuple[str, Decoded]]:
        """What stands before the columns of each output: nothing where there is one."""
        several = len(self.outputs) > 1
        return [
            (f"{name}_" if several else "", decoded)
            for name, decoded in self.outputs.items()
        ]


def with_kept(
    heads: list[str], table: list[list[object]], kept: Mapping[str, Sequence[object]]
) -> tuple[list[str], list[list[object]]]:
    """A table of predictions with the columns that are carried along behind the ids.

    A kept column `id` stands in the place of row numbers. One that says what a column
    of the table says, as labels do, does not stand there twice.

    Raises:
        RunError: one has the name of a column that says something else.
    """
    columns = dict(kept)
    if "id" in columns and all(isinstance(row[0], int) for row in table):
        table = [
            [cell, *row[1:]] for cell, row in zip(columns["id"], table, strict=True)
        ]
    for place, name in enumerate(heads):
        own = columns.pop(name, None)
        if own is not None and not all(
            map(_is_same, own, (row[place] for row in table))
        ):
            raise _two_columns(name)
    cells = zip(*columns.values(), strict=True) if columns else ([] for _ in table)
    joined = zip(table, cells, strict=True)
    first, *others = heads
    return [first, *columns, *others], [[row[0], *own, *row[1:]] for row, own in joined]


def _is_same(cell: object, other: object) -> bool:
    return str(cell).strip() == str(other)


def _two_columns(name: str) -> RunError:
    message = f"the column {name} cannot be kept: predictions have one of that name"
    return RunError(message, hint="rename it in the rows, or do not keep it")


def write_arrays(file: Path, arrays: Mapping[str, Array]) -> None:
    """Write arrays as an `.npz` file, whatever its path ends in.

    Raises:
        OSError: the disk refuses.
    """
    with file.open("wb") as stream:
        np.savez_compressed(stream, **arrays)  # type: ignore[arg-type]


def decode(
    outputs: Arrays,
    spec: ExperimentSpec,
    classes: Mapping[str, Sequence[str]],
    labels: Mapping[str, Sequence[str]],
    threshold: float | None = None,
    scalers: Mapping[str, LabelScaler] | None = None,
) -> Predictions:
    """Give outputs their meaning.

    Args:
        outputs: `(rows, ...)` of each output, as the model gives them.
        spec: its losses say what they mean.
        classes: those of each output in the order of their numbers.
        labels: of each output what several labels or numbers are called.
        threshold: the probability from which on a label holds, or the second class of
            a binary loss; `None`: 0.5.
        scalers: of the outputs whose labels were scaled: numbers come in the units of
            the file.
    """
    alone = len(outputs) == 1
    found, units = {}, scalers or {}
    for name, values in outputs.items():
        known = next(iter(classes.values()), None) if alone else classes.get(name)
        named = next(iter(labels.values()), None) if alone else labels.get(name)
        head = spec.compile.head(name)
        scaler = next(iter(units.values()), None) if alone else units.get(name)
        if scaler is not None:
            values = unscaled(values, scaler)  # noqa: PLW2901 - as it is meant
        found[name] = _decoded(values, head, known, named, threshold)
    return Predictions(found)


def _decoded(
    values: Array,
    head: Head,
    classes: Sequence[str] | None,
    labels: Sequence[str] | None,
    threshold: float | None,
) -> Decoded:
    loss = head.loss
    logits = bool(getattr(loss, "from_logits", False))
    scores = values.astype(np.float64)
    if labels is not None and loss.labels == "binary":
        return Decoded(_sigmoid(scores, logits=logits), None, tuple(labels), threshold)
    if loss.task == "regression" or classes is None:
        return Decoded(values, None, numbers=None if labels is None else tuple(labels))
    if loss.labels == "binary" and scores.shape[-1] == 1:
        positive = _sigmoid(scores, logits=logits)
        scores = np.concatenate([1 - positive, positive], axis=-1)
        return Decoded(scores, tuple(classes), threshold=threshold)
    if logits:
        powers = np.exp(scores - scores.max(axis=-1, keepdims=True))
        scores = powers / powers.sum(axis=-1, keepdims=True)
    return Decoded(scores, tuple(classes))


def _sigmoid(scores: Array, *, logits: bool) -> Array:
    positive: Array = np.exp(-np.logaddexp(0, -scores)) if logits else scores
    return positive


def _true_labels(
    rows: Dataset, output: str, decoded: Decoded
) -> tuple[list[str], list[list[object]]]:
    """The names of the columns of labels, and a class, labels or numbers per row.

    There are none where rows are unlabelled.
    """
    labels = rows.labels or {}
    name = next(iter(labels), "") if len(labels) == 1 else output
    if name not in labels:
        return [], [[] for _ in range(len(rows))]
    indices = rows.class_indices(name)
    if indices is not None:
        classes = rows.classes[name]
        return ["label"], [[classes[index]] for index in indices]
    values = labels[name]
    if decoded.labels is not None:
        heads = [f"label_{one}" for one in decoded.labels]
        return heads, [[*map(int, row)] for row in values]
    cells: list[list[object]] = [[*_shortest(np.atleast_1d(row))] for row in values]
    return decoded.named("label", len(cells[0])), cells


def _shortest(row: Array) -> list[float]:
    """Numbers by the shortest decimals that stand for their 32 bits."""
    return [float(str(value)) for value in row]
