"""Every row validates in one fold, and what belongs together stays together."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlrun.components.splits import HoldoutSplit
from dlrun.data import INPUT, OUTPUT, Dataset
from dlrun.errors import DataError
from dlrun.rows.splits import divide


def folds_of(dataset, seed=0, **keys):
    split = HoldoutSplit(**keys)
    chosen = (
        split.model_copy(update={"fold": fold})
        for fold in range(1, split.all_folds + 1)
    )
    return [divide(one, dataset, seed).fold for one in chosen]


def labelled(counts):
    labels = np.repeat(np.arange(len(counts)), counts).astype("int32")
    names = tuple(f"c{place}" for place in range(len(counts)))
    features = np.zeros((len(labels), 1), "float32")
    return Dataset({INPUT: features}, {OUTPUT: labels}, classes={OUTPUT: names})


@given(
    st.lists(st.integers(6, 20), min_size=1, max_size=4),
    st.integers(2, 6),
    st.integers(0, 3),
)
def test_each_fold_has_its_share_of_rows_and_of_every_class(counts, folds, seed):
    rows = labelled(counts)

    found = folds_of(rows, seed, folds=folds)

    assert sorted(np.concatenate([one.validation for one in found])) == [
        *range(len(rows))
    ]
    sizes = [len(one.validation) for one in found]
    assert max(sizes) - min(sizes) <= 1
    for one in found:
        assert sorted([*one.train, *one.validation]) == [*range(len(rows))]
        held = np.bincount(rows.labels[OUTPUT][one.validation], minlength=len(counts))
        assert (np.abs(held - np.array(counts) / folds) < 1).all()


def test_the_seed_and_the_repeat_draw_the_partition():
    rows = labelled([30, 30])

    def partition(found):
        return {tuple(one.validation) for one in found}

    twice = folds_of(rows, 0, folds=3, repeats=2)
    assert partition(twice[:3]) == partition(folds_of(rows, 0, folds=3))
    assert not partition(twice[:3]) & partition(twice[3:])
    assert not partition(twice[:3]) & partition(folds_of(rows, 1, folds=3))


@pytest.mark.parametrize("key", ["random", "by", "time"])
def test_test_rows_are_the_same_in_every_fold(rows_with, key):
    cells = [row // 2 for row in range(60)]
    rows = rows_with(key, cells)
    keys = {} if key == "random" else {key: "c"}

    found = folds_of(rows, 3, folds=4, test=0.2, **keys)

    assert len({tuple(one.test) for one in found}) == 1
    assert len(found[0].test) == 12
    for one in found:
        assert not {*one.test} & {*one.train, *one.validation}


@given(st.lists(st.integers(0, 9), min_size=30, max_size=80), st.integers(2, 3))
def test_whole_groups_validate_in_one_fold(rows_with, groups, folds):
    groups[:4] = [0, 1, 2, 3]
    rows = rows_with("by", groups, [number % 2 for number in range(len(groups))])

    found = folds_of(rows, 1, folds=folds, by="c")

    cells = np.array(groups)
    assert sum(len(one.validation) for one in found) == len(groups)
    for one in found:
        assert len(one.validation)
        assert not {*cells[one.validation]} & {*cells[one.train]}


@given(st.permutations(range(24)), st.integers(0, 3))
def test_in_time_each_fold_validates_on_what_comes_next(rows_with, order, gap):
    rows = rows_with("time", order)

    found = folds_of(rows, 7, folds=3, time="c", gap=gap)

    for place, one in enumerate(found, 1):
        assert sorted(order[row] for row in one.validation) == [
            *range(6 * place, 6 * place + 6)
        ]
        assert sorted(order[row] for row in one.train) == [*range(6 * place - gap)]


def test_classes_that_groups_keep_out_of_a_fold_are_told(rows_with):
    groups = [row // 10 for row in range(40)]
    rows = rows_with("by", groups, [int(group == 3) for group in groups])
    split = HoldoutSplit(folds=2, by="c", fold=1)

    (warning,) = divide(split, rows, 0).warnings

    assert "rows of class b: rows are divided by c first" in warning.message


@pytest.mark.parametrize(
    ("keys", "words", "hint"),
    [
        ({"folds": 5}, "class c1 has 3 rows, too few for 5 folds", "folds: 3"),
        ({"folds": 30}, "class c1 has 3 rows, too few for 30 folds", "folds: 3"),
        ({"folds": 5, "by": "c"}, "column c has 3 values, too few for 5", "folds: 3"),
        ({"folds": 5, "time": "c"}, "fold 1 of 5 in time has no rows", "folds: 2, as"),
    ],
)
def test_more_folds_than_there_is_to_divide(rows_with, keys, words, hint):
    rows = labelled([20, 3])
    if len(keys) == 2:
        rows = rows_with([*keys][1], [1] * 10 + [2] * 5 + [3] * 5)

    with pytest.raises(DataError) as error:
        divide(HoldoutSplit(**keys), rows, 0)

    *_, problem = error.value.problems
    assert words in problem.message
    assert hint in problem.hint
    assert problem.path == ("split", "folds")


@pytest.mark.parametrize(
    ("cells", "hint"),
    [
        ([5] * 12, "all rows have one time: divide by another column"),
        ([5] * 6 + [6] * 6, "there are 2 different times: divide by another column"),
        ([1, 2, *[3] * 9, 4], "write folds: 3, as there are 4 different times"),
        ([1, *[2] * 8, 3, 4, 5], "write fewer folds"),
    ],
)
def test_too_few_times_for_folds_are_counted(rows_with, cells, hint):
    folds = 4 if len(set(cells)) == 5 else 5

    with pytest.raises(DataError) as error:
        divide(HoldoutSplit(folds=folds, time="c"), rows_with("time", cells), 0)

    assert error.value.problems[0].hint == hint
