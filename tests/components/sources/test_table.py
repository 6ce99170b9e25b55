from __future__ import annotations

import pytest
import yaml
from pydantic import ValidationError

from dlrun.components.sources import Source
from dlrun.components.sources.cells import DECIMAL_COMMAS
from dlrun.components.sources.text_table import Csv
from dlrun.data import INPUT, OUTPUT, header
from dlrun.errors import DataError

LONG_CELL = "people.csv:3 has a cell of more than 131,072 characters"


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
    assert dataset.classes == {"output": ("no", "yes")}
    assert dataset.ids == (0, 1)


def test_lines_of_blanks_and_a_second_mark_of_utf8_are_left_out(table):
    source = table("\ufeff\ufeffa,b,y\n1,2,no\n  \n3,4,yes\n \t\n")

    dataset = source.load(task="classification")

    assert dataset.feature_names == ("a", "b")
    assert dataset.features[INPUT].tolist() == [[1, 2], [3, 4]]


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
    assert dataset.classes == {"output": ('x, "y"', "z")}


def test_numbers_as_labels_are_sorted_as_numbers(table):
    dataset = table("a,y\n1,10\n2,9\n3,10.0\n").load(task="classification")

    assert dataset.classes == {"output": ("9", "10")}
    assert dataset.labels[OUTPUT].tolist() == [1, 0, 1]


def test_several_label_columns_are_several_numbers(table):
    source = table("a,b,y\n1,2,0.5\n3,4,1\n", labels=["y", "b"])

    assert source.describe().label_columns == {"output": ("y", "b")}
    assert source.load(task="regression").labels[OUTPUT].tolist() == [
        [0.5, 2],
        [1, 4],
    ]


def test_one_hot_columns_are_classes_with_the_names_of_the_columns(table):
    dataset = table("a,cat,dog\n1,0,1\n3,1,0\n", labels=["cat", "dog"]).load(
        task="classification"
    )

    assert dataset.classes == {"output": ("cat", "dog")}
    assert dataset.labels[OUTPUT].tolist() == [1, 0]


def test_several_files_are_one_table(tmp_path):
    for name, number in (("b", 3), ("a", 1)):
        (tmp_path / f"{name}.csv").write_text(f"x,y\n{number},0\n{number + 1},1\n")

    dataset = Csv(path=str(tmp_path / "*.csv"), labels="y").load(task="classification")

    assert dataset.features[INPUT].tolist() == [[1], [2], [3], [4]]
    assert dataset.ids == (0, 1, 2, 3)


@pytest.mark.parametrize("again", ["a.csv", "*.csv", "sub/../a.csv"])
def test_no_file_counts_twice(tmp_path, again):
    (tmp_path / "sub").mkdir()
    (tmp_path / "a.csv").write_text("x,y\n1,2\n")
    source = Csv(path=[str(tmp_path / name) for name in ("a.csv", again)], labels="y")

    with pytest.raises(DataError, match="is there twice") as caught:
        source.describe()

    (problem,) = caught.value.problems
    assert problem.path[-2:] == ("path", 1)


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        ("x,z", "b.csv has other columns than a.csv: it lacks y and has z beside them"),
        ("x,y,z", "b.csv has other columns than a.csv: it has z beside them"),
        ("y,x", 'b.csv has the columns of a.csv in another order: first "y" in place'),
        ("x,y,y", "b.csv has a column more often than a.csv"),
    ],
)
def test_several_files_have_the_same_columns(tmp_path, columns, words):
    (tmp_path / "a.csv").write_text("x,y\n1,0\n")
    (tmp_path / "b.csv").write_text(f"{columns}\n1,0\n")
    source = Csv(path=[str(tmp_path / "a.csv"), str(tmp_path / "b.csv")], labels="y")

    (message,) = messages(source)

    assert message.startswith(words)


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
        'column "name" is text with 1 gap, first at people.csv:2: "Ann"',
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
    source = table('a,y\n"1,5",0\n2,1\n')

    assert messages(source) == [
        'column "a" has decimal commas, first at people.csv:2: "1,5"'
    ]


@pytest.mark.parametrize(
    ("column", "cells", "words", "hint"),
    [
        (
            "thousands or decimals",
            ("1,200", "3,500"),
            "has commas in its numbers",
            "write 1200 if the comma groups thousands, or 1.200 if not",
        ),
        ("decimals", ("1,200", "3,5"), "has decimal commas", DECIMAL_COMMAS),
        (
            "thousands",
            ("1,200", "1,200,000"),
            "has commas between thousands",
            'write thousands: "," under the source, or the numbers without it',
        ),
    ],
)
def test_what_commas_mean_is_left_open_unless_a_cell_shows_it(
    table, column, cells, words, hint
):
    source = table(f'{column},y\n"{cells[0]}",0\n"{cells[1]}",1\n')

    with pytest.raises(DataError) as caught:
        source.load(task="classification")

    (problem,) = caught.value.problems
    assert words in problem.message
    assert problem.hint == hint


