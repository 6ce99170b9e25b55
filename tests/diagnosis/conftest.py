from __future__ import annotations

import math
import random
from collections.abc import Callable
from pathlib import Path

import pytest

Columns = dict[str, list[float]]


@pytest.fixture(scope="module")
def labelled(diagnosis_benchmark) -> list[dict]:
    """The labelled histories of a prototype; README.md says what they are."""
    file = Path(__file__).with_name("histories.jsonl.gz")
    return diagnosis_benchmark("everyday_records").read_records(file)


def falling(epochs: int, end: float = 0.1, rate: float = 0.2) -> list[float]:
    """From the loss of ten equally likely classes down to `end`."""
    return [end + (2.3 - end) * math.exp(-rate * epoch) for epoch in range(epochs)]


@pytest.fixture
def healthy() -> Callable[..., Columns]:
    """Losses that fall together, accuracies that rise together."""

    def make(epochs: int = 40, **columns: list[float]) -> Columns:
        train = falling(epochs)
        return {
            "train_loss": train,
            "val_loss": [value + 0.03 for value in train],
            "train_accuracy": [1 - value / 2.6 for value in train],
            "val_accuracy": [0.99 - value / 2.6 for value in train],
        } | columns

    return make


@pytest.fixture
def overfitted() -> Callable[..., Columns]:
    """A validation loss that falls to 0.5 at epoch `best`, then rises by `slope`."""

    def make(
        epochs: int = 40, best: int = 10, slope: float = 0.02, noise: float = 0.0
    ) -> Columns:
        draw = random.Random(1).gauss
        return {
            "train_loss": falling(epochs, end=0.01),
            "val_loss": [
                0.5
                + max(best - epoch, 0) * 0.15
                + max(epoch - best, 0) * slope
                + draw(0, noise)
                for epoch in range(1, epochs + 1)
            ],
        }

    return make


@pytest.fixture
def probe() -> Callable[..., dict[str, object]]:
    """A healthy look into two layers, but for what is given."""

    def make(epoch: int, **values: object) -> dict[str, object]:
        return {
            "epoch": epoch,
            "grad_norm": [0.5, 0.4],
            "weight_norm": [8.0, 4.0],
            "dead_frac": [0.1],
            "pred_counts": [13] * 10,
            "nonfinite": False,
            "reg_loss": 0.0,
        } | values

    return make


@pytest.fixture
def digits() -> dict[str, object]:
    """Ten classes, 1,000 train and 400 validation rows."""
    return {"task": "classification", "num_classes": 10, "n_train": 1000, "n_val": 400}
