"""How `init --data` divides rows, and the line that divides them otherwise."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

import pytest

from dlrun.engines import KerasDoor
from dlrun.experiment import parse_spec, read_config
from dlrun.rows import read_rows

HALVES = ["no", "yes"] * 50
FIRST = datetime(2024, 1, 1, tzinfo=UTC)


def days(form="%Y-%m-%d", count=100, step=1):
    return [(FIRST + timedelta(days=row * step)).strftime(form) for row in range(count)]


def splits(text: str) -> list[str]:
    """The line that holds, and the one that is offered beside it."""
    lines = [line for line in text.splitlines() if "split: {" in line]
    return [
        line.replace("# split", "split").partition("  #")[0].strip() for line in lines
    ]


def otherwise(text: str, file) -> str:
    """The config with the other line in its place."""
    kept, other = (line for line in text.splitlines() if "split: {" in line)
    file.write_text(text.replace(kept, other.replace("# ", "")))
    return file


AT_RANDOM = "split: {validation: 0.2, test: 0.2}"


@pytest.mark.parametrize("form", ["%Y-%m-%d", "%B %d, %Y"])
def test_the_latest_rows_validate_where_there_is_a_date(
    proposed, tmp_path, numbers, form
):
    order = random.Random(3).sample(range(100), 100)
    dates = days(form)
    mixed = [dates[row] for row in order]

    text = proposed({"a": numbers(), "day": mixed, "y": HALVES}, "y")

    chosen, other = splits(text)
    assert chosen.startswith("split: {validation: 0.2, test: 0.2, time: day")
    assert other == AT_RANDOM
    assert "the latest rows validate and test" in text
    parts = read_rows(parse_spec(read_config(tmp_path / "config.yaml")), KerasDoor())[1]
    day_of = [order[int(row)] for row in parts.train.ids]
    assert max(day_of) < min(order[int(row)] for row in parts.validation.ids)


def test_the_other_line_can_be_pasted(proposed, tmp_path, numbers):
    text = proposed({"a": numbers(), "day": days(), "y": HALVES}, "y")

    file = otherwise(text, tmp_path / "config.yaml")

    experiment = parse_spec(read_config(file))
    assert experiment.warnings == ()
    parts = read_rows(experiment, KerasDoor())[1]
    assert max(parts.train.ids) > min(parts.validation.ids)


@pytest.mark.parametrize(
    ("cells", "labels", "doubt"),
    [
        (days()[:10] * 10, HALVES, "only 10 different dates"),
        (["2024-05-01"] * 60 + days()[:40], HALVES, "many rows have one date"),
        (
            [f"{day}T12:00{'Z' if row % 3 else ''}" for row, day in enumerate(days())],
            HALVES,
            "some have a time zone, and others have none",
        ),
        (days(), ["a", "b"] * 35 + ["c", "b"] * 15, "no early row has the class c"),
        (days(), ["a", "b"] * 40 + ["b"] * 20, "all test rows would be of one class"),
    ],
    ids=["few", "one-day", "zones", "late-class", "one-class"],
)
def test_a_date_that_leaves_doubts_gets_a_line_that_says_which(
    proposed, numbers, cells, labels, doubt
):
    text = proposed({"a": numbers(), "day": cells, "y": labels}, "y")

    chosen, other = splits(text)
    assert chosen == AT_RANDOM
    assert other == "split: {validation: 0.2, test: 0.2, time: day}"
    assert doubt in " ".join(text.replace("\n  #", "").split())


def test_a_date_of_birth_says_nothing_of_when_a_row_is(proposed, numbers):
    columns = {"a": numbers(), "date of birth": days(), "y": HALVES}

    assert splits(proposed(columns, "y")) == [AT_RANDOM]


def test_of_two_dates_the_one_counts_in_whose_order_rows_stand(proposed, numbers):
    drawn = random.Random(1).sample(days(), 100)

    text = proposed({"a": numbers(), "due": drawn, "sent": days(), "y": HALVES}, "y")

    assert splits(text)[0] == "split: {validation: 0.2, test: 0.2, time: sent}"


def test_rows_of_one_person_stay_together_before_dates_divide_them(
    proposed, tmp_path, numbers
):
    people = [f"P{row // 4}" for row in range(100)]
    columns = {"a": numbers(), "patient": people, "day": days(), "y": HALVES}

    text = proposed(columns, "y")

    chosen, other = splits(text)
    assert chosen == "split: {validation: 0.2, test: 0.2, by: patient}"
    assert other == "split: {validation: 0.2, test: 0.2, time: day}"
    experiment = parse_spec(read_config(otherwise(text, tmp_path / "config.yaml")))
    assert read_rows(experiment, KerasDoor())[1].validation is not None


def test_a_date_alone_divides_the_rows_and_is_learned_from(proposed):
    days = [f"2024-{1 + row // 28:02}-{1 + row % 28:02}" for row in range(200)]

    text = proposed({"date": days, "y": [row % 9 for row in range(200)]}, "y")

    assert "time: date}" in text
    assert "date: [{impute: most_frequent}, {date: " in text
