"""Numbers with marks between thousands: which are found, and which are left open."""

from __future__ import annotations

import random

import pytest

from dlrun.errors import RunError
from dlrun.proposal import propose

DRAWN = random.Random(0)
SIZES = [DRAWN.choice([950, 1200, 3400, 1234567, 20500]) for _ in range(100)]
OPEN = [f"{DRAWN.randint(1, 9)},{DRAWN.randint(100, 999)}" for _ in range(100)]
HALVES = ["no", "yes"] * 50


def grouped(size, mark):
    return f"{size:,}".replace(",", mark)


@pytest.mark.parametrize("mark", [",", " ", "'", "\u202f"])
def test_few_or_many_grouped_numbers_are_numbers(proposed, numbers, mark):
    drawn = [grouped(DRAWN.randint(1, 9_999_999), mark) for _ in range(100)]
    few = [grouped(size, mark) for size in SIZES]

    text = proposed({"a": numbers(), "many": drawn, "few": few, "y": HALVES}, "y")

    key = {",": '","', "'": '"\'"'}.get(mark, '" "')
    assert f"    thousands: {key}" in text
    assert "one_hot: {missing" not in text.replace("# few: {one_hot: {missing", "")
    assert "drop" not in text


def test_points_group_where_commas_end_fractions(tmp_path):
    rows = "".join(f"{grouped(size, '.')},5;{size % 7},25;{half}\n"
                   for size, half in zip(SIZES, HALVES, strict=True))  # fmt: skip
    (tmp_path / "t.csv").write_text(f"a;b;y\n{rows}")

    text = propose(tmp_path / "t.csv", ["y"], tmp_path / "c.yaml")

    assert '    thousands: "."' in text
    assert "950.5 to 1.235e+06" in text


def test_a_label_may_have_marks_too(proposed, numbers):
    labels = [grouped(DRAWN.randint(1000, 90_000), " ") for _ in range(100)]

    text = proposed({"a": numbers(), "price": labels}, "price")

    assert "loss: mean_squared_error" in text


def test_what_may_be_fractions_is_left_open(proposed, numbers):
    open_cells = [
        f"{DRAWN.randint(1, 9)},{DRAWN.randint(100, 999)}" for _ in range(100)
    ]

    text = proposed({"a": numbers(), "open": open_cells, "y": HALVES}, "y")

    assert "may have a mark between thousands: write" in text
    assert "open: drop" in text
    assert "    thousands:" not in text


def test_fractions_of_other_columns_forbid_a_mark(proposed, numbers):
    points = [
        f"{DRAWN.randint(1, 9)}.{DRAWN.randint(100, 999)}.000" for _ in range(100)
    ]

    text = proposed({"a": numbers(), "points": points, "y": HALVES}, "y")

    assert "points: drop" in text
    assert "    thousands:" not in text


def test_a_label_that_is_left_open_is_no_class(tmp_path, numbers):
    pairs = zip(numbers(), OPEN, strict=True)
    rows = "".join(f"{number};{price}\n" for number, price in pairs)
    (tmp_path / "t.csv").write_text(f"a;y\n{rows}")

    with pytest.raises(RunError) as caught:
        propose(tmp_path / "t.csv", ["y"], tmp_path / "c.yaml")

    assert "thousands" in str(caught.value)
