from __future__ import annotations

import pytest
from pydantic import ValidationError

from dlrun.components.sources import Source
from dlrun.components.sources.table import Csv
from dlrun.data import INPUT, OUTPUT
from dlrun.errors import DataError


@pytest.fixture
def table(tmp_path):
    """Write a table, and make a source of it."""

    def write(text, labels="y", **arguments):
        file = tmp_path / "people.csv"
        file.write_bytes(text if isinstance(text, bytes) else text.encode())
        return Source.model_validate(
            {"csv": {"path": str(file), "labels": labels, **arguments}}
        )

    return write


def messages(source, task="classification", classes=None):
    with pytest.raises(DataError) as caught:
        source.load(classes, task=task)
    return [problem.message for problem in caught.value.problems]


def test_all_columns_but_the_label_are_features(table):
    source = table("age,height,y\n1,2,no\n3,4,yes\n")

    dataset = source.load(task="classification")

    assert dataset.features[INPUT].tolist() == [[1, 2], [3, 4]]
    assert dataset.feature_names == ("age", "height")
    assert dataset.labels[OUTPUT].tolist() == [0, 1]
    assert dataset.classes == ("no", "yes")
    assert dataset.ids == (0, 1)


def test_features_are_taken_in_the_order_they_are_listed(table):
    source = table("a,b,c,y\n1,2,3,0\n4,5,6,1\n", features=["c", "a"])

    assert source.load(task="classification").features[INPUT].tolist() == [
        [3, 1],
        [6, 4],
    ]


@pytest.mark.parametrize(
    ("separator", "name"), [(";", "semicolons"), ("\t", "tabs"), ("|", "bars")]
)
def test_the_separator_is_found_and_noted(table, separator, name):
    source = table("a,b,y\n1,2,0\n3,4,1\n".replace(",", separator))

    assert source.describe().feature_names == ("a", "b")
    assert source.describe().notes == (
        f"the cells of people.csv are separated by {name}",
    )
    assert source.load(task="classification").features[INPUT].tolist() == [
        [1, 2],
        [3, 4],
    ]


def test_marks_spaces_quotes_and_empty_lines_do_no_harm(table):
    source = table('\ufeffa, b,y\r\n1, 2,"x, ""y"""\r\n\r\n"3",4,z\r\n')

    dataset = source.load(task="classification")

    assert dataset.features[INPUT].tolist() == [[1, 2], [3, 4]]
    assert dataset.feature_names == ("a", "b")
    assert dataset.classes == ('x, "y"', "z")


def test_numbers_as_labels_are_sorted_as_numbers(table):
    dataset = table("a,y\n1,10\n2,9\n3,10.0\n").load(task="classification")

    assert dataset.classes == ("9", "10")
    assert dataset.labels[OUTPUT].tolist() == [1, 0, 1]


def test_several_label_columns_are_several_numbers(table):
    source = table("a,b,y\n1,2,0.5\n3,4,1\n", labels=["y", "b"])

    assert source.describe().label_columns == ("y", "b")
    assert source.load(task="regression").labels[OUTPUT].tolist() == [
        [0.5, 2],
        [1, 4],
    ]


def test_one_hot_columns_are_classes_with_the_names_of_the_columns(table):
    dataset = table("a,cat,dog\n1,0,1\n3,1,0\n", labels=["cat", "dog"]).load(
        task="classification"
    )

    assert dataset.classes == ("cat", "dog")
    assert dataset.labels[OUTPUT].tolist() == [1, 0]


def test_several_files_are_one_table(tmp_path):
    for name, number in (("b", 3), ("a", 1)):
        (tmp_path / f"{name}.csv").write_text(f"x,y\n{number},0\n{number + 1},1\n")

    dataset = Csv(path=str(tmp_path / "*.csv"), labels="y").load(task="classification")

    assert dataset.features[INPUT].tolist() == [[1], [2], [3], [4]]
    assert dataset.ids == (0, 1, 2, 3)


def test_several_files_have_the_same_columns(tmp_path):
    (tmp_path / "a.csv").write_text("x,y\n1,0\n")
    (tmp_path / "b.csv").write_text("x,z\n1,0\n")
    source = Csv(path=[str(tmp_path / "a.csv"), str(tmp_path / "b.csv")], labels="y")

    assert messages(source) == ["b.csv has the columns x, z, but a.csv has x, y"]


