from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st
from pydantic import ValidationError

from dlrun.components.splits import HoldoutSplit
from dlrun.data import INPUT, OUTPUT, Dataset, Fold
from dlrun.errors import DataError
from dlrun.rows.splits import divide, last_rows


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


def fold_of(split: HoldoutSplit, dataset: Dataset, seed: int = 0) -> Fold:
    return divide(split, dataset, seed).fold


@st.composite
def splits(draw):
    validation = draw(st.floats(0, 0.6))
    return HoldoutSplit(
        validation=validation, test=draw(st.floats(0, 0.9 - validation))
    )


COUNTS = st.lists(st.integers(3, 40), min_size=1, max_size=6)


@given(splits(), COUNTS, st.integers(0, 2**32))
def test_a_fold_covers_every_row_once(split, counts, seed):
    dataset = classified(*counts)
    try:
        fold = fold_of(split, dataset, seed)
    except DataError:
        assume(False)

    rows = np.concatenate([fold.train, fold.validation, fold.test])

    assert sorted(rows.tolist()) == list(range(len(dataset)))


@given(splits(), COUNTS, st.integers(0, 2**32))
def test_every_part_has_its_share_of_every_class_within_one_row(split, counts, seed):
    dataset = classified(*counts)
    try:
        fold = fold_of(split, dataset, seed)
    except DataError:
        assume(False)

    shares = (1 - split.validation - split.test, split.validation, split.test)

    for share, rows in zip(
        shares, (fold.train, fold.validation, fold.test), strict=True
    ):
        found = np.bincount(dataset.labels[OUTPUT][rows], minlength=len(counts))
        assert (np.abs(found - share * np.array(counts)) < 1 + 1e-6).all()


@given(st.lists(st.integers(10, 40), min_size=1, max_size=6), st.integers(0, 100))
@example([21, 21, 31, 35, 35], 0)
@example([21, 31, 31, 35, 35, 35], 0)
@example([19, 19, 19, 35, 35, 35], 0)
def test_the_shares_hold_overall(counts, seed):
    dataset = classified(*counts)

    fold = fold_of(HoldoutSplit(validation=0.2, test=0.1), dataset, seed)

    assert abs(len(fold.validation) - 0.2 * len(dataset)) < 1
    assert abs(len(fold.test) - 0.1 * len(dataset)) < 1


@given(st.integers(0, 2**32), st.floats(0.1, 0.7), st.floats(0.1, 0.7))
def test_less_data_lies_within_more_and_leaves_the_rest_alone(seed, one, other):
    dataset = classified(30, 50, 20)
    smaller, larger = sorted([one, other])

    whole = fold_of(HoldoutSplit(validation=0.2, test=0.1), dataset, seed)
    more = fold_of(HoldoutSplit(validation=0.2, test=0.1, train=larger), dataset, seed)
    less = fold_of(HoldoutSplit(validation=0.2, test=0.1, train=smaller), dataset, seed)

    assert (
        less.validation.tolist()
        == more.validation.tolist()
        == whole.validation.tolist()
    )
    assert less.test.tolist() == more.test.tolist() == whole.test.tolist()
    assert set(less.train) <= set(more.train) <= set(whole.train)
    assert abs(len(less.train) - smaller * len(dataset)) <= 0.5


def test_less_data_keeps_the_shares_of_the_classes():
    dataset = classified(600, 300, 100)

    fold = fold_of(HoldoutSplit(validation=0.2, train=0.1), dataset)

    assert np.bincount(dataset.labels[OUTPUT][fold.train]).tolist() == [
        60,
        30,
        10,
    ]


def test_the_seed_draws_the_rows():
    dataset = classified(20, 20)
    split = HoldoutSplit(validation=0.25)

    first, again, other = (fold_of(split, dataset, seed) for seed in (1, 1, 2))

    assert first.validation.tolist() == again.validation.tolist()
    assert first.validation.tolist() != other.validation.tolist()


