"""Labels as Keras wants them, and what is lost on each row."""

from __future__ import annotations

from typing import TYPE_CHECKING

import keras
import numpy as np

from dlrun.components.custom.own_code import OwnCode
from dlrun.custom import told_with_its_line
from dlrun.data import only_array
from dlrun.errors import DataError, Problem

_FEWEST = 2
"""Rows that have a standard error at all."""

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dlrun.components.losses import Loss
    from dlrun.data import Array, Arrays, Dataset
    from dlrun.experiment import Experiment, ExperimentSpec
    from dlrun.experiment.compile import Head


def targets(spec: ExperimentSpec, dataset: Dataset) -> Arrays:
    """The labels as a loss takes them: a column per unit, or class numbers.

    Those that are scaled are in scaled units.

    Raises:
        DataError: there are no labels.
    """
    if dataset.labels is None:
        message = "the rows have no labels"
        raise DataError(Problem(("data",), message, hint="name the column of labels"))
    found = {}
    for name, labels in dataset.labels.items():
        scaler = dataset.label_scalers.get(name)
        values = labels if scaler is None else scaler.apply(labels)
        head, classes = spec.compile.head(name), dataset.classes.get(name)
        found[name] = _target(head, values, classes)
    return found


def engine_labels(spec: ExperimentSpec, dataset: Dataset) -> Arrays:
    """The labels as an engine takes them: beside those that are scaled, as they are.

    Raises:
        DataError: there are no labels.
    """
    found = dict(targets(spec, dataset))
    for name in dataset.label_scalers:
        read = (dataset.labels or {})[name].reshape(found[name].shape)
        found[name] = np.concatenate([found[name], read.astype(np.float32)], axis=-1)
    return found


def _target(head: Head, labels: Array, classes: Sequence[str] | None) -> Array:
    """The labels of one output; of binary ones, an axis for the unit."""
    is_index = labels.dtype.kind != "f" and classes is not None
    if head.loss.labels == "index" or not (is_index or labels.ndim == 1):
        return labels
    return labels.astype(np.float32)[..., None]


def row_losses(spec: ExperimentSpec, rows: Dataset, outputs: Arrays) -> Array:
    """`(rows,)`: the loss of each row, without penalties and weights of classes.

    Args:
        spec: Its loss is taken; of several outputs the sum by their weights.
        rows: With labels.
        outputs: `(rows, ...)`, what the model gives for them.
    """
    total, shares = np.zeros(len(rows)), spec.compile.loss_weights or {}
    for name, labels in targets(spec, rows).items():
        given = outputs[name] if len(outputs) > 1 else only_array(outputs)
        losses = (spec.compile.head(name).loss.build()).call(
            keras.ops.convert_to_tensor(labels), keras.ops.convert_to_tensor(given)
        )
        values = keras.ops.convert_to_numpy(losses).astype(np.float64)
        _require_rows(spec.compile.head(name).loss, values, len(rows))
        values = values.reshape(len(rows), -1).mean(axis=1)
        total = total + shares.get(name, 1.0) * values
    return np.asarray(total)


def _require_rows(loss: Loss, values: Array, count: int) -> None:
    """Refuse a loss that sees all rows at once: nobody could weigh or compare them.

    Raises:
        CodeError: the code of the config gives no loss of each row.
    """
    if isinstance(loss, OwnCode) and not (values.ndim and values.size % count == 0):
        message = f"`{loss.key}` gives one number for all rows, not one for each"
        hint = "average over the last axis alone: keras.ops.mean(..., axis=-1)"
        raise loss.refused(message, hint)


def try_losses(experiment: Experiment, rows: Dataset) -> None:
    """Call each loss once, before hours are spent on what it would end.

    Raises:
        CodeError: the code of the config fails, or gives no loss of each row.
    """
    few = rows.take(np.arange(min(2, len(rows))))
    outputs = {
        name: np.full((len(few), *shape), 0.5, dtype=np.float32)
        for name, shape in experiment.output_shapes.items()
    }
    with told_with_its_line():
        row_losses(experiment.spec, few, outputs)


def compare_losses(
    spec: ExperimentSpec,
    rows: Dataset,
    outputs: Arrays,
    at_end: Arrays | None,
    constant: Array | None = None,
) -> dict[str, float] | None:
    """What is lost on the validation rows, and how much more after the last epoch.

    Args:
        spec: Its loss is taken.
        rows: With labels.
        outputs: With the saved weights.
        at_end: With the weights of the last epoch; None: these are the saved ones.
        constant: `(units,)` the output that a constant prediction gives for each row;
            None: it is not known.

    Returns:
        `loss`, the mean with the saved weights, and `rise`, how much higher it is after
        the last epoch, each with its standard error over rows; with a constant also
        `gain`, how much more that loses. None for a single row, or for losses that are
        no finite numbers.
    """
    if rows.labels is None or len(rows.labels) != 1 or len(rows) < _FEWEST:
        return None
    best = row_losses(spec, rows, outputs)
    last = best if at_end is None else row_losses(spec, rows, at_end)
    loss, error = _mean(best)
    rise, rise_error = _mean(last - best)
    found = {"loss": loss, "error": error, "rise": rise, "rise_error": rise_error}
    given = only_array(outputs)
    if constant is not None and constant.size == given[0].size:
        same = np.broadcast_to(constant.reshape(given.shape[1:]), given.shape)
        of_constant = row_losses(spec, rows, {next(iter(outputs)): same})
        found["gain"], found["gain_error"] = _mean(of_constant - best)
    return found if np.isfinite([*found.values()]).all() else None


def _mean(values: Array) -> tuple[float, float]:
    """The mean of values and its standard error."""
    return float(values.mean()), float(values.std(ddof=1) / np.sqrt(len(values)))
