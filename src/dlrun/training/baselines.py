"""How well a series is predicted without a model: the last value, that a season ago."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import keras
import numpy as np

from dlrun.training.row_losses import row_losses, targets

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dlrun.data import Array, Arrays, Dataset
    from dlrun.experiment import ExperimentSpec
    from dlrun.experiment.compile import Head

ROWS = "rows"
"""Under this name stands how many rows have the value that is predicted."""


def baseline_figures(
    spec: ExperimentSpec, rows: Dataset | None
) -> dict[str, dict[str, float]]:
    """Loss and metrics of each baseline over labelled windows, under Keras' names.

    The loss is that of numbers alone, without penalties and, where labels are scaled,
    in scaled units as that of the model; a class that is certain has no such loss.
    Rows before which there is no season are left out.

    Args:
        spec: its loss and its metrics are taken.
        rows: windows; of others, and of `None`, there are no baselines.
    """
    if rows is None or rows.labels is None:
        return {}
    found = {}
    for name, values in rows.baselines.items():
        known = _known(values)
        if known.any():
            some = rows.take(np.flatnonzero(known))
            figures = _figures(spec, some, some.baselines[name])
            found[name] = {**figures, ROWS: float(len(some))}
    return found


def _known(values: Arrays) -> Array:
    """`(rows,)`: where all labels of a row are predicted."""
    parts = [
        np.isfinite(array) if array.dtype.kind == "f" else array >= 0
        for array in values.values()
    ]
    flat = [part.reshape(len(part), -1).all(axis=1) for part in parts]
    known: Array = np.logical_and.reduce(flat)
    return known


def _figures(spec: ExperimentSpec, rows: Dataset, values: Arrays) -> dict[str, float]:
    heads = spec.compile.heads
    found: dict[str, float] = {}
    if all(head.loss.task == "regression" for head in heads):
        given = targets(spec, replace(rows, labels=values))
        found["loss"] = float(row_losses(spec, rows, given).mean())
    in_file_units = replace(rows, label_scalers={})
    labels = targets(spec, in_file_units)
    for head in heads:
        name = head.name or next(iter(values))
        before = "" if head.name is None else f"{head.name}_"
        outputs = _outputs(head, rows, values[name], name)
        figures = _metrics(head, labels[name], outputs)
        found |= {f"{before}{key}": one for key, one in figures.items()}
    return found


def _outputs(head: Head, rows: Dataset, values: Array, name: str) -> Array:
    """What a model would give that predicts these values, and is certain."""
    classes = rows.classes.get(name)
    if head.loss.task == "regression" or classes is None:
        return values.reshape(len(values), -1).astype(np.float32)
    if values.dtype.kind == "f":
        return values.astype(np.float32)  # encoded
    if head.loss.labels == "binary":
        return values.astype(np.float32)[:, None]
    certain: Array = np.eye(len(classes), dtype=np.float32)[values]
    return certain


def _metrics(head: Head, labels: Array, outputs: Array) -> Mapping[str, float]:
    found = {}
    for metric in head.metrics:
        built = metric.build_for(several_labels=False)
        if isinstance(built, keras.metrics.Metric):
            built.update_state(labels, outputs)
            value = float(keras.ops.convert_to_numpy(built.result()))
            found[metric.log_name] = float(f"{value:.7g}")
        elif metric.log_name == "accuracy":
            found["accuracy"] = _accuracy(labels, outputs)
    return found


def _accuracy(labels: Array, outputs: Array) -> float:
    """The share of the rows whose class is right."""
    if labels.shape == outputs.shape:
        right = (labels == outputs).reshape(len(labels), -1).all(axis=1)
    else:
        right = labels.reshape(-1) == outputs.argmax(axis=-1)
    return float(right.mean())
