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
    engine = [*_kept.values()][-1][0]
    other = scaled_config(labels=PRICES * 2, seed=1)
    second = runs(other)

    assert [*_kept.values()][-1][0] is engine
    ours, theirs = first.metrics().best, second.metrics().best
    assert theirs["val_loss"] == pytest.approx(ours["val_loss"], rel=1e-5)
    mae = "val_mean_absolute_error"
    assert theirs[mae] == pytest.approx(2 * ours[mae], rel=1e-4)


BOTH = np.stack([PRICES, ROOMS], axis=1)


@pytest.mark.parametrize(
    "scale", [{"price": "standard"}, {"price": "minmax", "rooms": "log"}]
)
def test_columns_have_scalers_of_their_own(runs, tmp_path, scale):
    import keras

    table = tmp_path / "flats.csv"
    rows = np.column_stack([FEATURES, BOTH])
    lines = [",".join(map(str, row)) for row in rows.tolist()]
    table.write_text("\n".join(["a,b,c,price,rooms", *lines, ""]))
    data = {"csv": {"path": str(table), "labels": ["price", "rooms"]}}
    data["scale_labels"] = scale
    data["split"] = {"validation": 0.25}
    base = scaled_config(labels=BOTH)

    folder = runs(base | {"data": data})

    (output,) = folder.preprocessing().outputs.values()
    assert output.label_scaler["scale"] == [scale.get("price"), scale.get("rooms")]
    names = ("price", "rooms")
    price, rooms = (predicted(folder, f"prediction_{name}") for name in names)
    assert price.mean() > 10_000 * abs(rooms).mean()
    # The same rows together: a batch of other rows may be rounded otherwise.
    with folder.predictions_file.open(newline="") as stream:
        rows = [int(row["id"]) for row in csv.DictReader(stream)]
    said = keras.models.load_model(folder.model_file).predict(FEATURES[rows], verbose=0)
    assert [*price] == [*map(float, map(str, said[:, 0]))]
    assert [*rooms] == [*map(float, map(str, said[:, 1]))]
    truth = np.stack([predicted(folder, f"label_{name}") for name in names])
    mae = np.abs(truth - np.stack([price, rooms])).mean()
    best = folder.metrics().best
    assert best["val_mean_absolute_error"] == pytest.approx(mae, rel=1e-5)


def several(tmp_path, scale):
    file = tmp_path / "flats.npz"
    np.savez(file, x=FEATURES.astype("float32"), p=PRICES, r=ROOMS, c=ROOMS > 2)
    labels = {"price": "p", "rooms": "r", "large": "c"}
    regression = {"loss": "mse", "metrics": ["mae"]}
    return {
        "name": "flats",
        "data": {
            "npz": {"path": str(file), "features": "x", "labels": labels},
            "split": {"validation": 0.25},
            "scale_labels": scale,
        },
        "model": {
            "layers": [
                {"Dense": {"units": 8, "name": "shared"}},
                {"Dense": {"from": "shared", "units": 1, "name": "price"}},
                {"Dense": {"from": "shared", "units": 1, "name": "rooms"}},
                {
                    "Dense": {
                        "from": "shared",
                        "units": 1,
                        "activation": "sigmoid",
                        "name": "large",
                    }
                },
            ],
            "outputs": ["price", "rooms", "large"],
        },
        "compile": {
            "loss": dict.fromkeys(("price", "rooms"), regression["loss"])
            | {"large": "binary_crossentropy"},
            "metrics": dict.fromkeys(("price", "rooms"), regression["metrics"]),
        },
        "fit": {"epochs": 3, "batch_size": 10},
    }


def test_outputs_are_scaled_by_their_names(runs, tmp_path):
    import keras

    folder = runs(several(tmp_path, {"price": "standard"}))

    model = keras.models.load_model(folder.model_file)
    assert model.predict(FEATURES, verbose=0)["price"].mean() > 10_000
    best = folder.metrics().best
    truth, said = (
        predicted(folder, "price_label"),
        predicted(folder, "price_prediction"),
    )
    assert best["val_price_mean_absolute_error"] == pytest.approx(
        np.abs(truth - said).mean(), rel=1e-5
    )
    assert best["val_price_loss"] < 10
    total = sum(best[f"val_{name}_loss"] for name in ("price", "rooms", "large"))
    assert best["val_loss"] == pytest.approx(total, rel=1e-5)


@pytest.mark.parametrize("scale", ["standard", "log"])
def test_scaling_undone_behind_other_outputs_keeps_each_weight(runs, tmp_path, scale):
    """Keras puts the layers of an output that something follows before others."""
    import keras

    from dlrun.training import open_trained

    values = several(tmp_path, {"price": scale})
    first, price, *others = values["model"]["layers"]
    values["model"] = {
        "layers": [first, *others, price],
        "outputs": ["rooms", "large", "price"],
    }
    folder = runs(values)

    trained = open_trained(folder)

    plain = keras.models.load_model(folder.model_file)
    given = plain.predict(FEATURES, verbose=0)
    again = trained.in_file_units().predict(FEATURES, verbose=0)
    for name in ("rooms", "large", "price"):
        np.testing.assert_allclose(again[name], given[name], rtol=1e-6)
    for layer in trained.model.layers:
        for own, other in zip(
            layer.weights, plain.get_layer(layer.name).weights, strict=True
        ):
            np.testing.assert_array_equal(own, other)
    slots = [slot for slot in plain.optimizer.variables if "kernel" in slot.path]
    assert slots
    assert all(np.asarray(slot).any() for slot in slots)