def test_true_and_false_in_a_feature_are_1_and_0(table):
    source = table("a,b,y\nTrue,2,0\nFALSE,4.5,1\n true,6,0\n")

    features = source.load(task="classification").features[INPUT]

    assert features.tolist() == [[1, 2], [0, 4.5], [1, 6]]


@pytest.mark.parametrize("rows", ["1,True\n2,0\n", "1,7\n2,False\n"])
def test_a_column_does_not_mix_numbers_and_true(table, rows):
    (message,) = messages(table(f"y,a\n{rows}"))

    assert message.startswith('column "a" mixes numbers and "')


@pytest.mark.parametrize("cell", ["1_000", "\uff11", "1 000", "0x10"])
def test_a_cell_that_only_python_takes_for_a_number_is_text(table, cell):
    (message,) = messages(table(f"a,y\n1,0\n{cell},1\n"))

    assert message.startswith('column "a" mixes numbers and text')


def test_a_name_that_two_columns_have_does_no_harm_where_nobody_asks_for_it(table):
    source = table("a,note,note,y\n1,x,y,0\n2,x,y,1\n", features=["a"])

    assert source.load(task="classification").features[INPUT].tolist() == [[1], [2]]


def test_a_column_may_be_called_as_a_file_begins(table):
    for name in ("PK", "PAR1"):
        assert table(f"{name},y\n1,0\n").describe().feature_names == (name,)


@pytest.mark.parametrize("features", [["a"], None])
def test_lines_that_quotes_make_one_row_are_doubted(table, features):
    source = table('a,y,b\n1,0,2\n2,"1,3\n3,0,4\n4,1",5\n', features=features)

    (doubt,) = source.load(task="classification").warnings

    assert doubt.severity == "warning"
    assert doubt.message == (
        "people.csv: lines 3 to 5 are read as one row, by their quotes"
    )


def test_a_text_of_several_lines_is_no_doubt(table):
    source = table('a,y,b\n1,0,"two\nlines"\n2,1,x\n', features=["a"])

    assert source.load(task="classification").warnings == ()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            'a,b,y\n1,2,0\n3,4,"1\n5,6,0\n7,8,1\n',
            "people.csv:3 opens a quote that is never closed",
        ),
        (
            'a,y\n1,"2\n3,"4"\n',
            (
                "people.csv:2 opens a quote that is closed in the middle of a cell"
                ", in line 3"
            ),
        ),
        ('"a,y\n1,2\n', "people.csv:1 opens a quote that is never closed"),
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
        (
            b"PK\3\4",
            "people.csv is a zip archive or an Excel workbook, not a text table",
        ),
        (
            "a,y\n1," + "0" * 1_000_000,
            "people.csv:2 is longer than 1,000,000 characters",
        ),
        ("a" * 10_000_000, "people.csv:1 is longer than 1,000,000 characters"),
        ("a,y\n1,0\n2," + "x" * 200_000, LONG_CELL),
        ('a,y\n1,0\n2,"' + "x" * 200_000 + '"\n', LONG_CELL),
        (
            "sep=;\na;y\n1;0\n",
            "the first line of people.csv, sep=;, is meant for Excel",
        ),
        ("a,y\n1,0\n2,0.5\n", "people.csv:3: label 0.5 is not whole"),
        ("a,y\n1,0\n\n2,-1\n", "people.csv:4: label -1 is negative"),
        ("a,y\n1,cat\n2,\n", 'the label "y" is empty in 1 row, at people.csv:3'),
        ("a,y\n1,0\n2,nan\n", "people.csv:3: label nan is not a class"),
    ],
)
def test_a_damaged_table_is_explained(table, text, words):
    assert messages(table(text)) == [words]


