"""What a diagnosis has to know of a run beside its curves; known before it trains."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import numpy.typing as npt

    from dlrun.build import Parts
    from dlrun.components.layers import Layer
    from dlrun.data import Dataset
    from dlrun.spec import Experiment

_NOISE = ("dropout", "rate", "recurrent_dropout", "stddev")
"""The arguments by which layers draw noise while training."""


def describe_facts(experiment: Experiment, parts: Parts) -> dict[str, Any]:
    """The facts of a run as plain values, in the words of `dlrun.diagnosis`."""
    spec, validation = experiment.spec, parts.validation
    layers = [layer for layer in spec.model.layers if layer.enabled]
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
        "noise": bool(spec.data.augment) or any(map(_draws_noise, layers)),
        "batch_norm": any(layer.key == "BatchNormalization" for layer in layers),
        "shared_rows": 0
        if validation is None
        else shared_rows(parts.train, validation),
        "restored_best": spec.fit.monitor == "val_loss",
    }


def shared_rows(train: Dataset, validation: Dataset) -> int:
    """How many train rows stand among the validation rows too, with their labels."""
    known = set(_row_hashes(validation))
    return sum(found in known for found in _row_hashes(train))


def _row_hashes(dataset: Dataset) -> Iterator[int]:
    labels = dataset.labels if dataset.labels is not None else np.zeros(len(dataset))
    rows = zip(np.ascontiguousarray(dataset.features), labels, strict=True)
    return (hash((row.tobytes(), label.tobytes())) for row, label in rows)


def _spread(train: Dataset) -> Mapping[str, float]:
    """How far numbers to predict lie from their mean and median: a guess loses that."""
    if train.class_indices() is not None or train.labels is None:
        return {}
    labels: npt.NDArray[Any] = train.labels.reshape(len(train), -1).astype(np.float64)
    middle = np.median(labels, axis=0)
    return {
        "label_variance": float(labels.var(axis=0).mean()),
        "label_mean_abs_deviation": float(np.abs(labels - middle).mean()),
    }


def _layer(layer: Layer) -> dict[str, Any]:
    wrapped = getattr(layer, "layer", layer)
    penalty = getattr(wrapped, "kernel_regularizer", None)
    rate = getattr(wrapped, "rate" if "Dropout" in layer.key else "dropout", None)
    return {
        "class": layer.key,
        "name": layer.name,
        "activation": getattr(wrapped, "activation", None),
        "dropout_rate": rate,
        "l2": getattr(penalty, "l2", None),
    }


def _draws_noise(layer: Layer) -> bool:
    wrapped = getattr(layer, "layer", layer)
    drawn = any(getattr(wrapped, name, None) for name in _NOISE)
    return drawn or layer.key.startswith("Random")
