from __future__ import annotations

import numpy as np
import pytest

from dlrun.data import Dataset

FEATURES = np.array([[1, 2], [3, 4], [5, 6]], dtype="float32")
LABELS = np.array([0, 1, 1], dtype="int32")


@pytest.fixture
def dataset() -> Dataset:
    return Dataset(FEATURES, LABELS, classes=("no", "yes"), feature_names=("a", "b"))


def test_rows_without_names_are_numbered_from_0(dataset):
    assert dataset.ids == (0, 1, 2)


def test_rows_are_taken_with_their_labels_and_ids(dataset):
    part = dataset.take([2, 0])

    assert part.features.tolist() == [[5, 6], [1, 2]]
    assert part.labels.tolist() == [1, 0]
    assert part.ids == (2, 0)
    assert part.classes == dataset.classes


def test_classes_are_counted_also_when_one_hot(dataset):
    encoded = Dataset(
        FEATURES, np.eye(2, dtype="float32")[LABELS], classes=("no", "yes")
    )

    assert dataset.class_counts() == {"no": 1, "yes": 2}
    assert encoded.class_counts() == dataset.class_counts()


def test_numbers_have_no_classes():
    dataset = Dataset(FEATURES, np.array([0.5, 1, 2], dtype="float32"))

    assert dataset.class_counts() == {}
    assert dataset.class_indices() is None


def test_equal_rows_have_equal_fingerprints_whatever_their_memory_layout(dataset):
    other = Dataset(np.asfortranarray(FEATURES), LABELS.astype(">i4"))

    assert other.fingerprint() == dataset.fingerprint()
    assert len(dataset.fingerprint()) == 64


@pytest.mark.parametrize(
    "changed",
    [
        Dataset(FEATURES + 1, LABELS),
        Dataset(FEATURES, 1 - LABELS),
        Dataset(FEATURES),
        Dataset(FEATURES, LABELS, ids=("a", "b", "c")),
        Dataset(FEATURES.reshape(3, 2, 1), LABELS),
        Dataset(FEATURES[::-1], LABELS[::-1], ids=(2, 1, 0)),
    ],
    ids=["features", "labels", "unlabelled", "ids", "shape", "order"],
)
def test_a_change_anywhere_changes_the_fingerprint(dataset, changed):
    assert changed.fingerprint() != dataset.fingerprint()