@pytest.mark.parametrize(
    ("text", "place", "marked"),
    [
        ("a,b,y\n1,2,n\n3, oops,y\n", (3, 4), "oops"),
        ('a,b,y\n1,2,n\n"3,5", oops ,y\n', (3, 1), '"3,5"'),
        ('a,b,y\n1,2,"n\nm"\n3,?,y\n', (4, 3), "?"),
        ('a,b,y\n1,2,n\n"3","\n\nx",y\n', (3, 5), '"'),
        ("\ufeffa,b,y\r\n1,2,n\r\n1e99,2,y\r\n", (3, 1), "1e99"),
        ("a,b,y\n1,2,n\n3,4\n", (3, 1), "3,4"),
        ('a,b,y\n1,2,n\n3,4,"y\n', (3, 1), '3,4,"y'),
        ("a,b,y\n1,2,n\n3\0,4,y\n", (3, 1), "3\0,4,y"),
        ("a,b,y\n1,2,n\n3,4,\n", (3, 5), ""),
    ],
)
def test_a_mistake_in_a_table_is_marked_in_its_line(table, text, place, marked):
    source = table(text)

    with pytest.raises(DataError) as caught:
        source.load(task="classification")

    where = caught.value.problems[0].location
    begin = where.column - 1
    assert (where.line, where.column) == place
    assert where.text[begin : begin + where.length] == marked
    assert where.is_data


def test_a_text_is_no_number_to_predict(table):
    source = table("a,y\n1,0.5\n2,many\n")

    assert messages(source, task="regression") == [
        'people.csv:3: label "many" is not a number'
    ]


def test_of_labels_that_mark_a_gap_the_number_is_told(table):
    source = table("a,y\n1,0.5\n2,NA\n3,2\n4,n/a\n")

    with pytest.raises(DataError) as caught:
        source.load(None, task="regression")

    (problem,) = caught.value.problems
    assert problem.message == 'people.csv:3: label "NA" is not a number'
    assert problem.hint == (
        "fill it, or leave such rows out: write missing_labels: drop under the source; "
        "2 of 4 rows have no number"
    )


@pytest.mark.parametrize("gap", ["nan", "NaN", "-nan"])
def test_a_label_that_is_no_number_to_any_program_is_a_gap(table, gap):
    text = f"a,y\n1,0.5\n2,{gap}\n3,2\n"

    with pytest.raises(DataError) as caught:
        table(text).load(None, task="regression")
    labelled = table(text, missing_labels="drop").load(None, task="regression")

    (problem,) = caught.value.problems
    assert problem.message == "people.csv:3: label nan is no number"
    assert problem.hint.endswith("drop under the source; 1 of 3 rows have no number")
    assert len(labelled) == 2


def test_a_label_is_no_feature(table):
    source = table("a,y\n1,0\n2,1\n", features=["a", "y"])

    assert messages(source) == ['the column "y" is both a feature and the label']


def test_a_column_is_listed_once():
    with pytest.raises(ValidationError) as caught:
        Source.model_validate({"csv": {"path": "a.csv", "features": ["a", "a"]}})

    assert caught.value.errors()[0]["msg"] == 'the column "a" is listed twice'


def test_a_column_called_true_is_written_in_quotes():
    with pytest.raises(ValidationError) as caught:
        Source.model_validate({"csv": {"path": "a.csv", "labels": True}})

    assert "the name of a column" in caught.value.errors()[0]["msg"]


PENGUINS = "id,sex,mass,ok,y\np1,male,3750,TRUE,a\np2,NA,,false,b\np3,?, 5e3 ,na,a\n"
TYPES = {"mass": "numbers", "sex": "texts", "ok": "numbers"}


def test_columns_to_encode_are_numbers_and_texts_with_gaps(table):
    source = table(PENGUINS.replace("na", "n/a"), ids="id").reading_columns(TYPES)

    dataset = source.load(task="classification")

    assert not dataset.features
    assert dataset.columns["sex"].tolist() == ["male", "", "?"]
    assert repr(dataset.columns["mass"].tolist()) == "[3750.0, nan, 5000.0]"
    assert repr(dataset.columns["ok"].tolist()) == "[1.0, 0.0, nan]"
    assert dataset.ids == ("p1", "p2", "p3")
    assert dataset.labels[OUTPUT].tolist() == [0, 1, 0]


def test_the_texts_that_mean_a_gap_can_be_stated(table):
    text = PENGUINS.replace("na", "?")
    source = table(text, missing=["?"]).reading_columns({"sex": "texts"})

    dataset = source.load(task="classification")

    assert dataset.columns["sex"].tolist() == ["male", "NA", ""]


def test_a_row_that_was_taken_still_knows_its_line(table):
    text = "a,b,y\n1,x,0\n\n2,y,1\n3,z,0\n"
    source = table(text).reading_columns({"a": "numbers", "b": "texts"})

    taken = source.load(task="classification").take([2, 0])

    assert [taken.place(row) for row in (0, 1)] == ["people.csv:5", "people.csv:2"]
    assert taken.columns["b"].tolist() == ["z", "x"]


