from __future__ import annotations

import numpy as np
import pytest

from dlrun.config import located, node_of
from dlrun.errors import BuildError
from dlrun.experiment import parse_spec

pytestmark = pytest.mark.heavy

INPUT = np.random.default_rng(0).normal(size=(4, 8, 8, 3)).astype("float32")


def experiment_of(layers, shape=(8, 8, 3), seed=0, **sections):
    features = np.zeros((2, *shape)).tolist()
    return parse_spec(
        node_of(
            {
                "name": "a-model.1",
                "seed": seed,
                "data": {"inline": {"features": features, "labels": [0, 1]}},
                "model": {"layers": layers},
                "compile": {"loss": "sparse_categorical_crossentropy"},
                **sections,
            }
        )
    )


def build(*arguments, **options):
    from dlrun.engines import build_model

    return build_model(experiment_of(*arguments, **options))


BRANCHED = [
    {"Conv2D": {"filters": 4, "kernel_size": 3, "padding": "same", "name": "stem"}},
    {"Conv2D": {"filters": 4, "kernel_size": 3, "padding": "same", "name": "left"}},
    {"MaxPooling2D": {"pool_size": 2, "name": "narrow", "from": "stem"}},
    {"Add": {"name": "sum", "from": ["stem", "left"]}},
    {"AveragePooling2D": {"pool_size": 2, "name": "pool"}},
    {"Concatenate": {"name": "both", "from": ["pool", "narrow"]}},
    "Flatten",
    {"Dense": {"units": 2, "activation": "softmax"}},
]


def branched_in_keras():
    import keras
    from keras import layers

    inputs = keras.Input((8, 8, 3))
    stem = layers.Conv2D(4, 3, padding="same")(inputs)
    left = layers.Conv2D(4, 3, padding="same")(stem)
    narrow = layers.MaxPooling2D(2)(stem)
    pool = layers.AveragePooling2D(2)(layers.Add()([stem, left]))
    both = layers.Concatenate()([pool, narrow])
    outputs = layers.Dense(2, activation="softmax")(layers.Flatten()(both))
    return keras.Model(inputs, outputs)


def test_a_branched_model_is_the_one_written_by_hand():
    model, expected = build(BRANCHED), branched_in_keras()

    expected.set_weights(model.get_weights())

    assert model.count_params() == expected.count_params()
    np.testing.assert_allclose(
        model.predict(INPUT, verbose=0), expected.predict(INPUT, verbose=0), atol=1e-6
    )


def test_the_model_has_the_parameters_that_the_spec_counts():
    experiment = experiment_of(BRANCHED)

    from dlrun.engines import build_model

    model = build_model(experiment)

    for placed in experiment.layers:
        layer = model.get_layer(placed.name)
        assert layer.count_params() == placed.parameters
        assert tuple(layer.output.shape[1:]) == placed.output_shape


def test_a_layer_that_is_off_is_not_there():
    layers = [
        "Flatten",
        {"Dense": {"units": 5, "name": "hidden", "enabled": False}},
        {"Dense": {"units": 2, "activation": "softmax", "name": "last"}},
    ]

    model = build(layers)

    assert [layer.name for layer in model.layers][-2:] == ["flatten", "last"]
    assert model.count_params() == 8 * 8 * 3 * 2 + 2


def test_a_branch_from_a_layer_that_is_off_takes_what_goes_into_it():
    layers = [
        {"Dense": {"units": 4, "name": "first"}},
        {"Dropout": {"rate": 0.5, "name": "drop", "enabled": False}},
        {"Dense": {"units": 4, "name": "second"}},
        {"Add": {"from": ["drop", "second"]}},
        {"Dense": {"units": 2, "activation": "softmax"}},
    ]

    model = build(layers, shape=(3,))

    rows = np.ones((1, 3), "float32")
    first = model.get_layer("first")(rows)
    expected = first + model.get_layer("second")(first)
    np.testing.assert_allclose(model.get_layer("add").output.shape[1:], (4,))
    np.testing.assert_allclose(model(rows), model.layers[-1](expected), atol=1e-6)


