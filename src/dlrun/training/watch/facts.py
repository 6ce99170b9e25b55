"""What a diagnosis has to know of a run beside its curves; known before it trains."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dlrun.components.layers import Layer
    from dlrun.data import Array, Arrays, Dataset
    from dlrun.experiment import Experiment
    from dlrun.rows import Parts

_CHUNK = 4096
"""Rows that are squared at once in double precision."""
_NARROW = 100
"""Rows of more values are not the same by chance."""


def describe_facts(experiment: Experiment, parts: Parts) -> dict[str, object]:
    """The facts of a run as plain values, in the words of `dlrun.diagnosis`."""
    spec, validation = experiment.spec, parts.validation
    placed = [one for one in experiment.layers if one.shares is None]
    layers = [one.layer for one in placed if one.layer.enabled]
    optimizer = spec.compile.optimizer
    rate = getattr(optimizer, "learning_rate", None)
    return {
        "task": spec.compile.loss.task,
        "num_classes": len(parts.train.classes or ()) or None,
        "n_train": len(parts.train),
        "n_val": 0 if validation is None else len(validation),
        "train_class_counts": parts.train.class_counts(),
        "val_class_counts": {} if validation is None else validation.class_counts(),
        **_spread(parts.train),
        "loss": spec.compile.loss.key,
        "optimizer": optimizer.key,
        "learning_rate": rate if isinstance(rate, float) else rate and rate.key,
        "batch_size": spec.fit.batch_size,
        "layers": [_layer(layer) for layer in layers],
        "parameters": experiment.parameters,
        "noise": bool(spec.data.augment_layers)
        or any(layer.draws_noise() for layer in layers),
        "batch_norm": any(layer.keeps_averages for layer in layers),
        **_shared(parts.train, validation),
        "feature_size": _feature_size(parts.train.features),
        "restored_best": spec.fit.monitor == "val_loss",
    }


def shared_rows(train: Dataset, validation: Dataset) -> int:
    """How many train rows stand among the validation rows too, with their labels."""
    known = set(validation.row_hashes())
    return sum(row in known for row in train.row_hashes())


def shared_by_chance(train: Dataset, validation: Dataset) -> int:
    """How many would, if the values of each column were dealt out anew in each class.

    Columns of few values, such as an age in years, coincide often; rows of many, or of
    measures, never: no more than the train rows that are there twice.
    """
    columns = {
        name: array.reshape(len(train), -1) for name, array in train.features.items()
    }
    widths = [array.shape[1] for array in columns.values()]
    if sum(widths) > _NARROW:
        return 0
    flat = np.concatenate(list(columns.values()), axis=1)
    times = Counter(train.row_hashes())
    repeated = sum(count for count in times.values() if count > 1)
    classes = train.class_indices()
    draw, dealt = np.random.default_rng(0), np.empty_like(flat)
    for number in (None,) if classes is None else np.unique(classes):
        members = ... if number is None else classes == number
        dealt[members] = draw.permuted(flat[members], axis=0)
    parts = np.split(dealt, np.cumsum(widths)[:-1], axis=1)
    features = {
        name: part.reshape(train.features[name].shape)
        for name, part in zip(columns, parts, strict=True)
    }
    return min(repeated, shared_rows(replace(train, features=features), validation))


def _shared(train: Dataset, validation: Dataset | None) -> dict[str, int]:
    count = 0 if validation is None else shared_rows(train, validation)
    if validation is None or not count:
        return {"shared_rows": 0, "shared_by_chance": 0}
    return {
        "shared_rows": count,
        "shared_by_chance": shared_by_chance(train, validation),
    }


def _feature_size(features: Arrays) -> float | None:
    """The root mean square of the features as the model sees them."""
    parts = [
        array[start : start + _CHUNK]
        for array in features.values()
        for start in range(0, len(array), _CHUNK)
    ]
    total = math.fsum(np.square(part, dtype=np.float64).sum() for part in parts)
    size = math.sqrt(total / max(1, sum(part.size for part in parts)))
    return float(f"{size:.6g}") if math.isfinite(size) else None


def _spread(train: Dataset) -> Mapping[str, float]:
    """How far targets lie from their mean and median: a guess loses that."""
    if train.class_indices() is not None or train.labels is None:
        return {}
    columns = [array.reshape(len(train), -1) for array in train.labels.values()]
    labels: Array = np.concatenate(columns, axis=1).astype(np.float64)
    middle = np.median(labels, axis=0)
    return {
        "label_variance": float(labels.var(axis=0).mean()),
        "label_mean_abs_deviation": float(np.abs(labels - middle).mean()),
    }


def _layer(layer: Layer) -> dict[str, object]:
    wrapped = getattr(layer, "layer", layer)
    penalty = getattr(wrapped, "kernel_regularizer", None)
    rate = getattr(wrapped, "rate" if layer.drops else "dropout", None)
    return {
        "class": layer.key,
        "name": layer.name,
        "activation": getattr(wrapped, "activation", None),
        "dropout_rate": rate,
        "l2": getattr(penalty, "l2", None),
    }
