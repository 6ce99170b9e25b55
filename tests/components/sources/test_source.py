from __future__ import annotations

import os
import struct
import subprocess
import sys
import textwrap
import zlib
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pydantic import ValidationError

from dlrun.components.sources import Source, under
from dlrun.config import load_config
from dlrun.data import INPUT, OUTPUT, Facts
from dlrun.engines import KerasDoor
from dlrun.errors import DataError, Problem, format_path


def png() -> bytes:
    """A single gray pixel."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        check = struct.pack(">I", zlib.crc32(kind + content))
        return struct.pack(">I", len(content)) + kind + content + check

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0))
    pixel = chunk(b"IDAT", zlib.compress(b"\0\x80"))
    return b"\x89PNG\r\n\x1a\n" + header + pixel + chunk(b"IEND", b"")


def write_examples(directory: Path) -> dict[str, dict[str, object]]:
    """A valid config of every source, with two rows per class."""
    (directory / "rows.csv").write_text("a,b,y\n1,2,0\n3,4,1\n5,6,0\n7,8,1\n")
    np.savez(
        directory / "rows.npz", x=np.arange(8.0).reshape(4, 2), y=np.array([0, 1, 0, 1])
    )
    rows = {"a": [1, 3, 5, 7], "b": [2, 4, 6, 8], "y": [0, 1, 0, 1]}
    pq.write_table(pa.table(rows), directory / "rows.parquet")
    for name in ("0/a", "0/b", "1/a", "1/b"):
        file = directory / "images" / f"{name}.png"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(png())
    return {
        "inline": {
            "features": [[1, 2], [3, 4], [5, 6], [7, 8]],
            "labels": [0, 1, 0, 1],
        },
        "csv": {"path": str(directory / "rows.csv"), "labels": "y"},
        "parquet": {"path": str(directory / "rows.parquet"), "labels": "y"},
        "npz": {"path": str(directory / "rows.npz")},
        "image_folder": {"directory": str(directory / "images"), "image_size": 2},
    }


HEAVY = {"image_folder"}
OF_FILES = [key for key in Source.types if key != "custom"]
"""Those of code are in tests/components/custom/test_source.py."""
EVERY_SOURCE = [
    pytest.param(key, marks=[pytest.mark.heavy] if key in HEAVY else [])
    for key in OF_FILES
]


@pytest.mark.parametrize("key", OF_FILES)
def test_a_source_describes_itself_before_it_is_read(key, tmp_path):
    source = Source.model_validate({key: write_examples(tmp_path)[key]})

    facts = source.describe()

    assert isinstance(facts, Facts)
    assert facts.row_shapes
    assert facts.label_columns


@pytest.mark.parametrize("key", EVERY_SOURCE)
def test_rows_are_as_they_were_described(key, tmp_path):
    source = Source.model_validate({key: write_examples(tmp_path)[key]})

    facts, dataset = (
        source.describe(),
        source.decoding_with(KerasDoor().decode_image).load(task="classification"),
    )

    assert dataset.row_shapes == facts.row_shapes
    assert facts.num_rows in {None, len(dataset)}
    assert facts.classes in ({}, dataset.classes)
    assert dataset.features[INPUT].dtype == "float32"
    assert dataset.labels[OUTPUT].dtype == "int32"
    assert dataset.class_counts() == {"0": 2, "1": 2}
    assert len(set(dataset.ids)) == len(dataset) == 4


@pytest.mark.parametrize("key", EVERY_SOURCE)
def test_the_same_rows_are_read_every_time(key, tmp_path):
    source = Source.model_validate({key: write_examples(tmp_path)[key]})

    first, second = (
        source.decoding_with(KerasDoor().decode_image)
        .load(task="classification")
        .fingerprint()
        for _ in range(2)
    )

    assert first == second


@pytest.mark.parametrize("key", EVERY_SOURCE)
def test_given_classes_fix_the_order(key, tmp_path):
    source = Source.model_validate({key: write_examples(tmp_path)[key]})

    dataset = source.decoding_with(KerasDoor().decode_image).load(
        ("1", "0", "2"), task="classification"
    )

    assert dataset.classes == {"output": ("1", "0", "2")}
    assert dataset.class_counts() == {"1": 2, "0": 2, "2": 0}


@pytest.mark.parametrize("key", EVERY_SOURCE)
def test_a_label_outside_the_given_classes_is_an_error(key, tmp_path):
    source = Source.model_validate({key: write_examples(tmp_path)[key]})

    with pytest.raises(DataError) as caught:
        source.decoding_with(KerasDoor().decode_image).load(
            ("0", "7"), task="classification"
        )

    assert caught.value.problems[0].code == "invalid-label"
    assert caught.value.problems[0].path[0] == key


@pytest.mark.parametrize("key", OF_FILES)
def test_a_source_reads_back_as_written(key, tmp_path):
    source = Source.model_validate({key: write_examples(tmp_path)[key]})

    assert Source.model_validate(source.model_dump(mode="json")) == source


@pytest.mark.parametrize(
    "source",
    [source for source in Source.classes() if source.key in OF_FILES],
    ids=lambda source: source.key,
)
@pytest.mark.parametrize("form", ["example", "unlabelled_example"])
def test_the_examples_of_a_source_can_be_copied_into_a_config(source, form, tmp_path):
    file = tmp_path / "example.yaml"
    file.write_text(f"{source.key}: {getattr(source, form)}")

    assert type(Source.model_validate(load_config(file).value)) is source


def test_every_file_of_new_rows_is_read_by_one_source():
    endings = [ending for source in Source.classes() for ending in source.endings]

    assert len(set(endings)) == len(endings)
    assert sum(source.reads_folders for source in Source.classes()) == 1
    assert sum(source.reads_any_file for source in Source.classes()) == 1


def test_describing_imports_no_numeric_library(tmp_path):
    examples = write_examples(tmp_path)
    del examples["parquet"]  # Its footer is read by pyarrow, which brings in NumPy.
    script = f"""
        import sys
        from dlrun.components.sources import Source
        for key, arguments in {examples!r}.items():
            Source.model_validate({{key: arguments}}).describe()
        heavy = {{"numpy", "pandas", "tensorflow", "keras", "PIL"}} & set(sys.modules)
        sys.exit(", ".join(heavy) or 0)
    """

    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script)],
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, done.stderr) == (0, "")


def test_a_prefix_is_put_before_the_path_of_a_problem():
    problem = Problem(("csv", "labels"), "there is no column y")

    with pytest.raises(DataError) as caught, under("data", "validation"):
        raise DataError(problem)

    assert format_path(caught.value.problems[0].path) == "data.validation.csv.labels"


def path_error(path: object) -> Problem:
    with pytest.raises(DataError) as caught:
        Source.model_validate({"csv": {"path": path, "labels": "y"}}).describe()
    return caught.value.problems[0]


def test_a_missing_file_names_the_nearest_one(tmp_path):
    write_examples(tmp_path)

    problem = path_error(str(tmp_path / "row.csv"))

    assert problem.message == f"there is no file {tmp_path / 'row.csv'}"
    assert problem.hint == "did you mean rows.csv?"


def test_a_missing_file_like_no_other_names_what_is_there(tmp_path):
    write_examples(tmp_path)

    problem = path_error(str(tmp_path / "people.csv"))

    assert problem.hint == f"{tmp_path} holds images, rows.csv, rows.npz, rows.parquet"


def test_a_pattern_without_matches_is_an_error(tmp_path):
    assert (
        path_error(str(tmp_path / "*.csv")).message
        == f"no file matches {tmp_path}/*.csv"
    )


def test_the_file_at_fault_in_a_list_is_named(tmp_path):
    write_examples(tmp_path)

    problem = path_error([str(tmp_path / "rows.csv"), str(tmp_path / "more.csv")])

    assert problem.path == ("csv", "path", 1)


def test_a_folder_a_device_and_a_pipe_are_no_files(tmp_path):
    os.mkfifo(tmp_path / "pipe")

    found = [
        path_error(str(path)).message
        for path in (tmp_path, "/dev/zero", tmp_path / "pipe")
    ]

    assert found == [
        f"expected a file, but {tmp_path} is a folder",
        "expected a file, but /dev/zero is a device",
        f"expected a file, but {tmp_path}/pipe is a pipe",
    ]


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("https://example.org/a.csv", "expected a local file, found the address"),
        ("~user/a.csv", "`~` is not expanded in paths"),
        ("a\0b.csv", "expected a path"),
        ("", "expected a path"),
        (3, "expected a path, found 3"),
        ([], "`path` is an empty list"),
    ],
)
def test_what_is_no_local_path_is_refused_before_it_is_touched(path, words):
    with pytest.raises(ValidationError) as caught:
        Source.model_validate({"csv": {"path": path, "labels": "y"}})

    assert words in caught.value.errors()[0]["msg"]
    assert caught.value.errors()[0]["loc"] == ("csv", "path")
