"""Cells at fault are told at once, and a cure keeps all that a column needs."""

from __future__ import annotations

import pytest
import yaml

from dlrun.config import node_of
from dlrun.engines import KerasDoor
from dlrun.errors import DataError
from dlrun.experiment import parse_spec
from dlrun.rows import prepare_values, read_new_rows, read_rows

ROWS = """\
s1,s2,d,n1,n2,y
a,,2024-01-01,1,,1
,b,,,3,2
c,b,9/4/2024,1,5,3
a,a,2024-01-04,1,7,4
b,c,2024-01-05,1,2,5
a,c,2024-01-06,4,2,5
b,c,2024-01-06,4,1,5
a,c,2024-01-06,4,2,6
"""
FINE = ROWS.replace("9/4/2024", "2024-01-09")
COLUMNS = {
    "s*": ["ordinal", "scale"],
    "d": [{"date": ["year"]}, "scale"],
    "n*": ["scale"],
}
HEALTHY = {
    "s*": [{"ordinal": {"missing": "category"}}, "scale"],
    "d": [{"impute": "most_frequent"}, {"date": ["year"]}, "scale"],
    "n*": [{"impute": "median"}, "scale"],
}


@pytest.fixture
def read(tmp_path):
    def read(columns, rows=ROWS):
        (tmp_path / "t.csv").write_text(rows)
        values = {
            "name": "cells",
            "data": {
                "csv": {"path": "t.csv", "labels": "y"},
                "split": {"validation": 0.4},
                "columns": columns,
            },
            "model": {"layers": [{"Dense": 1}]},
            "compile": {"loss": "mse"},
        }
        return read_rows(parse_spec(node_of(values, tmp_path)), KerasDoor())

    return read


def test_cures_that_are_pasted_keep_the_other_encoders_and_each_other(read):
    with pytest.raises(DataError) as caught:
        read(COLUMNS, FINE)

    pasted = {}
    for problem in caught.value.problems:
        pasted |= yaml.safe_load(f"{{{problem.hint.removeprefix('write ')}}}")
    assert pasted == HEALTHY
    _, parts = read({**COLUMNS, **pasted}, FINE)
    assert parts.train.features["input"].shape[1] == 5


def test_gaps_of_all_columns_and_parts_are_told_with_dates_that_are_none(read):
    with pytest.raises(DataError) as caught:
        read(COLUMNS)

    problems = caught.value.problems
    assert sorted(problem.message for problem in problems) == [
        'column "d" has "9/4/2024", which is not a date of ISO 8601, at t.csv:4',
        'column "d" has 1 gap, at t.csv:3',
        'column "n1" has 1 gap, at t.csv:3',
        'column "n2" has 1 gap, at t.csv:2',
        'column "s1" has 1 gap, at t.csv:3',
        'column "s2" has 1 gap, at t.csv:2',
    ]
    date = '{date: {parts: [year], format: "%d/%m/%Y"}}'
    for problem in problems:
        if '"d"' in problem.message:
            lines = f"write d: [{{impute: most_frequent}}, {date}, scale]"
            assert problem.hint.startswith(lines)


def test_a_column_that_cannot_be_learned_is_left_out_by_its_own_name(read):
    table = ["a_mm,b_mm,y", *(f",{number},{number}" for number in range(9))]

    with pytest.raises(DataError) as caught:
        read({"*_mm": [{"impute": "median"}, "scale"]}, "\n".join(table))

    (problem,) = caught.value.problems
    assert problem.hint == "write a_mm: drop"


def test_dates_in_two_forms_are_each_cured_by_their_own(read):
    rows = FINE.replace("2024-01-05", "5.1.2024").replace("2024-01-04", "4/1/2024")

    with pytest.raises(DataError) as caught:
        read(HEALTHY, rows)

    hints = [problem.hint for problem in caught.value.problems]
    forms = ["%d/%m/%Y", "%d.%m.%Y"]
    assert all(form in hint for form, hint in zip(forms, hints, strict=True))


