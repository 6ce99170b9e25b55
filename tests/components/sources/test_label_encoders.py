"""A number that is a label is cut into classes; tags are several labels."""

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
        == LabelEncoder.model_validate(PRICES).names
    )
    assert described.find_classes("output") == (
        *("below 100", "100 to 200.5", "from 200.5"),
    )


@pytest.mark.parametrize("cell", ["", "cheap", "nan", "1_0"])
def test_a_label_that_is_no_number_is_told_where_it_stands(source, cell):
    with pytest.raises(DataError) as caught:
        source([5, cell, 150]).load(task="classification")

    (problem,) = caught.value.problems
    wrong = f'is no number: "{cell}"' if cell else "is empty in 1 row"
    assert problem.message == f'the label "price" {wrong}, at t.csv:3'
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


TAGS = {"multi_hot": "price"}


def test_tags_of_all_rows_are_the_labels(source):
    dataset = source(["war; drama", "drama", "war;;war"], TAGS).load(task="binary")

    assert dataset.label_names == {OUTPUT: ("drama", "war")}
    assert dataset.labels[OUTPUT].tolist() == [[1, 1], [1, 0], [0, 1]]
    assert dataset.labels[OUTPUT].dtype == "float32"
    assert dataset.classes == {}


def test_tags_that_are_numbers_are_in_their_order(source):
    written = {"multi_hot": {"column": "price", "separator": "|"}}

    assert source(["10|9", "9"], written).find_labels(OUTPUT) == ("9", "10")


def test_labels_keep_the_order_of_a_vocabulary(source):
    written = {"multi_hot": {"column": "price", "vocabulary": ["war", "art", "x"]}}
    one = source(["art", "war"], written)

    dataset = one.load(task="binary")

    assert one.describe().label_columns == {OUTPUT: ("war", "art", "x")}
    assert dataset.labels[OUTPUT].tolist() == [[0, 1, 0], [1, 0, 0]]


def test_one_tag_is_a_label_that_holds_or_not(source):
    written = {"multi_hot": {"column": "price", "missing": "ignore"}}

    dataset = source(["art", "", "art"], written).load(task="binary")

    assert dataset.labels[OUTPUT].tolist() == [[1], [0], [1]]


def test_other_rows_have_the_labels_that_are_known(source):
    dataset = source(["art", "war"], TAGS).load(["art", "film", "war"], task="binary")

    assert dataset.label_names == {OUTPUT: ("art", "film", "war")}
    assert dataset.labels[OUTPUT].tolist() == [[1, 0, 0], [0, 0, 1]]


def test_gaps_and_unknown_tags_are_told_at_once(source):
    with pytest.raises(DataError) as caught:
        source(["art", "", "sea", "art;sun;sea", ""], TAGS).load(["art"], task="binary")

    none = "which is none of its labels (art)"
    assert [problem.message for problem in caught.value.problems] == [
        'the label "price" is empty in 2 rows, at t.csv:3, t.csv:6',
        f'the label "price" has the tag "sea", {none}, at t.csv:4, t.csv:5',
        f'the label "price" has the tag "sun", {none}, at t.csv:5',
    ]


def test_many_unknown_tags_are_counted(source):
    cells = [f"t{number}" for number in range(20)]

    with pytest.raises(DataError) as caught:
        source(cells, TAGS).load(["art"], task="binary")

    *first, last = caught.value.problems
    assert len(first) == 5
    assert last.message.endswith(
        "has 15 more such tags, at t.csv:7, t.csv:8, t.csv:9 and 12 more"
    )


BY_OUTPUT = {"tags": {"multi_hot": "price"}, "number": "a", "both": ["a", "b"]}


def test_each_output_has_labels_of_its_own_columns(source, tmp_path):
    (tmp_path / "t.csv").write_text("a,b,c,price\n1,2,3,x;y\n4,5,6,y\n")
    one = Source.model_validate(
        {"csv": {"path": str(tmp_path / "t.csv"), "labels": BY_OUTPUT}}
    )

    tasks = {"tags": "binary", "number": "classification", "both": "regression"}
    dataset = one.load(task=tasks)

    assert dataset.feature_names == ("c",)
    assert dataset.labels["tags"].tolist() == [[1, 1], [0, 1]]
    assert dataset.labels["number"].tolist() == [0, 1]
    assert dataset.labels["both"].tolist() == [[1, 2], [4, 5]]
    assert dataset.label_names == {"tags": ("x", "y"), "both": ("a", "b")}
    assert dataset.classes == {"number": ("1", "4")}
    assert one.label_outputs == ("tags", "number", "both")
    assert Source.model_validate(one.model_dump(mode="json")) == one


def test_a_wrong_label_of_an_output_is_told_by_its_name_and_place(tmp_path):
    (tmp_path / "t.csv").write_text("a,b,c\n1,2,3\n4,5,no\n")
    one = Source.model_validate(
        {"csv": {"path": str(tmp_path / "t.csv"), "labels": {"x": "a", "y": "c"}}}
    )

    with pytest.raises(DataError) as caught:
        one.load(task={"x": "classification", "y": "regression"})

    (problem,) = caught.value.problems
    assert problem.path == ("csv", "labels", "y")
    assert problem.message == '`y`: t.csv:3: label "no" is not a number'
    assert (problem.location.line, problem.location.column) == (3, 5)