def test_numbers_and_unlabelled_rows_are_drawn_at_random():
    split = HoldoutSplit(validation=0.2, test=0.1)

    for dataset in (
        numbered(range(50)),
        Dataset({INPUT: np.zeros((50, 2), "float32")}),
    ):
        fold = fold_of(split, dataset)

        assert (len(fold.train), len(fold.validation), len(fold.test)) == (35, 10, 5)
        assert fold.validation.tolist() != list(range(40, 50))


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"validation": 0.6, "test": 0.5}, "split-too-large"),
        ({"validation": 0.5, "test": 0.5}, "split-too-large"),
        ({"validation": 0.3, "train": 0.8}, "split-too-large"),
        ({"validation": 1.5}, "out-of-range"),
        ({"validation": 1}, "out-of-range"),
        ({"train": 0}, "out-of-range"),
        ({"validaton": 0.2}, "unknown-key"),
        (0.2, "wrong-type"),
    ],
)
def test_shares_add_up_to_one_at_most(values, code):
    from dlrun.components.words import problem_of

    with pytest.raises(ValidationError) as caught:
        HoldoutSplit.model_validate(values)

    assert problem_of(caught.value.errors()[0]).code == code


def test_parts_may_add_up_to_exactly_one():
    split = HoldoutSplit(validation=0.2, test=0.1, train=0.7)

    fold = fold_of(split, classified(50, 50))

    assert (len(fold.train), len(fold.validation), len(fold.test)) == (70, 20, 10)


def test_an_empty_part_is_an_error_that_names_a_share_that_works():
    with pytest.raises(DataError) as caught:
        fold_of(HoldoutSplit(validation=0.01), classified(3, 3))

    (problem,) = caught.value.problems
    assert problem.message == "0.01 of 6 rows is no row: the validation part is empty"
    assert problem.path == ("split", "validation")
    share = float(problem.hint.removeprefix("use at least "))
    assert (
        len(fold_of(HoldoutSplit(validation=share), classified(3, 3)).validation) == 1
    )


def test_a_class_that_cannot_be_in_every_part_is_named_with_its_rows():
    with pytest.raises(DataError) as caught:
        fold_of(HoldoutSplit(validation=0.2, test=0.2), classified(10, 2))

    (problem,) = caught.value.problems
    assert problem.message == "class c1 has 2 rows, too few for 3 parts"
    assert problem.path == ("split",)


@given(st.integers(2, 500), st.floats(0.001, 0.999))
def test_the_last_rows_validate_with_the_rounding_of_keras(rows, share):
    expected = int(np.floor(rows * (1.0 - share)))
    assume(0 < expected < rows)

    fold = last_rows(numbered(range(rows)), share)

    assert fold.train.tolist() == list(range(expected))
    assert fold.validation.tolist() == list(range(expected, rows))
    assert fold.test.tolist() == []


@pytest.mark.heavy
@pytest.mark.parametrize(
    ("rows", "share"), [(6, 0.2), (2100, 0.2), (10, 0.1), (7, 0.34), (3, 0.4)]
)
def test_the_last_rows_are_those_of_keras(rows, share):
    from keras.src.trainers.data_adapters.array_slicing import train_validation_split

    values = np.arange(rows)
    (train,), (validation,) = train_validation_split((values,), share)

    fold = last_rows(numbered(values), share)

    assert fold.train.tolist() == np.asarray(train).tolist()
    assert fold.validation.tolist() == np.asarray(validation).tolist()


@pytest.mark.parametrize(
    ("share", "words"),
    [
        (0.999, "0.999 of 6 rows: no row is left to train"),
        (1e-18, "1e-18 of 6 rows: the validation part is empty"),
    ],
)
def test_the_last_rows_are_some_but_not_all(share, words):
    with pytest.raises(DataError) as caught:
        last_rows(classified(3, 3), share)

    assert caught.value.problems[0].message == words
