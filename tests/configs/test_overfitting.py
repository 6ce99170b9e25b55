from __future__ import annotations

import numpy as np
import pytest

SEEDS = range(1, 6)

pytestmark = [
    pytest.mark.heavy,
    # Keras 3.15 on NumPy 2.4, when it saves a model
]


@pytest.fixture(scope="module")
def last(train):
    """A figure of the last epoch of a study, for each seed."""

    def figures(name, column):
        histories = [
            train(f"overfitting/{name}", f"seed={seed}").history() for seed in SEEDS
        ]
        return np.array([history[column][-1] for history in histories])

    return figures


@pytest.fixture(scope="module")
def gaps(last):
    """Validation loss minus train loss, on the same weights, for each seed."""
    return lambda name: last(name, "val_loss") - last(name, "train_loss")


@pytest.mark.parametrize(
    ("study", "cure"),
    [
        ("digits", "more_data"),
        ("digits", "crop"),
        ("digits", "flip"),
        ("digits", "rotate"),
        ("digits", "smaller"),
        ("digits", "dropout"),
        ("breast_cancer", "more_data"),
        ("breast_cancer", "noise"),
        ("breast_cancer", "smaller"),
        ("breast_cancer", "dropout"),
    ],
)
def test_what_helps_against_overfitting_narrows_the_gap(gaps, study, cure):
    base = gaps(f"{study}_base")

    change = gaps(f"{study}_{cure}") - base

    assert (base > 0).all()
    assert change.mean() < 0
    assert (change < 0).sum() >= 4


@pytest.mark.parametrize(
    ("study", "cure"),
    [
        ("digits", "larger"),
        ("digits", "less_dropout"),
        ("breast_cancer", "larger"),
    ],
)
def test_what_helps_against_underfitting_lowers_the_train_loss_and_widens_the_gap(
    gaps, last, study, cure
):
    underfit, cured = f"{study}_underfit", f"{study}_underfit_{cure}"

    change = gaps(cured) - gaps(underfit)

    assert (last(cured, "train_loss") < last(underfit, "train_loss")).all()
    assert last(cured, "val_loss").mean() < last(underfit, "val_loss").mean()
    assert change.mean() > 0
    assert (change > 0).sum() >= 4


def test_flipped_digits_cost_accuracy(last):
    flipped, base = (
        last(f"digits_{name}", "val_accuracy") for name in ("flip", "base")
    )

    assert (flipped < base).all()


def test_early_stopping_ends_before_the_epochs_do(train):
    folder = train("overfitting/breast_cancer_early_stopping")

    metrics = folder.metrics()

    assert metrics.epochs < 200
    assert metrics.epochs == metrics.best_epoch + 5
