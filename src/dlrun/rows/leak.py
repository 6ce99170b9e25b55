"""Rows that are in two parts of the data."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dlrun.data import Dataset

_LEAKED_SHARE = 0.01
_TIMES_CHANCE = 3


def leaked_rows(train: Dataset, held: Dataset) -> int:
    """How many held-out rows are train rows as well, with equal features and labels.

    It is 0 for fewer than 1 in 100, and where chance explains a third of them: people
    of the same age are no copies of each other.
    """
    known = set(_row_hashes(train))
    leaked = sum(row in known for row in _row_hashes(held))
    share = leaked / len(held)
    if share >= _LEAKED_SHARE and share > _TIMES_CHANCE * _chance(train):
        return leaked
    return 0


def _chance(train: Dataset) -> float:
    """How likely a new row equals a train row if its columns are independent."""
    import numpy as np

    columns = list(train.features.reshape(len(train), -1).T)
    if train.labels is not None:
        columns += list(train.labels.reshape(len(train), -1).T)
    expected = float(len(train))
    for column in columns:
        shares = np.unique(column, return_counts=True)[1] / len(train)
        expected *= float((shares**2).sum())
        if expected < _LEAKED_SHARE / _TIMES_CHANCE:
            break
    return min(1.0, expected)


def _row_hashes(dataset: Dataset) -> list[int]:
    import numpy as np

    features = np.ascontiguousarray(dataset.features)
    if dataset.labels is None:
        return [hash(row.tobytes()) for row in features]
    return [
        hash((row.tobytes(), label.tobytes()))
        for row, label in zip(features, dataset.labels, strict=True)
    ]