@pytest.fixture
def trained(read):
    experiment, parts = read(HEALTHY, FINE)
    return experiment.spec, parts.preprocessing


def test_new_rows_tell_numbers_dates_and_categories_at_once(trained, tmp_path):
    rows = "x,a,2024-01-01,1,2\na,b,soon,one,3\n,z,2024-01-03,2,1\n"
    (tmp_path / "new.csv").write_text(f"s1,s2,d,n1,n2\n{rows}")

    with pytest.raises(DataError) as caught:
        read_new_rows(*trained, tmp_path / "new.csv", KerasDoor(), labelled=False)

    told = {problem.message: problem.hint for problem in caught.value.problems}
    assert [*told] == [
        'column "n1" mixes numbers and text, first at new.csv:3: "one"',
        'column "s1" has the category "x", which no train row has, at new.csv:2',
        'column "s2" has the category "z", which no train row has, at new.csv:4',
        'column "d" has "soon", which is not a date of ISO 8601, at new.csv:3',
    ]
    assert told[
        'column "s1" has the category "x", which no train row has, at new.csv:2'
    ] == (
        "repair the rows, or train again with s1: [{ordinal: {missing: category, "
        "unknown: category}}, scale]"
    )


def test_written_rows_tell_numbers_and_categories_at_once(trained):
    row = {"s1": "x", "s2": "b", "d": "2024-01-01", "n1": "one", "n2": 3}

    with pytest.raises(DataError) as caught:
        prepare_values(*trained, [row], KerasDoor())

    assert [problem.message for problem in caught.value.problems] == [
        'column "n1" has "one", which is no number, at row 0',
        'column "s1" has the category "x", which no train row has, at row 0',
    ]


def test_columns_that_are_all_no_numbers_are_told(read):
    with pytest.raises(DataError) as caught:
        read({"*": "scale"}, "a,b,y\nx,1,2\ny,z,3\n2,2,4\n")

    paths = [problem.path for problem in caught.value.problems]
    assert paths == [("data", "columns", "*")] * 2


def hints(read, columns, rows) -> list[str]:
    with pytest.raises(DataError) as caught:
        read(columns, rows)
    return [problem.hint for problem in caught.value.problems]


@pytest.mark.parametrize(
    "encoders",
    [
        "scale",
        "number",
        ["scale", {"clip": {"x_max": 5}}],
        {"date": ["year"]},
        "ordinal",
        "one_hot",
    ],
)
def test_a_column_of_gaps_only_is_left_out_whatever_it_was_to_be(read, encoders):
    rows = "empty,a,y\n" + ",1,1\n,2,2\n" * 4

    assert hints(read, {"empty": encoders}, rows) == ["write empty: drop"]
    assert read({"empty": "drop"}, rows)


def test_gaps_of_all_train_rows_are_counted_by_these(read):
    rows = "late,a,y\n" + ",1,1\n,2,2\n" * 4
    columns = {"late": [{"impute": "median"}, "scale"]}

    with pytest.raises(DataError) as caught:
        read(columns, rows)

    (problem,) = caught.value.problems
    assert "has a gap in all 5 train rows" in problem.message
    assert problem.hint == "write late: drop"


@pytest.mark.parametrize("text", ["0000-01-01", "2024-02-30"])
def test_a_day_that_is_none_has_a_cure(read, text):
    rows = f"d,a,y\n{text},1,1\n" + "2024-01-01,2,2\n" * 7

    (hint,) = hints(read, {"d": {"date": ["year"]}}, rows)

    assert hint == "write d: drop, or correct the cells: there is no such day"


def test_what_makes_large_numbers_small_is_for_their_column_alone(read):
    rows = "n1,n2,n3,y\n" + "".join(
        f"1e{300 + row},-{row},{row},1\n" for row in range(8)
    )
    columns = {"n*": "scale"}

    (hint,) = hints(read, columns, rows)
    cure = yaml.safe_load(f"{{{hint.removeprefix('write ')}}}")

    assert cure.keys() == {"n1"}
    _, parts = read({**columns, **cure}, rows)
    assert parts.train.features["input"].shape[1] == 3
