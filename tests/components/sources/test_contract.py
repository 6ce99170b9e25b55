"""What headers tell of a table is what its rows turn out to be, for every source."""

from __future__ import annotations

import csv
import json
import tempfile
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from dlrun.components.sources import Source
from dlrun.components.sources.by_hand import by_field
from dlrun.components.sources.images import ImageFolder
from dlrun.components.sources.inline import Inline
from dlrun.components.sources.npz import Npz
from dlrun.components.sources.parquet_table import Parquet
from dlrun.components.sources.text_table import Csv
from dlrun.data import INPUT, OUTPUT
from dlrun.data.class_names import name_classes
from dlrun.data.json_rows import json_rows
from dlrun.errors import DataError
from dlrun.writing import is_number

NAME = st.text(
    st.sampled_from("abcAB01_ é,;\"'|\t\u2028\x85"), min_size=1, max_size=6
).filter(lambda name: name == name.strip())
LABEL = st.sampled_from(["0", "1", "01", "1_1", "True", "true", "a", "b\u2028", "2.0"])


@st.composite
def tables(draw):
    """Names of columns, numbers of rows, and a label for each."""
    columns = draw(
        st.lists(NAME, min_size=2, max_size=5, unique=True).filter(
            lambda names: not all(map(is_number, names))
        )
    )
    rows = draw(st.integers(2, 6))
    numbers = draw(
        st.lists(
            st.lists(
                st.floats(-9, 9, width=32),
                min_size=len(columns) - 1,
                max_size=len(columns) - 1,
            ),
            min_size=rows,
            max_size=rows,
        )
    )
    return columns, numbers, draw(st.lists(LABEL, min_size=rows, max_size=rows))


def of_csv(folder, columns, numbers, labels):
    separator = ";" if len(columns[0]) % 2 else ","
    with (folder / "t.csv").open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream, delimiter=separator, quoting=csv.QUOTE_ALL)
        writer.writerow(columns)
        writer.writerows(
            [*row, label] for row, label in zip(numbers, labels, strict=True)
        )
    return Csv(path=str(folder / "t.csv"), labels=columns[-1])


def of_parquet(folder, columns, numbers, labels):
    *features, label = columns
    table = dict(zip(features, np.array(numbers, "float32").T, strict=True))
    pq.write_table(pa.table({**table, label: labels}), folder / "t.parquet")
    return Parquet(path=str(folder / "t.parquet"), labels=label)


def of_npz(folder, _columns, numbers, labels):
    np.savez(folder / "t.npz", x=np.array(numbers), y=np.array(labels))
    return Npz(path=str(folder / "t.npz"))


def of_inline(_folder, _columns, numbers, labels):
    return Inline.model_validate({"features": numbers, "labels": labels})


PNG_HEADER = b"\x89PNG\r\n\x1a\n" + b"\0\0\0\x0dIHDR" + b"\0\0\0\2" * 2


def of_images(folder, _columns, _numbers, labels):
    for place, label in enumerate(labels):
        (folder / "images" / label).mkdir(parents=True, exist_ok=True)
        (folder / "images" / label / f"{place}.png").write_bytes(PNG_HEADER)
    source = ImageFolder(directory=str(folder / "images"), image_size=(2, 2))
    return source.decoding_with(lambda _data, shape: np.zeros(shape, "float32"))


TABLES = {
    "csv": of_csv,
    "parquet": of_parquet,
    "npz": of_npz,
    "inline": of_inline,
    "image_folder": of_images,
}


def test_every_source_is_held_to_the_contract():
    # The rows of a function have no headers: tests/components/custom/test_source.py.
    assert TABLES.keys() == Source.types.keys() - {"custom"}


def classes_of(kind, labels):
    """Folders are places: each is a class of its own, whatever its name."""
    return set(labels if kind == "image_folder" else name_classes(labels).names)


ALIKE = (["a", "y"], [[1.0]] * 2, ["True", "true"])
"""Two folders, but one class where labels are written."""


@pytest.mark.parametrize("kind", TABLES)
@settings(max_examples=25, deadline=None)
@example(table=ALIKE)
@given(table=tables())
def test_headers_tell_what_the_rows_turn_out_to_be(kind, table):
    with tempfile.TemporaryDirectory() as folder:
        source = TABLES[kind](Path(folder), *table)
        has_classes = len(classes_of(kind, table[2])) > 1
        facts = source.describe() if has_classes else None
        if not has_classes:
            with pytest.raises(DataError, match=r"label|only the folder"):
                source.load(task="classification")
            return
        dataset = source.load(task="classification")

        assert facts.row_shapes == dataset.row_shapes
        assert facts.feature_names == dataset.feature_names
        assert len(facts.label_columns[OUTPUT]) == dataset.labels[OUTPUT].ndim
        assert facts.classes in ({}, dataset.classes)
        assert facts.num_rows in (None, len(dataset))
        if kind != "image_folder":
            assert np.array_equal(
                dataset.features[INPUT], np.array(table[1], dtype="float32")
            )


@given(table=tables())
@settings(max_examples=25, deadline=None)
def test_columns_keep_their_names_and_places(table):
    columns, numbers, labels = table
    with tempfile.TemporaryDirectory() as folder:
        facts = of_csv(Path(folder), columns, numbers, labels).describe()

    assert facts.feature_names == tuple(columns[:-1])
    assert facts.label_columns == {OUTPUT: (columns[-1],)}


def test_json_lines_are_read_to_the_letter(tmp_path):
    file = tmp_path / "rows.jsonl"
    text = json.dumps({"a\u2028b": 1, "c": True}, ensure_ascii=False)
    file.write_text(f"\n{text}\n", encoding="utf-8")

    rows, places = json_rows(file)

    assert by_field(rows, {INPUT: (2,)}, ("a\u2028b", "c")) == [[1, True]]
    assert places.of(0) == "rows.jsonl:2"
    assert places.locate(0, "c").text == text
