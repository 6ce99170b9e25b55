"""Rows that are written out: by JSON or a notebook, with all that is in them."""

from __future__ import annotations

import datetime
import json

import numpy as np
import pytest

from dlrun.config import node_of
from dlrun.data import INPUT, OUTPUT, Keep
from dlrun.engines import KerasDoor
from dlrun.errors import DataError
from dlrun.experiment import parse_spec
from dlrun.rows import RowFile, prepare_values, read_new_rows, read_rows

LINES = [
    f"r{number},{number if number % 5 else '?'},{'AB'[number % 2]},"
    f"{number + 1:02}.03.2024,{'ab'[number % 2]}"
    for number in range(12)
]
COLUMNS = {
    "mass": [{"impute": "median"}],
    "isle": "one_hot",
    "day": {"date": {"parts": ["day"], "format": "%d.%m.%Y"}},
}
ROW = {"mass": 3, "isle": "A", "day": "02.03.2024", "name": "new", "kind": "b"}


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """The spec and the preprocessing of a run on a table."""
    folder = tmp_path_factory.mktemp("table")
    (folder / "rows.csv").write_text("\n".join(["name,mass,isle,day,kind", *LINES]))
    config = {
        "name": "rows",
        "data": {
            "csv": {
                "path": "rows.csv",
                "labels": "kind",
                "ids": "name",
                "missing": ["?"],
            },
            "columns": COLUMNS,
        },
        "model": {"layers": [{"Dense": {"units": 2, "activation": "softmax"}}]},
        "compile": {"loss": "sparse_categorical_crossentropy"},
    }
    experiment, parts = read_rows(parse_spec(node_of(config, folder)), KerasDoor())
    return experiment.spec, parts.preprocessing


def values(trained, *rows, **keep):
    return prepare_values(*trained, list(rows), KerasDoor(), **keep)


def from_file(trained, file, *, labelled=False, keep=()):
    given = RowFile(file, keep=Keep(tuple(keep)))
    return read_new_rows(*trained, given, KerasDoor(), labelled=labelled)


def lines(directory, *rows, name="new.jsonl"):
    file = directory / name
    file.write_text("\n".join(map(json.dumps, rows)))
    return file


def told(caught):
    return [problem.message for problem in caught.value.problems]


def test_a_row_of_json_has_the_name_and_the_label_of_one_of_a_table(trained, tmp_path):
    rows = from_file(trained, lines(tmp_path, ROW))

    table = tmp_path / "new.csv"
    table.write_text(",".join(ROW) + "\n" + ",".join(map(str, ROW.values())))
    same = from_file(trained, table)
    assert rows.ids == same.ids == ("new",)
    assert rows.labels[OUTPUT].tolist() == same.labels[OUTPUT].tolist() == [1]
    assert rows.features[INPUT].tolist() == same.features[INPUT].tolist()


def test_a_label_that_is_none_is_left_out_with_a_warning(trained, tmp_path):
    file = lines(tmp_path, ROW, ROW | {"kind": "garbage"})

    rows = from_file(trained, file)

    assert rows.labels is None
    assert [warning.message for warning in rows.warnings] == [
        "the labels are left out: new.jsonl:2: label garbage is not in a, b"
    ]


def test_labels_that_are_measured_against_must_be_those_of_training(trained, tmp_path):
    file = lines(tmp_path, ROW, ROW | {"kind": "B"})
    without = lines(tmp_path, {**ROW, "kind": 1, "Kind": 2}, name="other.jsonl")
    (without.parent / "none.jsonl").write_text(json.dumps({**ROW} | {"kind": None}))

    with pytest.raises(DataError) as wrong:
        from_file(trained, file, labelled=True)
    with pytest.raises(DataError) as empty:
        from_file(trained, tmp_path / "none.jsonl", labelled=True)

    assert told(wrong) == ["new.jsonl:2: label B is not in a, b"]
    assert wrong.value.problems[0].hint == (
        "write it as the rows of training have it, or remove the row"
    )
    assert wrong.value.problems[0].location.line == 2
    assert told(empty) == ['the label "kind" is empty in 1 row, at none.jsonl:1']


