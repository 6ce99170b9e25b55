from __future__ import annotations

import pytest

CODE = "gaps-tell-label"
FILLED = [{"impute": "median"}, "scale"]


def gaps_by(odd, *shares, column="a"):
    """Gaps in a column, with a share for each class."""
    drawn, cells = odd.random.random(odd.rows), odd.columns[column]
    rows = zip(cells, odd.labels, drawn, strict=True)
    odd.columns[column] = [
        "" if one < shares[label] else cell for cell, label, one in rows
    ]


def test_gaps_of_one_class_are_told_with_both_shares(table):
    odd = table(rows=1000)
    gaps_by(odd, 0.02, 0.4)
    odd.encode(a=FILLED)

    (found,) = odd.found()

    assert found.code == CODE
    assert found.path == ("data", "columns", "a")
    assert "have one, " in found.message
    assert "impute: {method: median, indicator: true}" in found.hint


@pytest.mark.parametrize(
    "answer",
    [
        {"impute": {"method": "mean", "indicator": True}},
        [{"impute": {"method": "mean", "indicator": True}}, "scale"],
    ],
)
def test_an_indicator_answers_it(table, answer):
    odd = table(rows=1000)
    gaps_by(odd, 0.02, 0.4)
    odd.encode(a=answer)

    assert odd.codes() == []


def test_a_gap_that_is_a_category_answers_it(table):
    odd = table(rows=1000)
    odd.columns["sex"] = ["f", "m"] * 500
    gaps_by(odd, 0.02, 0.4, column="sex")
    odd.encode(sex={"one_hot": {"missing": "category"}})

    assert odd.codes() == []


@pytest.mark.parametrize("share", [0.01, 0.3, 0.9])
def test_gaps_at_random_are_not_told(table, share):
    odd = table(rows=1000, classes=3)
    for column in "abc":
        gaps_by(odd, *[share] * 3, column=column)
        odd.encode(**{column: FILLED})

    assert odd.codes() == []


def test_a_difference_that_hardly_matters_is_not_told(table):
    odd = table(rows=20_000)
    gaps_by(odd, 0.3, 0.35)
    odd.encode(a=FILLED)

    assert odd.codes() == []


@pytest.mark.parametrize(("height", "is_told"), [(1, True), (0, False)])
def test_gaps_of_large_numbers(table, height, is_told):
    odd = table(rows=1000, classes=0)
    drawn = odd.random.normal(0, 1, 1000)
    cells = zip(odd.columns["a"], height * odd.labels + drawn, strict=True)
    odd.columns["a"] = ["" if place > 1 else cell for cell, place in cells]
    odd.encode(a=FILLED)

    assert odd.codes() == [CODE] * is_told
