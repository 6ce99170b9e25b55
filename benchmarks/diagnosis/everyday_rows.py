"""The loss of each validation row, epoch by epoch, while dlrun trains."""

from __future__ import annotations

import math
from base64 import b64decode, b64encode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np

from dlrun.data import Dataset
from dlrun.progress import Progress

Losses = np.ndarray
"""`(rows,)`."""
_LEAST = 1e-7
"""Keras keeps probabilities so far from 0 and 1."""


def losses(name: str, outputs: np.ndarray, labels: np.ndarray) -> Losses:
    """The loss of each row, without penalties.

    Args:
        name: Of the loss in Keras, in snake case.
        outputs: `(rows, units)`.
        labels: `(rows,)`, classes or numbers.
    """
    if name == "sparse_categorical_crossentropy":
        right = outputs[np.arange(len(labels)), labels.astype(int)]
        return -np.log(np.clip(right, _LEAST, 1))
    given = outputs.astype("float64").reshape(len(labels), -1)[:, 0]
    if name.startswith("binary"):
        right = np.clip(np.where(labels == 1, given, 1 - given), _LEAST, 1)
        focus = (1 - right) ** 2 if "focal" in name else 1.0
        return -focus * np.log(right)
    error = given - labels.astype("float64")
    if name == "mean_absolute_error":
        return np.abs(error)
    if name == "huber":
        size = np.abs(error)
        return np.where(size <= 1, error**2 / 2, size - 0.5)
    return error**2


def constant(name: str, train: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """The outputs `(units,)` of the best constant prediction for the train rows."""
    if "crossentropy" in name:
        shares = np.bincount(train.astype(int), weights=weights)
        shares /= shares.sum()
        return shares if name.startswith("sparse") else shares[1:]
    is_mean = name == "mean_squared_error"
    return np.array([train.mean() if is_mean else np.median(train)])


def pack(values: Losses) -> str:
    """Numbers of 12 bits of precision, as text."""
    bits = np.asarray(values, dtype="<f4").view("<u4") & np.uint32(0xFFFFF000)
    return b64encode(bits.tobytes()).decode()


def unpack(text: str) -> Losses:
    """What `pack` was given, nearly."""
    return np.frombuffer(b64decode(text), dtype="<f4").astype("float64")


def row_losses(best: Losses, last: Losses) -> dict[str, float]:
    """What a run keeps of the loss of its validation rows, as `metrics.json` has it."""
    root, rise = math.sqrt(len(best)), last - best
    return {
        "loss": float(best.mean()),
        "error": float(best.std(ddof=1) / root),
        "rise": float(rise.mean()),
        "rise_error": float(rise.std(ddof=1) / root),
    }


class Follower(Progress):
    """Takes the loss of each validation row at the end of each epoch."""

    def __init__(self, name: str, train: Dataset, held: Dataset, weights: Any) -> None:
        """Get ready.

        Args:
            name: Of the loss.
            train: The train rows, with labels.
            held: The validation rows.
            weights: How much the rows of each class count; None: all alike.
        """
        self._name, self._held = name, held
        (self._labels,) = held.labels.values()
        (labels,) = train.labels.values()
        of = (lambda y: np.asarray(weights)[y.astype(int)]) if weights else np.ones_like
        self._weights = of(self._labels).astype("float64")
        best = constant(name, labels, of(labels).astype("float64"))
        outputs = np.tile(best, (len(self._labels), 1))
        self.constant = float(self._weigh(outputs).mean())
        """The loss of the best constant prediction on the validation rows."""
        self.best = self.last = np.full(len(self._labels), np.nan)
        self.epochs = self.best_epoch = 0
        self.shares: list[float] = []
        """Of the rows given each class in the best epoch."""
        self.engine: Any = None

    def _weigh(self, outputs: np.ndarray) -> Losses:
        return losses(self._name, outputs, self._labels) * self._weights

    def epoch(self, _: Mapping[str, object]) -> None:
        (outputs,) = self.engine.predict(self._held.features).values()
        outputs = np.asarray(outputs)
        rows = self._weigh(outputs)
        self.last = rows
        self.epochs += 1
        if self.best_epoch == 0 or rows.mean() < self.best.mean():
            self.best, self.best_epoch = rows, self.epochs
            self.shares = self._shares(outputs)

    def _shares(self, outputs: np.ndarray) -> list[float]:
        if "crossentropy" not in self._name:
            return []
        given = outputs.argmax(axis=1) if outputs.shape[1] > 1 else outputs[:, 0] >= 0.5
        classes = max(2, outputs.shape[1])
        counts = np.bincount(given.astype(int), minlength=classes)
        return [float(count / len(given)) for count in counts]


@contextmanager
def followed(follower: Follower) -> Iterator[None]:
    """Give a follower the engine of the training that is done inside."""
    from dlrun.training import fit

    build = fit.build_engine

    def build_engine(*arguments: Any, **keys: Any) -> Any:
        engine, model = build(*arguments, **keys)
        follower.engine = engine
        return engine, model

    fit.build_engine = build_engine
    try:
        yield
    finally:
        fit.build_engine = build
