from __future__ import annotations

import csv
import json
import subprocess
import sys
from importlib import import_module

import numpy as np
import pytest

from dlrun.errors import RunError
from dlrun.runs import RunFolder

pytestmark = pytest.mark.heavy

FEATURES = [[0, 1], [1, 0], [1, 1], [0, 0], [2, 1], [1, 2], [2, 0], [0, 2]]
CLASSES = ["no", "yes", "yes", "no", "yes", "no", "yes", "no"]
NUMBERS = [1.0, 0.5, 1.5, 0.0, 2.0, 2.5, 1.0, 2.0]
SPARSE = {"loss": "sparse_categorical_crossentropy"}


def config(labels, layers, compiled, **others):
    """Six train rows and two validation rows of their own."""
    source = {"features": FEATURES[:6], "labels": labels[:6]}
    held_out = {"features": FEATURES[6:], "labels": labels[6:]}
    fit = {"epochs": 3, "batch_size": 2} | others.pop("fit", {})
    data = {"inline": source, "validation": {"inline": held_out}}
    return {
        "name": "tiny",
        "data": data | others.pop("data", {}),
        "model": {"layers": layers},
        "compile": compiled,
        "fit": fit,
        **others,
    }


def classifier(**others):
    layers = [
        {"Dense": {"units": 4, "activation": "tanh"}},
        {"Dense": {"units": 2, "activation": "softmax"}},
    ]
    return config(CLASSES, layers, SPARSE, **others)


def load(folder):
    import keras

    return keras.models.load_model(folder.model_file)


def predictions(folder) -> list[dict[str, str]]:
    with folder.predictions_file.open(newline="") as stream:
        return list(csv.DictReader(stream))


def test_the_files_of_a_run_agree(train):
    from dlrun.runs import LayerSummary

    folder = train(classifier())

    history, metrics, summary = folder.history(), folder.metrics(), folder.summary()
    best = metrics.best_epoch - 1
    assert list(history) == [
        "epoch",
        "seconds",
        "learning_rate",
        "loss",
        "accuracy",
        "train_loss",
        "train_accuracy",
        "val_loss",
        "val_accuracy",
        "weights_sha256",
    ]
    assert history["epoch"] == [1, 2, 3]
    assert history["learning_rate"] == [0.001] * 3
    assert history["val_loss"][best] == min(history["val_loss"])
    assert metrics.monitor == "val_loss"
    assert metrics.epochs == 3
    for place, measures in ((best, metrics.best), (-1, metrics.final)):
        assert measures == {
            column: history[column][place]
            for column in history
            if column.endswith(("loss", "accuracy"))
        }
    assert metrics.seconds == pytest.approx(sum(history["seconds"]), abs=1e-5)
    assert summary.parameters == summary.trainable_parameters == 22
    assert summary.layers[0] == LayerSummary("dense", "Dense", (4,), 12)
    assert (summary.num_train, summary.num_validation) == (6, 2)
    assert (summary.num_test, summary.monitor_mode) == (0, "min")


def test_status_and_environment_say_what_happened(train):
    import keras

    folder = train(classifier(fit={"epochs": 1}))

    status, environment = folder.status(), folder.environment()
    assert (status.state, status.reason) == ("finished", None)
    assert status.finished >= status.started
    assert environment.versions["keras"] == keras.__version__
    assert environment.threads >= 1
    assert any("CPU" in device for device in environment.devices)


def test_a_run_may_do_without_determinism(train, monkeypatch):
    from tensorflow.python.framework.config import is_op_determinism_enabled

    from dlrun.runs import RunFolder

    heard = []
    write = RunFolder.append_history

    def listen(folder, row):
        heard.append(is_op_determinism_enabled())
        write(folder, row)

    monkeypatch.setattr(RunFolder, "append_history", listen)

    train(classifier(fit={"epochs": 1, "deterministic": False}))
    train(classifier(fit={"epochs": 1}))

    assert heard == [False, True]


