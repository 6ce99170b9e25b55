"""A run of a model with several inputs does all that one with a single input does."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest

import dlrun
from dlrun.cli.app import run
from dlrun.config import apply_overrides
from dlrun.experiment import parse_spec, read_config
from dlrun.runs import RunFolder

pytestmark = pytest.mark.heavy

TOWERS = Path(__file__).parents[2] / "configs/models/two_towers.yaml"
PARTS = Path(__file__).parents[2] / "datasets/digit_parts.npz"
FEW = ["data.split.train=0.1", "fit.epochs=3", "fit.checkpoint_seconds=0"]
BY_HAND = [{"photo": np.zeros((8, 8, 1)).tolist(), "numbers": [1, 2, 3, 4, 5]}]


def train(root: Path, *overrides: str) -> RunFolder:
    from dlrun.engines import KerasDoor
    from dlrun.progress import Progress
    from dlrun.rows import read_rows
    from dlrun.training import start_run
    from dlrun.training import train as train_into

    node = read_config(TOWERS, [*FEW, *overrides])
    experiment, parts = read_rows(parse_spec(node), KerasDoor())
    folder = start_run(node, experiment, root)
    train_into(experiment, parts, folder, Progress())
    return folder


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return train(tmp_path_factory.mktemp("runs"))


def answer(capsys, *words: str | Path) -> str:
    code = run(list(map(str, words)))
    said = capsys.readouterr()
    assert code == 0, said.err
    return said.out


def test_each_input_is_scaled_by_itself(folder):
    scalers = folder.preprocessing().scalers

    assert scalers["photo"]["scale"] == "minmax"
    assert scalers["numbers"]["scale"] == "standard"
    assert len(scalers["numbers"]["offset"]) == 5


def test_a_stopped_run_goes_on_with_the_same_bits(folder, tmp_path, capsys):
    short = train(tmp_path, "fit.epochs=2")

    answer(capsys, "resume", short.path, "--epochs", "3")

    assert short.history()["weights_sha256"] == folder.history()["weights_sha256"]


def test_a_repetition_has_the_same_bits(folder, capsys):
    assert "bit-identical" in answer(capsys, "verify", folder.path)


def test_steps_that_are_compiled_take_several_inputs_too(tmp_path):
    # XLA compiles neither pooling nor what moves images.
    plain = ["data.augment=[]", "model.layers[1].enabled=false"]

    compiled, graph = (
        train(tmp_path, *plain, f"fit.jit={jit}") for jit in ("on", "off")
    )

    ours, expected = compiled.history()["train_loss"], graph.history()["train_loss"]
    assert compiled.summary().jit
    assert ours == pytest.approx(expected, rel=1e-4)


def test_rows_of_an_npz_and_rows_by_hand_get_the_same_predictions(
    folder, tmp_path, capsys
):
    with np.load(PARTS) as arrays:
        photo, numbers = arrays["image"][:3], arrays["numbers"][:3]
    rows = [
        {"photo": image.tolist(), "numbers": row.tolist()}
        for image, row in zip(photo, numbers, strict=True)
    ]

    # As many rows by both ways: a batch of another size may be rounded otherwise.
    np.savez(tmp_path / "three.npz", image=photo, numbers=numbers)
    of_file = answer(
        capsys, "predict", folder.path, "--data", tmp_path / "three.npz", "--proba"
    )
    by_hand = answer(
        capsys, "predict", folder.path, "--rows", json.dumps(rows), "--proba"
    )

    expected = [*csv.DictReader(by_hand.splitlines())]
    found = [*csv.DictReader(of_file.splitlines())]
    assert {"digit_prediction", "parity_probability_1"} <= set(expected[0])
    assert [{name: row[name] for name in expected[0]} for row in found] == expected


def test_rows_of_json_lines_are_objects_by_input(folder, tmp_path, capsys):
    file = tmp_path / "rows.jsonl"
    file.write_text(json.dumps(BY_HAND[0]) + "\n")

    of_file = answer(capsys, "predict", folder.path, "--data", file)

    by_hand = answer(capsys, "predict", folder.path, "--rows", json.dumps(BY_HAND))
    assert of_file == by_hand


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([{"photo": []}], "row 0 must give each input: numbers, photo"),
        ([[1, 2]], "row 0 must give each input: numbers, photo"),
        ({"photo": [], "numbers": []}, "expected a list of rows"),
        ([BY_HAND[0] | {"numbers": [1, None, 3, 4, 5]}], "`numbers`: row 0 holds null"),
        ([BY_HAND[0] | {"numbers": [1]}], "expected 5 columns for `numbers`, got 1"),
        ([BY_HAND[0] | {"photo": 3}], "`photo` holds numbers instead of rows"),
    ],
)
def test_rows_that_lack_an_input_are_refused_by_its_name(folder, rows, message, capsys):
    assert run(["predict", str(folder.path), "--rows", json.dumps(rows)]) == 3

    assert message in capsys.readouterr().err


def test_a_notebook_takes_arrays_by_input(folder):
    with np.load(PARTS) as arrays:
        rows = {"photo": arrays["image"][:4], "numbers": arrays["numbers"][:4]}

    predictions = dlrun.open_run(folder.path).predict(rows)

    assert len(predictions) == 4
    assert list(predictions)[:2] == ["digit_prediction", "digit_probability_0"]


def test_new_labelled_rows_are_evaluated(folder, capsys):
    values = json.loads(
        answer(capsys, "evaluate", folder.path, "--data", PARTS, "--json")
    )

    assert values["rows"] == 1797
    assert values["metrics"]["digit_accuracy"] > 0.12


def test_the_model_is_plain_keras_with_named_inputs(folder):
    import keras

    model = keras.models.load_model(folder.model_file)

    assert set(model.input) == {"photo", "numbers"}


def test_the_probe_looks_into_both_branches(folder):
    layers = set(folder.probes()[0]["layers"])

    assert {"conv2d", "table_vector", "digit"} <= layers


def test_rows_without_a_label_have_several_inputs_too(tmp_path, capsys):
    # Pseudo-labels are for one output.
    digit = ["data.npz.labels=digit", "model.outputs=null", "compile.loss_weights=null"]
    digit += [
        "compile.loss=sparse_categorical_crossentropy",
        "compile.metrics=[accuracy]",
    ]
    rounds = ["pseudo_label.unlabelled=rest", "pseudo_label.rounds=1"]
    rounds.append("pseudo_label.select=percentile")
    node = read_config(TOWERS)
    layers = json.dumps(node.value["model"]["layers"][:-1])
    node = apply_overrides(node, [f"model.layers={layers}", *digit, *FEW, *rounds])
    path = tmp_path / "rounds.yaml"
    path.write_text(json.dumps(parse_spec(node).spec.values()))

    answer(capsys, "train", path, "-q", "--runs", tmp_path / "runs")

    (folder,) = (tmp_path / "runs").glob("*-001")
    metrics = RunFolder(folder).metrics()
    assert metrics.rounds is not None
    assert metrics.rounds.rounds == 1
