from __future__ import annotations

from math import sqrt

import numpy as np
import pytest

from dlrun.data import INPUT, OUTPUT

pytestmark = [
    pytest.mark.heavy,
    # Keras 3.15 on NumPy 2.4, when it saves a model
]


@pytest.fixture(scope="module")
def build(parse):
    """Build the Keras model of a config, with its prepared rows."""

    def build_config(name, *overrides):
        from dlrun.engines import KerasDoor, build_model
        from dlrun.rows import read_rows

        experiment, parts = read_rows(parse(name, *overrides), KerasDoor())
        return build_model(experiment), experiment, parts

    return build_config


def test_an_activation_layer_gives_what_the_activation_of_dense_gives(build):
    joined, _, parts = build("notes/sequential")
    apart = build("notes/activation")[0]
    rows = parts.train.features[INPUT]
    apart.set_weights(joined.get_weights())

    outputs = [model.predict(rows, verbose=0) for model in (joined, apart)]

    assert outputs[0].tobytes() == outputs[1].tobytes()


def first_gradient(built):
    """The norm of the gradient at the first layer, over all train rows."""
    import tensorflow as tf

    from dlrun.training.row_losses import targets

    model, experiment, parts = built
    labels = targets(experiment.spec, parts.train)[OUTPUT]
    with tf.GradientTape() as tape:
        outputs = model(parts.train.features[INPUT], training=True)
        loss = model.compute_loss(y=labels, y_pred=outputs)
    first = model.trainable_variables[0]
    return float(tf.norm(tape.gradient(loss, first.value)))


def test_ten_sigmoid_layers_leave_the_first_almost_no_gradient(build):
    vanished = first_gradient(build("notes/vanishing"))

    cured = first_gradient(build("notes/vanishing_relu"))

    assert 0 < vanished < cured / 10_000


def test_large_weights_make_the_gradient_of_the_first_layer_explode(build):
    exploded = first_gradient(build("notes/exploding"))

    cured = first_gradient(build("notes/exploding_glorot"))

    assert exploded > 10_000 * cured > 0


@pytest.mark.parametrize(
    ("initializer", "variance"),
    [
        ("glorot_uniform", lambda inputs, outputs: 2 / (inputs + outputs)),
        ("glorot_normal", lambda inputs, outputs: 2 / (inputs + outputs)),
        ("he_uniform", lambda inputs, outputs: 2 / inputs),
        ("he_normal", lambda inputs, outputs: 2 / inputs),
    ],
)
def test_the_weights_spread_as_the_formula_of_the_initializer_says(
    build, initializer, variance
):
    wide = [f"model.layers.{name}.units=500" for name in ("default", "chosen")]
    chosen = f"model.layers.chosen.kernel_initializer={initializer}"

    model, experiment, _ = build("notes/initializer", *wide, chosen)

    assert experiment.input_shapes == {"input": (1, 5)}
    kernel = model.get_layer("chosen").get_weights()[0]
    assert kernel.shape == (500, 500)
    assert kernel.std() == pytest.approx(sqrt(variance(500, 500)), rel=0.01)
    assert kernel.mean() == pytest.approx(0, abs=float(kernel.std()) / 100)
    uniform = np.abs(kernel).max() <= sqrt(3 * variance(500, 500)) + 1e-6
    assert uniform == initializer.endswith("uniform")


def test_weights_are_drawn_after_glorot_unless_told_otherwise(build):
    model, _, _ = build("notes/initializer", "model.layers.default.units=2000")

    kernel = model.get_layer("default").get_weights()[0]

    limit = sqrt(6 / (5 + 2000))
    assert kernel.std() == pytest.approx(limit / sqrt(3), rel=0.05)
    assert limit * 0.99 < np.abs(kernel).max() <= limit


@pytest.mark.parametrize("threshold", [1, 3, 5.5])
def test_a_bias_of_minus_b_lets_relu_start_at_b(build, threshold):
    initial = f"model.layers.neuron.bias_initializer={{Constant: {-threshold}}}"
    model, _, parts = build("notes/bias", initial)
    inputs = parts.train.features[INPUT]

    outputs = model.predict(inputs, verbose=0)

    assert outputs == pytest.approx(np.maximum(0, inputs - threshold))


def test_without_a_bias_relu_starts_at_zero(build):
    model, _, parts = build("notes/bias", "model.layers.neuron.use_bias=false")

    outputs = model.predict(parts.train.features[INPUT], verbose=0)

    assert outputs == pytest.approx(parts.train.features[INPUT])


def test_batch_normalization_has_two_vectors_to_train_and_two_that_follow(build):
    layer = build("notes/batchnorm")[0].get_layer("batch_normalization")

    trainable = [variable.name for variable in layer.trainable_variables]
    followed = [variable.name for variable in layer.non_trainable_variables]

    assert trainable == ["gamma", "beta"]
    assert followed == ["moving_mean", "moving_variance"]
    assert {variable.shape for variable in layer.variables} == {(32,)}
    assert layer.axis == 1


def test_batch_normalization_warns_where_its_averages_cannot_settle(build):
    settled = build("notes/batchnorm")[1]

    hurried = build("notes/batchnorm", "fit.epochs=1")[1]

    assert settled.warnings == ()
    assert [warning.code for warning in hurried.warnings] == ["momentum-too-high"]


def test_a_resnet_of_thirty_lines_trains(train):
    folder = train("models/resnet20", "fit.epochs=1")

    summary = folder.summary()
    assert (summary.parameters, summary.trainable_parameters) == (274_042, 272_474)
    assert len(folder.history()["epoch"]) == 1
    assert folder.config()["model"]["layers"][3]["Conv2D"]["name"] == (
        "residual.1.conv2d"
    )
