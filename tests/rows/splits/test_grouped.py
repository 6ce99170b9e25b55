"""Rows of one group stay together; parts have their shares as nearly as may be."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlrun.components.splits import HoldoutSplit
from dlrun.errors import DataError
from dlrun.rows.splits import divide

SPLIT = HoldoutSplit(validation=0.2, test=0.1, by="c")


def parts_of(fold):
    return fold.train, fold.validation, fold.test


@given(st.lists(st.integers(1, 9), min_size=3, max_size=60), st.integers(0, 2**32))
def test_no_group_is_in_two_parts_and_no_row_is_lost(rows_with, sizes, seed):
    groups = np.repeat(np.arange(len(sizes)), sizes)
    groups = np.random.default_rng(seed).permutation(groups)

    fold = divide(SPLIT, rows_with("by", groups), seed).fold

    rows = np.concatenate(parts_of(fold))
    assert sorted(rows.tolist()) == list(range(len(groups)))
    held = [set(groups[part].tolist()) for part in parts_of(fold)]
    assert all(held)
    assert sum(map(len, held)) == len(sizes)


@given(st.integers(30, 200), st.integers(1, 5), st.integers(0, 1000))
def test_groups_of_one_size_give_the_shares_to_within_a_group(
    rows_with, number, size, seed
):
    groups = np.repeat(np.arange(number), size)

    division = divide(SPLIT, rows_with("by", groups), seed)

    counts = [len(part) for part in parts_of(division.fold)]
    wanted = np.array([0.7, 0.2, 0.1]) * len(groups)
    assert (np.abs(counts - wanted) <= size).all()
    assert division.warnings == () or number < 40


@given(st.integers(0, 100))
def test_classes_have_their_shares_where_groups_allow_it(rows_with, seed):
    chance = np.random.default_rng(seed)
    sizes, kinds = chance.integers(1, 8, 150), chance.choice(3, 150, p=[0.6, 0.3, 0.1])
    groups, labels = np.repeat(np.arange(150), sizes), np.repeat(kinds, sizes)

    fold = divide(SPLIT, rows_with("by", groups, labels), seed).fold

    counts = np.bincount(labels, minlength=3)
    for share, part in zip((0.7, 0.2, 0.1), parts_of(fold), strict=True):
        found = np.bincount(labels[part], minlength=3)
        assert (np.abs(found - share * counts) <= 8).all()


def test_the_same_seed_draws_the_same_and_another_seed_others(rows_with):
    rows = rows_with("by", np.repeat(np.arange(50), 3))

    first, again, other = (
        divide(SPLIT, rows, seed).fold.validation.tolist() for seed in (1, 1, 2)
    )

    assert first == again != other


def test_less_data_are_whole_groups_of_the_train_rows(rows_with):
    groups = np.repeat(np.arange(50), 3)
    less = SPLIT.model_copy(update={"train": 0.3})

    whole = divide(SPLIT, rows_with("by", groups), 0).fold
    fold = divide(less, rows_with("by", groups), 0).fold

    assert set(fold.train.tolist()) < set(whole.train.tolist())
    assert len(fold.train) == 45
    assert not set(groups[fold.train]) & set(groups[whole.train]) - set(
        groups[fold.train]
    )
    assert fold.validation.tolist() == whole.validation.tolist()


def test_a_group_that_is_too_large_for_the_shares_is_told(rows_with):
    groups = ["big"] * 60 + [f"g{number}" for number in range(10)]

    (warning,) = divide(
        HoldoutSplit(validation=0.3, by="c"), rows_with("by", groups), 0
    ).warnings

    assert warning.message == (
        "14% of the rows are validation rows, not 30%: rows of one c stay together, "
        "and the largest has 60"
    )


def test_a_row_of_no_group_and_too_few_groups_are_told(rows_with):
    with pytest.raises(DataError, match='column "c" has 2 gaps, at row 1, row 2'):
        divide(SPLIT, rows_with("by", ["a", "", "", "b"]), 0)
    with pytest.raises(DataError, match='column "c" has 2 values, too few for 3 parts'):
        divide(SPLIT, rows_with("by", ["a", "b", "b"]), 0)


@pytest.mark.parametrize("folds", [None, 2])
def test_a_number_is_one_group_however_it_is_written(rows_with, folds):
    cells = ["1", "1.0", "2", "2.00", "3", "3.0", "4", "4.0", "007", "7"] * 3
    split = HoldoutSplit(validation=0.0 if folds else 0.3, by="c", folds=folds)

    fold = divide(split, rows_with("by", cells), 0).fold

    held = {cells[row].rstrip("0").rstrip(".") for row in fold.validation.tolist()}
    train = {cells[row].rstrip("0").rstrip(".") for row in fold.train.tolist()}
    assert held
    assert not held & train
    assert held | train == {"1", "2", "3", "4", "007", "7"}