def test_a_run_that_trains_has_a_heartbeat(train, monkeypatch):
    from dlrun.runs import RunFolder
    from dlrun.training import checkpoint

    beats = []
    write = RunFolder.append_history

    def listen(folder, row):
        beats.append(folder.status().heartbeat)
        write(folder, row)

    monkeypatch.setattr(RunFolder, "append_history", listen)
    monkeypatch.setattr(checkpoint, "_HEARTBEAT_SECONDS", 0.0)

    train(classifier(fit={"epochs": 3}))

    assert len(set(beats)) == 3


def test_the_parts_of_the_rows_are_recorded(train):
    rows = {"split": {"validation": 0.25, "test": 0.25}, "scale": "minmax"}
    values = classifier(data=rows, fit={"epochs": 1})
    values["data"]["inline"] = {"features": FEATURES, "labels": CLASSES}
    del values["data"]["validation"]

    folder = train(values)

    split, preprocessing = folder.split(), folder.preprocessing()
    ids = [list(part.ids) for part in split.parts.values()]
    assert list(split.parts) == ["train", "validation", "test"]
    assert [len(part) for part in ids] == [4, 2, 2]
    assert sorted(number for part in ids for number in part) == list(range(8))
    assert split.seed == 0
    assert folder.summary().data_fingerprint == split.data_sha256
    assert folder.summary().split_hash == split.sha256
    assert preprocessing.outputs["output"].classes == ("no", "yes")
    train_rows = np.array(FEATURES)[ids[0]]
    assert preprocessing.scalers["input"]["offset"] == train_rows.min(axis=0).tolist()


def test_predictions_are_those_of_the_kept_model(train):
    folder = train(classifier())

    kept = predictions(folder)
    expected = load(folder).predict(np.array(FEATURES[6:], "float32"), verbose=0)
    found = [
        [float(row["probability_no"]), float(row["probability_yes"])] for row in kept
    ]
    np.testing.assert_allclose(found, expected, atol=1e-6)
    assert [row["label"] for row in kept] == CLASSES[6:]
    assert [row["prediction"] for row in kept] == [
        ["no", "yes"][index] for index in expected.argmax(axis=1)
    ]


def test_the_kept_model_has_the_weights_of_the_best_epoch(train):
    from dlrun.training.loop import weights_hash

    folder = train(
        classifier(fit={"epochs": 8}), "compile.optimizer={SGD: {learning_rate: 3.0}}"
    )

    history, best = folder.history(), folder.metrics().best_epoch
    assert best < 8, "the test needs a run that gets worse"
    assert (
        weights_hash(load(folder).get_weights())
        == (history["weights_sha256"][best - 1])
    )


def test_the_kept_model_needs_no_dlrun(train, tmp_path):
    folder = train(
        classifier(), "model.layers+={Dropout: 0.5}", "model.layers[-1].enabled=false"
    )
    script = (
        "import sys, keras, numpy, json\n"
        "model = keras.models.load_model(sys.argv[1])\n"
        "rows = numpy.array(json.loads(sys.argv[2]), 'float32')\n"
        "assert not any(name.split('.')[0] == 'dlrun' for name in sys.modules)\n"
        "print(json.dumps(model.predict(rows, verbose=0).tolist()))\n"
    )
    arguments = [str(folder.model_file), json.dumps(FEATURES)]

    done = subprocess.run(
        [sys.executable, "-c", script, *arguments],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        check=True,
        timeout=120,
    )

    expected = load(folder).predict(np.array(FEATURES, "float32"), verbose=0)
    np.testing.assert_array_equal(
        np.array(json.loads(done.stdout), "float32"), expected
    )


def fit_in_keras(folder, callbacks, epochs):
    """The same model, trained by Keras on the same rows in their order."""
    import keras

    from dlrun.engines import build_model
    from dlrun.experiment import restore_spec

    model = build_model(restore_spec(folder.config()))
    rows = np.array(FEATURES, "float32")
    labels = np.array([["no", "yes"].index(name) for name in CLASSES])
    logs = []
    note = keras.callbacks.LambdaCallback(
        on_epoch_end=lambda epoch, values: logs.append(
            float(model.optimizer.learning_rate)
        )
    )
    model.fit(
        rows[:6],
        labels[:6],
        validation_data=(rows[6:], labels[6:]),
        epochs=epochs,
        batch_size=2,
        shuffle=False,
        callbacks=[note, *callbacks],
        verbose=0,
    )
    return model, logs


