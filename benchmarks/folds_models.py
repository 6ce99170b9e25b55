"""Models that cost milliseconds: logistic and ridge regressions, all folds at once."""

from __future__ import annotations

import numpy as np

PENALTY = 1.0
STEPS = 5
LEAST = 1e-4
"""The least that a probability is taken for, as Keras clips it, only more."""


def predictions(rows, seen, train):
    """`(runs, rows)`: what each run says of every row.

    Args:
        rows: Whose labels are learned.
        seen: `(rows, columns)` the features as they were measured.
        train: `(runs, rows)` how much each row counts; 0: it does not train.
    """
    inputs = np.concatenate([seen, np.ones((len(seen), 1))], axis=1)
    if rows.is_of_classes:
        return _logistic(inputs, rows.labels, train)
    return _ridge(inputs, rows.labels, train) @ inputs.T


def _ridge(inputs, labels, train):
    aims = (train * labels) @ inputs
    return np.linalg.solve(_squares(inputs, train), aims[..., None])[..., 0]


def _squares(inputs, counts):
    """`(runs, columns, columns)` with the penalty; the last column is the constant."""
    weighted = counts[:, :, None] * inputs
    return weighted.transpose(0, 2, 1) @ inputs + PENALTY * np.eye(inputs.shape[1])


def _logistic(inputs, labels, train):
    """Probabilities, by Newton's method."""
    weights = np.zeros((len(train), inputs.shape[1]))
    for _ in range(STEPS):
        chance = 1 / (1 + np.exp(-np.clip(weights @ inputs.T, -30, 30)))
        slope = (train * (chance - labels)) @ inputs + PENALTY * weights
        bend = _squares(inputs, train * chance * (1 - chance))
        weights -= np.linalg.solve(bend, slope[..., None])[..., 0]
    return 1 / (1 + np.exp(-np.clip(weights @ inputs.T, -30, 30)))


def scores(rows, said, held, metric):
    """`(runs,)`: the metric of each run on the rows that it holds out.

    Args:
        rows: With their labels.
        said: `(runs, rows)` what each run predicts.
        held: `(runs, rows)` True where a row validates.
        metric: `accuracy` or `loss`: cross-entropy of classes, squares of numbers.
    """
    return (points(rows, said, metric) * held).sum(axis=1) / held.sum(axis=1)


def points(rows, said, metric):
    """`(runs, rows)`: what each row adds to the metric."""
    if not rows.is_of_classes:
        return (said - rows.labels) ** 2
    if metric == "accuracy":
        return (said > 0.5) == (rows.labels > 0.5)
    right = np.where(rows.labels > 0.5, said, 1 - said)
    return -np.log(np.clip(right, LEAST, 1))
