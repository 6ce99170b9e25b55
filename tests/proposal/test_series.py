"""What `init --data` says of rows that follow each other in time."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta

import pytest

from dlrun.engines import KerasDoor
from dlrun.experiment import parse_spec, read_config
from dlrun.rows import read_rows

FIRST = datetime(2021, 1, 4, tzinfo=UTC)
ROWS = 120


def waves(count=ROWS):
    return [round(10 + 5 * math.sin(row), 4) for row in range(count)]


def every(form="%Y-%m-%d", **step):
    return [(FIRST + row * timedelta(**step)).strftime(form) for row in range(ROWS)]


def months(step=1, day="01", count=ROWS):
    places = [divmod(row * step, 12) for row in range(count)]
    return [f"{2000 + year}-{month + 1:02}-{day}" for year, month in places]


def working_days():
    days = [FIRST + timedelta(days=row) for row in range(2 * ROWS)]
    return [f"{day:%Y-%m-%d}" for day in days if day.weekday() < 5][:ROWS]


SERIES = {
    "a row a day": (every(days=1), "{length: 12, time: when, season: 7}"),
    "a row a week": (every(days=7), "{length: 8, time: when, season: 52}"),
    "a row an hour": (
        every("%Y-%m-%d %H:00", hours=1),
        "{length: 12, time: when, season: 24}",
    ),
    "a row every 15 minutes": (
        every("%d.%m.%Y %H:%M", minutes=15),
        '{length: 12, time: when, format: "%d.%m.%Y %H:%M"}',
    ),
    "a row a month": (months(), "{length: 12, time: when, season: 12}"),
    "a row a quarter": (months(3), "{length: 8, time: when, season: 4}"),
    "a row a year": (months(12), "{length: 5, time: when}"),
    "a row a working day": (working_days(), "{length: 10, time: when, season: 5}"),
}


@pytest.mark.parametrize("told", SERIES)
def test_a_table_of_times_and_one_number_is_forecast_from_its_past(
    proposed, tmp_path, told
):
    when, window = SERIES[told]

    text = proposed({"when": when, "y": waves()}, "y")

    assert f"  window: {window}" in text
    assert f"{told}: y is forecast from" in text
    _, parts = read_rows(parse_spec(read_config(tmp_path / "config.yaml")), KerasDoor())
    assert len(parts.validation) > 10


@pytest.mark.parametrize(
    ("times", "window"),
    [
        ([1950 + row / 12 for row in range(ROWS)], "season: 12}"),
        (range(1871, 1871 + ROWS), "{length: 5, time: time}"),
    ],
    ids=["parts of a year", "years"],
)
def test_times_may_be_numbers(proposed, times, window):
    text = proposed({"time": [f"{one:.10g}" for one in times], "y": waves()}, "y")

    assert window in next(line for line in text.splitlines() if "window:" in line)


def test_several_series_are_told_apart_by_a_column(proposed):
    columns = {
        "when": 2 * months(),
        "place": ["here"] * ROWS + ["there"] * ROWS,
        "y": [*waves(), *(2 * one for one in waves())],
    }

    text = proposed(columns, "y")

    assert "window: {length: 12, time: when, by: place, season: 12}" in text
    assert "a row a month, in 2 series by place" in text


@pytest.mark.parametrize("place", [None, "words"])
def test_beside_other_features_the_lines_for_a_window_can_be_taken(
    proposed, tmp_path, numbers, place
):
    columns = {"when": months(), "a": numbers(ROWS), "y": waves()}
    if place:
        columns["a"] = [("low", "high")[one > 0] for one in numbers(ROWS)]

    text = proposed(columns, "y")

    assert "\n  # window: {length: 12, time: when, season: 12}\n" in text
    taken = text.replace("# window:", "window:")
    for line in text.splitlines():
        if "# for a window" in line:
            taken = taken.replace(line, line.replace("# ", "", 1))
    file = tmp_path / "taken.yaml"
    file.write_text(taken)
    experiment, parts = read_rows(parse_spec(read_config(file)), KerasDoor())
    assert experiment.warnings == ()
    assert parts.train.row_shapes["input"][0] == 12


def test_rows_of_one_patient_have_a_split_in_time_beside_their_window(
    proposed, tmp_path, numbers
):
    rows = range(25 * 40)
    columns = {
        "when": [months(count=40)[row % 40] for row in rows],
        "patient_id": [f"p{row // 40}" for row in rows],
        "a": numbers(len(rows)),
        "y": waves(len(rows)),
    }

    text = proposed(columns, "y")

    kept, other = (line for line in text.splitlines() if "split: {" in line)
    assert "by: patient_id" in kept
    assert other.endswith("# for a window, in place of the other")
    taken = text.replace(kept, other.replace("# ", "", 1)).replace("# window", "window")
    file = tmp_path / "taken.yaml"
    file.write_text(taken.replace("# - Flatten", "- Flatten"))
    assert parse_spec(read_config(file)).spec.data.window.by == "patient_id"


def irregular():
    days = [row * row for row in range(ROWS)]
    return [f"{FIRST + timedelta(days=day):%Y-%m-%d}" for day in days]


@pytest.mark.parametrize(
    "columns",
    [
        {"when": irregular(), "y": waves()},
        {"when": [one for one in months(count=60) for _ in "ab"], "y": waves()},
        {"when": months(), "y": ["no", "yes"] * 60},
        {"when": months(), "y": ["", *waves()[1:]]},
        {"birth_date": months(), "y": waves()},
        {"when": months(count=30), "y": waves(30)},
    ],
    ids=["uneven", "twice", "classes", "gaps", "of persons", "few"],
)
def test_what_is_no_series_of_one_number_has_no_window(proposed, numbers, columns):
    rows = len(columns["y"])

    text = proposed({"a": numbers(rows), **columns}, "y")

    assert "window" not in text


@pytest.mark.parametrize(
    ("times", "gap"),
    [
        (every("%Y-%m-%d %H:00", hours=1), '"1h"'),
        (every("%Y-%m-%d %H:%M", minutes=90), '"90min"'),
        (every(days=1), '"1d"'),
        (months(), '"31d"'),
        (working_days(), '"5d"'),
        ([f"{1950 + row / 12:.8g}" for row in range(ROWS)], "0.0842"),
        ([f"{row}" for row in range(ROWS)], "1}"),
    ],
    ids=["hours", "minutes", "days", "months", "working days", "parts", "numbers"],
)
@pytest.mark.parametrize("series", [1, 2])
def test_no_window_reaches_over_rows_that_are_missing(
    proposed, tmp_path, times, gap, series
):
    kept = [one for row, one in enumerate(times) if not 30 < row < 38]
    columns = {"time": series * kept, "y": series * waves(len(kept))}
    if series > 1:
        columns["place"] = [place for place in ("here", "there") for _ in kept]

    text = proposed(columns, "y")

    assert f"max_gap: {gap}" in text
    assert f"missing at {series} place" in text
    read_rows(parse_spec(read_config(tmp_path / "config.yaml")), KerasDoor())


def test_many_gaps_shorten_windows_or_are_left_to_them(proposed):
    rows = list(range(3 * ROWS))
    days = [f"{FIRST + timedelta(days=row):%Y-%m-%d}" for row in rows]
    some = [day for row, day in enumerate(days) if row % 12]

    text = proposed({"when": some, "y": waves(len(some))}, "y")

    assert "length: 3, time: when" in text
    assert 'max_gap: "1d"' in text
