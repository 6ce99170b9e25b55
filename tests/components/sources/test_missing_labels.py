from __future__ import annotations

import numpy as np
import pytest

from dlrun.components.sources.text_table import Csv
from dlrun.errors import DataError


@pytest.fixture
def gappy(tmp_path):
    (tmp_path / "gappy.csv").write_text("a,b,y\n1,5,no\n2,6,NA\n3,7,\n4,8,yes\n")
    return tmp_path / "gappy.csv"


def test_rows_without_a_label_can_be_left_out(gappy):
    source = Csv(path=gappy, labels="y", missing_labels="drop")

    rows = source.load(task="classification")

    assert rows.ids == (0, 3)
    assert rows.classes == {"output": ("no", "yes")}
    assert source.find_classes("output") == ("no", "yes")
    assert np.array_equal(rows.features["input"], [[1, 5], [4, 8]])


def test_columns_that_are_encoded_keep_the_places_of_their_rows(gappy):
    source = Csv(path=gappy, labels="y", missing_labels="drop")
    typed = source.reading_columns({"a": "numbers", "b": "texts"})

    rows = typed.load(task="classification")

    assert rows.columns["b"].tolist() == ["5", "8"]
    assert [rows.place(row) for row in range(2)] == ["gappy.csv:2", "gappy.csv:5"]


def test_a_table_without_any_label_is_refused(tmp_path):
    (tmp_path / "bare.csv").write_text("a,y\n1,\n2,\n")
    source = Csv(path=tmp_path / "bare.csv", labels="y", missing_labels="drop")

    with pytest.raises(DataError, match="no row has a label in y"):
        source.load(task="classification")


def test_categories_are_those_of_rows_that_have_a_label(tmp_path):
    (tmp_path / "t.csv").write_text("a,y\nred,no\nblue,NA\ngreen,yes\n")
    source = Csv(path=tmp_path / "t.csv", labels="y", missing_labels="drop")

    assert source.find_categories(["a"]) == {"a": ("green", "red")}


def test_no_row_without_a_label_waits_for_a_pseudo_label(gappy):
    source = Csv(path=gappy, labels="y", missing_labels="drop")

    rows = source.load(["no", "yes"], task="classification", partly=True)

    assert rows.ids == (0, 3)
