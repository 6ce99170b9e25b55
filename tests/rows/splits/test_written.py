"""The part of a row may be written in the file."""

from __future__ import annotations

import pytest

from dlrun.components.splits import HoldoutSplit
from dlrun.errors import DataError
from dlrun.rows.splits import divide

SPLIT = HoldoutSplit(column="c")


def test_rows_are_in_the_part_that_is_written(rows_with):
    cells = ["train", "VAL", "test", "Training", "dev", "valid", "validation"]

    fold = divide(SPLIT, rows_with("column", cells), 3).fold

    found = [part.tolist() for part in (fold.train, fold.validation, fold.test)]
    assert found == [[0, 3], [1, 4, 5, 6], [2]]


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        (
            ["train", "validation", "holdout"],
            'has "holdout", which is no part, at row 2',
        ),
        (["train", "", "validation"], "has 1 gap, at row 1"),
        (["train", "test"], 'no row of column "c" says validation'),
        (["val", "test"], 'no row of column "c" says train'),
    ],
)
def test_what_is_no_part_is_told(rows_with, cells, words):
    with pytest.raises(DataError, match=words):
        divide(SPLIT, rows_with("column", cells), 0)
