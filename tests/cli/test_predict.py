from __future__ import annotations

import io
import json
import sys
from contextlib import chdir
from pathlib import Path

import numpy as np
import pytest

from dlrun.cli.app import run
from dlrun.runs import RunFolder

pytestmark = pytest.mark.heavy

IMAGES_CONFIG = """\
name: dots
data:
  image_folder: {directory: images, image_size: [4, 4], color_mode: grayscale}
model:
  layers: [Flatten, {Dense: {units: 2, activation: softmax}}]
compile: {loss: sparse_categorical_crossentropy}
fit: {epochs: 1}
"""
NUMBERS_CONFIG = """\
name: numbers
data:
  npz: {path: numbers.npz, features: inputs, labels: outputs}
model:
  layers: [{Dense: {units: 2, use_bias: false, kernel_initializer: ones}}]
compile: {loss: mse}
fit: {epochs: 0}
"""
NUMBERS = np.array([[1, 2], [3, 4], [5, 6]], dtype="float32")


def write_images(directory: Path) -> None:
    import tensorflow as tf

    for name, value in (("dark", 20), ("light", 230)):
        folder = directory / name
        folder.mkdir(parents=True)
        for index in range(3):
            pixels = np.full((4, 4, 1), value + index, dtype="uint8")
            (folder / f"{index}.png").write_bytes(tf.io.encode_png(pixels).numpy())


@pytest.fixture(scope="module")
def trained(tmp_path_factory, write_configs):
    """A directory with a trained run of a table, of arrays, and of images."""
    directory = tmp_path_factory.mktemp("trained")
    write_configs(directory)
    (directory / "dots.yaml").write_text(IMAGES_CONFIG)
    write_images(directory / "images")
    (directory / "numbers.yaml").write_text(NUMBERS_CONFIG)
    np.savez(directory / "numbers.npz", inputs=NUMBERS, outputs=NUMBERS)
    with chdir(directory):
        assert run(["train", "people.yaml", "dots.yaml", "numbers.yaml", "-q"]) == 0
    return directory


@pytest.fixture
def here(trained, monkeypatch):
    monkeypatch.chdir(trained)
    return trained


def predictions(outcome) -> list[str]:
    return [row["prediction"] for row in outcome.table]


def test_without_rows_the_validation_rows_are_predicted(dlrun, here):
    outcome = dlrun("predict", "people")

    kept = RunFolder(here / "runs" / "people-001")
    table = [line.split(",")[:3] for line in kept.predictions_file.read_text().split()]
    assert outcome.code == 0
    assert [line.split(",") for line in outcome.out.split()] == table
    assert tuple(int(row["id"]) for row in outcome.table) == (
        kept.split().parts["validation"].ids
    )
    assert outcome.err == ""


def test_a_run_without_validation_rows_says_that_these_are_train_rows(dlrun, here):
    outcome = dlrun("predict", "dots")

    assert [row["id"] for row in outcome.table] == [
        f"{name}/{index}.png" for name in ("dark", "light") for index in range(3)
    ]
    assert "these are its train rows" in outcome.err


def test_predictions_equal_those_of_plain_keras(dlrun, here):
    import keras

    folder = RunFolder(here / "runs" / "people-001")
    scaler = folder.preprocessing().scalers["input"]
    rows = np.array([[160, 55], [180, 80], [171, 67]])

    outcome = dlrun("predict", "people", "--rows", json.dumps(rows.tolist()), "--proba")

    model = keras.models.load_model(folder.model_file)
    scaled = (rows - scaler["offset"]) / scaler["divisor"]
    expected = model.predict(scaled.astype("float32"), verbose=0)
    found = [
        [float(row["probability_f"]), float(row["probability_m"])]
        for row in outcome.table
    ]
    np.testing.assert_allclose(found, expected, atol=2e-6)


