"""The probe sees what it says, and a run is the same with it and without."""

from __future__ import annotations

import numpy as np
import pytest

from dlrun.config import node_of
from dlrun.data import INPUT, OUTPUT
from dlrun.experiment import parse_spec

pytestmark = pytest.mark.heavy

LABELS = [0, 1, 2] * 8
CONFIG = {
    "name": "probed",
    "seed": 3,
    "data": {
        "inline": {
            "features": np.random.default_rng(0).normal(size=(24, 6)).tolist(),
            "labels": LABELS,
        },
        "split": {"validation": 0.25},
    },
    "model": {
        "layers": [
            {"GaussianNoise": 0.1},
            {"Dense": {"units": 8, "activation": "relu", "kernel_regularizer": "L2"}},
            {"BatchNormalization": {"momentum": 0.9}},
            {"Dropout": 0.3},
            {"Dense": {"units": 4, "activation": "tanh"}},
            {"Dense": {"units": 3, "activation": "softmax"}},
        ]
    },
    "compile": {"loss": "sparse_categorical_crossentropy", "optimizer": {"Adam": 0.02}},
    "fit": {"epochs": 5, "batch_size": 4},
}
IMAGES = {
    "name": "images",
    "seed": 5,
    "data": {
        "npz": {"path": "images.npz"},
        "split": {"validation": 0.25},
        "augment": [{"RandomFlip": "horizontal"}],
    },
    "model": {
        "layers": [
            {"Conv2D": {"filters": 3, "kernel_size": 3}},
            {"BatchNormalization": {"momentum": 0.9}},
            "ReLU",
            "Flatten",
            {"Dropout": 0.3},
            {"Dense": {"units": 2}},
            "Softmax",
        ]
    },
    "compile": {"loss": "sparse_categorical_crossentropy"},
    "fit": {"epochs": 4, "batch_size": 4},
}


@pytest.fixture
def images(tmp_path):
    numbers = np.random.default_rng(0)
    labels = np.arange(32) % 2
    pixels = numbers.normal(labels[:, None, None, None], 1, (32, 6, 6, 1))
    np.savez(tmp_path / "images.npz", x=pixels.astype("float32"), y=labels)


def bits(folder):
    found = folder.find_checkpoint().checkpoint
    groups = ("weights", "optimizer", "best")
    history = folder.history()
    history.pop("seconds")
    return history, {
        group: [array.tobytes() for array in found.arrays[group]] for group in groups
    }


@pytest.mark.parametrize("jit", ["on", "off"])
@pytest.mark.parametrize("config", [CONFIG, IMAGES], ids=["noisy", "images"])
def test_weights_optimizer_and_history_are_the_same_without_it(
    train, images, config, jit
):
    with_it = train(config, f"fit.jit={jit}", "probe.every=1")
    without = train(config, f"fit.jit={jit}", "probe.every=off")

    assert bits(with_it) == bits(without)
    assert [probe["epoch"] for probe in with_it.probes()][:3] == [0, 1, 2]
    assert without.probes() == []


def test_the_first_epochs_every_nth_and_the_last_are_probed(train):
    folder = train(CONFIG, "fit.epochs=11", "probe.every=4")

    assert [probe["epoch"] for probe in folder.probes()] == [0, 1, 2, 4, 8, 11]


def test_the_figures_are_those_of_keras(train):
    import keras
    import tensorflow as tf

    folder = train(
        CONFIG, "fit.epochs=1", "data.split.validation=0", "fit.batch_size=24"
    )
    probe = folder.probes()[-1]
    model = keras.models.load_model(folder.model_file)
    features = np.array(CONFIG["data"]["inline"]["features"], "float32")

    kernels = [w.value for w in model.trainable_weights if w.name == "kernel"]
    with tf.GradientTape() as tape:
        outputs = model(features, training=False)
        loss = model.compute_loss(y=np.array(LABELS), y_pred=outputs, training=False)
    gradients = [array.numpy() for array in tape.gradient(loss, kernels)]
    relu = keras.Model(model.input, model.layers[2].output)(features).numpy()

    norms = [np.linalg.norm(array) for array in gradients]
    np.testing.assert_allclose(probe["grad_norm"], norms, rtol=1e-4)
    means = [np.abs(array).mean() for array in gradients]
    np.testing.assert_allclose(probe["grad_mean_abs"], means, rtol=1e-4)
    norms = [np.linalg.norm(kernel) for kernel in kernels]
    np.testing.assert_allclose(probe["weight_norm"], norms, rtol=1e-5)
    np.testing.assert_allclose(probe["reg_loss"], sum(model.losses), rtol=1e-5)
    assert probe["dead_frac"] == pytest.approx([(relu.max(axis=0) <= 1e-5).mean()])
    assert probe["zero_frac"] == pytest.approx([(relu <= 0).mean()], rel=1e-5)
    counts = np.bincount(outputs.numpy().argmax(axis=1), minlength=3)
    assert probe["pred_counts"] == counts.tolist()
    assert probe["nonfinite"] is False


