from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from dlrun.config import node_of
from dlrun.data import INPUT, table_size
from dlrun.engines import KerasDoor
from dlrun.errors import DataError
from dlrun.experiment import parse_spec
from dlrun.progress import reading
from dlrun.rows import prepare_values, read_new_rows, read_rows

LINES = [f"{number},{100 - number},{'ab'[number % 2]}" for number in range(10)]


@pytest.fixture
def trained(tmp_path):
    """The spec and the preprocessing of a run on a table."""
    (tmp_path / "rows.csv").write_text("\n".join(["size,weight,kind", *LINES]))
    layers = [{"Dense": {"units": 2, "activation": "softmax"}}]
    config = {
        "name": "rows",
        "data": {"csv": {"path": "rows.csv", "labels": "kind"}, "scale": "minmax"},
        "model": {"layers": layers},
        "compile": {"loss": "sparse_categorical_crossentropy"},
    }
    experiment, parts = read_rows(parse_spec(node_of(config, tmp_path)), KerasDoor())
    return experiment.spec, parts.preprocessing


def write(directory, name, text):
    file = directory / name
    file.write_text(text)
    return file


def test_new_rows_are_prepared_as_the_train_rows_were(trained, tmp_path):
    file = write(tmp_path, "new.csv", "weight,size\n100,0\n91,9\n")

    rows = read_new_rows(*trained, file, KerasDoor(), labelled=False)

    assert rows.features[INPUT].tolist() == [[0.0, 1.0], [1.0, 0.0]]
    assert rows.labels is None


def test_labels_get_the_numbers_of_training(trained, tmp_path):
    file = write(tmp_path, "new.csv", "kind,weight,size\nb,100,0\n")

    rows = read_new_rows(*trained, file, KerasDoor(), labelled=True)

    assert rows.class_indices().tolist() == [1]
    assert rows.classes == {"output": ("a", "b")}


@pytest.mark.parametrize("labels", ["", "c", "b\n", '"b,\nb"', "nan"])
def test_a_prediction_needs_no_labels_that_fit(trained, tmp_path, labels):
    text = f"kind,weight,size\n{labels},100,0\n{labels},91,9\n"
    file = write(tmp_path, "new.csv", text.replace("b\n,", "b,"))

    rows = read_new_rows(*trained, file, KerasDoor(), labelled=False)

    assert rows.features[INPUT].tolist() == [[0, 1], [1, 0]]
    assert rows.labels is None or rows.classes == {"output": ("a", "b")}
    assert all(item.severity == "warning" for item in rows.warnings)
    assert rows.labels is not None or "labels are left out" in str(rows.warnings)


def test_a_prediction_needs_no_column_that_is_no_feature(trained, tmp_path):
    text = ",note,size,note,weight\n0,x,0,,100\n1,,9,True,91\n"
    file = write(tmp_path, "new.csv", text)

    rows = read_new_rows(*trained, file, KerasDoor(), labelled=False)

    assert rows.features[INPUT].tolist() == [[0, 1], [1, 0]]


@pytest.mark.parametrize(
    "labels", [["a", "c"], [b"\xff", b"a"], [[1, 2], [3, 4]], [1j, 2]]
)
def test_a_prediction_of_arrays_needs_no_labels_that_fit(trained, tmp_path, labels):
    features = [[0, 100], [9, 91]]
    np.savez(tmp_path / "new.npz", x=np.array(features), y=np.array(labels))

    rows = read_new_rows(*trained, tmp_path / "new.npz", KerasDoor(), labelled=False)

    assert rows.features[INPUT].tolist() == [[0, 1], [1, 0]]
    assert rows.labels is None


def test_new_rows_are_read_as_strictly_as_those_of_training(trained, tmp_path):
    file = write(tmp_path, "new.csv", 'weight,size\n"100,0\n91,9\n')

    with pytest.raises(
        DataError, match=r"new\.csv:2 opens a quote that is never closed"
    ):
        read_new_rows(*trained, file, KerasDoor(), labelled=False)


def test_the_cure_of_new_rows_is_none_for_a_config(trained, tmp_path):
    file = write(tmp_path, "new.csv", "weight,size\nheavy,0\n91,9\n")

    with pytest.raises(DataError) as caught:
        read_new_rows(*trained, file, KerasDoor(), labelled=False)

    (problem,) = caught.value.problems
    assert problem.hint == "write numbers there, as in the rows of training"
    assert (problem.location.line, problem.location.column) == (2, 1)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("weight,size\n100,0\n", "kind"),
        ("kind,weight,size\nc,100,0\n", "c"),
        ("kind,weight\nb,100\n", "size"),
        ("kind,weight,size\nb,heavy,0\n", "heavy"),
    ],
)
def test_rows_that_do_not_fit_are_refused_without_a_path(
    trained, tmp_path, text, expected
):
    file = write(tmp_path, "new.csv", text)

    with pytest.raises(DataError) as caught:
        read_new_rows(*trained, file, KerasDoor(), labelled=True)

    assert expected in str(caught.value)
    assert all(problem.path == () for problem in caught.value.problems)