def test_a_missing_column_names_the_nearest_and_all(table):
    source = table(
        "age,heigth,side\n1,2,3\n", labels="site", features=["age", "height"]
    )

    with pytest.raises(DataError) as caught:
        source.describe()

    assert [(item.path, item.message) for item in caught.value.problems] == [
        (("csv", "labels"), 'there is no column "site"'),
        (("csv", "features", 1), 'there is no column "height"'),
    ]
    hint = "did you mean side? its columns are age, heigth, side"
    assert caught.value.problems[0].hint == hint


def test_each_column_that_holds_no_numbers_is_named_with_its_first_cell(table):
    source = table("name,age,note,size,y\nAnn,1,,1,0\nBob,old,,2,1\n,3,,,0\n")

    assert messages(source) == [
        'column "name" is text, first at people.csv:2: "Ann"',
        'column "age" mixes numbers and text, first at people.csv:3: "old"',
        'column "note" is empty, from people.csv:2 on',
        'column "size" has 1 cell without a number, first at people.csv:4: ""',
    ]


def test_text_that_is_not_asked_for_does_no_harm(table):
    source = table("name,age,y\nAnn,1,0\nBob,2,1\n", features="age")

    assert source.load(task="classification").features[INPUT].tolist() == [[1], [2]]


def test_what_is_not_finite_is_named_with_its_row(table):
    assert messages(table("a,b,y\n1,nan,0\n2,3,1\n")) == [
        'column "b" has 1 cell without a number, first at people.csv:2: "nan"'
    ]
    assert messages(table("a,b,y\n1,2,0\ninf,1e39,1\n")) == [
        'column "a" is not finite, first at people.csv:3: inf',
        'column "b" is not finite, first at people.csv:3: 1e39',
    ]


def test_decimal_commas_are_recognised(table):
    source = table("a;y\n1,5;0\n2;1\n")

    assert messages(source) == [
        'column "a" has decimal commas, first at people.csv:2: "1,5"'
    ]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            "a,b,y\n1,2,0\n3,4\n",
            "people.csv:3 has 2 cells, but the first line names 3 columns",
        ),
        (
            "a,y\n1,2,0\n",
            "people.csv:2 has 3 cells, but the first line names 2 columns",
        ),
        ("", "people.csv is empty"),
        ("\n1,2\n", "the first line of people.csv is empty"),
        ("a,b,y\n", "people.csv has a first line, but no rows"),
        (
            "1,2,3\n4,5,6\n",
            "the first line of people.csv holds numbers, not the names of columns",
        ),
        ("a,a,y\n1,2,3\n", 'people.csv has two columns "a"'),
        (
            ",a,y\n0,1,2\n",
            "a column has no name; it may be the row numbers that pandas writes",
        ),
        ("y\n0\n1\n", "there is no column left for the features"),
        (b"a,y\n1,0\n\xff,1\n", "people.csv:3 is not UTF-8 text"),
        (b"a,y\n1,0\n1\0,1\n", "people.csv:3 holds a NUL byte"),
        ("a,y\n1,0\n".encode("utf-16"), "people.csv is UTF-16, not a text table"),
        (
            b"PK\3\4",
            "people.csv is a zip archive or an Excel workbook, not a text table",
        ),
        (
            "a,y\n1," + "0" * 1_000_000,
            "people.csv:2 is longer than 1,000,000 characters",
        ),
        ("a" * 10_000_000, "people.csv:1 is longer than 1,000,000 characters"),
        ("a,y\n1,0\n2,0.5\n", "people.csv:3: label 0.5 is not whole"),
        ("a,y\n1,0\n\n2,-1\n", "people.csv:4: label -1 is negative"),
        ("a,y\n1,cat\n2,\n", 'people.csv:3: label "" is empty'),
        ("a,y\n1,0\n2,nan\n", "people.csv:3: label nan is not a class"),
    ],
)
def test_a_damaged_table_is_explained(table, text, words):
    assert messages(table(text)) == [words]


def test_a_text_is_no_number_to_predict(table):
    source = table("a,y\n1,0.5\n2,many\n")

    assert messages(source, task="regression") == [
        'people.csv:3: label "many" is not a number'
    ]


def test_a_label_is_no_feature(table):
    source = table("a,y\n1,0\n2,1\n", features=["a", "y"])

    assert messages(source) == ['the column "y" is both a feature and the label']


def test_a_column_is_listed_once():
    with pytest.raises(ValidationError) as caught:
        Source.model_validate({"csv": {"path": "a.csv", "features": ["a", "a"]}})

    assert caught.value.errors()[0]["msg"] == 'the column "a" is listed twice'