def test_classes_beside_numbers_are_not_scaled(tmp_path):
    from dlrun.config import node_of
    from dlrun.errors import SpecError
    from dlrun.experiment import parse_spec

    with pytest.raises(SpecError) as caught:
        parse_spec(node_of(several(tmp_path, "standard"), tmp_path))

    (problem,) = caught.value.problems
    assert problem.code == "scaled-classes"
    assert problem.hint == "write scale_labels: {price: standard, rooms: standard}"


def test_a_reference_is_measured_in_the_unit_of_the_run(runs):
    from dlrun.training.row_figures import measure_rows

    plain, scaled = runs(config(PRICES.tolist())), runs(scaled_config())

    losses = measure_rows(scaled, like=plain).rows
    errors = predicted(scaled) - predicted(scaled, "label")
    np.testing.assert_allclose(losses, errors**2, rtol=1e-4)
    own = measure_rows(scaled).rows
    assert np.mean(own) == pytest.approx(scaled.metrics().best["val_loss"], rel=1e-4)


def test_what_a_constant_prediction_loses_is_in_the_unit_of_the_loss(runs):
    facts = runs(scaled_config()).summary().facts

    assert facts["label_mean"] == pytest.approx(0, abs=1e-6)
    assert facts["label_variance"] == pytest.approx(1, rel=1e-5)
    assert facts["constant_loss"] == pytest.approx(1, rel=1e-5)


def test_a_notebook_and_the_command_line_see_the_units_of_the_file(runs, capsys):
    import dlrun
    from dlrun.cli.app import run

    folder = runs(scaled_config())
    (opened,) = [
        one for one in dlrun.find_runs(folder.path.parent) if one.path == folder.path
    ]

    said = opened.predict(FEATURES[HELD])["prediction"].to_numpy()
    np.testing.assert_allclose(said, predicted(folder), rtol=1e-6)
    features = FEATURES[HELD].astype("float32")
    alone = opened.model().predict(features, verbose=0)[:, 0]
    np.testing.assert_allclose(alone, predicted(folder), rtol=1e-6)
    assert run(["evaluate", str(folder.path)]) == 0
    assert " (scaled), mean_absolute_error " in capsys.readouterr().out


def test_a_run_that_goes_on_has_the_bits_of_one_that_did_not_stop(train):
    from dlrun.progress import Progress
    from dlrun.training import resume, verify

    whole = train(scaled_config("log"))
    stopped = train(scaled_config("log", fit={"epochs": 2}))

    resume(stopped, Progress(), print, epochs=3)

    for name in ("weights_sha256", "val_loss", "val_mean_absolute_error"):
        assert stopped.history()[name] == whole.history()[name]
    assert verify(stopped, Progress(), print).is_identical


OWN = """
import keras


def far(y_true, y_pred):
    return keras.ops.mean(keras.ops.abs(y_true - y_pred), axis=-1)


class Farthest(keras.metrics.Metric):
    def __init__(self, name="farthest", **others):
        super().__init__(name=name, **others)
        self.most = self.add_variable((), "zeros", name="most")

    def update_state(self, y_true, y_pred, sample_weight=None):
        far = keras.ops.max(keras.ops.abs(y_true - y_pred))
        self.most.assign(keras.ops.maximum(self.most, far))

    def result(self):
        return self.most
"""


def test_a_loss_of_ones_own_is_scaled_and_a_metric_is_not(train, tmp_path):
    from dlrun.custom import allowing_code

    (tmp_path / "own.py").write_text(OWN)
    compiled = {"loss": "far", "metrics": ["mae", "Farthest"]}
    fit = {"callbacks": [{"EarlyStopping": {"monitor": "val_mean_absolute_error"}}]}

    with allowing_code(lambda _: None):
        folder = train(scaled_config(compile=compiled, custom="own.py", fit=fit))

    best = folder.metrics().best
    off = np.abs(predicted(folder) - predicted(folder, "label"))
    assert best["val_farthest"] == pytest.approx(off.max(), rel=1e-5)
    deviation = PRICES[TRAIN].std()
    assert best["val_loss"] == pytest.approx(off.mean() / deviation, rel=1e-4)


def test_weights_of_rows_count_as_with_labels_scaled_by_hand(runs, tmp_path):
    hand = LabelScaler.fit(["standard"], PRICES[TRAIN]).apply(PRICES)
    histories = []
    for name, labels, scale in (("ours", PRICES, "standard"), ("hand", hand, None)):
        sources = []
        for part, rows in (("train", TRAIN), ("held", HELD)):
            table = tmp_path / f"{name}-{part}.csv"
            cells = np.column_stack([FEATURES[rows], np.arange(60)[rows] % 3 + 1])
            lines = (
                ",".join([*map(str, row), str(label)])
                for row, label in zip(cells.tolist(), labels[rows], strict=True)
            )
            table.write_text("\n".join(["a,b,c,w,y", *lines, ""]))
            stated = {"path": str(table), "labels": "y", "weights": "w"}
            sources.append({"csv": stated})
        data = {**sources[0], "validation": sources[1]}
        data |= {"scale_labels": scale} if scale else {}
        histories.append(runs(scaled_config() | {"data": data}).history())

    for name in ("loss", "val_loss", "weights_sha256"):
        assert histories[0][name] == histories[1][name]
