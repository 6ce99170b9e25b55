from __future__ import annotations

import pytest

from dlrun.data import Keep
from dlrun.errors import DataError

COLUMNS = ("id", "bill_length_mm", "bill_depth_mm", "sex", "a,b", "q?mm", "x*")


@pytest.mark.parametrize(
    ("asked", "kept"),
    [
        ((), ()),
        (("sex",), ("sex",)),
        (("sex,id",), ("sex", "id")),
        (("sex, id",), ("sex", "id")),
        (("sex", "id", "sex"), ("sex", "id")),
        (("bill_*",), ("bill_length_mm", "bill_depth_mm")),
        (("sex,bill_*",), ("sex", "bill_length_mm", "bill_depth_mm")),
        (("a,b",), ("a,b",)),
        (('"a,b",sex',), ("a,b", "sex")),
        (("q?*",), ("q?mm",)),
        (("x*",), ("x*",)),
        (("*",), COLUMNS),
    ],
)
def test_columns_are_kept_in_the_order_in_which_they_are_asked_for(asked, kept):
    assert Keep(asked).choose(COLUMNS) == kept


def test_every_unknown_name_is_told_with_what_was_meant():
    with pytest.raises(DataError) as caught:
        Keep(("Sex,age", "wing_*")).choose(COLUMNS[:4])

    assert [
        (problem.code, problem.message, problem.hint)
        for problem in caught.value.problems
    ] == [
        (
            "missing-column",
            'there is no column "Sex", which was to be kept',
            "did you mean sex? the columns are bill_depth_mm, bill_length_mm, id, sex",
        ),
        (
            "missing-column",
            'there is no column "age", which was to be kept',
            "the columns are bill_depth_mm, bill_length_mm, id, sex",
        ),
        (
            "missing-column",
            'no column fits "wing_*", which was to be kept',
            "the columns are bill_depth_mm, bill_length_mm, id, sex",
        ),
    ]