@pytest.mark.parametrize(
    "rows",
    [
        "[[160, 55], [185, 90]]",
        '[{"height": 160, "weight": 55}, {"weight": 90, "height": 185}]',
    ],
)
def test_rows_are_written_out_as_lists_or_by_name(dlrun, here, rows):
    outcome = dlrun("predict", "people", "--rows", rows)

    assert outcome.out == "id,prediction\n0,f\n1,m\n"


@pytest.mark.parametrize(
    ("rows", "code", "expected"),
    [
        ("[160, 55]", 3, "write [[160, 55]]"),
        ('{"height": 160}', 3, 'write [{"height": 160}]'),
        ("[]", 3, "must be a list of rows"),
        ("7", 3, "must be a list of rows"),
        ("[[160, 55, 3]]", 3, "expected 2 columns [height, weight], got 3"),
        ('[[160, "tall"]]', 3, 'row 0 holds "tall"'),
        ("[[160, NaN]]", 3, "row 0 holds"),
        ('[{"height": 160}]', 3, 'there is no column "weight"'),
        ("oops", 2, "--rows is not JSON"),
    ],
)
def test_rows_that_do_not_fit_are_refused(dlrun, here, rows, code, expected):
    outcome = dlrun("predict", "people", "--rows", rows)

    assert (outcome.code, outcome.out) == (code, "")
    assert expected in outcome.err
    assert "-->" not in outcome.err


def test_columns_are_found_by_name_in_any_order(dlrun, here, tmp_path):
    file = tmp_path / "new.csv"
    file.write_text("weight,height\n55,160\n90,185\n")

    outcome = dlrun("predict", "people", "--data", str(file))

    assert outcome.out == "id,prediction\n0,f\n1,m\n"


def test_columns_that_the_model_does_not_know_are_left_out(dlrun, here, tmp_path):
    file = tmp_path / "new.csv"
    file.write_text("person,weight,height\nAnn,55,160\n")

    outcome = dlrun("predict", "people", "--data", str(file))

    assert outcome.out == "id,prediction\n0,f\n"


def test_labels_are_taken_along_where_they_are(dlrun, here, tmp_path):
    file = tmp_path / "new.csv"
    file.write_text("sex,weight,height\nm,55,160\nm,90,185\n")

    outcome = dlrun("predict", "people", "--data", str(file))

    assert outcome.out == "id,label,prediction\n0,m,f\n1,m,m\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("height\n160\n", "add weight"),
        ("height,weight\n160,heavy\n", "heavy"),
        ("height,weight\n", ""),
        ("", ""),
    ],
)
def test_a_table_that_does_not_fit_is_refused(dlrun, here, tmp_path, text, expected):
    file = tmp_path / "new.csv"
    file.write_text(text)

    outcome = dlrun("predict", "people", "--data", str(file))

    assert (outcome.code, outcome.out) == (3, "")
    assert outcome.err.startswith("error[")
    assert expected in outcome.err


@pytest.mark.parametrize("name", ["no.csv", "no.npz", "no.jsonl"])
def test_a_file_that_is_not_there_is_named(dlrun, here, name):
    outcome = dlrun("predict", "people", "--data", name)

    assert (outcome.code, outcome.out) == (3, "")
    assert name in outcome.err


def test_json_lines_are_read_and_written(dlrun, here, tmp_path):
    file, out = tmp_path / "new.jsonl", tmp_path / "out.jsonl"
    file.write_text('[160, 55]\n\n{"weight": 90, "height": 185}\n')
    lists = tmp_path / "lists.jsonl"
    lists.write_text("[160, 55]\n[185, 90]\n")

    mixed = dlrun("predict", "people", "--data", str(file))
    outcome = dlrun("predict", "people", "--data", str(lists), "--out", str(out))

    assert predictions(mixed) == ["f", "m"]
    assert outcome.code == 0
    assert outcome.err == f"2 predictions in {out}\n"
    assert [json.loads(line) for line in out.read_text().splitlines()] == [
        {"id": 0, "prediction": "f"},
        {"id": 1, "prediction": "m"},
    ]


