from __future__ import annotations

import inspect
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import TypeAdapter

from dlrun.components.layers import Layer, Shape
from dlrun.components.layers.layer import NOT_OFFERED

ADAPTER = TypeAdapter(Layer)
SAMPLES: dict[str, list[Any]] = yaml.safe_load(
    Path(__file__).with_name("samples.yaml").read_text(encoding="utf-8")
)
CASES = [
    pytest.param(key, written, fitting, id=f"{key}-{number}")
    for key, samples in SAMPLES.items()
    for number, (written, fitting) in enumerate(samples)
]


def test_every_layer_has_samples():
    assert sorted(Layer.types) == sorted(SAMPLES)


@pytest.mark.parametrize(("key", "written", "fitting"), CASES)
def test_the_arithmetic_adds_up_to_the_parameters(key, written, fitting):
    layer = parsed(key, written)
    (first, *_) = shapes_of(fitting)

    lines = list(layer.arithmetic(first))

    totals = [int(re.search(r"= ([\d,]+)", line)[1].replace(",", "")) for line in lines]
    assert sum(totals) == layer.count(first)
    assert [value_of(line) for line in lines] == totals


@pytest.mark.parametrize(
    ("key", "written"), [pytest.param(*case.values[:2], id=case.id) for case in CASES]
)
def test_a_written_layer_reads_back_as_itself(key, written):
    layer = parsed(key, written)

    again = ADAPTER.validate_python(ADAPTER.dump_python(layer, mode="json"))

    assert again == layer


@pytest.mark.heavy
@pytest.mark.parametrize(("key", "written", "fitting"), CASES)
def test_keras_builds_the_same_shape_and_weights(key, written, fitting):
    import keras

    layer = parsed(key, written)
    shapes = shapes_of(fitting)

    inputs = [keras.Input(shape) for shape in shapes]
    built = layer.build()
    model = keras.Model(inputs, built(inputs if layer.merges else inputs[0]))

    expected = layer.joined_shape(shapes)
    weights = layer.weights(shapes[0])
    assert model.output_shape[1:] == expected
    assert [full_name(weight) for weight in built.weights] == list(weights)
    assert [weight.shape for weight in built.weights] == [
        w.shape for w in weights.values()
    ]
    assert [w.trainable for w in built.weights] == [
        w.trainable for w in weights.values()
    ]
    assert model.count_params() == layer.count(shapes[0])


NO_KERNEL = (
    "only supports equal length strides",
    "do not yet support dilation rates larger than 1",
)
"""What TensorFlow says on processors for which oneDNN offers it no kernels."""


@pytest.mark.heavy
@pytest.mark.parametrize(("key", "written", "fitting"), CASES)
def test_the_layer_trains_and_gives_the_shape_that_it_promises(key, written, fitting):
    import numpy as np
    import tensorflow as tf

    layer = parsed(key, written)
    shapes = shapes_of(fitting)
    built = layer.build()
    rows = [np.full((2, *shape), 3, "float32") for shape in shapes]

    @tf.function
    def step(*rows):
        with tf.GradientTape() as tape:
            outputs = built(list(rows) if layer.merges else rows[0], training=True)
            loss = tf.reduce_sum(outputs**2)
        return outputs, tape.gradient(loss, built.trainable_variables)

    def predict(*rows):
        return built(list(rows) if layer.merges else rows[0], training=False)

    try:
        outputs, gradients = step(*rows)
    except tf.errors.InvalidArgumentError as error:
        if not any(words in str(error) for words in NO_KERNEL):
            raise
        # XLA has the kernels that this processor lacks, and is asked for as much.
        step = tf.function(step.python_function, jit_compile=True)
        predict = tf.function(predict, jit_compile=True)
        outputs, gradients = step(*rows)
    predicted = predict(*rows)

    expected = layer.joined_shape(shapes)
    assert outputs.shape[1:] == expected
    assert predicted.shape[1:] == expected
    assert all(gradient is not None for gradient in gradients)


@pytest.mark.heavy
@pytest.mark.parametrize("layer", Layer.types.values(), ids=Layer.types)
def test_fields_are_keras_arguments(layer):
    import keras

    keras_class = getattr(keras.layers, layer.__name__)

    accepted = arguments_of(keras_class)
    offered = set(layer.model_fields) - layer.OWN_KEYS

    assert offered <= accepted
    assert accepted - offered <= set(NOT_OFFERED)


@pytest.mark.heavy
def test_no_reason_is_given_for_an_argument_that_keras_does_not_have():
    import keras

    accepted = [arguments_of(getattr(keras.layers, key)) for key in Layer.types]

    assert set(NOT_OFFERED) <= set().union(*accepted)


@pytest.mark.heavy
@pytest.mark.parametrize("key", SAMPLES)
def test_defaults_are_those_of_keras(key):
    import keras

    layer = parsed(key, SAMPLES[key][0][0])
    required = {
        name for name, field in type(layer).model_fields.items() if field.is_required()
    }
    plain = type(layer).model_validate(
        {name: getattr(layer, name) for name in required}
    )
    arguments = plain.keras_arguments()

    ours = plain.build()
    theirs = getattr(keras.layers, key)(**{name: arguments[name] for name in required})

    ours = ours.layers[0] if isinstance(ours, keras.Sequential) else ours
    assert nameless(ours.get_config()) == nameless(theirs.get_config())


def parsed(key: str, written: Any) -> Layer:
    return ADAPTER.validate_python({key: written})


def shapes_of(fitting: list[Any]) -> list[Shape]:
    """`[6, 4]` is the shape of one input, `[[6, 4], [1, 4]]` those of two."""
    shapes = fitting if isinstance(fitting[0], list) else [fitting]
    return [tuple(shape) for shape in shapes]


def value_of(line: str) -> int:
    """What the words and numbers left of the equals sign come to."""
    terms = re.sub(
        r"[^\d+x()]", " ", re.sub(r"[a-w_y-z]+", " ", line.partition(" = ")[0])
    )
    return eval(terms.replace("x", "*"))


def full_name(weight: Any) -> str:
    """The name of a weight, and in Bidirectional its direction."""
    way = re.search(r"(?:^|/)(forward|backward)_", weight.path)
    return f"{way[1]}_{weight.name}" if way else weight.name


def arguments_of(keras_class: type) -> set[str]:
    import keras

    own = inspect.signature(keras_class.__init__).parameters
    inherited = (
        inspect.signature(keras.layers.Layer.__init__).parameters
        if "kwargs" in own
        else {}
    )
    return {*own, *inherited} - {"self", "kwargs"}


def nameless(config: Any) -> Any:
    """A Keras config without what differs by the order of building: names and seeds."""
    if isinstance(config, Mapping):
        return {k: nameless(v) for k, v in config.items() if k not in {"name", "seed"}}
    return (
        [nameless(item) for item in config]
        if isinstance(config, (list, tuple))
        else config
    )