WORSE = ["fit.shuffle=false", "compile.optimizer={SGD: 3.0}"]


@pytest.mark.parametrize("patience", [0, 2])
def test_early_stopping_stops_as_in_keras(train, patience):
    import keras

    folder = train(
        classifier(fit={"epochs": 12}),
        *WORSE,
        f"fit.callbacks=[{{EarlyStopping: {patience}}}]",
    )
    stopping = keras.callbacks.EarlyStopping("val_loss", patience=patience)
    _, logs = fit_in_keras(folder, [stopping], 12)

    assert len(folder.history()["epoch"]) == len(logs) < 12
    assert folder.metrics().epochs == len(logs)


def test_early_stopping_watches_an_accuracy_upwards(train):
    folder = train(
        classifier(fit={"epochs": 6}),
        "compile.optimizer={SGD: 1e-6}",
        "fit.callbacks=[{EarlyStopping: {monitor: val_accuracy, patience: 2}}]",
        "fit.monitor=val_accuracy",
    )

    metrics = folder.metrics()
    assert folder.history()["epoch"] == [1, 2, 3]
    assert (metrics.best_epoch, metrics.epochs) == (1, 3)
    assert folder.summary().monitor_mode == "max"


def test_restoring_the_best_weights_changes_no_figure(train):
    from dlrun.training.loop import weights_hash

    stopping = "{monitor: val_loss, patience: 3, restore_best_weights: true}"
    folder = train(
        classifier(fit={"epochs": 12}),
        *WORSE,
        f"fit.callbacks=[{{EarlyStopping: {stopping}}}]",
    )

    history, best = folder.history(), folder.metrics().best_epoch
    assert history["epoch"][-1] == best + 3
    assert (
        weights_hash(load(folder).get_weights())
        == (history["weights_sha256"][best - 1])
    )


def test_the_learning_rate_is_lowered_as_in_keras(train):
    import keras

    settings = {"factor": 0.5, "patience": 1}
    folder = train(
        classifier(fit={"epochs": 8}),
        *WORSE,
        f"fit.callbacks=[{{ReduceLROnPlateau: {json.dumps(settings)}}}]",
    )
    lowering = keras.callbacks.ReduceLROnPlateau("val_loss", **settings)
    model, logs = fit_in_keras(folder, [lowering], 8)

    rates = folder.history()["learning_rate"]
    assert len(set(rates)) > 1
    assert rates == pytest.approx(logs, abs=0)
    assert np.isfinite(model.get_weights()[0]).all()


def test_class_weights_act_as_weights_of_the_rows(train):
    given = {"no": 0.25, "yes": 2.0}
    folder = train(
        classifier(fit={"class_weight": given}), "fit.shuffle=false", "fit.monitor=loss"
    )
    plain = train(classifier(), "fit.shuffle=false", "fit.monitor=loss")

    from dlrun.engines import build_model
    from dlrun.experiment import restore_spec

    model = build_model(restore_spec(folder.config()))
    rows = np.array(FEATURES[:6], "float32")
    labels = np.array([["no", "yes"].index(name) for name in CLASSES[:6]])
    weights = np.array([given[name] for name in CLASSES[:6]], "float32")
    for _ in range(3):
        for start in range(0, 6, 2):
            part = slice(start, start + 2)
            model.train_on_batch(rows[part], labels[part], sample_weight=weights[part])
    for found, expected in zip(
        load(folder).get_weights(), model.get_weights(), strict=True
    ):
        np.testing.assert_allclose(found, expected, atol=1e-6)
    assert folder.history()["weights_sha256"] != plain.history()["weights_sha256"]


def test_balanced_classes_train_the_weights_of_the_weights_written_out(train):
    labels = ["no", "yes", "yes", "yes", "yes", "no"]
    counts = {name: labels.count(name) for name in ("no", "yes")}
    written = {name: 6 / (2 * count) for name, count in counts.items()}

    hashes = []
    for given in ("balanced", written, None):
        values = classifier(fit={"class_weight": given})
        values["data"]["inline"]["labels"] = labels
        hashes.append(train(values).history()["weights_sha256"])

    assert counts == {"no": 2, "yes": 4}
    assert hashes[0] == hashes[1]
    assert hashes[0] != hashes[2]


