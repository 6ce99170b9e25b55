"""Cells that name images become the images, and what cannot be read is told by row."""

from __future__ import annotations

import json
import os
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest

from dlrun.config import located, node_of
from dlrun.data import Dataset
from dlrun.errors import DataError, ProblemsError
from dlrun.experiment import parse_spec, read_config
from dlrun.rows import prepare_values, read_new_rows, read_rows
from dlrun.rows.images import ImageColumns
from dlrun.rows.leak import leaked_rows
from dlrun.runs import Preprocessing, Summary
from dlrun.runs.reading import JsonObject

GOLDEN = Path(__file__).parents[1] / "golden/columns"
CONFIG = """\
name: photos
data:
  csv: {path: photos.csv, labels: kind}
  split: {validation: 0.25}
  columns:
    photo: {image: {image_size: [2, 3], color_mode: grayscale}}
    mass: scale
  inputs: {numbers: [mass], photo: [photo]}
model:
  layers:
    - Flatten: {from: photo, name: seen}
    - Concatenate: [seen, numbers]
    - Dense: {units: 2, activation: softmax}
compile: {loss: sparse_categorical_crossentropy}
"""


def png(value: int) -> bytes:
    """A gray pixel, as a PNG."""

    def chunk(name: bytes, data: bytes) -> bytes:
        checked = zlib.crc32(name + data)
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", checked)

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0))
    pixels = chunk(b"IDAT", zlib.compress(bytes([0, value])))
    return b"\x89PNG\r\n\x1a\n" + header + pixels + chunk(b"IEND", b"")


def pixel(data: bytes, shape: tuple[int, int, int]) -> np.ndarray | None:
    """Decode what `png` writes, and count how often that is done."""
    decoded.append(data)
    if b"IDAT" not in data:
        return None
    start = data.index(b"IDAT")
    value = zlib.decompress(data[start + 4 :][:-16])[1]
    return np.full(shape, value, dtype="float32")


class Door:
    """Decodes without Keras."""

    decode_image = staticmethod(pixel)


decoded: list[bytes] = []
DOOR = Door()