def test_written_out_rows_are_lists_or_mappings(trained):
    spec, preprocessing = trained

    lists = prepare_values(spec, preprocessing, [[0, 100], [9, 91]], KerasDoor())
    mappings = prepare_values(
        spec,
        preprocessing,
        [{"weight": 100, "size": 0, "note": 1}, {"size": 9, "weight": 91}],
        KerasDoor(),
    )

    assert (
        lists.features[INPUT].tolist()
        == mappings.features[INPUT].tolist()
        == [[0, 1], [1, 0]]
    )


@pytest.mark.parametrize(
    ("rows", "message", "hint"),
    [
        ([0, 100], "expected a list of rows", "write [[0, 100]]"),
        ({"size": 0}, "expected a list of rows", 'write [{"size": 0}]'),
        ([[0]], "expected 2 columns [size, weight], got 1", None),
        (
            [{"size": 0, "Weight": 1}],
            'there is no column "weight"',
            "did you mean Weight? the rows have size, Weight",
        ),
        (
            [{"size": 0, "weight": 1}, {"size": 1}],
            "row 1 lacks the column weight",
            "write null for a gap",
        ),
        (
            [{"size": 0, "weight": 1}, [0]],
            "row 1 must give a value for each column: it has 1, and not 2",
            'write {"size": ..., "weight": ...}',
        ),
        ([[0, None]], "row 0 holds null, not a finite number", None),
        ([[0, float("inf")]], "row 0 holds", None),
        ([], "must be a list of rows", None),
    ],
)
def test_values_that_do_not_fit_are_refused(trained, rows, message, hint):
    spec, preprocessing = trained

    with pytest.raises(DataError) as caught:
        prepare_values(spec, preprocessing, rows, KerasDoor())

    (problem,) = caught.value.problems
    assert message in problem.message
    assert hint is None or problem.hint == hint
    assert problem.path == ()


def test_rows_without_column_names_cannot_be_given_by_name(trained):
    spec, preprocessing = trained

    with pytest.raises(DataError) as caught:
        prepare_values(
            spec, replace(preprocessing, feature_names=None), [{"size": 0}], KerasDoor()
        )

    assert "write a list of numbers" in caught.value.problems[0].hint


def test_json_lines_hold_a_row_per_line(trained, tmp_path):
    lines = [{"size": 0, "weight": 100}, {"size": 9, "weight": 91}]
    file = write(tmp_path, "new.jsonl", "\n\n".join(map(json.dumps, lines)))

    rows = read_new_rows(*trained, file, KerasDoor(), labelled=False)

    assert rows.features[INPUT].tolist() == [[0, 1], [1, 0]]


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"[0, 100]\n[0,\n", ":2 is not JSON"),
        (b"\xff\xfe", "cannot be read: it is not UTF-8 text"),
        (b"", "new.jsonl holds no rows"),
        (None, "cannot be read: No such file or directory"),
    ],
)
def test_json_lines_that_cannot_be_read_are_refused(trained, tmp_path, data, expected):
    file = tmp_path / "new.jsonl"
    if data is not None:
        file.write_bytes(data)

    with pytest.raises(DataError) as caught:
        read_new_rows(*trained, file, KerasDoor(), labelled=False)

    assert expected in str(caught.value)


def test_arrays_of_another_source_are_found_by_the_usual_names(trained, tmp_path):
    file = tmp_path / "new.npz"
    np.savez(file, x=np.array([[0.0, 100.0]], "float32"))

    rows = read_new_rows(*trained, file, KerasDoor(), labelled=False)

    assert rows.features[INPUT].tolist() == [[0, 1]]


def test_a_file_that_is_no_archive_is_refused(trained, tmp_path):
    file = write(tmp_path, "new.npz", "nothing")

    with pytest.raises(DataError, match=r"new\.npz"):
        read_new_rows(*trained, file, KerasDoor(), labelled=False)


def test_what_a_large_file_takes_is_said_with_a_cure_for_new_rows(
    trained, tmp_path, monkeypatch, capsys
):
    monkeypatch.setattr(reading, "_warned", set())
    monkeypatch.setattr(table_size, "free_memory", lambda: 10_000)
    lines = "".join(f"{100 - number},{number}\n" for number in range(90))
    file = write(tmp_path, "new.csv", f"weight,size\n{lines}")

    rows = read_new_rows(*trained, file, KerasDoor(), labelled=False)

    told = capsys.readouterr().err
    assert len(rows) == 90
    assert told.startswith("warning: new.csv: about 9")
    assert "   = help: divide the file, and give one part after the other" in told
