"""Cells of a table become numbers and texts, however many are read at once."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dlrun.components.sources.text_table import Csv
from dlrun.data.blocks import CellBlock
from dlrun.data.typed import GAPS, NoNumbersError, typed_columns
from dlrun.data.typed_rows import by_name, plain_text, typed_rows

NUMBER = st.one_of(
    st.floats(-1e9, 1e9).map(repr),
    st.integers(-(10**12), 10**12).map(str),
    st.sampled_from([" 1.5 ", "+3", "1e-3", ".5", "007", *sorted(GAPS), "  "]),
)
TEXT = st.text(st.characters(codec="utf-8", exclude_categories=("Cc",)), max_size=5)


def columns_of(types, rows, chunk=2048):
    parts = [rows[start : start + chunk] for start in range(0, len(rows), chunk)]
    blocks = [CellBlock([1] * len(part), [], part) for part in parts]
    return typed_columns(types, range(len(types)), blocks, GAPS)


@settings(deadline=None)
@given(st.lists(st.tuples(NUMBER, TEXT), min_size=1, max_size=9), st.integers(1, 4))
def test_columns_do_not_depend_on_how_many_rows_are_read_at_once(rows, chunk):
    types = {"n": "numbers", "t": "texts"}

    columns = columns_of(types, rows, chunk)

    expected = [
        math.nan if cell.strip() in GAPS else float(cell.strip()) for cell, _ in rows
    ]
    texts = ["" if text.strip() in GAPS else text.strip() for _, text in rows]
    assert np.array_equal(columns["n"], expected, equal_nan=True)
    assert columns["t"].tolist() == texts


@pytest.mark.parametrize("cell", ["x", "1_000", "\u0661", "1,5", "inf", "1e999"])
def test_what_python_alone_takes_for_a_number_is_none(cell):
    with pytest.raises(NoNumbersError):
        columns_of({"n": "numbers"}, [("1",), (cell,)])


def test_truths_are_1_and_0_but_no_numbers_beside_others():
    cells = [("TRUE",), ("false",), ("",)]

    columns = columns_of({"n": "numbers"}, cells)

    assert np.array_equal(columns["n"], [1, 0, math.nan], equal_nan=True)
    with pytest.raises(NoNumbersError):
        columns_of({"n": "numbers"}, [*cells, ("2",)])


def test_rows_of_several_files_know_theirs(tmp_path):
    for name, rows in (("a", "1,0\n2,1\n"), ("b", "\n3,0\n")):
        (tmp_path / f"{name}.csv").write_text(f"x,y\n{rows}")
    source = Csv(path=str(tmp_path / "*.csv"), labels="y")

    rows = source.reading_columns({"x": "numbers"}).load(task="classification")

    assert [rows.place(row) for row in range(3)] == ["a.csv:2", "a.csv:3", "b.csv:3"]
    assert rows.locate(2, "x").text == "3,0"


def test_rows_that_are_written_out_are_as_those_of_a_file():
    types = {"n": "numbers", "t": "texts"}
    cells = [("1", "a"), ("NA", ""), ("true", "7")]

    rows = by_name([[1, "a"], [None, float("nan")], [True, 7]], tuple(types))
    given = typed_rows(rows, types)

    read = columns_of(types, [("1", "a"), ("NA", "")])
    assert np.array_equal(given.columns["n"][:2], read["n"], equal_nan=True)
    assert given.columns["n"][2] == 1
    assert given.columns["t"].tolist() == [text for _, text in cells]


def test_bytes_are_the_texts_that_they_encode():
    assert plain_text(" ü ".encode()) == plain_text(np.bytes_("ü".encode())) == "ü"
    assert plain_text(b"NA") == ""
    assert plain_text(b"\xff") is None