@pytest.mark.parametrize(
    ("cells", "message", "hint"),
    [
        (
            "x,y",
            'column "a" is text, first at people.csv:2: "x"',
            "write a: {one_hot: {missing: ignore, unknown: ignore}}",
        ),
        (
            "1,-",
            'column "a" mixes numbers and text, first at people.csv:3: "-"',
            (
                'repair the cells; or write missing: ["-", NA] under the source if '
                "that means a gap"
            ),
        ),
        (
            "1,True",
            'column "a" mixes numbers and "True", first at people.csv:3',
            "write all its cells as numbers, or all as True and False",
        ),
        (
            "1,inf",
            'column "a" is not finite, first at people.csv:3: inf',
            "use finite numbers up to 3.4e+38",
        ),
    ],
)
def test_what_is_no_number_in_a_column_of_numbers_is_told(table, cells, message, hint):
    rows = "".join(f"{cell},0\n" for cell in cells.split(","))
    source = table(f"a,y\n{rows}").reading_columns({"a": "numbers"})

    with pytest.raises(DataError) as caught:
        source.load(task="classification")

    (problem,) = caught.value.problems
    assert (problem.path, problem.message, problem.hint) == (
        ("columns", "a"),
        message,
        hint,
    )


def test_categories_are_found_without_reading_numbers(table, monkeypatch):
    source = table("a,b,y\n1, x,0\nNA,NA,1\n2,x,0\n")

    assert source.find_categories(["b"]) == {"b": ("", "x")}

    monkeypatch.setattr("dlrun.components.sources.table._SHORT", 10)
    assert source.find_categories(["b"]) is None


def test_the_first_problem_has_the_lines_that_cure_all_columns(table):
    source = table("sex,mass,note,y\nm,1,a,0\nf,?,,1\n")

    with pytest.raises(DataError) as caught:
        source.load(task="classification")

    hints = [problem.hint for problem in caught.value.problems]
    assert hints == [
        (
            "write under data:\n"
            "  columns:\n"
            "    sex: {one_hot: {missing: ignore, unknown: ignore}}\n"
            "    mass: [{impute: median}, scale]\n"
            "    note: {one_hot: {missing: category, unknown: ignore}}\n"
            'and missing: ["?", NA] under the source'
        ),
        None,
        None,
    ]


def test_the_lines_name_rows_categories_numbers_that_are_names_and_texts(table):
    drives = ["f"] * 20 + ["4"] * 9 + ["r"]
    makes = ["audi"] * 20 + ["ford"] * 9 + ["saab"]
    typed = ["1"] * 29 + ["x"]
    lines = [
        f"name {row},{drives[row % 30]},{makes[row % 30]},{typed[row % 30]},"
        f"a car with the number {row} on it,{row % 2}"
        for row in range(120)
    ]
    header = "id,drive,make,doors,text,y"

    cures = []
    for rows in (30, 120):
        source = table("\n".join([header, *lines[:rows]]) + "\n")
        with pytest.raises(DataError) as caught:
            source.load(task="classification")
        hint = next(one.hint for one in caught.value.problems if one.hint)
        pasted = yaml.safe_load(hint.removeprefix("write under data:"))
        cures.append(pasted["columns"])

    known = {"one_hot": {"missing": "ignore", "unknown": "ignore"}}
    assert cures[0] == {"id": "drop", "drive": known, "make": known, "text": "drop"}
    words = {"max_tokens": 1000, "output_mode": "multi_hot", "missing": "ignore"}
    assert cures[1] == {
        "id": "drop", "drive": known, "make": known, "text": {"text": words}
    }  # fmt: skip


def test_a_row_without_a_name_is_told(table):
    source = table("id,a,y\nx,1,0\n,2,1\n", ids="id")

    assert messages(source) == ["people.csv:3 has no name in the column id"]


def test_the_names_of_rows_are_no_features(table):
    source = table("id,a,y\nx,1,0\nz,2,1\n", ids="id")

    dataset = source.load(task="classification")

    assert dataset.feature_names == ("a",)
    assert dataset.ids == ("x", "z")
    assert source.describe().roles == {"y": "labels", "id": "ids"}


def test_a_column_says_how_much_a_row_counts(table):
    source = table("a,w,y\n1,2.5,0\n2,0,1\n", weights="w")

    dataset = source.load(task="classification")

    assert dataset.feature_names == ("a",)
    assert dataset.weights.tolist() == [2.5, 0]
    assert dataset.take([1]).weights.tolist() == [0]
    assert source.describe().roles == {"y": "labels", "w": "weights"}