def test_the_first_weights_follow_from_the_seed():
    layers = ["Flatten", {"Dense": {"units": 2, "activation": "softmax"}}]

    first, again, other = (build(layers, seed=seed) for seed in (1, 1, 2))

    np.testing.assert_array_equal(first.get_weights()[0], again.get_weights()[0])
    assert not np.array_equal(first.get_weights()[0], other.get_weights()[0])


def test_the_model_is_compiled_as_the_config_says():
    compiled = {
        "loss": "sparse_categorical_crossentropy",
        "optimizer": {"SGD": {"learning_rate": 0.5, "momentum": 0.25}},
        "metrics": ["accuracy"],
    }

    model = build(
        ["Flatten", {"Dense": {"units": 2, "activation": "softmax"}}], compile=compiled
    )

    assert type(model.optimizer).__name__ == "SGD"
    assert float(model.optimizer.learning_rate) == 0.5
    assert model.optimizer.momentum == 0.25
    assert model.name == "a_model_1"


def test_what_keras_refuses_names_the_layer_and_its_input(monkeypatch):
    from dlrun.components.layers import Layer
    from dlrun.engines import build_model

    layers = ["Flatten", {"Dense": {"units": 2, "activation": "softmax"}}]
    experiment = experiment_of(layers)

    def build(self):
        message = "no such kernel"
        raise ValueError(message)

    monkeypatch.setattr(Layer.types["Dense"], "build", build)

    with pytest.raises(BuildError) as caught, located(node_of({})):
        build_model(experiment)

    (problem,) = caught.value.problems
    assert problem.path == ("model", "layers", 1)
    assert problem.message == "Keras refuses the layer `Dense` on an input of 192"
    assert problem.hint == "no such kernel"


def test_augmentation_is_built_for_the_shape_that_reaches_it():
    from dlrun.engines import build_augmentation

    layers = [
        {"ZeroPadding2D": 2},
        {"RandomCrop": {"height": 8, "width": 8}},
        {"RandomFlip": "horizontal"},
    ]
    model = ["Flatten", {"Dense": {"units": 2, "activation": "softmax"}}]
    experiment = experiment_of(
        model,
        data={
            "inline": {"features": np.zeros((2, 8, 8, 3)).tolist(), "labels": [0, 1]},
            "augment": layers,
        },
    )

    built = build_augmentation(experiment)

    rows = INPUT
    for layer in built["input"]:
        assert layer.built
        rows = layer(rows, training=True)
    assert tuple(rows.shape) == INPUT.shape
    assert build_augmentation(experiment_of(model)) == {}


def test_an_engine_that_has_only_predicted_is_taken_over_by_the_next_run():
    from dlrun.engines.shared import build_engine

    experiment = experiment_of([{"Flatten": {}}, {"Dense": {"units": 2}}])
    first, _ = build_engine(experiment, jit=False)
    drawn = first.weights()

    second, _ = build_engine(experiment, jit=False)

    assert second is first
    for before, after in zip(drawn, second.weights(), strict=True):
        assert before.tobytes() == after.tobytes()


@pytest.mark.parametrize(
    "layer",
    [
        {"TimeDistributed": {"Bidirectional": {"LSTM": 3}}},
        {"TimeDistributed": {"TimeDistributed": {"Dense": 3}}},
        {"TimeDistributed": {"Conv1D": {"filters": 3, "kernel_size": 2}}},
        {"TimeDistributed": {"BatchNormalization": {"momentum": 0.5}}},
    ],
)
def test_a_layer_may_stand_in_a_layer_in_a_layer(layer):
    layers = [layer, "Flatten", {"Dense": {"units": 2, "activation": "softmax"}}]

    experiment = experiment_of(layers, shape=(4, 3, 2))
    model = build(layers, shape=(4, 3, 2))

    assert model.count_params() == experiment.parameters
    assert model.layers[1].output.shape[1:] == experiment.layers[0].output_shape