def test_a_line_that_is_not_json_is_named(dlrun, here, tmp_path):
    file = tmp_path / "new.jsonl"
    file.write_text("[160, 55]\n[185,\n")

    outcome = dlrun("predict", "people", "--data", str(file))

    assert outcome.code == 3
    assert f"{file}:2 is not JSON" in outcome.err


def test_a_table_comes_from_a_pipe(dlrun, here, monkeypatch):
    stdin = io.TextIOWrapper(io.BytesIO(b"height,weight\n160,55\n"))
    monkeypatch.setattr(sys, "stdin", stdin)

    outcome = dlrun("predict", "people", "--data", "-", "--json")

    assert json.loads(outcome.out) == {"id": 0, "prediction": "f"}


def test_json_lines_come_from_a_pipe_and_so_do_their_mistakes(dlrun, here, monkeypatch):
    lines = b'{"weight": 55, "height": 160}\n{"height": 180}\n'
    given = {"good": lines[: lines.index(b"\n")], "bad": lines}
    outcomes = {}
    for name, text in given.items():
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text)))
        outcomes[name] = dlrun("predict", "people", "--data", "-", "--json")

    assert json.loads(outcomes["good"].out) == {"id": 0, "prediction": "f"}
    assert outcomes["bad"].code == 3
    assert "weight" in outcomes["bad"].err
    assert "stdin.jsonl" not in outcomes["bad"].err


def test_a_mistake_in_a_pipe_is_one_of_standard_input(dlrun, here, monkeypatch):
    stdin = io.TextIOWrapper(io.BytesIO(b"height,weight\n160,fifty\n"))
    monkeypatch.setattr(sys, "stdin", stdin)

    outcome = dlrun("predict", "people", "--data", "-")

    assert outcome.code == 3
    assert "standard input:2" in outcome.err
    assert "stdin.csv" not in outcome.err
    assert " --> standard input:2:5" in outcome.err


def test_probabilities_of_a_row_add_up(dlrun, here, tmp_path):
    out = tmp_path / "out.csv"

    dlrun("predict", "people", "--proba", "--out", str(out))

    lines = [line.split(",") for line in out.read_text().splitlines()]
    assert lines[0] == ["id", "label", "prediction", "probability_f", "probability_m"]
    assert all(float(row[3]) + float(row[4]) == pytest.approx(1) for row in lines[1:])


def test_a_place_that_cannot_be_written_is_named(dlrun, here):
    outcome = dlrun("predict", "people", "--out", "nowhere/out.csv")

    assert (outcome.code, outcome.out) == (3, "")
    assert "nowhere/out.csv cannot be written" in outcome.err


def test_arrays_are_predicted_with_and_without_labels(dlrun, here, tmp_path):
    bare, full = tmp_path / "bare.npz", tmp_path / "full.npz"
    np.savez(bare, inputs=NUMBERS[:1])
    np.savez(full, inputs=NUMBERS[:1], outputs=NUMBERS[:1])

    without = dlrun("predict", "numbers", "--data", str(bare))
    with_labels = dlrun("predict", "numbers", "--data", str(full))

    assert without.out == "id,prediction_0,prediction_1\n0,3.0,3.0\n"
    assert with_labels.out == (
        "id,label_0,label_1,prediction_0,prediction_1\n0,1.0,2.0,3.0,3.0\n"
    )


def test_a_folder_of_images_is_predicted(dlrun, here, tmp_path):
    write_images(tmp_path / "new")

    outcome = dlrun("predict", "dots", "--data", str(tmp_path / "new"))

    assert outcome.code == 0
    assert [row["label"] for row in outcome.table] == ["dark"] * 3 + ["light"] * 3


def test_images_outside_of_folders_of_classes_have_no_labels(dlrun, here, tmp_path):
    write_images(tmp_path / "new")
    (tmp_path / "new" / "light" / "0.png").rename(tmp_path / "new" / "a.png")
    (tmp_path / "new" / "light").rename(tmp_path / "new" / "unknown")
    empty = tmp_path / "empty"
    empty.mkdir()

    outcome = dlrun("predict", "dots", "--data", str(tmp_path / "new"))
    without = dlrun("predict", "dots", "--data", str(empty))

    assert list(outcome.table[0]) == ["id", "prediction"]
    assert [row["id"] for row in outcome.table] == [
        "a.png",
        "dark/0.png",
        "dark/1.png",
        "dark/2.png",
        "unknown/1.png",
        "unknown/2.png",
    ]
    assert without.code == 3
    assert f"no PNG or JPEG images in {empty}" in without.err