@pytest.fixture(autouse=True)
def directory(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    decoded.clear()
    (tmp_path / "pics").mkdir()
    lines = ["photo,mass,kind"]
    for number in range(16):
        (tmp_path / f"pics/{number}.png").write_bytes(png(10 + number))
        lines.append(f"pics/{number}.png,{number},{'ab'[number % 2]}")
    (tmp_path / "photos.csv").write_text("\n".join(lines) + "\n")
    (tmp_path / "c.yaml").write_text(CONFIG)
    return tmp_path


def read(*overrides):
    node = read_config(Path("c.yaml"), list(overrides))
    with located(node):
        return read_rows(parse_spec(node), DOOR)


def edited(directory, row, cells):
    """The table with other cells in a row, from 0."""
    lines = (directory / "photos.csv").read_text().splitlines()
    lines[row + 1] = cells
    (directory / "photos.csv").write_text("\n".join(lines) + "\n")


def test_an_image_is_what_its_file_shows_and_is_decoded_once():
    experiment, parts = read()

    rows = [*zip(parts.train.ids, parts.train.features["photo"], strict=True)]
    assert experiment.input_shapes == {"numbers": (1,), "photo": (2, 3, 1)}
    assert all((image == 10 + number).all() for number, image in rows)
    assert parts.train.features["photo"].dtype == "float32"
    assert len(decoded) == 16
    assert "photo" not in parts.preprocessing.columns["photo"].names


def test_a_file_that_several_rows_name_is_decoded_once(directory):
    edited(directory, 3, "pics/5.png,3,b")

    _, parts = read()

    images = dict(zip(parts.train.ids, parts.train.features["photo"], strict=True))
    assert len(decoded) == 15
    assert all((images[row] == 15).all() for row in (3, 5) if row in images)


def test_a_path_may_be_absolute_and_a_table_may_lie_elsewhere(directory):
    edited(directory, 3, f"{directory}/pics/5.png,3,b")
    (directory / "deep").mkdir()
    (directory / "photos.csv").rename(directory / "deep/photos.csv")
    (directory / "pics").rename(directory / "deep/pics")
    (directory / "pics").symlink_to(directory / "deep/pics")

    _, parts = read("data.csv.path=deep/photos.csv")

    assert len(parts.train) + len(parts.validation) == 16


def test_images_of_several_tables_lie_beside_each(directory):
    for name in ("one", "two"):
        (directory / name).mkdir()
        (directory / name / "a.png").write_bytes(png(3 if name == "one" else 4))
        (directory / name / "b.png").write_bytes(png(5 if name == "one" else 6))
        rows = "photo,mass,kind\na.png,1,a\nb.png,2,b\n"
        (directory / name / "t.csv").write_text(rows)

    _, parts = read("data.csv.path='*/t.csv'", "data.split=null")

    assert parts.train.features["photo"][:, 0, 0, 0].tolist() == [3, 5, 4, 6]


def test_validation_rows_of_their_own_have_images_too(directory):
    (directory / "more").mkdir()
    (directory / "more/x.png").write_bytes(png(200))
    (directory / "more/v.csv").write_text("photo,mass,kind\nx.png,1,a\nx.png,2,b\n")

    _, parts = read(
        "data.split=null", "data.validation={csv: {path: more/v.csv, labels: kind}}"
    )

    assert parts.validation.features["photo"].max() == 200
    assert len(decoded) == 17


def test_an_empty_cell_may_be_an_image_of_zeros(directory):
    edited(directory, 0, ",0,a")

    _, parts = read("data.columns.photo.image.missing=ignore")

    images = {
        number: image
        for part in (parts.train, parts.validation)
        for number, image in zip(part.ids, part.features["photo"], strict=True)
    }
    assert not images[0].any()
    assert (images[1] == 11).all()


def test_rows_are_one_table_whatever_becomes_of_images_but_a_changed_one_is_told(
    directory,
):
    _, first = read()
    without = "data.columns={'*': scale, photo: drop}", "data.inputs=null"
    _, dropped = read(
        *without, "model.layers=[{Dense: {units: 2, activation: softmax}}]"
    )
    (directory / "pics/7.png").write_bytes(png(99))
    _, changed = read()

    assert first.cells_fingerprint == dropped.cells_fingerprint == dropped.fingerprint
    assert first.cells_fingerprint == changed.cells_fingerprint
    assert first.fingerprint != changed.fingerprint
    assert first.split.sha256 == changed.split.sha256
    assert first.images.keys() == {"photo"}
    cells = first.cells_fingerprint
    known = Summary(cells_fingerprint=cells, images=first.images)
    told = known.other_images(changed.images, changed.cells_fingerprint)
    assert told == "; other images in the column photo"
    assert known.other_images(changed.images, "other cells name them") == ""


def test_a_summary_keeps_what_images_were(tmp_path):
    summary = Summary(
        data_fingerprint="all", cells_fingerprint="cells", images={"photo": "hash"}
    )

    written = json.loads(json.dumps(summary.to_json()))

    assert Summary.read(JsonObject(tmp_path, written)) == summary
    assert summary.rows_fingerprint == "cells"
    assert Summary(data_fingerprint="all").rows_fingerprint == "all"
    assert "images" not in Summary().to_json()


def test_copies_of_an_image_are_found_under_other_names():
    draw = np.random.default_rng(0)
    images = draw.random((40, 2, 2, 1)).astype("float32")
    columns = {"photo": images, "mass": draw.random(40)}
    rows = Dataset({}, {"output": np.zeros(40)}, columns=columns)

    leaked = leaked_rows(rows, rows.take([3, 4, 5]))

    assert leaked == 3


OF_ROWS = {
    "missing-image": ["pics/x.png,0,a", "pics/1.png,1,b", "pics/y.png,2,a"],
    "damaged-image": ["pics/bad.png,0,a", "pics/fifo,1,b", "pics/large.png,2,a"],
    "image-gap": [",0,a", "pics/1.png,,b", "pics/x.png,,a"],
}


@pytest.mark.parametrize("case", OF_ROWS)
def test_images_at_fault_are_told_by_row_beside_all_other_cells(
    case, golden, directory
):
    (directory / "pics/bad.png").write_bytes(b"\x89PNG\r\n")
    large = png(1).replace(struct.pack(">II", 1, 1), struct.pack(">II", 20000, 20000))
    (directory / "pics/large.png").write_bytes(large)
    os.mkfifo(directory / "pics/fifo")
    for row, cells in enumerate(OF_ROWS[case]):
        edited(directory, row, cells)
    with pytest.raises(ProblemsError) as caught:
        read()

    told = f"{caught.value}".replace(str(directory), "$HERE")
    golden(GOLDEN / f"{case}.txt", told)


def test_images_of_many_rows_are_counted(directory):
    for row in range(5):
        edited(directory, row, f"no/{row}.png,{row},{'ab'[row % 2]}")

    with pytest.raises(DataError) as caught:
        read()

    assert caught.value.problems[0].message == (
        'column "photo" names 5 images that are not there: no/0.png at photos.csv:2, '
        "no/1.png at photos.csv:3, no/2.png at photos.csv:4 and 2 more"
    )


@pytest.fixture
def trained():
    experiment, parts = read()
    written = json.loads(json.dumps(parts.preprocessing.to_json()))
    decoded.clear()
    return experiment.spec, Preprocessing.read(JsonObject(Path("p.json"), written))


def test_paths_of_new_rows_start_at_their_file(trained, directory):
    (directory / "new").mkdir()
    (directory / "new/a.png").write_bytes(png(77))
    (directory / "new/rows.csv").write_text("mass,photo\n1,a.png\n")
    (directory / "new/rows.jsonl").write_text('{"photo": "a.png", "mass": 1}\n')

    for name in ("rows.csv", "rows.jsonl"):
        file = directory / "new" / name
        rows = read_new_rows(*trained, file, DOOR, labelled=False)

        assert (rows.features["photo"] == 77).all()


def test_paths_of_rows_in_no_file_start_at_the_current_directory(trained, directory):
    row = {"photo": "pics/2.png", "mass": 1}
    spec, preprocessing = trained

    rows = prepare_values(spec, preprocessing, [row], DOOR)

    assert (rows.features["photo"] == 12).all()
    with pytest.raises(DataError) as caught:
        prepare_values(spec, preprocessing, [{"photo": "x.png", "mass": None}], DOOR)
    assert [problem.code for problem in caught.value.problems] == [
        "missing-image",
        "gap",
    ]
    assert f"paths start at {directory}" in caught.value.problems[0].hint


def test_new_rows_at_fault_are_told_all_at_once(trained, directory, golden):
    (directory / "new.csv").write_text(
        "mass,photo\n1,pics/1.png\n,pics/no.png\n3,\n4,pics/nor.png\n"
    )
    with pytest.raises(DataError) as caught:
        read_new_rows(*trained, directory / "new.csv", DOOR, labelled=False)

    told = f"{caught.value}".replace(str(directory), "$HERE")
    golden(GOLDEN / "new-images.txt", told)


def test_unlabelled_rows_of_another_table_have_images_beside_it(directory):
    (directory / "more").mkdir()
    for number in range(30):
        (directory / f"more/{number}.png").write_bytes(png(100 + number))
    lines = [f"{number}.png,{number}" for number in range(30)]
    (directory / "more/rest.csv").write_text("\n".join(["photo,mass", *lines]))

    _, parts = read("pseudo_label={unlabelled: {csv: {path: more/rest.csv}}}")

    assert parts.unlabelled.rows.features["photo"].min() == 100
    assert len(decoded) == 46


def test_a_table_without_images_stays_as_it_is():
    rows = Dataset({}, columns={"a": np.array(["x"], dtype=object)})

    assert ImageColumns({}, DOOR).read(rows) is rows


MISTAKES = {
    "image-size": ["data.columns.photo={image: {image_size: [0, 64]}}"],
    "image-mode": ["data.columns.photo={image: {color_mode: bgr}}"],
    "image-behind-impute": ["data.columns.photo=[{impute: most_frequent}, image]"],
    "image-before-scale": ["data.columns.photo=[image, scale]"],
    "image-without-inputs": ["data.inputs=null"],
    "image-beside-numbers": ["data.inputs={all: [mass, photo]}"],
    "two-image-columns": [
        "data.columns.mass={image: {image_size: 4}}",
        "data.inputs={photos: [photo, mass]}",
    ],
    "two-image-columns-without-inputs": [
        "data.columns.mass={image: {image_size: 4}}",
        "data.inputs=null",
    ],
    "image-input-untaken": [
        "model.layers=[{Dense: {from: numbers, units: 2, activation: softmax}}]"
    ],
    "input-called-like-a-layer": [
        "data.inputs={seen: [photo], numbers: [mass]}",
        "model.layers[0].Flatten.from=seen",
    ],
}


@pytest.mark.parametrize("case", MISTAKES)
def test_a_mistake_about_images_in_a_config_is_shown_with_its_cure(
    case, golden, directory
):
    with pytest.raises(ProblemsError) as caught:
        read(*MISTAKES[case])

    told = f"{caught.value}".replace(str(directory), "$HERE")
    golden(GOLDEN / f"{case}.txt", f"-s {MISTAKES[case]}\n\n{told}")


@pytest.mark.parametrize("stated", ["null", "{all: [mass, photo]}"])
def test_the_lines_of_a_cure_train_where_they_are_pasted(stated, directory):
    with pytest.raises(ProblemsError) as caught:
        read(f"data.inputs={stated}")
    (problem,) = caught.value.problems
    inputs = problem.hint.removeprefix("write under data: inputs: ")

    experiment, _ = read(
        f"data.inputs={inputs}".replace("all:", "numbers:"),
    )

    assert experiment.warnings == ()


def test_a_default_image_is_as_large_as_that_of_a_folder():
    config = {
        "name": "d",
        "data": {
            "csv": {"path": "photos.csv", "labels": "kind"},
            "columns": {"photo": "image", "mass": "drop"},
            "inputs": {"photo": ["photo"]},
        },
        "model": {"layers": [{"Flatten": {}}, {"Dense": 2}]},
        "compile": {"loss": "sparse_categorical_crossentropy"},
    }

    assert parse_spec(node_of(config)).input_shapes == {"photo": (256, 256, 3)}


@pytest.mark.parametrize(
    ("cell", "cure"),
    [
        ("pics\\7.png", "write / for \\ in the cells, as in pictures/1.png"),
        (
            "C:\\pics\\7.png",
            "leave out the drive and the folders above, and write / for",
        ),
        ("https://example.org/7.png", "download the images, and write the paths"),
    ],
)
def test_paths_of_windows_and_addresses_have_a_cure_of_their_own(directory, cell, cure):
    edited(directory, 0, f"{cell},0,a")

    with pytest.raises(ProblemsError) as caught:
        read()

    (problem,) = caught.value.problems
    assert problem.code == "missing-image"
    assert problem.hint.startswith(cure)
