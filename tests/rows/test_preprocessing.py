from __future__ import annotations

import numpy as np
import pytest

from dlrun.data import INPUT, OUTPUT, Dataset
from dlrun.engines import KerasDoor
from dlrun.errors import DataError
from dlrun.rows.preprocessing import apply_preprocessing, fit_preprocessing

NAMES = ("a", "b", "c", "d")


def table(rows, names=NAMES, labels=None):
    classes = {} if labels is None else {OUTPUT: ("no", "yes")}
    return Dataset(
        {INPUT: np.array(rows, dtype="float32")},
        None if labels is None else {OUTPUT: np.array(labels, dtype="int32")},
        classes=classes,
        feature_names=names,
    )


TRAIN = table([[0, 10, 100, 1000], [1, 20, 200, 2000]], labels=[0, 1])
PREPROCESSING = fit_preprocessing(TRAIN, {INPUT: "minmax"}, "one_hot")


def problem(dataset):
    with pytest.raises(DataError) as caught:
        apply_preprocessing(PREPROCESSING, dataset, KerasDoor())
    (found,) = caught.value.problems
    return found.message, found.hint


def test_new_rows_are_prepared_like_train_rows():
    prepared = apply_preprocessing(
        PREPROCESSING, table([[0.5, 15, 150, 3000]], labels=[1]), KerasDoor()
    )

    assert prepared.features[INPUT].tolist() == [[0.5, 0.5, 0.5, 2]]
    assert prepared.labels[OUTPUT].tolist() == [[0, 1]]


def test_rows_without_labels_stay_without():
    assert (
        apply_preprocessing(
            PREPROCESSING, table([[0, 10, 100, 1000]]), KerasDoor()
        ).labels
        is None
    )


def test_columns_are_found_by_name():
    shuffled = table([[1000, 0, 10, 100]], names=("d", "a", "b", "c"))

    prepared = apply_preprocessing(PREPROCESSING, shuffled, KerasDoor())

    assert prepared.features[INPUT].tolist() == [[0, 0, 0, 0]]
    assert prepared.feature_names == NAMES


def test_missing_and_extra_columns_are_named():
    assert problem(table([[1, 2, 3, 4, 5]], names=("a", "b", "c", "x", "y"))) == (
        "expected 4 columns [a, b, c, d], got 5 [a, b, c, x, y]",
        "add d; leave out x, y",
    )


def test_rows_without_names_have_the_same_number_of_columns():
    message, _ = problem(table([[1, 2]], names=None))

    assert message == "expected 4 columns [a, b, c, d], got 2"


def test_images_have_the_same_shape():
    images = Dataset({INPUT: np.zeros((2, 8, 8, 1), "float32")})
    preprocessing = fit_preprocessing(images, {}, "classification")

    with pytest.raises(DataError) as caught:
        apply_preprocessing(
            preprocessing,
            Dataset({INPUT: np.zeros((1, 28, 28, 1), "float32")}),
            KerasDoor(),
        )

    words = "expected rows of the shape [8, 8, 1], got [28, 28, 1]"
    assert caught.value.problems[0].message == words
