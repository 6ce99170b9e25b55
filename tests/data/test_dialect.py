"""How a table is written is found where it is beyond doubt, and stated elsewhere."""

from __future__ import annotations

import pytest

from dlrun.components.sources.text_table import Csv
from dlrun.data.dialect import decimal_of, number_in
from dlrun.errors import DataError


@pytest.fixture
def table(tmp_path):
    def write(content, **keys):
        data = content if isinstance(content, bytes) else content.encode()
        (tmp_path / "t.csv").write_bytes(data)
        return Csv(path=str(tmp_path / "t.csv"), **{"labels": "y", **keys})

    return write


def read(source, task="regression"):
    rows = source.load(task=task)
    return rows.features["input"].tolist(), rows.labels["output"].tolist()


def test_decimal_commas_are_found_where_cells_are_separated_otherwise(table):
    source = table("a;w;y\n1,5;0,5;2,25\n-3;1;1e3\n", weights="w")

    assert read(source) == ([[1.5], [-3.0]], [2.25, 1000.0])
    assert source.load(task="regression").weights.tolist() == [0.5, 1.0]
    assert source.describe().notes == (
        "the cells of t.csv are separated by semicolons",
        "the numbers of t.csv have decimal commas",
    )


def test_what_is_stated_holds_and_is_no_note(table):
    content = 'a,y\n"1,5",0\n2,"0,5"\n'
    source = table(content, decimal=",", delimiter=",")

    assert read(source) == ([[1.5], [2.0]], [0.0, 0.5])
    assert source.describe().notes == ()
    with pytest.raises(DataError, match="has decimal commas"):
        read(table(content, decimal="."))


def test_columns_of_numbers_have_commas_too_and_texts_keep_theirs(table):
    source = table("a;t;y\n1,5;1,5;0\n;x;1\nNA;;0\n")
    able = source.reading_columns({"a": "numbers", "t": "texts"})

    columns = able.load(task="classification").columns

    assert columns["a"].tolist()[0] == 1.5
    assert columns["t"].tolist() == ["1,5", "x", ""]


def test_a_point_among_commas_is_told_with_the_cure(table):
    rows = "1,5;0\n" * 300
    source = table(f"a;y\n{rows}1.250;1\n")

    with pytest.raises(DataError) as error:
        read(source)

    (problem,) = error.value.problems
    assert problem.message == (
        'column "a" has decimal points where others have decimal commas, first at '
        't.csv:302: "1.250"'
    )
    assert problem.hint == (
        'write decimal: "." under the source, or one of both in the file'
    )


@pytest.mark.parametrize(
    ("cells", "decimal"),
    [
        (["1,5"], ","), (["0,125"], ","), (["1,200"], "."), (["1,200", "3,5"], ","),
        (["1,5", "2.5"], "."), (["x,y"], "."), ([], "."), (["a 1,5"], "."),
    ],
)  # fmt: skip
def test_only_what_leaves_no_doubt_is_a_decimal_comma(cells, decimal):
    assert decimal_of([cells]) == decimal


@pytest.mark.parametrize(
    ("cell", "number"),
    [
        ("1,5", 1.5), ("-0,5e3", -500), ("7", 7), ("1.5", None), ("1,2,3", None),
        ("", None),
    ],
)  # fmt: skip
def test_under_commas_a_point_is_no_part_of_a_number(cell, number):
    assert number_in(cell, has_commas=True) == number


def test_utf_16_is_read_by_its_mark(table):
    source = table("größe,y\n1,ja\n2,nein\n".encode("utf-16"), features="größe")

    assert read(source, "classification") == ([[1.0], [2.0]], [0, 1])
    assert source.describe().notes == ("the letters of t.csv are those of UTF-16",)


def test_an_old_encoding_is_named_where_the_text_is_not_utf_8(table):
    content = "größe,y\n1,ja\n2,nein\n".encode("cp1252")

    with pytest.raises(DataError) as error:
        read(table(content, features="größe"), "classification")

    (problem,) = error.value.problems
    assert problem.message == "t.csv:1 is not UTF-8 text"
    assert "or write encoding: cp1252 beside path" in problem.hint
    stated = table(content, features="größe", encoding="cp1252")
    assert read(stated, "classification") == ([[1.0], [2.0]], [0, 1])