@pytest.mark.parametrize("weight", ["-1", "", "inf", "1e30", "nan", "much"])
def test_a_weight_is_a_number_of_at_least_0(table, weight):
    source = table(f"a,w,y\n1,2.5,0\n2,{weight},1\n", weights="w")
    limit = " and below 1e+30" if weight in {"inf", "1e30"} else ""

    assert messages(source) == [
        f'people.csv:3: the weight "{weight}" is no number of at least 0{limit}'
    ]


def test_weights_are_part_of_the_data_that_a_run_knows(table):
    prints = {
        table(f"a,w,y\n1,{weight},0\n2,1,1\n", **named)
        .load(task="classification")
        .fingerprint()
        for weight, named in ((1, {"weights": "w"}), (2, {"weights": "w"}))
    }

    assert len(prints) == 2


def test_a_column_without_a_name_is_cured_by_the_names_of_the_others(table):
    with pytest.raises(DataError) as caught:
        table(",age,sex,y\n0,1,2,no\n").load(task="classification")

    (problem,) = caught.value.problems
    assert problem.hint == "write under data.csv: features: [age, sex]"


def test_a_label_that_float32_cannot_hold_is_told_with_its_line(table):
    source = table("a,y\n1,2\n2,1e300\n")

    assert messages(source, task="regression") == [
        "people.csv:3: label 1e+300 is not a finite number up to 3.4e38"
    ]


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf_16_without_a_mark_is_told_and_its_cure_reads_it(tmp_path, encoding):
    file = tmp_path / "t.csv"
    file.write_bytes("a,y\n1,no\n2,yes\n".encode(encoding))

    with pytest.raises(DataError) as caught:
        Csv(path=str(file), labels="y").load(task="classification")

    (problem,) = caught.value.problems
    assert problem.hint.startswith(f"write encoding: {encoding} beside path")
    rows = Csv(path=str(file), labels="y", encoding=encoding)
    assert len(rows.load(task="classification")) == 2


@pytest.mark.parametrize("cells", ["1.000,5;2,5", "2,5;1.234.567", "1.234.567;3"])
def test_points_between_thousands_are_no_text(table, cells):
    first, second = cells.split(";")

    (message,) = messages(table(f"a;y\n{first};0\n{second};1\n", labels="y"))

    assert 'column "a" has points between thousands' in message


@pytest.mark.parametrize(
    "after",
    ["a,y\n1,no\n2,yes\n3,", "a,y\n1,no\n2", "a,y\n1,no\n2,yes\n"],
    ids=["grows", "is cut", "is written again"],
)
def test_a_file_that_changes_while_it_is_read_is_told_as_that(
    table, tmp_path, monkeypatch, after
):
    source = table("a,y\n1,no\n2,yes\n")
    read = header.read_blocks

    def read_while_somebody_writes(*words):
        (tmp_path / "people.csv").unlink()
        (tmp_path / "people.csv").write_text(after)
        yield from read(*words)

    monkeypatch.setattr(header, "read_blocks", read_while_somebody_writes)

    assert messages(source) == ["people.csv was changed while it was read"]


@pytest.mark.parametrize(
    ("text", "doubt"),
    [
        ("My people\n\na,b,y\n1,2,no\n", "line 3 has 3 cells: if it names"),
        ("1,2,no\n3,4,yes\n", "add a line above it that names the columns"),
        ("size,,kind\na,b,c\n1,2,3\n", "if line 2 names the columns, remove what"),
        ("a,b,c\ncm,kg,\n1,2,3\n", "if line 2 is a second header line, as of units"),
    ],
    ids=["title", "no names", "two lines of names", "units"],
)
def test_where_a_column_is_missing_the_first_line_is_doubted(table, text, doubt):
    source = table(text, labels="label", features="b")

    with pytest.raises(DataError) as caught:
        source.load(task="classification")

    assert doubt in (caught.value.problems[0].hint or "")


@pytest.mark.parametrize(
    "text",
    ["a,b,y\n1,2,no\n", "a,b,y\nNA,?,no\n1,2,no\n", "a,b,y\nx,y,no\nz,u,no\n"],
    ids=["numbers", "gaps", "texts"],
)
def test_a_plain_first_line_is_not_doubted(table, text):
    source = table(text, labels="label", features="b")

    with pytest.raises(DataError) as caught:
        source.load(task="classification")

    assert caught.value.problems[0].hint == "its columns are a, b, y"


def test_rows_that_end_with_a_separator_want_a_first_line_that_does(table):
    with pytest.raises(DataError) as caught:
        table("a,y\n1,0,\n2,1,\n").load(task="classification")

    assert "end the first line with a separator" in caught.value.problems[0].hint