def test_classes_may_be_weighed_by_their_numbers(train):
    names = train(classifier(fit={"class_weight": {"no": 0.25, "yes": 2.0}}))
    numbers = train(classifier(fit={"class_weight": {"0": 0.25, "1": 2.0}}))

    assert names.history()["weights_sha256"] == numbers.history()["weights_sha256"]


def test_without_epochs_the_first_weights_are_kept(train):
    folder = train(classifier(fit={"epochs": 0}))

    history = folder.history()
    assert history["epoch"] == [0]
    assert "loss" not in history
    assert folder.metrics().best_epoch == 0
    assert folder.status().state == "finished"
    assert len(predictions(folder)) == 2


def test_without_validation_rows_the_train_loss_is_watched(train):
    values = classifier()
    del values["data"]["validation"]

    folder = train(values)

    assert folder.metrics().monitor == "train_loss"
    assert not any(name.startswith("val_") for name in folder.history())
    assert not folder.predictions_file.exists()


def test_numbers_are_predicted_and_measured(train):
    values = config(
        NUMBERS,
        [{"Dense": 1}],
        {"loss": "mse", "metrics": ["mae"], "optimizer": {"SGD": 0.1}},
        fit={"epochs": 60},
    )

    folder = train(values)

    history, kept = folder.history(), predictions(folder)
    assert history["val_loss"][-1] < history["val_loss"][0]
    assert [name for name in history if name.startswith("val_")] == [
        "val_loss",
        "val_mean_absolute_error",
    ]
    assert list(kept[0]) == ["id", "label", "prediction"]
    mean = np.mean(
        [(float(row["label"]) - float(row["prediction"])) ** 2 for row in kept]
    )
    assert mean == pytest.approx(folder.metrics().best["val_loss"], rel=1e-4)


def test_several_numbers_per_row_are_predicted(train):
    labels = [[number, -number] for number in NUMBERS]

    folder = train(config(labels, [{"Dense": 2}], {"loss": "mse"}))

    (first, _) = predictions(folder)
    assert list(first) == ["id", "label_0", "label_1", "prediction_0", "prediction_1"]
    assert (first["label_0"], first["label_1"]) == ("1.0", "-1.0")


def test_one_sigmoid_unit_gives_two_probabilities(train):
    values = config(
        CLASSES,
        [{"Dense": {"units": 1, "activation": "sigmoid"}}],
        {"loss": "binary_crossentropy"},
    )

    folder = train(values)

    expected = load(folder).predict(np.array(FEATURES[6:], "float32"), verbose=0)[:, 0]
    kept = predictions(folder)
    assert [float(row["probability_yes"]) for row in kept] == (
        pytest.approx(expected, abs=1e-6)
    )
    assert [float(row["probability_no"]) for row in kept] == (
        pytest.approx(1 - expected, abs=1e-6)
    )


@pytest.mark.parametrize(
    ("units", "loss", "data"),
    [
        (2, "sparse_categorical_crossentropy", {}),
        (2, "categorical_crossentropy", {"one_hot": True}),
        (1, "binary_crossentropy", {}),
    ],
)
def test_outputs_before_the_last_function_become_probabilities(
    train, units, loss, data
):
    values = config(CLASSES, [{"Dense": units}], {"loss": loss}, data=data)

    folder = train(values)

    (written,) = folder.config()["compile"]["loss"].values()
    outputs = load(folder).predict(np.array(FEATURES[6:], "float32"), verbose=0)
    if units == 1:
        outputs = np.concatenate([np.zeros_like(outputs), outputs], axis=1)
    expected = np.exp(outputs) / np.exp(outputs).sum(axis=1, keepdims=True)
    found = [float(row["probability_yes"]) for row in predictions(folder)]
    assert written["from_logits"] is True
    assert found == pytest.approx(expected[:, 1], abs=1e-5)


def test_one_hot_labels_train_the_weights_of_class_numbers(train):
    sparse = train(classifier())
    one_hot = train(
        classifier(data={"one_hot": True}), "compile.loss=categorical_crossentropy"
    )

    for first, second in zip(
        load(sparse).get_weights(), load(one_hot).get_weights(), strict=True
    ):
        np.testing.assert_allclose(first, second, atol=1e-6)


