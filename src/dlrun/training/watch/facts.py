"""What a diagnosis has to know of a run beside its curves; known before it trains."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from dlrun.data.row_hash import are_among
from dlrun.data.row_windows import gathered_later
from dlrun.training.baselines import ROWS, baseline_figures
from dlrun.training.constant import constant_losses
from dlrun.training.watch.columns import column_facts
from dlrun.training.watch.neighbours import near_neighbours

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dlrun.components.layers import Layer
    from dlrun.data import Array, Arrays, Dataset
    from dlrun.experiment import Experiment, ExperimentSpec
    from dlrun.experiment.compile import Head
    from dlrun.rows import Parts
    from dlrun.runs import Preprocessing

_CHUNK = 2**20
"""Numbers that are squared at once in double precision, some more at most."""
_NARROW = 100
"""Rows of more values are not the same by chance."""


def describe_facts(experiment: Experiment, parts: Parts) -> dict[str, object]:
    """The facts of a run as plain values, in the words of `dlrun.diagnosis`."""
    spec, validation = experiment.spec, parts.validation
    placed = [one for one in experiment.layers if one.shares is None]
    layers = [one.layer for one in placed if one.layer.enabled]
    optimizer = spec.compile.optimizer
    rate = getattr(optimizer, "learning_rate", None)
    magnitudes = _magnitudes(experiment, parts.train)
    labels = {
        head.name: _of_labels(spec, head, parts.train, validation)
        for head in spec.compile.heads
    }
    of_all = labels.get(None) or {
        "outputs": {str(name): facts for name, facts in labels.items()}
    }
    return {
        "n_train": len(parts.train),
        "n_val": 0 if validation is None else len(validation),
        **of_all,
        "optimizer": optimizer.key,
        "adapts": optimizer.adapts,
        "learning_rate": rate if isinstance(rate, float) else rate and rate.key,
        "batch_size": spec.fit.batch_size,
        "layers": [_layer(layer) for layer in layers],
        "parameters": experiment.parameters,
        "noise": bool(spec.data.augment_layers)
        or any(layer.draws_noise() for layer in layers),
        "batch_norm": any(layer.keeps_averages for layer in layers),
        **_shared(parts),
        **_neighbours(parts.train, validation),
        "feature_size": _feature_size(magnitudes.features),
        "feature_scales": _feature_scales(magnitudes),
        **column_facts(parts.preprocessing, magnitudes),
        **_naive(spec, validation),
        "restored_best": spec.fit.monitor == "val_loss",
        "stops_at_best": any(
            getattr(callback, "restore_best_weights", False)
            for callback in spec.fit.callbacks
        ),
    }


def _naive(spec: ExperimentSpec, validation: Dataset | None) -> dict[str, object]:
    """What those lose on all validation windows who predict without a model."""
    figures = baseline_figures(spec, validation)
    known = {
        name: {key: one[key] for key in ("loss", "accuracy") if key in one}
        for name, one in figures.items()
        if validation is not None and one[ROWS] == len(validation)
    }
    return {"naive": known} if known else {}


def _of_labels(
    spec: ExperimentSpec, head: Head, train: Dataset, validation: Dataset | None
) -> dict[str, object]:
    """What must be known of the labels of an output, and of its loss."""
    name = head.name or next(iter(train.labels or ()), "")
    held = {} if validation is None else validation.class_counts(name)
    return {
        "task": head.loss.task,
        "num_classes": len(train.classes.get(name, ())) or None,
        "train_class_counts": train.class_counts(name),
        "val_class_counts": held,
        **(_spread(train, name) if head.loss.task == "regression" else {}),
        **constant_losses(
            spec,
            _alone(train, name),
            None if validation is None else _alone(validation, name),
        ),
        "class_weights": spec.fit.weights_of(train.class_counts(name), head.name),
        "loss": head.loss.key,
    }


def _magnitudes(experiment: Experiment, rows: Dataset) -> Dataset:
    """The rows without inputs of tokens, whose numbers are no magnitudes.

    Nor are the images of a column that layers scale: encoders do not.
    """
    takers: dict[str, list[bool]] = {}
    for item in experiment.layers:
        for source in item.sources:
            takers.setdefault(source, []).append(item.layer.scales)
    left_out = {
        name
        for one in experiment.facts.columns
        for name in one.inputs
        if one.gives == "tokens"
        or (one.gives == "array" and all(takers.get(name, [False])))
    }
    kept = {
        name: one if (gathered := gathered_later(one)) is None else gathered.newest()
        for name, one in rows.features.items()
        if name not in left_out
    }
    return replace(rows, features=kept)


def _are_gathered(rows: Dataset) -> bool:
    """Whether features are windows of so many rows that they are not copied out.

    Those of two parts share no rows by the way in which they are made.
    """
    return any(gathered_later(one) is not None for one in rows.features.values())


def _alone(rows: Dataset, output: str) -> Dataset:
    """The rows with the labels of one output."""
    labels = rows.labels or {}
    return replace(rows, labels={output: labels[output]} if output in labels else None)


def shared_rows(train: Dataset, validation: Dataset) -> int:
    """How many train rows stand among the validation rows too, with their labels."""
    return int(are_among(train.row_hashes(), validation.row_hashes()).sum())


def shared_by_chance(
    train: Dataset, validation: Dataset, widths: Sequence[int] = ()
) -> int:
    """How many of them may well be the same by chance: those that have near twins.

    A near twin is a row that differs from the train row in one column only. Rows of
    coarse columns, such as a class and an age in years, have near twins wherever they
    have twins, however the columns depend on each other; copies of rows of measures
    have twins alone.

    Args:
        train: the rows that are asked for.
        validation: where they may stand, too.
        widths: how many numbers were made of each column of a table, as of a category;
            none: each number is a column.
    """
    here, there = _table(train), _table(validation)
    if here is None or there is None:
        return 0
    both = np.concatenate([here, there])
    draw = np.random.default_rng(0)
    # A value is a random number and a row their sum; less one, it lacks that column.
    columns = np.split(both, np.cumsum(widths or [1] * both.shape[1])[:-1], axis=1)
    parts = np.stack([_drawn(column, draw) for column in columns], axis=1)
    whole = parts.sum(axis=1, dtype=np.uint64)
    copied = np.flatnonzero(np.isin(whole[: len(here)], whole[len(here) :]))
    found = len(copied)
    for column in parts.T:
        alike = np.unique(np.stack([whole - column, whole], axis=1), axis=0)[:, 0]
        rest, kinds = np.unique(alike, return_counts=True)
        near = rest[kinds > 1]
        copied = copied[~np.isin((whole - column)[copied], near)]
    return found - len(copied)


def _drawn(column: Array, draw: np.random.Generator) -> Array:
    """`(rows,)`: a random number for each value of a column `(rows, numbers)`."""
    axis = None if column.shape[1] == 1 else 0  # many times as fast, of single numbers
    values, places = np.unique(column, axis=axis, return_inverse=True)
    numbers = draw.integers(1 << 63, size=len(values), dtype=np.uint64)
    return numbers[places.reshape(-1)]


def _table(rows: Dataset) -> Array | None:
    """`(rows, columns)` of the features; None where they are many, as of images."""
    columns = [array.reshape(len(rows), -1) for array in rows.features.values()]
    if not 0 < sum(column.shape[1] for column in columns) <= _NARROW:
        return None
    return np.concatenate(columns, axis=1)


def _shared(parts: Parts) -> dict[str, int]:
    train, validation = parts.train, parts.validation
    is_asked = validation is not None and not _are_gathered(train)
    count = shared_rows(train, validation) if is_asked and validation else 0
    if validation is None or not count:
        return {"shared_rows": 0, "shared_by_chance": 0}
    widths = _widths(parts.preprocessing, train)
    by_chance = min(count, shared_by_chance(train, validation, widths))
    return {"shared_rows": count, "shared_by_chance": by_chance}


def _widths(preprocessing: Preprocessing, train: Dataset) -> list[int]:
    """How many numbers each column of a table became, in their order; none: no table.

    Of one that became an array, each number is a column: it holds more than a value.
    """
    found: list[int] = []
    for name, within in preprocessing.input_columns.items():
        widths: list[int] = []
        for one in (preprocessing.columns[column] for column in within):
            is_one = one.row_shape is None
            widths += (
                [len(one.names)] if is_one else [1] * math.prod(one.row_shape or ())
            )
        numbers = math.prod(train.row_shapes[name])
        found += widths * (numbers // max(1, sum(widths)))  # of windows, row after row
    return found


def _neighbours(train: Dataset, validation: Dataset | None) -> Mapping[str, float]:
    """What is told of rows that stand side by side, in few digits."""
    if validation is None or _are_gathered(train):
        return {}
    here, there = _table(train), _table(validation)
    if here is None or there is None:
        return {}
    found = near_neighbours(train, validation, (here, there))
    return {name: float(f"{value:.3g}") for name, value in found.items()}


def _feature_size(features: Arrays) -> float | None:
    """The root mean square of the features as the model sees them."""
    parts = [
        array[start : start + rows]
        for array in features.values()
        for rows in [max(1, _CHUNK * len(array) // max(1, array.size))]
        for start in range(0, len(array), rows)
    ]
    if not parts:
        return None
    total = math.fsum(np.square(part, dtype=np.float64).sum() for part in parts)
    size = math.sqrt(total / sum(part.size for part in parts))
    return float(f"{size:.6g}") if math.isfinite(size) else None


def _feature_scales(train: Dataset) -> float | None:
    """How many times the largest column is as large as the smallest one.

    Their size is the root mean square of a column; columns of zeros do not count. None:
    there are many columns, as those of images.
    """
    table = _table(train)
    if table is None or not len(table):
        return None
    sizes = np.sqrt(np.square(table, dtype=np.float64).mean(axis=0))
    sizes = sizes[sizes > 0]
    if not len(sizes) or not np.isfinite(sizes).all():
        return None
    return float(f"{sizes.max() / sizes.min():.6g}")


def _spread(train: Dataset, output: str) -> Mapping[str, float]:
    """How far targets lie from their mean and median: a guess loses that.

    Of labels that are scaled, in scaled units, as the loss is.
    """
    found = (train.labels or {}).get(output)
    if found is None or output in train.classes:
        return {}
    scaler = train.label_scalers.get(output)
    found = found if scaler is None else scaler.apply(found)
    labels: Array = found.reshape(len(train), -1).astype(np.float64)
    middle = np.median(labels, axis=0)
    return {
        "label_mean": float(labels.mean()),
        "label_variance": float(labels.var(axis=0).mean()),
        "label_mean_abs_deviation": float(np.abs(labels - middle).mean()),
    }


def _layer(layer: Layer) -> dict[str, object]:
    wrapped = getattr(layer, "layer", layer)
    penalty = getattr(wrapped, "kernel_regularizer", None)
    rate = getattr(wrapped, "rate" if layer.drops else "dropout", None)
    activation = getattr(wrapped, "activation", None)
    return {
        "class": layer.key,
        "name": layer.name,
        "activation": activation,
        "bends": _bends(wrapped, activation),
        "units": getattr(wrapped, wrapped.width_argument or "", None),
        "dropout_rate": rate,
        "l2": getattr(penalty, "l2", None),
    }


def _bends(layer: Layer, activation: object) -> bool:
    """Whether what it gives may be no linear function of what it gets."""
    if layer.width_argument:
        return activation not in {None, "linear"} or layer.gates > 1
    same = layer.keeps_numbers and not (layer.activates or layer.pools or layer.merges)
    passive = (layer.drops, layer.adds_noise, layer.normalizes, layer.scales)
    return not (same or layer.augments or any(passive))
