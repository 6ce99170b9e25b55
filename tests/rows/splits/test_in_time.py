"""Held-out rows are later than train rows, whatever their order in the file."""

from __future__ import annotations

import datetime
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from dlrun.components.splits import HoldoutSplit
from dlrun.errors import DataError
from dlrun.rows.splits import divide

DAY = datetime.datetime(2024, 1, 1)


def parts_of(fold):
    return fold.train, fold.validation, fold.test


@given(
    st.lists(st.integers(0, 30), min_size=8, max_size=60),
    st.integers(0, 5),
    st.sampled_from([(0.2, 0.1), (0.3, 0.0), (0.0, 0.3)]),
)
def test_every_part_is_later_than_the_one_before(rows_with, times, gap, shares):
    validation, test = shares
    split = HoldoutSplit(validation=validation, test=test, time="c", gap=gap)
    try:
        fold = divide(split, rows_with("time", times), 0).fold
    except DataError:
        assume(False)

    found = [np.array(times)[part] for part in parts_of(fold) if len(part)]
    for earlier, later in pairwise(found):
        assert earlier.max() < later.min()
    assert sum(map(len, found)) >= len(times) - gap * (len(found) - 1)


@given(st.permutations(range(20)), st.integers(0, 4))
def test_the_gap_is_left_out_before_each_held_out_part(rows_with, order, gap):
    split = HoldoutSplit(validation=0.2, test=0.2, time="c", gap=gap)

    fold = divide(split, rows_with("time", order), 0).fold

    train, validation, test = (
        sorted(order[row] for row in part) for part in parts_of(fold)
    )
    assert test == [16, 17, 18, 19]
    assert validation == list(range(12 - gap, 16 - gap))
    assert train == list(range(12 - 2 * gap))


def test_dates_numbers_and_formats_give_one_order(rows_with):
    days = [DAY + datetime.timedelta(days=7 * number) for number in range(20)]
    written = {
        "iso": ([day.date().isoformat() for day in days], None),
        "hours": ([day.isoformat() for day in days], None),
        "zone": ([f"{day.isoformat()}+02:00" for day in days], None),
        "numbers": (list(range(20)), None),
        "german": ([f"{day:%d.%m.%Y}" for day in days], "%d.%m.%Y"),
    }

    for cells, form in written.values():
        split = HoldoutSplit(validation=0.25, time="c", format=form)
        fold = divide(split, rows_with("time", cells[::-1]), 5).fold
        assert fold.validation.tolist() == [0, 1, 2, 3, 4]


def test_of_less_data_the_latest_train_rows_are_taken(rows_with):
    split = HoldoutSplit(validation=0.2, train=0.3, time="c")

    fold = divide(split, rows_with("time", range(10)), 0).fold

    assert [part.tolist() for part in parts_of(fold)] == [[5, 6, 7], [8, 9], []]


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        (["1", "", "3"], 'column "c" has 1 gap, at row 1'),
        (["soon", "late", "later"], 'has "soon", which is no time, at row 0, row 1'),
        (
            ["2024-01-01", "soon", "2024-01-03"],
            'has "soon", which is no date without a time zone, as others are, at row 1',
        ),
        (
            ["31.12.2024"] * 3,
            'has "31.12.2024", which is no time, at row 0, row 1, row',
        ),
        (
            ["2024-01-01T00:00", "2024-01-01T00:00+01:00", "2024-01-02"],
            'has "2024-01-01T00:00+01:00", which is no date without a time zone',
        ),
        (
            ["2024-01-01T00:00Z", "2024-01-01T00:00+01:00", "2024-01-02"],
            'has "2024-01-02", which is no time of a zone, as others are, at row 2',
        ),
        (
            ["1", "nan", "2"],
            'has "nan", which is no number as the others are, at row 1',
        ),
        (["2020", "2021", "2022-01-01"], 'has "2022-01-01", which is no number'),
        (["1", "1", "1"], "none is left for the"),
    ],
)
def test_what_is_no_time_is_told_with_its_rows(rows_with, cells, words):
    split = HoldoutSplit(validation=0.4, time="c")

    with pytest.raises(DataError) as error:
        divide(split, rows_with("time", cells), 0)

    assert words in str(error.value)


@pytest.mark.parametrize(
    ("cells", "form"),
    [
        ([f"2024/1/{day}" for day in range(1, 11)], "%Y/%m/%d"),
        ([f"2024.01.01 {hour}:00" for hour in range(10)], "%Y.%m.%d %H:%M"),
        ([f"{day}/02/24" for day in range(11, 21)], "%d/%m/%y"),
        ([f"{day}. 2. 24".replace(" ", "") for day in range(1, 11)], "%d.%m.%y"),
    ],
)
def test_dates_get_the_format_that_reads_them(rows_with, cells, form):
    split = HoldoutSplit(validation=0.4, time="c")

    with pytest.raises(DataError) as caught:
        divide(split, rows_with("time", cells), 0)

    assert caught.value.problems[0].hint == f'write format: "{form}" beside time'
    stated = split.model_copy(update={"format": form})
    assert len(divide(stated, rows_with("time", cells), 0).fold.validation) == 4


def test_of_days_and_months_neither_is_guessed(rows_with):
    split = HoldoutSplit(validation=0.4, time="c")

    with pytest.raises(DataError) as caught:
        divide(split, rows_with("time", [f"{day}/02/24" for day in range(1, 11)]), 0)

    either = 'format: "%m/%d/%y" or format: "%d/%m/%y" beside time'
    assert either in caught.value.problems[0].hint


def test_cells_of_several_forms_get_no_format_of_one(rows_with):
    split = HoldoutSplit(validation=0.4, time="c")

    with pytest.raises(DataError) as caught:
        divide(split, rows_with("time", ["2024/01/31", "soon", "2024/02/01"]), 0)

    assert "as in format" in caught.value.problems[0].hint
