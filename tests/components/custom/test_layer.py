"""Layers of code that may be run: shapes, weights and mistakes, as Keras knows them."""

from __future__ import annotations

import pytest

from dlrun.config import located
from dlrun.custom import allowing_code
from dlrun.engines import build_model, prepare_for_code
from dlrun.errors import SpecError
from dlrun.experiment import parse_spec, read_config

pytestmark = pytest.mark.heavy

CODE = '''
import keras


class Mix(keras.layers.Layer):
    """Of one input or of several; it takes no name."""

    def __init__(self, units, activation=None, kernel_initializer="ones"):
        super().__init__()
        self.units = units
        self.activation = keras.activations.get(activation)
        self.kernel_initializer = keras.initializers.get(kernel_initializer)

    def build(self, shapes):
        shapes = shapes if isinstance(shapes[0], tuple) else [shapes]
        size = sum(shape[-1] for shape in shapes)
        self.kernel = self.add_weight((size, self.units), self.kernel_initializer)
        self.mean = self.add_weight((), "zeros", trainable=False, name="mean")

    def call(self, inputs):
        inputs = inputs if isinstance(inputs, (list, tuple)) else [inputs]
        joined = keras.ops.concatenate(inputs, axis=-1)
        return self.activation(keras.ops.matmul(joined, self.kernel))

    def get_config(self):
        return {**super().get_config(), "units": self.units}


class Noisy(keras.layers.Layer):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.seeds = keras.random.SeedGenerator(0)

    def call(self, inputs, training=False):
        noise = keras.random.normal(keras.ops.shape(inputs), seed=self.seeds)
        return inputs + noise if training else inputs


class Wide(keras.layers.Dense):
    def call(self, inputs):
        return super().call(inputs) * 2


class Unsaved(keras.layers.Layer):
    def __init__(self, kernel_initializer):
        super().__init__()

    def call(self, inputs):
        return inputs


class Two(keras.layers.Layer):
    def call(self, inputs):
        return inputs, inputs


class Odd(keras.layers.Layer):
    def __init__(self, units: int):
        super().__init__()
        if units % 2:
            raise ValueError("units must be even")


class NoLayer:
    def __init__(self, units=1): ...


def bend(x):
    return keras.ops.tanh(x) * 2
'''
CONFIG = """
name: layers
custom: own.py
data: {inline: {features: [[1, 2], [3, 4]], labels: [1.5, 2.5]}}
model: {layers: [LAYERS]}
compile: {loss: mean_squared_error}
"""


@pytest.fixture(scope="module")
def parsed(tmp_path_factory):
    folder = tmp_path_factory.mktemp("layers")
    (folder / "own.py").write_text(CODE)

    def parse(layers: str):
        (folder / "a.yaml").write_text(CONFIG.replace("LAYERS", layers))
        node = read_config(folder / "a.yaml")
        with allowing_code(prepare_for_code), located(node):
            return parse_spec(node)

    return parse


def test_shapes_and_weights_are_those_of_keras(parsed):
    experiment = parsed(
        "{Dense: {units: 3, name: a}}, {Dense: {units: 4, name: b, from: input}},"
        "{Mix: {units: 5, activation: bend, from: [a, b]}}, {Wide: 6}, {Mix: 1}"
    )
    with allowing_code(prepare_for_code):
        model = build_model(experiment)

    assert experiment.unknown_from is None
    assert [layer.output_shape for layer in experiment.layers] == [
        layer.output.shape[1:] for layer in model.layers[1:]
    ]
    assert experiment.parameters == model.count_params()
    assert experiment.trainable_parameters == experiment.parameters - 2
    assert [layer.name for layer in model.layers[1:]] == [
        "a",
        "b",
        "mix",
        "wide",
        "mix_1",
    ]
    assert list(experiment.layers[2].weights) == ["variable", "mean"]


def test_a_layer_of_code_is_shared_like_any_other(parsed):
    experiment = parsed("{Mix: {units: 2, name: m}}, {use: m}, {Dense: 1}")

    assert [layer.parameters for layer in experiment.layers] == [5, 0, 3]


def test_weights_that_do_not_fit_a_second_use_are_told(parsed):
    with pytest.raises(SpecError, match="but this input needs"):
        parsed("{Mix: {units: 3, name: m}}, {use: m}, {Dense: 1}")


def test_noise_is_known_where_the_code_was_run(parsed):
    layers = parsed("Noisy, {Mix: 1}").spec.model.layers

    assert [layer.draws_noise() for layer in layers] == [True, False]


def test_a_layer_of_code_inside_another_has_a_shape(parsed):
    experiment = parsed(
        "{Reshape: [2, 1]}, {TimeDistributed: {Mix: 3}}, Flatten, {Dense: 1}"
    )

    assert experiment.layers[-2].output_shape == (6,)


@pytest.mark.parametrize(
    ("layer", "message", "line"),
    [
        ("{Odd: 3}", "`Odd`: ValueError: units must be even", "raise ValueError"),
        ("Two", "`Two` gives tuple, no single tensor", "class Two"),
        ("NoLayer", "`NoLayer` is no Layer of Keras", "class NoLayer"),
        (
            "{Unsaved: {kernel_initializer: {RandomNormal: {stddev: 1.0}}}}",
            "`Unsaved` cannot be saved: it has no `get_config`",
            "class Unsaved",
        ),
        ("{Mix: {units: x}}", "`Mix`: ", "self.add_weight"),
        ("{Mix: {units: 1, activation: no}}", "`activation` cannot be", ""),
        ("{Mix: {units: 1, kernel_initializer: no}}", "there is no initializer", ""),
    ],
)
def test_a_mistake_has_the_line_of_the_code(parsed, layer, message, line):
    with pytest.raises(SpecError) as caught:
        parsed(f"{layer}, {{Dense: 1}}")

    problem = caught.value.problems[0]
    assert message in problem.message
    if line:
        assert line in problem.location.text
        assert problem.location.notes == ("model.layers[0] names it",)
