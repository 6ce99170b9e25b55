"""Shared weights in Keras: one layer that is called twice."""

from __future__ import annotations

import numpy as np
import pytest

from dlrun.experiment import config_of, parse_spec

pytestmark = pytest.mark.heavy

ROWS = np.random.default_rng(0).normal(size=(6, 3)).astype("float32")
CONFIG = {
    "name": "siamese",
    "data": {"inline": {"features": ROWS.tolist(), "labels": [0, 1, 0, 1, 1, 0]}},
    "blocks": {
        "tower": {
            "layers": [
                {"Dense": {"units": 8, "activation": "relu"}},
                "BatchNormalization",
                {"Dense": {"units": 4}},
            ]
        }
    },
    "model": {
        "layers": [
            {"Dense": {"units": 5, "name": "left"}},
            {"Dense": {"units": 5, "name": "right", "from": "input"}},
            {"tower": {"from": "left", "name": "first"}},
            {"use": {"of": "first", "from": "right", "name": "second"}},
            {"Subtract": ["first", "second"]},
            {"Dense": {"units": 2, "activation": "softmax"}},
        ]
    },
    "compile": {"loss": "sparse_categorical_crossentropy"},
}


def siamese_in_keras():
    import keras
    from keras import layers

    inputs = keras.Input((3,))
    left, right = layers.Dense(5)(inputs), layers.Dense(5)(inputs)
    shared = [
        layers.Dense(8, activation="relu"), layers.BatchNormalization(), layers.Dense(4)
    ]  # fmt: skip

    def tower(side):
        for layer in shared:
            side = layer(side)
        return side

    difference = layers.Subtract()([tower(left), tower(right)])
    outputs = layers.Dense(2, activation="softmax")(difference)
    return keras.Model(inputs, outputs)


def test_a_shared_tower_is_that_of_keras():
    from dlrun.engines import build_model

    experiment = parse_spec(config_of(CONFIG))
    model = build_model(experiment)
    other = siamese_in_keras()
    other.set_weights(model.get_weights())

    assert model.count_params() == experiment.parameters
    assert len(model.get_layer("first.dense")._inbound_nodes) == 2
    assert np.array_equal(
        model.predict(ROWS, verbose=0), other.predict(ROWS, verbose=0)
    )


def test_a_shared_tower_is_trained_as_in_keras():
    from dlrun.engines import build_model

    models = [build_model(parse_spec(config_of(CONFIG))), siamese_in_keras()]
    models[1].set_weights(models[0].get_weights())
    labels = np.array([0, 1, 0, 1, 1, 0])
    models[1].compile("adam", "sparse_categorical_crossentropy")

    for model in models:
        model.fit(ROWS, labels, batch_size=3, epochs=2, shuffle=False, verbose=0)

    for one, two in zip(*(model.get_weights() for model in models), strict=True):
        assert np.allclose(one, two, atol=1e-6)
