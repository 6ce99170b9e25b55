"""A run of a model with several outputs: histories, predictions, figures of each."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest

import dlrun
from dlrun.cli.app import run
from dlrun.errors import DlrunError
from dlrun.experiment import parse_spec, read_config
from dlrun.runs import RunFolder

pytestmark = pytest.mark.heavy

MODELS = Path(__file__).parents[2] / "configs/models"
PARTS = Path(__file__).parents[2] / "datasets/digit_parts.npz"
FEW = ["data.split.train=0.2", "fit.epochs=3", "fit.checkpoint_seconds=0"]


def train(root: Path, name: str, *overrides: str) -> RunFolder:
    from dlrun.engines import KerasDoor
    from dlrun.progress import Progress
    from dlrun.rows import read_rows
    from dlrun.training import start_run
    from dlrun.training import train as train_into

    node = read_config(MODELS / f"{name}.yaml", [*FEW, *overrides])
    experiment, parts = read_rows(parse_spec(node), KerasDoor())
    folder = start_run(node, experiment, root)
    train_into(experiment, parts, folder, Progress())
    return folder


@pytest.fixture(scope="module")
def towers(tmp_path_factory):
    return train(tmp_path_factory.mktemp("runs"), "two_towers")


@pytest.fixture(scope="module")
def traits(tmp_path_factory):
    return train(tmp_path_factory.mktemp("runs"), "traits", "fit.epochs=6")


@pytest.fixture(scope="module")
def unet(tmp_path_factory):
    return train(tmp_path_factory.mktemp("runs"), "unet")


def answer(capsys, *words: str | Path) -> str:
    code = run(list(map(str, words)))
    said = capsys.readouterr()
    assert code == 0, said.err
    return said.out


def table(folder: RunFolder) -> list[dict[str, str]]:
    with folder.predictions_file.open(newline="") as stream:
        return list(csv.DictReader(stream))


def test_columns_of_the_history_are_called_as_keras_calls_them(towers):
    names = {"loss", "digit_loss", "digit_accuracy"}
    names |= {"parity_loss", "parity_accuracy", "parity_auc"}

    columns = set(towers.history())

    expected = {f"{part}{name}" for part in ("", "train_", "val_") for name in names}
    assert columns == expected | {"epoch", "seconds", "learning_rate", "weights_sha256"}


def test_the_loss_is_the_weighted_sum_of_the_losses_of_the_outputs(towers):
    history = towers.history()

    for part in ("train_", "val_"):
        sums = [
            digit + 0.3 * parity
            for digit, parity in zip(
                history[f"{part}digit_loss"], history[f"{part}parity_loss"], strict=True
            )
        ]
        assert history[f"{part}loss"] == pytest.approx(sums, rel=1e-5)


def test_the_losses_of_the_outputs_are_means_over_rows(towers):
    """Keras takes the mean of batches, the last of which may have few rows."""
    rows = table(towers)
    history, best = towers.history(), towers.metrics().best_epoch

    losses = [
        -np.log(float(row[f"digit_probability_{row['digit_label']}"])) for row in rows
    ]

    (value,) = [
        value
        for epoch, value in zip(
            history["epoch"], history["val_digit_loss"], strict=True
        )
        if epoch == best
    ]
    assert len(rows) % 32 != 0
    assert value == pytest.approx(np.mean(losses), rel=1e-4)


def test_a_stopped_run_goes_on_with_the_same_bits(towers, tmp_path, capsys):
    short = train(tmp_path, "two_towers", "fit.epochs=2")

    answer(capsys, "resume", short.path, "--epochs", "3")

    assert short.history()["weights_sha256"] == towers.history()["weights_sha256"]


@pytest.mark.parametrize("name", ["towers", "traits", "unet"])
def test_a_repetition_has_the_same_bits(name, capsys, request):
    folder = request.getfixturevalue(name)

    assert "bit-identical" in answer(capsys, "verify", folder.path)


def test_the_best_epoch_is_that_of_the_monitored_output(tmp_path):
    stopping = "{EarlyStopping: {monitor: val_digit_accuracy, patience: 1}}"

    folder = train(
        tmp_path,
        "two_towers",
        "fit.monitor=val_digit_accuracy",
        f"fit.callbacks=[{stopping}]",
    )

    history, metrics = folder.history(), folder.metrics()
    assert folder.summary().monitor_mode == "max"
    assert metrics.best["val_digit_accuracy"] == max(history["val_digit_accuracy"])


def test_compiled_steps_give_the_same_losses_of_outputs(tmp_path):
    plain = ["data.augment=[]", "model.layers[1].enabled=false"]

    compiled, graph = (
        train(tmp_path, "two_towers", *plain, f"fit.jit={jit}") for jit in ("on", "off")
    )

    for column in ("digit_loss", "parity_loss", "val_digit_loss", "train_parity_auc"):
        ours, expected = compiled.history()[column], graph.history()[column]
        assert ours == pytest.approx(expected, rel=1e-3), column


def test_predictions_stand_under_the_name_of_their_output(towers, capsys):
    rows = table(towers)
    new = answer(capsys, "predict", towers.path, "--data", PARTS).splitlines()

    assert list(rows[0])[:3] == ["id", "digit_label", "digit_prediction"]
    assert {"parity_label", "parity_prediction", "parity_probability_1"} <= set(rows[0])
    assert new[0] == "id,digit_label,digit_prediction,parity_label,parity_prediction"
    assert len(new) == 1798


def test_each_output_is_evaluated(towers, capsys):
    values = json.loads(answer(capsys, "evaluate", towers.path, "--json"))
    text = answer(capsys, "evaluate", towers.path)

    rows = table(towers)
    digit = values["outputs"]["digit"]
    right = sum(row["digit_label"] == row["digit_prediction"] for row in rows)
    assert sum(digit["confusion"][index][index] for index in range(10)) == right
    assert values["metrics"]["digit_accuracy"] == pytest.approx(right / len(rows))
    assert values["outputs"]["parity"]["classes"] == ["0", "1"]
    assert "\ndigit:\n" in text
    assert "\nparity:\n" in text


def test_a_notebook_has_the_predictions_of_each_output(towers):
    frame = dlrun.open_run(towers.path).predict()

    assert next(iter(frame)) == "digit_prediction"
    assert "parity_probability_1" in frame


def test_the_diagnosis_tells_of_each_output_and_of_all(towers, capsys):
    said = answer(capsys, "diagnose", towers.path)

    diagnosis = towers.diagnosis()
    assert set(diagnosis.outputs) == {"digit", "parity"}
    assert "  digit: " in said
    assert "  parity: " in said


def test_runs_are_compared_by_the_metric_of_an_output(towers, capsys):
    said = answer(
        capsys, "compare", towers.path, "--metric", "val_digit_accuracy", "--json"
    )

    assert json.loads(said)["metric"] == "val_digit_accuracy"


def test_the_probe_counts_the_predictions_of_each_output(towers):
    probe = towers.probes()[0]

    counts = dict(zip(probe["pred_names"], probe["pred_counts"], strict=True))
    assert sum(counts[f"digit_{number}"] for number in range(10)) == 128
    assert counts["parity_0"] + counts["parity_1"] == 128


def test_rows_of_classes_weigh_in_the_output_that_names_them(tmp_path):
    weights = "fit.class_weight={parity: {0: 1.0, 1: 3.0}}"

    plain, weighed = (
        train(tmp_path, "two_towers", "fit.epochs=1", *more) for more in ([], [weights])
    )

    assert plain.history()["weights_sha256"] != weighed.history()["weights_sha256"]


def test_several_labels_are_told_label_by_label(traits, capsys):
    values = json.loads(answer(capsys, "evaluate", traits.path, "--json"))
    text = answer(capsys, "evaluate", traits.path)

    rows = table(traits)
    names = ["traits_0", "traits_1", "traits_2"]
    assert list(rows[0])[:4] == ["id", *(f"label_{name}" for name in names)]
    assert values["labels"] == names
    right = [
        sum(row[f"label_{name}"] == row[f"prediction_{name}"] for row in rows)
        for name in names
    ]
    figures = values["per_label"]
    assert [one["label"] for one in figures] == [*names, "micro", "macro"]
    for one, hits in zip(figures, right, strict=False):
        assert one["accuracy"] == pytest.approx(hits / len(rows), abs=1e-6)
    every = sum(right) / (3 * len(rows))
    assert values["metrics"]["accuracy"] == pytest.approx(every, rel=1e-5)
    assert "TP  FP  FN  TN" in " ".join(text.split()).replace(" ", "  ")
    assert "macro" in text


def test_a_lower_threshold_finds_more_labels(traits, capsys):
    few, many = (
        json.loads(
            answer(capsys, "evaluate", traits.path, "--json", "--threshold", level)
        )
        for level in ("0.9", "0.1")
    )

    recalls = [one["per_label"][3]["recall"] for one in (few, many)]
    assert recalls[0] < recalls[1]


def test_masks_are_measured_pixel_by_pixel(unet, capsys):
    values = json.loads(answer(capsys, "evaluate", unet.path, "--json"))

    confusion = np.array(values["confusion"])
    assert confusion.sum() == values["rows"] * 64
    share = confusion.trace() / confusion.sum()
    assert values["metrics"]["accuracy"] == pytest.approx(share, rel=1e-5)
    assert share > 0.75


def test_predicted_masks_are_arrays(unet, tmp_path, capsys):
    answer(capsys, "predict", unet.path, "--out", tmp_path / "masks.npz", "--proba")

    with np.load(tmp_path / "masks.npz") as arrays:
        assert arrays["prediction"].shape == (359, 8, 8)
        assert set(np.unique(arrays["prediction"])) == {0, 1}
        assert arrays["probability"].shape == (359, 8, 8, 2)
    with np.load(unet.path / "predictions.npz") as kept:
        assert kept["prediction"].shape == (359, 8, 8)


def test_a_notebook_has_masks_as_arrays(unet):
    opened = dlrun.open_run(unet.path)
    with np.load(PARTS) as arrays:
        rows = arrays["noisy"][:3]

    found = opened.predict_arrays(rows)

    assert found["prediction"].shape == (3, 8, 8)
    assert found["classes"].tolist() == ["0", "1"]
    with pytest.raises(DlrunError, match="is no table"):
        opened.predict(rows)


def test_predicted_masks_fit_into_no_table(unet, capsys):
    assert run(["predict", str(unet.path)]) == 2

    assert "write --out FILE.npz" in capsys.readouterr().err