def test_train_figures_of_many_rows_come_from_a_fixed_sample(train, monkeypatch):
    from dlrun.data import only_array
    from dlrun.engines.tensorflow.engine import TensorFlowEngine

    monkeypatch.setattr(import_module("dlrun.training.fit"), "TRAIN_SAMPLE", 4)
    placed = []
    place = TensorFlowEngine.place

    def note(self, features, labels, weights=None):
        placed.append(only_array(features).tolist())
        return place(self, features, labels, weights)

    monkeypatch.setattr(TensorFlowEngine, "place", note)

    for seed in (0, 0, 1):
        train(classifier(fit={"epochs": 1}), f"seed={seed}", "probe.every=off")

    samples = [rows for rows in placed if len(rows) == 4]
    rows = [[float(value) for value in row] for row in FEATURES[:6]]
    places = [[rows.index(row) for row in sample] for sample in samples]
    assert len(samples) == 3
    assert samples[0] == samples[1] != samples[2]
    assert all(found == sorted(set(found)) for found in places)


def test_a_layer_that_is_off_is_passed_through(train):
    layers = [
        {"Dense": {"units": 4, "activation": "tanh", "name": "first"}},
        {"Dropout": {"rate": 0.5, "enabled": False}},
        {"Dense": {"units": 4, "name": "second", "enabled": False}},
        {"Dense": {"units": 2, "activation": "softmax", "name": "last"}},
    ]

    off = train(config(CLASSES, layers, SPARSE))

    layers_there = [layer.name for layer in load(off).layers]
    assert [name for name in layers_there if "first" in name or "last" in name]
    assert "second" not in layers_there
    assert off.summary().parameters == load(off).count_params() == 12 + 10


def test_the_folder_is_locked_while_a_run_trains(train, monkeypatch, tmp_path):
    from dlrun.engines.tensorflow.engine import TensorFlowEngine

    running = RunFolder(tmp_path / "runs" / "tiny-001")
    caught = []

    def run(self, start, stop):
        with pytest.raises(RunError) as error, running.lock():
            pass
        caught.append((error.value.message, running.status().state))
        return {"loss": 0.0, "accuracy": 0.0}

    monkeypatch.setattr(TensorFlowEngine, "run", run)

    folder = train(classifier(fit={"epochs": 1, "batch_size": 6}))

    ((message, state),) = caught
    assert "the run tiny-001 is in use by process" in message
    assert state == "running"
    assert folder.status().state == "finished"


def many_rows(jit):
    random = np.random.default_rng(0)
    features, labels = random.normal(size=(90, 2)), random.integers(0, 2, 90)
    return {
        "name": "chunks",
        "data": {"inline": {"features": features.tolist(), "labels": labels.tolist()}},
        "model": {
            "layers": [
                {"Dense": {"units": 4, "activation": "relu"}},
                {"Dropout": 0.5},
                "BatchNormalization",
                {"Dense": {"units": 2, "activation": "softmax"}},
            ]
        },
        "compile": {"loss": "sparse_categorical_crossentropy"},
        "fit": {"epochs": 2, "batch_size": 4, "jit": jit},
    }


@pytest.mark.parametrize("jit", ["off", "on"])
def test_no_bit_of_a_run_depends_on_the_length_of_chunks(train, monkeypatch, jit):
    loop = import_module("dlrun.training.loop")
    hashes = []
    for first, seconds in ((1, 0.0), (7, 0.0), (1000, 1.0)):
        monkeypatch.setattr(loop, "_FIRST_CHUNK", first)
        monkeypatch.setattr(loop, "_CHUNK_SECONDS", seconds)
        hashes.append(train(many_rows(jit)).history()["weights_sha256"])

    assert len(set(hashes[0])) == 2
    assert hashes[0] == hashes[1] == hashes[2]


def test_the_run_says_whether_xla_compiled_it_and_why(train):
    chosen, forced = (
        train(many_rows("auto")).summary(),
        train(many_rows("on")).summary(),
    )

    assert (chosen.jit, forced.jit) == (False, True)
    assert chosen.jit_reason == "22 whole batches per epoch, compiling pays from 200"


