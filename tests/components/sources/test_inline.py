from __future__ import annotations

import re

import pytest
from pydantic import ValidationError

from dlrun.components.sources import Source
from dlrun.components.sources.inline import Inline
from dlrun.data import INPUT, OUTPUT
from dlrun.errors import DataError


def problems(features, labels=None):
    with pytest.raises(ValidationError) as caught:
        Source.model_validate({"inline": {"features": features, "labels": labels}})
    return [(error["loc"], error["msg"]) for error in caught.value.errors()]


def test_every_row_at_fault_is_named():
    found = problems([[1, 2], [3], ["a", 4], [[1], 2]], [0, 1, 0, 1])

    assert found == [
        (("inline", "features", 1), "row 1 has 1 number, but row 0 has 2 numbers"),
        (("inline", "features", 2), 'row 2 holds "a", not a finite number'),
        (("inline", "features", 3), "row 3 has parts of different length"),
    ]


@pytest.mark.parametrize("number", [float("nan"), float("inf"), 1e300, True, None])
def test_a_feature_is_a_finite_number(number):
    ((path, message),) = problems([[1, 2], [1, number]], [0, 1])

    assert path == ("inline", "features", 1)
    assert "not a finite number" in message


def test_a_flat_list_is_no_list_of_rows():
    assert problems([1, 2]) == [
        (("inline", "features"), "`features` holds numbers instead of rows")
    ]


def test_there_is_a_label_per_row():
    assert problems([[1], [2], [3]], [0, 1]) == [
        (("inline", "labels"), "there are 3 rows of features, but 2 labels")
    ]


def test_a_label_is_a_value():
    found = problems([[1], [2], [3]], [0, None, [1, 2]])

    assert [path for path, _ in found] == [
        ("inline", "labels", 1),
        ("inline", "labels", 2),
    ]


def test_images_are_nested_lists():
    source = Inline(features=[[[[0], [1]], [[2], [3]]]] * 2, labels=["a", "b"])

    assert source.describe().row_shapes == {"input": (2, 2, 1)}
    assert source.load(task="classification").features[INPUT].shape == (2, 2, 2, 1)


def test_names_and_numbers_are_classes_in_their_order():
    names = Inline(features=[[1], [2], [3]], labels=["b", "a", "b"])
    numbers = Inline(features=[[1], [2], [3]], labels=[10, 9, 10.0])

    assert names.load(task="classification").labels[OUTPUT].tolist() == [
        1,
        0,
        1,
    ]
    assert numbers.load(task="classification").classes == {"output": ("9", "10")}
    assert numbers.describe().classes == {"output": ("9", "10")}


def test_numbers_stand_for_the_places_of_named_classes():
    source = Inline(features=[[1], [2]], labels=[1, 0])

    dataset = source.load(("male", "female"), task="classification")

    assert dataset.labels[OUTPUT].tolist() == [1, 0]
    assert dataset.classes == {"output": ("male", "female")}


def test_numbers_stay_numbers_in_a_regression():
    source = Inline(features=[[1], [2]], labels=[0.5, 2])
    pairs = Inline(features=[[1], [2]], labels=[[1, 2], [3, 4]])

    assert source.load(task="regression").labels[OUTPUT].tolist() == [0.5, 2]
    assert pairs.load(task="regression").labels[OUTPUT].tolist() == [
        [1, 2],
        [3, 4],
    ]
    assert pairs.describe().label_columns == {"output": ("label_0", "label_1")}


def test_one_hot_labels_are_decoded():
    source = Inline(features=[[1], [2]], labels=[[0, 1], [1, 0]])

    dataset = source.load(task="classification")

    assert dataset.labels[OUTPUT].tolist() == [1, 0]
    assert dataset.classes == {"output": ("0", "1")}


def test_rows_without_labels_are_unlabelled():
    source = Inline(features=[[1], [2]])

    assert source.load(task="classification").labels is None
    assert source.describe().label_columns == {}


@pytest.mark.parametrize(
    ("labels", "classes", "words"),
    [
        ([0, 0.5, 1], None, "row 1: label 0.5 is not whole"),
        ([0, 1, -1], None, "row 2: label -1 is negative"),
        ([0, float("nan"), 1], None, "row 1: label nan is not a class"),
        ([0, float("inf"), 1], None, "row 1: label inf is not a class"),
        ([0, 1, 5], ("0", "1"), "row 2: label 5 is not in 0..1"),
        ([0, 1, 2], ("male", "female"), "row 2: label 2 is not in 0..1 (male, female)"),
        (["a", "b", "c"], ("a", "b"), "row 2: label c is not in a, b"),
        (["a", "", "c"], None, 'row 1: label "" is empty'),
        ([1, 1, 1], None, "all 3 rows have the label 1"),
        ([[0, 1], [1, 1], [1, 0]], None, "row 1: label [1.0, 1.0] is not one-hot"),
        (
            [[0, 1], [1, 0], [1, 0]],
            ("a", "b", "c"),
            "there are 3 classes, but 2 one-hot columns",
        ),
    ],
)
def test_a_label_that_is_no_class_is_named_with_its_row(labels, classes, words):
    source = Inline(features=[[1], [2], [3]], labels=labels)

    with pytest.raises(DataError) as caught:
        source.load(classes, task="classification")

    assert caught.value.problems[0].message == words
    at = re.match(r"row (\d)", words)
    row = [int(at[1])] if at else []
    assert caught.value.problems[0].path == ("inline", "labels", *row)


def test_a_text_is_no_number_to_predict():
    source = Inline(features=[[1], [2]], labels=["1.5", "old"])

    with pytest.raises(DataError) as caught:
        source.load(task="regression")

    assert caught.value.problems[0].message == 'row 1: label "old" is not a number'


def test_a_class_may_be_negative_where_classes_names_it():
    source = Inline(features=[[1], [2]], labels=[-1, 1])

    dataset = source.load(("-1", "1"), task="classification")

    assert dataset.labels[OUTPUT].tolist() == [0, 1]


def test_true_and_false_in_a_column_are_1_and_0():
    source = Source.model_validate({"inline": {"features": [[True, 2.5], [False, 3]]}})

    rows = source.load(task="regression")

    assert rows.features[INPUT].tolist() == [[1, 2.5], [0, 3]]


@pytest.mark.parametrize(
    ("labels", "task", "codes"),
    [
        ([True, False], "regression", ["boolean-labels"]),
        (["true", "False"], "regression", ["boolean-labels"]),
        ([1, 0], "regression", []),
        ([True, False], "classification", []),
    ],
)
def test_true_and_false_are_told_to_be_numbers_where_a_loss_predicts_those(
    labels, task, codes
):
    read = Inline(features=[[1], [2]], labels=labels).load(task=task)

    assert [problem.code for problem in read.warnings] == codes
    assert all(problem.severity == "warning" for problem in read.warnings)
