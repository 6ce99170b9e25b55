"""A last row that sums up those above it."""

from __future__ import annotations

import pytest

from dlrun.errors import RunError

PLACES = ["north", "south", "west"] * 20
COUNTS = [row * 7 % 23 for row in range(60)]
LABELS = [row % 11 / 2 for row in range(60)]


@pytest.mark.parametrize("word", ["Total", "Gesamtsumme", "TOTAL:", "Summe", "合计"])
def test_a_row_of_sums_with_a_label_is_refused(proposed, word):
    columns = {
        "place": [*PLACES, word],
        "count": [*COUNTS, sum(COUNTS)],
        "y": [*LABELS, sum(LABELS)],
    }

    with pytest.raises(RunError) as caught:
        proposed(columns, "y")

    assert f"the last row, {word}, sums up" in str(caught.value)
    assert "remove it" in caught.value.hint


def test_without_a_label_it_is_left_out(proposed):
    columns = {
        "place": [*PLACES, "Total"],
        "count": [*COUNTS, ""],
        "y": [*LABELS, ""],
    }

    text = proposed(columns, "y", reads=False)

    assert "Note: the last row, Total, sums up those above it" in text
    assert "missing_labels: drop" in text


def test_a_mean_among_numbers_of_rows_is_seen(proposed):
    columns = {
        "number": [*range(60), "Average"],
        "count": [*COUNTS, f"{sum(COUNTS) / 60:.2f}"],
        "y": [*LABELS, 3],
    }

    with pytest.raises(RunError, match="Average, sums up"):
        proposed(columns, "y")


def test_empty_rows_may_follow_it(proposed):
    columns = {
        "place": [*PLACES, "Total", "", ""],
        "count": [*COUNTS, sum(COUNTS), "", ""],
        "y": [*LABELS, sum(LABELS), "", ""],
    }

    with pytest.raises(RunError, match="the last row, Total, sums up"):
        proposed(columns, "y")


@pytest.mark.parametrize(
    "last", [("Total", 5, 3), ("east", sum(COUNTS), 3)], ids=["no sum", "no word"]
)
def test_other_rows_are_rows(proposed, last):
    place, count, label = last
    columns = {
        "place": [*PLACES, place],
        "count": [*COUNTS, count],
        "y": [*LABELS, label],
    }

    text = proposed(columns, "y", reads=False)

    assert "sums up" not in text