@pytest.mark.parametrize("jit", ["off", "on"])
def test_a_recurrent_run_is_evaluated_later_to_the_bits_of_its_history(train, jit):
    from dlrun.training import open_trained, read_part

    config = many_rows(jit)
    recurrent = [{"Reshape": [2, 1]}, {"LSTM": 4}, *config["model"]["layers"]]
    data = config["data"] | {"split": {"validation": 0.3}}
    folder = train(config | {"data": data, "model": {"layers": recurrent}})
    trained = open_trained(folder)

    found = trained.evaluate(read_part(folder, trained.experiment)[1]).metrics

    assert folder.summary().jit_evaluation == (jit == "on")
    best = folder.metrics().best
    assert {
        f"val_{name}": value for name, value in found.items()
    }.items() <= best.items()


PLATEAU = {"ReduceLROnPlateau": {"patience": 0, "min_delta": 9.0}}
STOP = {"EarlyStopping": {"patience": 0, "min_delta": 9.0}}


@pytest.mark.parametrize("jit", ["off", "on"])
def test_a_run_has_the_same_bits_alone_and_as_the_third(train, jit):
    shared = import_module("dlrun.engines.shared")
    config = many_rows(jit) | {"compile": SPARSE | {"optimizer": {"Adam": 0.01}}}
    config["data"] |= {
        "augment": [{"GaussianNoise": 0.1}],
        "split": {"validation": 0.2},
    }
    plateau = {**config, "fit": config["fit"] | {"callbacks": [PLATEAU, STOP]}}
    faster = "compile.optimizer.learning_rate=0.1"
    shared._kept.clear()
    alone = train(config)
    [first] = shared._kept.values()
    shared._kept.clear()

    train(config, "seed=1")
    train(plateau, faster, "seed=2", "fit.epochs=5")
    third = train(config)

    [last] = shared._kept.values()
    assert third.history()["weights_sha256"] == alone.history()["weights_sha256"]
    assert third.history()["learning_rate"] == [0.01, 0.01]
    assert third.metrics().best == alone.metrics().best
    assert predictions(third) == predictions(alone)
    chunks = last[0]._train_chunk, last[0]._jit_chunk
    assert sum(chunk.experimental_get_tracing_count() for chunk in chunks) == 1
    assert first[1] is not last[1]


@pytest.mark.parametrize(
    "other",
    [
        "fit.batch_size=5",
        "fit.jit=on",
        "model.layers[0].units=5",
        "model.layers[1]={Dropout: 0.4}",
        "compile.optimizer={Adam: {beta_1: 0.8}}",
        "compile.loss=SparseCategoricalCrossentropy",
        "compile.metrics=[]",
        "name=other",
    ],
)
def test_runs_of_another_graph_share_nothing(train, other):
    shared = import_module("dlrun.engines.shared")
    config = many_rows("off")
    shared._kept.clear()
    train(config, "fit.epochs=1")
    [key] = shared._kept

    train(config, "fit.epochs=1", other)

    same = other.startswith("compile.loss")
    assert (list(shared._kept) == [key]) is same


def test_runs_of_two_graphs_in_turn_trace_each_once_and_have_the_same_bits(train):
    shared = import_module("dlrun.engines.shared")
    config, wider = many_rows("off"), "model.layers[0].units=5"
    shared._kept.clear()
    first, other = train(config), train(config, wider)

    second, last = train(config), train(config, wider)

    assert len(shared._kept) == 2
    for engine, *_ in shared._kept.values():
        chunks = engine._train_chunk, engine._jit_chunk
        assert sum(chunk.experimental_get_tracing_count() for chunk in chunks) == 1
    for one, again in ((first, second), (other, last)):
        assert again.history()["weights_sha256"] == one.history()["weights_sha256"]
        assert again.metrics().best == one.metrics().best
    assert first.history()["weights_sha256"] != other.history()["weights_sha256"]


def test_large_models_are_not_kept_beside_others(train, monkeypatch):
    shared = import_module("dlrun.engines.shared")
    monkeypatch.setattr(shared, "_MOST_PARAMETERS", 30)
    shared._kept.clear()

    train(many_rows("off"), "fit.epochs=1")
    train(many_rows("off"), "fit.epochs=1", "model.layers[0].units=5")

    assert len(shared._kept) == 1