@pytest.fixture
def own(dlrun, tmp_path, monkeypatch, write_configs):
    """A run of its own, for a test that damages it."""
    write_configs(tmp_path)
    monkeypatch.chdir(tmp_path)
    assert dlrun("train", "people.yaml", "-q", "-s", "fit.epochs=1").code == 0
    return tmp_path


def test_rows_that_have_changed_are_not_predicted_as_the_old_ones(dlrun, own):
    table = own / "people.csv"
    table.write_text(table.read_text().replace("160,55,f", "161,55,f"))

    changed = dlrun("predict", "people")
    table.unlink()
    missing = dlrun("predict", "people")

    assert (changed.code, missing.code) == (3, 3)
    assert "the data of people-001 has changed since it was trained" in changed.err
    assert "--data FILE" in changed.err
    assert str(table) in missing.err
    assert dlrun("predict", "people", "--rows", "[[160, 55]]").code == 0


@pytest.mark.parametrize("damage", ["cut", "garbage", "empty"])
def test_a_damaged_model_is_named(dlrun, own, damage):
    file = RunFolder(own / "runs" / "people-001").model_file
    data = file.read_bytes()
    file.write_bytes(
        {"cut": data[: len(data) // 2], "garbage": b"x" * 1000, "empty": b""}[damage]
    )

    outcome = dlrun("predict", "people")

    assert (outcome.code, outcome.out) == (3, "")
    assert "model.keras is damaged or foreign: its SHA-256" in outcome.err
    assert "or train again: dlrun train runs/people-001/config.yaml" in outcome.err


@pytest.mark.parametrize("damage", ["cut", "garbage", "empty"])
def test_a_damaged_model_of_an_older_run_is_named(dlrun, own, damage, as_older_run):
    folder = RunFolder(own / "runs" / "people-001")
    as_older_run(folder)
    file = folder.model_file
    data = file.read_bytes()
    file.write_bytes(
        {"cut": data[: len(data) // 2], "garbage": b"x" * 1000, "empty": b""}[damage]
    )

    outcome = dlrun("predict", "people")

    assert (outcome.code, outcome.out) == (3, "")
    assert "model.keras cannot be read" in outcome.err
    assert "train the run again" in outcome.err


def test_a_run_without_a_model_says_how_it_stands(dlrun, own):
    run_folder = RunFolder(own / "runs" / "people-001")
    run_folder.model_file.unlink()
    run_folder.write_status("failed", "no memory")

    outcome = dlrun("predict", "people")

    assert (outcome.code, outcome.out) == (3, "")
    assert "people-001 has no model: the run is failed" in outcome.err
    assert "dlrun train runs/people-001/config.yaml" in outcome.err


def test_a_run_that_is_not_there_is_answered_with_names(dlrun, own):
    outcome = dlrun("predict", "poeple")

    assert (outcome.code, outcome.out) == (3, "")
    assert "did you mean people" in outcome.err


@pytest.mark.parametrize(
    ("out", "words"),
    [
        ("people.csv", "holds the rows"),
        ("runs/people-001/predictions.csv", "is a file of people-001"),
        ("link.csv", "holds the rows"),
    ],
)
def test_predictions_are_not_written_over_rows_or_files_of_a_run(
    dlrun, here, out, words
):
    (here / "link.csv").unlink(missing_ok=True)
    (here / "link.csv").symlink_to("people.csv")
    before = (here / out).read_bytes()

    outcome = dlrun("predict", "people", "--out", out)

    assert outcome.code == 3
    assert f"{out} {words}: it would be lost" in outcome.err
    assert (here / out).read_bytes() == before
