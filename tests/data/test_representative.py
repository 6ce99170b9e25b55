from __future__ import annotations

import numpy as np
import pytest

from dlrun.data import INPUT, OUTPUT, Dataset, Fold, representative


def classified(*counts: int) -> Dataset:
    """So many rows of each class, one class after the other."""
    labels = np.repeat(np.arange(len(counts)), counts).astype("int32")
    names = tuple(f"c{index}" for index in range(len(counts)))
    features = np.zeros((len(labels), 1), "float32")
    return Dataset(
        {INPUT: features},
        {OUTPUT: labels},
        classes={OUTPUT: names},
    )


def numbered(labels) -> Dataset:
    labels = np.asarray(labels, dtype="float32")
    return Dataset({INPUT: np.zeros((len(labels), 1), "float32")}, {OUTPUT: labels})


def last_rows_of(dataset: Dataset, share: float) -> Fold:
    """The last rows validate."""
    rows = np.arange(len(dataset))
    start = int(len(dataset) * (1 - share))
    return Fold(rows[:start], rows[start:], rows[:0])


def test_sorted_labels_are_not_representative():
    dataset = classified(4, 2)

    reason = representative(last_rows_of(dataset, 0.34), dataset)

    assert reason == (
        "none of the 3 train rows is of class c1, but 2 validation rows are"
    )


def test_a_class_that_only_trains_is_not_representative():
    dataset = classified(1, 6, 3)

    reason = representative(last_rows_of(dataset, 0.5), dataset)

    assert reason == (
        "none of the 5 validation rows is of class c0, but 1 train row is"
    )


def test_shares_that_chance_does_not_explain_are_not_representative():
    labels = np.array([0, 1] * 100 + [0] * 40 + [1] * 10, dtype="int32")
    dataset = Dataset(
        {INPUT: np.zeros((250, 1), "float32")},
        {OUTPUT: labels},
        classes={OUTPUT: ("no", "yes")},
    )

    reason = representative(last_rows_of(dataset, 0.2), dataset)

    assert (
        reason
        == "class no makes up 50% of the train rows, but 80% of the validation rows"
    )


def test_numbers_that_drift_are_not_representative():
    dataset = numbered(np.linspace(0, 1, 200))

    reason = representative(last_rows_of(dataset, 0.2), dataset)

    assert reason == (
        "labels have the mean 0.3995 in the train rows, "
        "but 0.902 in the validation rows"
    )


@pytest.mark.parametrize("seed", range(30))
def test_rows_drawn_at_random_are_representative(seed):
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 3, 300).astype("int32")
    classes = Dataset(
        {INPUT: np.zeros((300, 1), "float32")},
        {OUTPUT: labels},
        classes={OUTPUT: ("a", "b", "c")},
    )
    numbers = numbered(rng.normal(size=300))

    for dataset in (classes, numbers):
        assert representative(last_rows_of(dataset, 0.2), dataset) is None
