"""What the best constant prediction loses, in the unit of the loss of a run."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import keras
import numpy as np

from dlrun.data import only_array, only_name
from dlrun.training.row_losses import row_losses, targets

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from dlrun.data import Array, Dataset
    from dlrun.experiment import ExperimentSpec

_TEMPERED = (1.0, 0.75, 0.5, 0.25)
"""A focal loss is least for shares that are drawn towards each other."""
_QUANTILES = (0.3, 0.4, 0.5, 0.6, 0.7)
_MOST_NUMBERS = 1000
"""A constant of more is not kept: it is an image."""


def constant_losses(
    spec: ExperimentSpec, train: Dataset, validation: Dataset | None
) -> dict[str, object]:
    """What a run loses that predicts the same for every row, whatever is in it.

    The prediction is the best of a few for the train rows, as their weights of classes
    count them: the shares of the classes, as they are and evened out; mean, median and
    quantiles of numbers. Its loss on the validation rows counts all rows alike, as
    `val_loss` does.

    Returns:
        `constant_loss`, `val_constant_loss`, and `constant_output`, the numbers that
        are predicted, as the model gives them; None: it cannot be told.
    """
    unknown: dict[str, object] = {
        "constant_loss": None,
        "val_constant_loss": None,
        "constant_output": None,
    }
    if train.labels is None or len(train.labels) != 1 or not len(train):
        return unknown
    weights = _weights(spec, train)
    losses = {
        float(np.mean(_losses(spec, train, output) * weights)): output
        for output in _candidates(spec, train, weights)
    }
    finite = {loss: output for loss, output in losses.items() if math.isfinite(loss)}
    if not finite:
        return unknown
    least = min(finite)
    known = unknown | {"constant_loss": least}
    if finite[least].size <= _MOST_NUMBERS:
        known["constant_output"] = finite[least].reshape(-1).tolist()
    if validation is not None and validation.labels is not None and len(validation):
        held = float(np.mean(_losses(spec, validation, finite[least])))
        known["val_constant_loss"] = held if math.isfinite(held) else None
    return known


def constant_output(facts: Mapping[str, object]) -> Array | None:
    """`(numbers,)`: what a constant prediction gives for each row; None: not known."""
    numbers = facts.get("constant_output")
    return np.asarray(numbers, np.float32) if isinstance(numbers, list) else None


def _weights(spec: ExperimentSpec, train: Dataset) -> Array:
    """`(rows,)`: how much each train row counts."""
    head = spec.compile.head(only_name(train.labels or {}))
    given = spec.fit.weights_of(train.class_counts(), head.name)
    classes = train.class_indices()
    if given is None or classes is None:
        return np.ones(len(train))
    return np.asarray(given, dtype=np.float64)[classes]


def _candidates(
    spec: ExperimentSpec, train: Dataset, weights: Array
) -> Iterator[Array]:
    """Outputs, `(units,)` or as labels are shaped, one of which is about the best."""
    name = only_name(train.labels or {})
    loss = spec.compile.head(name).loss
    if loss.task == "regression":
        labels = only_array(targets(spec, train)).astype(np.float64)
        yield labels.mean(axis=0)
        for quantile in _QUANTILES:
            yield np.quantile(labels, quantile, axis=0)
        return
    classes, known = train.class_indices(), train.classes.get(name)
    # Margins are no probabilities; of them nothing is said.
    if classes is None or known is None or "ntropy" not in loss.key:
        return
    counts = np.bincount(classes, weights=weights, minlength=len(known))
    for power in _TEMPERED:
        shares = counts**power / (counts**power).sum()
        output = shares[1:] if loss.labels == "binary" else shares
        yield _logits(output) if getattr(loss, "from_logits", False) else output


def _logits(shares: Array) -> Array:
    """`(units,)`: what a sigmoid or softmax turns into these probabilities."""
    safe = np.clip(shares, keras.config.epsilon(), 1 - keras.config.epsilon())
    return np.log(safe / (1 - safe)) if len(safe) == 1 else np.log(safe)


def _losses(spec: ExperimentSpec, rows: Dataset, output: Array) -> Array:
    """`(rows,)`: what is lost where the same output is given for each row.

    It is the loss of that output alone: a weight in a sum does not count.
    """
    name = only_name(rows.labels or {})
    repeated = np.tile(output.astype(np.float32), (len(rows), *[1] * output.ndim))
    share = (spec.compile.loss_weights or {}).get(name, 1.0)
    losses = row_losses(spec, rows, {name: repeated})
    return losses / share if share else losses