def test_a_change_is_measured_from_probe_to_probe(train):
    each = train(CONFIG, "fit.epochs=3", "probe.every=1").probes()
    whole = train(CONFIG, "fit.epochs=3", "probe.every=9").probes()

    assert each[0]["epoch_update_ratio"] == [0.0, 0.0, 0.0]
    assert each[:3] == whole[:3]
    assert each[3] == whole[3]
    steps = np.array(each[3]["epoch_update_ratio"]) / each[3]["step_update_ratio"]
    np.testing.assert_allclose(steps, np.sqrt(5), rtol=1e-4)


LAYERS = {
    "gru": [
        {"Reshape": [3, 2]},
        {"GRU": {"units": 4, "return_sequences": True}},
        {"Bidirectional": {"LSTM": 3}},
        {"Dense": 3},
        "Softmax",
    ],
    "wrapped": [
        {"Reshape": [3, 2]},
        {"TimeDistributed": {"Dense": {"units": 4, "activation": "relu"}}},
        "Flatten",
        {"Dense": {"units": 3, "activation": "softmax"}},
    ],
    "branched": [
        {"Dense": {"units": 4, "activation": "relu", "name": "a"}},
        {"Dense": {"units": 4, "activation": "sigmoid", "name": "b", "from": "input"}},
        {"Add": {"from": ["a", "b"]}},
        {"Dense": {"units": 3, "activation": "softmax"}},
    ],
    "embedded": [
        {"Embedding": {"input_dim": 9, "output_dim": 4}},
        "GlobalAveragePooling1D",
        {"Dense": {"units": 3, "activation": "softmax"}},
    ],
}


@pytest.mark.parametrize("name", LAYERS)
def test_every_kind_of_network_is_probed(train, name):
    inline = {"features": np.random.default_rng(1).integers(0, 9, (24, 6)).tolist()}
    data = {"inline": inline | {"labels": LABELS}}
    config = CONFIG | {"data": data, "model": {"layers": LAYERS[name]}}

    probes = train(config, "fit.epochs=2").probes()

    expected = {
        "gru": ["gru", "gru", *["bidirectional"] * 4, "dense"],
        "wrapped": ["time_distributed", "dense"],
        "branched": ["a", "b", "dense"],
        "embedded": ["dense"],
    }
    for probe in probes:
        assert probe["layers"] == expected[name]
        assert all(norm > 0 for norm in probe["grad_norm"])
        assert sum(probe["pred_counts"]) == 24
    last = probes[-1]
    assert last["dead_layers"] == {
        "wrapped": ["time_distributed"],
        "branched": ["a"],
    }.get(name, [])
    assert last["sat_layers"] == {
        "gru": ["gru", "bidirectional"],
        "branched": ["b"],
    }.get(name, [])


def test_numbers_to_predict_have_no_counts(train):
    numbers = np.random.default_rng(1).normal(size=24).tolist()
    data = {"inline": CONFIG["data"]["inline"] | {"labels": numbers}}
    layers = {"layers": [{"Dense": {"units": 4, "activation": "relu"}}, {"Dense": 1}]}
    config = CONFIG | {"data": data, "model": layers, "compile": {"loss": "mse"}}

    probe = train(config, "fit.epochs=1").probes()[-1]

    assert probe["pred_counts"] is None
    assert len(probe["grad_norm"]) == 2


def test_the_sample_has_every_class_in_its_share():
    from dlrun.data import Dataset
    from dlrun.training.watch.probing import probe_rows

    labels = np.array([0] * 700 + [1] * 299 + [2])
    rows = Dataset(
        {INPUT: np.arange(1000.0)[:, None]},
        {OUTPUT: labels},
        classes={OUTPUT: ("a", "b", "c")},
    )

    found = probe_rows(rows, 100, seed=1)
    again = probe_rows(rows, 100, seed=1)
    other = probe_rows(rows, 100, seed=2)

    counts = found.class_counts()
    assert counts["c"] == 1
    assert counts["a"] == pytest.approx(70, abs=1)
    assert found.ids == again.ids
    assert found.ids != other.ids


def interval(num_rows, *, jit=False, **probe):
    from dlrun.training.watch.probing import probe_interval

    experiment = parse_spec(node_of(CONFIG | {"probe": probe}))
    return probe_interval(experiment, num_rows, jit=jit)


def test_the_interval_is_shorter_the_longer_an_epoch():
    found = [interval(rows) for rows in (100, 1000, 10_000, 1_000_000)]

    assert found == sorted(found, reverse=True)
    assert found[0] > 1
    assert found[-1] == 1
    assert interval(1000, jit=True) > interval(1000)
    assert interval(1000, every=7) == 7
    assert interval(1000, every="off") is None
