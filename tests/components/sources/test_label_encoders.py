"""A number that is a label is cut into classes."""

from __future__ import annotations

import pytest

from dlrun.components.sources import Source
from dlrun.components.sources.label_encoders import LabelEncoder
from dlrun.data import OUTPUT
from dlrun.errors import DataError

PRICES = {"bins": {"column": "price", "boundaries": [100, 200.5]}}


@pytest.fixture
def source(tmp_path):
    def write(cells, labels=PRICES):
        rows = "".join(f"{row},{cell}\n" for row, cell in enumerate(cells))
        (tmp_path / "t.csv").write_text(f"a,price\n{rows}")
        values = {"path": str(tmp_path / "t.csv"), "labels": labels}
        return Source.model_validate({"csv": values})

    return write


def test_a_class_holds_its_lower_boundary(source):
    dataset = source([99.9, 100, 200, 200.5, 1e9, -5]).load(task="classification")

    assert dataset.classes == {OUTPUT: ("below 100", "100 to 200.5", "from 200.5")}
    assert dataset.labels[OUTPUT].tolist() == [0, 1, 1, 2, 2, 0]
    assert dataset.feature_names == ("a",)


def test_classes_are_known_before_any_row_is_read(source):
    described = source([1, 2])

    assert (
        described.describe().classes[OUTPUT]
        == LabelEncoder.model_validate(PRICES).classes
    )
    assert described.find_classes("output") == (
        *("below 100", "100 to 200.5", "from 200.5"),
    )


@pytest.mark.parametrize("cell", ["", "cheap", "nan", "1_0"])
def test_a_label_that_is_no_number_is_told_where_it_stands(source, cell):
    with pytest.raises(DataError) as caught:
        source([5, cell, 150]).load(task="classification")

    (problem,) = caught.value.problems
    assert problem.message == f't.csv:3: label "{cell}" is not a number'
    assert problem.location.line == 3


def test_an_empty_cell_is_no_label_where_rows_may_lack_theirs(source):
    dataset = source([5, "", 150]).load(task="classification", partly=True)

    assert dataset.labels[OUTPUT].tolist() == [0, -1, 1]


def test_labels_read_back_as_they_are_written(source):
    one = source([1, 2])

    assert Source.model_validate(one.model_dump(mode="json")) == one


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ({"bins": {"column": "price"}}, "`bins` needs `boundaries`"),
        (
            {"bins": {"column": "price", "boundaries": [2, 2]}},
            "`boundaries` must ascend, found [2.0, 2.0]",
        ),
        ({"bin": {"column": "price"}}, 'there is no label encoder "bin"'),
    ],
)
def test_mistakes_in_labels_are_told(written, message, problems_of):
    (problem,) = problems_of(Source, {"csv": {"path": "a.csv", "labels": written}})

    assert problem.message == message
    assert problem.path[:2] == ("csv", "labels")
