"""Every layer says the truth about XLA: `Layer.xla` is what TensorFlow does with it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from pydantic import TypeAdapter

from dlrun.components.layers import Layer

pytestmark = pytest.mark.heavy

SAMPLES: dict[str, list[Any]] = yaml.safe_load(
    (Path(__file__).parents[2] / "components/layers/samples.yaml").read_text("utf-8")
)
ADAPTER: TypeAdapter[Layer] = TypeAdapter(Layer)


def train_a_step(layer, shape):
    """One step under XLA of a model that learns above and below the layer."""
    import keras

    from dlrun.engines.tensorflow.engine import TensorFlowEngine

    inputs = keras.Input(shape)
    below = inputs
    if layer.key != "Embedding":
        below = keras.layers.Dense(shape[-1])(inputs)
    outputs = layer.build()([below, below] if layer.merges else below)
    outputs = keras.layers.Dense(1)(keras.layers.Flatten()(outputs))
    model = keras.Model(inputs, outputs)
    model.compile("sgd", "mse")
    engine = TensorFlowEngine(model, batch_size=2, jit=True)
    features, labels = np.ones((2, *shape), "float32"), np.ones((2, 1), "float32")
    rows = engine.place({"input": features}, {"output": labels})
    seeds = np.ones((engine.num_seeds, 2), "uint32")
    engine.begin_epoch(rows, np.arange(2, dtype="int32"), seeds)
    engine.run(0, 1)


@pytest.mark.filterwarnings("ignore:Layer 'flatten")  # after the mask of an Embedding
@pytest.mark.parametrize("key", SAMPLES)
def test_what_a_layer_says_of_xla_is_true(key):
    import tensorflow as tf

    written, fitting = SAMPLES[key][0]
    layer = ADAPTER.validate_python({key: written})
    shape = tuple(fitting[0] if layer.merges else fitting)
    refusals = (tf.errors.InvalidArgumentError, tf.errors.UnimplementedError)

    if layer.under_xla() == "impossible":
        with pytest.raises(refusals):
            train_a_step(layer, shape)
    else:
        train_a_step(layer, shape)
