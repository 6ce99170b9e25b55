"""Runs on scaled labels: losses are those of hand-scaled ones, all else is not."""

from __future__ import annotations

import csv
import json
import subprocess
import sys

import numpy as np
import pytest

from dlrun.data import OUTPUT, LabelScaler
from dlrun.runs import RunFolder

pytestmark = pytest.mark.heavy

RANDOM = np.random.default_rng(3)
FEATURES = RANDOM.normal(size=(60, 3)).round(3)
PRICES = (300_000 + 80_000 * FEATURES[:, 0] - 30_000 * FEATURES[:, 1] ** 2).round()
ROOMS = np.clip((3 + FEATURES[:, 2]).round(), 0, None)
TRAIN, HELD = slice(0, 45), slice(45, 60)


def config(labels, **others):
    """45 train rows and 15 validation rows of their own."""
    units = np.asarray(labels).reshape(60, -1).shape[1]
    data = others.pop("data", {})
    source, held = (
        {"inline": {"features": FEATURES[part].tolist(), "labels": labels[part]}}
        for part in (TRAIN, HELD)
    )
    return {
        "name": "prices",
        "data": {**source, "validation": held, **data},
        "model": {"layers": [{"Dense": 8}, {"Dense": units}]},
        "compile": {"loss": "mse", "metrics": ["mae", "R2Score"]},
        "fit": {"epochs": 3, "batch_size": 10} | others.pop("fit", {}),
        **others,
    }


def scaled_config(scale="standard", labels=PRICES, **others):
    return config(labels.tolist(), data={"scale_labels": scale}, **others)


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """What trains a config once for all tests that ask for the same."""
    from dlrun.config import node_of
    from dlrun.engines import KerasDoor
    from dlrun.experiment import parse_spec
    from dlrun.progress import Progress
    from dlrun.rows import read_rows
    from dlrun.training import start_run, train

    root, known = tmp_path_factory.mktemp("runs"), {}

    def run(values) -> RunFolder:
        key = json.dumps(values)
        if key not in known:
            node = node_of(values, root)
            experiment, parts = read_rows(parse_spec(node), KerasDoor())
            known[key] = start_run(node, experiment, root)
            train(experiment, parts, known[key], Progress())
        return known[key]

    return run


def by_hand(scale, labels):
    """Labels that somebody scales before, by their train rows, as exact decimals."""
    scaler = LabelScaler.fit([scale], labels[TRAIN])
    return [float(value) for value in scaler.apply(labels)]


def predicted(folder, column="prediction"):
    with folder.predictions_file.open(newline="") as stream:
        return np.array([float(row[column]) for row in csv.DictReader(stream)])


def r2(truth, said):
    return 1 - ((truth - said) ** 2).sum() / ((truth - truth.mean()) ** 2).sum()


@pytest.mark.parametrize("scale", ["standard", "minmax", "log"])
def test_weights_and_losses_are_those_of_labels_scaled_by_hand(runs, scale):
    ours = runs(scaled_config(scale)).history()
    theirs = runs(config(by_hand(scale, PRICES))).history()

    for name in ("loss", "train_loss", "val_loss", "weights_sha256"):
        assert ours[name] == theirs[name]


@pytest.mark.parametrize("scale", ["standard", "minmax", "log"])
def test_metrics_and_predictions_are_in_the_units_of_the_file(runs, scale):
    folder = runs(scaled_config(scale))

    best, said = folder.metrics().best, predicted(folder)
    truth = predicted(folder, "label")
    np.testing.assert_array_equal(truth, PRICES[HELD])
    mae = best["val_mean_absolute_error"]
    assert mae == pytest.approx(np.abs(truth - said).mean(), rel=1e-5)
    assert best["val_r2_score"] == pytest.approx(r2(truth, said), rel=1e-4, abs=1e-6)


def test_metrics_agree_with_xla(runs):
    plain, compiled = (
        runs(scaled_config(fit={"jit": jit})).history() for jit in ("off", "on")
    )

    for name in ("val_mean_absolute_error", "mean_absolute_error", "loss"):
        assert compiled[name] == pytest.approx(plain[name], rel=1e-4)


PLAIN = """
import json, sys
import keras, numpy as np
model = keras.models.load_model(sys.argv[1])
given = np.array(json.loads(sys.argv[2]), dtype="float32")
assert "dlrun" not in sys.modules
print(json.dumps([model.predict(given, verbose=0).tolist(), model.count_params()]))
"""


@pytest.mark.parametrize("scale", ["standard", "log"])
def test_the_saved_model_alone_gives_the_units_of_the_file(runs, scale):
    folder = runs(scaled_config(scale))

    words = [PLAIN, str(folder.model_file), json.dumps(FEATURES[HELD].tolist())]
    done = subprocess.run(
        [sys.executable, "-I", "-c", *words], capture_output=True, check=True
    )

    said, parameters = json.loads(done.stdout.splitlines()[-1])
    np.testing.assert_allclose(np.array(said)[:, 0], predicted(folder), rtol=1e-6)
    assert parameters == folder.summary().parameters


def test_what_was_learned_is_of_train_rows_alone(runs):
    folder = runs(scaled_config())

    state = folder.preprocessing().outputs[OUTPUT].label_scaler
    assert state["offset"] == [PRICES[TRAIN].mean()]
    assert state["divisor"] == pytest.approx([PRICES[TRAIN].std()])


def test_an_evaluation_gives_the_numbers_of_the_run(runs):
    from dlrun.training import open_trained, read_part

    folder = runs(scaled_config())

    trained = open_trained(folder)
    found = trained.evaluate(read_part(folder, trained.experiment)[1])
    assert found.metrics == {
        name.removeprefix("val_"): value
        for name, value in folder.metrics().best.items()
        if name.startswith("val_")
    }


def test_a_trace_is_shared_by_runs_of_other_numbers(runs):
    from dlrun.engines.shared import _kept

    first = runs(scaled_config(seed=1))
    engine = next(iter(_kept.values()))[0]
    other = scaled_config(labels=PRICES * 2, seed=1)
    second = runs(other)

    assert next(iter(_kept.values()))[0] is engine
    ours, theirs = first.metrics().best, second.metrics().best
    assert theirs["val_loss"] == pytest.approx(ours["val_loss"], rel=1e-5)
    mae = "val_mean_absolute_error"
    assert theirs[mae] == pytest.approx(2 * ours[mae], rel=1e-4)