def test_letters_that_the_stated_encoding_has_not_are_told(table):
    with pytest.raises(DataError, match="is not ASCII text"):
        read(table("a,y\n1,é\n2,b\n", encoding="ascii"), "classification")


def test_other_quotes_are_read_to_the_letter_too(table):
    content = "a,t,y\n1,'x, ''y''',b\n2,\"z,a\n"
    source = table(content, quotechar="'").reading_columns({"t": "texts"})

    assert source.load(task="classification").columns["t"].tolist() == ["x, 'y'", '"z']
    with pytest.raises(DataError, match="opens a quote that is never closed"):
        table("a,y\n1,'b\n2,c\n", quotechar="'").load(task="classification")


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ({"delimiter": ", "}, "must be one character"),
        ({"quotechar": ""}, "must be one character"),
        ({"delimiter": "\n"}, "must be one character"),
        ({"encoding": "klingon"}, "must be an encoding of texts"),
        ({"encoding": "rot13"}, "must be an encoding of texts"),
        ({"decimal": "'"}, "decimal"),
    ],
)
def test_what_is_no_way_to_write_a_table_is_told(table, keys, words):
    with pytest.raises(ValueError, match=words):
        table("a,y\n1,0\n2,1\n", **keys)


@pytest.mark.parametrize(
    ("mark", "cells", "numbers"),
    [
        (",", ["1,200", "1,234,567.5", "7"], [1200, 1234567.5, 7]),
        (".", ["1.200", "1.234.567,5", "7,25"], [1200, 1234567.5, 7.25]),
        (" ", ["1 200", "1\u202f234\xa0567.5", "-3 000"], [1200, 1234567.5, -3000]),
        ("'", ["1'200", "1\u2019234'567.5", "7"], [1200, 1234567.5, 7]),
    ],
)
def test_marks_between_thousands_are_no_part_of_numbers(table, mark, cells, numbers):
    rows = "".join(f"{cell};{cell};{cell}\n" for cell in cells)
    source = table(f"a;w;y\n{rows}".replace("-3", "3"), weights="w", thousands=mark)

    features, labels = read(source)

    assert [row[0] for row in features] == labels == [abs(one) for one in numbers]
    assert source.load(task="regression").weights.tolist() == labels


def test_marks_elsewhere_are_no_thousands(table):
    source = table("t;y\n1,20;0\n12,3456;1\n0,123;0\n", thousands=",")

    able = source.reading_columns({"t": "texts"})

    texts = able.load(task="classification").columns["t"].tolist()
    assert texts == ["1,20", "12,3456", "0,123"]


def test_one_mark_cannot_mean_two_things(table):
    with pytest.raises(ValueError, match='are both ","'):
        table("a;y\n1;2\n", thousands=",", decimal=",")


def test_numbers_with_marks_are_told_with_the_key(table):
    with pytest.raises(DataError) as caught:
        read(table('a,y\n"1,234,567",0\n'))

    assert 'write thousands: "," under the source' in caught.value.problems[0].hint


def test_a_file_of_utf_8_is_not_garbled_by_a_stated_encoding(table):
    content = "a,y\n1,schön\n2,gut\n"

    with pytest.raises(DataError, match="is UTF-8, which encoding: cp1252 garbles"):
        table(content.encode(), encoding="cp1252").describe()

    assert table(content.encode("cp1252"), encoding="cp1252").describe()
    assert table(b"a,y\n1,x\n2,z\n", encoding="cp1252").describe()


@pytest.mark.parametrize(
    "content",
    ["<!doctype html>\n<p>1</p>\n", '[{"a": 1}]\n', '{"a": [1]}\n', "[\n1]\n"],
)
def test_a_page_or_json_is_no_table(table, content):
    with pytest.raises(DataError, match="not a table"):
        table(content).describe()