def test_rows_without_labels_cannot_be_measured(trained, tmp_path):
    row = {key: value for key, value in ROW.items() if key != "kind"}

    with pytest.raises(DataError) as caught:
        from_file(trained, lines(tmp_path, row), labelled=True)

    assert told(caught) == ["there is no column kind with the labels"]
    assert "dlrun predict needs none" in caught.value.problems[0].hint


def test_texts_that_mean_a_gap_are_those_of_the_table(trained, tmp_path):
    gap = values(trained, ROW | {"mass": "?"})

    assert gap.features.keys() == {INPUT}
    with pytest.raises(DataError) as caught:
        from_file(trained, lines(tmp_path, ROW, ROW | {"mass": "NA"}))
    assert told(caught) == [
        'column "mass" has "NA", which is no number, at new.jsonl:2'
    ]


@pytest.mark.parametrize(
    "day",
    [
        datetime.date(2024, 3, 2),
        datetime.datetime(2024, 3, 2, 7, 30),
        np.datetime64("2024-03-02"),
        np.datetime64("2024-03-02T00:00", "ns"),
    ],
    ids=["date", "datetime", "of numpy", "of pandas"],
)
def test_a_date_is_one_however_the_table_writes_it(trained, day):
    written = values(trained, ROW)

    rows = values(trained, ROW | {"day": day})

    assert rows.features[INPUT].tolist() == written.features[INPUT].tolist()


def test_a_list_is_no_cell(trained, tmp_path):
    with pytest.raises(DataError) as caught:
        from_file(trained, lines(tmp_path, ROW | {"isle": ["A"], "mass": {"a": 1}}))

    assert told(caught) == [
        'column "mass" has "{\'a\': 1}", which is no number, at new.jsonl:1',
        'column "isle" has "[\'A\']", which is no text, at new.jsonl:1',
    ]


def test_a_file_may_hold_one_list_of_all_rows(trained, tmp_path):
    file = tmp_path / "new.json"
    file.write_text(json.dumps([ROW, ROW], indent=1))

    rows = from_file(trained, file)

    assert len(rows) == 2
    assert from_file(trained, lines(tmp_path, ROW, name="lines.json")).ids == ("new",)


def test_columns_are_carried_along_as_they_were_read(trained, tmp_path):
    row = ROW | {"note": " x ", "tags": ["a", 1], "extra": None}
    table = tmp_path / "new.csv"
    table.write_text("note,mass,name,isle,day\n x ,03,new,A,02.03.2024\n")

    of_json = from_file(trained, lines(tmp_path, row, ROW), keep=["tags", "n*", "mass"])
    of_table = from_file(trained, table, keep=["mass,note"])
    of_values = values(trained, row, keep=Keep(("extra",)))

    assert of_json.kept == {
        "tags": [["a", 1], None],
        "name": ["new", "new"],
        "note": [" x ", None],
        "mass": [3, 3],
    }
    assert of_table.kept == {"mass": ["03"], "note": [" x "]}
    assert of_values.kept == {"extra": [None]}
    assert of_json.take([1]).kept["tags"] == [None]


def test_what_has_no_columns_keeps_none(trained, tmp_path):
    np.savez(tmp_path / "new.npz", x=np.zeros((2, 3)), y=[0, 1])

    with pytest.raises(DataError) as caught:
        from_file(trained, tmp_path / "new.npz", keep=["a"])

    assert told(caught) == ["the rows of npz have no columns that could be kept"]


def test_two_columns_of_a_kept_name_are_refused(trained, tmp_path):
    file = tmp_path / "new.csv"
    file.write_text("a,a,mass,isle,day\n1,2,3,A,02.03.2024\n")

    assert len(from_file(trained, file)) == 1
    with pytest.raises(DataError, match='two columns "a"'):
        from_file(trained, file, keep=["a"])
