"""Held-out causes that lie in gradients, units and steps."""

from __future__ import annotations

from bases import (
    AVERAGE,
    BOARD,
    FRIEDMAN,
    PEOPLE,
    SHAPES,
    SPIRALS,
    TUMOURS,
    WAVES,
    adam,
    convolutions,
    dense,
    layers,
    lstm,
    npz,
    pooled,
    sgd,
)
from cases import TOO_LARGE_A_STEP, Cause

WITHOUT_RELU = ("OSCILLATING_LOSS", "DIVERGED", "EXPLODING_GRADIENT")
"""The faces of steps that are too large, where no unit can die."""
BLOWN_UP = ("EXPLODING_GRADIENT", "DIVERGED")


def _normal(deviation: float) -> dict[str, dict[str, float]]:
    return {"RandomNormal": {"stddev": deviation}}


GRADIENTS = (
    Cause(
        "vanish_sigmoid_mlp", SPIRALS, "ten layers of sigmoid", ("VANISHING_GRADIENT",),
        layers(dense(10, 16, "sigmoid"), 3) | adam(0.001),
    ),
    Cause(
        "vanish_sigmoid_cnn", SHAPES, "eight convolutions with sigmoid",
        ("VANISHING_GRADIENT",),
        layers([*convolutions([8] * 8, "sigmoid", padding="same"), "Flatten"], 4)
        | adam(0.001),
    ),
    Cause(
        "vanish_sigmoid_lstm", WAVES, "eight layers of sigmoid above the LSTM",
        ("VANISHING_GRADIENT",),
        layers([lstm(16), *dense(8, 16, "sigmoid")], 3) | adam(0.001),
    ),
    Cause(
        "vanish_small_init", BOARD, "five layers of sigmoid, weights near 0",
        ("VANISHING_GRADIENT",),
        layers(dense(5, 32, "sigmoid", kernel_initializer=_normal(0.01)), 2)
        | sgd(0.1),
    ),
    Cause(
        "explode_init_mlp", SPIRALS, "weights drawn with a standard deviation of 1",
        BLOWN_UP,
        layers(dense(8, 32, kernel_initializer=_normal(1.0)), 3) | adam(0.001),
    ),
    Cause(
        "explode_init_cnn", SHAPES, "kernels drawn with a standard deviation of 1",
        BLOWN_UP,
        layers(
            [*convolutions([8] * 5, padding="same", kernel_initializer=_normal(1.0)),
             "Flatten"], 4,
        ) | adam(0.001),
    ),
    Cause(
        "explode_recurrent", WAVES, "a recurrence that triples its state at each step",
        BLOWN_UP,
        layers(
            [{"SimpleRNN": {"units": 24, "activation": "relu",
                            "recurrent_initializer": {"Orthogonal": 3.0}}}], 3,
        ) | sgd(0.01),
    ),
    Cause(
        "explode_deep_linear", FRIEDMAN, "ten linear layers with large weights",
        BLOWN_UP,
        layers(dense(10, 32, "linear", kernel_initializer=_normal(0.5)), None)
        | sgd(0.001),
    ),
    Cause(
        "explode_unscaled", TUMOURS, "measures from 0.01 to 4,000, not scaled, and SGD",
        TOO_LARGE_A_STEP,
        {"data.scale": None} | layers(dense(2, 16), 2) | sgd(0.01),
    ),
)  # fmt: skip

DEAD = (
    Cause(
        "dying_bias_mlp", BOARD, "biases of -10", ("DYING_RELU",),
        layers(dense(2, 32, bias_initializer={"Constant": -10.0}), 2),
    ),
    Cause(
        "dying_bias_cnn", SHAPES, "biases of -10", ("DYING_RELU",),
        layers(pooled([8, 16], bias_initializer={"Constant": -10.0}), 4),
    ),
    Cause(
        "dying_bias_lstm", WAVES, "biases of -10 in the layer above the LSTM",
        ("DYING_RELU",),
        layers([lstm(16), *dense(1, 32, bias_initializer={"Constant": -10.0})], 3),
    ),
    Cause(
        "dying_negative_kernels", PEOPLE, "negative kernels for features above 0",
        ("DYING_RELU",),
        {"data.scale": "minmax"}
        | layers(
            dense(2, 16, kernel_initializer={
                "RandomUniform": {"minval": -1.0, "maxval": -0.5}}), 2),
    ),
)  # fmt: skip

STEPS = (
    Cause(
        "oscillate_momentum_mlp", SPIRALS, "tanh, a high rate, strong momentum",
        WITHOUT_RELU,
        layers(dense(2, 32, "tanh"), 3) | sgd(1.0, 0.95) | {"fit.batch_size": 16},
    ),
    Cause(
        "oscillate_adam_cnn", SHAPES, "Adam with a learning rate of 0.1",
        TOO_LARGE_A_STEP, adam(0.1),
    ),
    Cause(
        "oscillate_adam_lstm", WAVES, "Adam with a learning rate of 0.3", WITHOUT_RELU,
        adam(0.3),
    ),
    Cause(
        "oscillate_regression", FRIEDMAN, "tanh, momentum 0.95 and small batches",
        WITHOUT_RELU,
        layers(dense(1, 16, "tanh"), None) | sgd(0.01, 0.95) | {"fit.batch_size": 8},
    ),
    Cause(
        "slow_rate_mlp", SPIRALS, "a learning rate of 0.0001", ("SLOW_CONVERGENCE",),
        adam(0.0001) | {"fit.epochs": 20},
    ),
    Cause(
        "slow_few_epochs_cnn", SHAPES, "six epochs at a low rate",
        ("SLOW_CONVERGENCE",), adam(0.0003) | {"fit.epochs": 6},
    ),
    Cause(
        "slow_rate_lstm", WAVES, "a learning rate of 0.0001", ("SLOW_CONVERGENCE",),
        adam(0.0001),
    ),
    Cause(
        "slow_regression", FRIEDMAN, "a learning rate of 0.0003",
        ("SLOW_CONVERGENCE",), adam(0.0003),
    ),
    Cause(
        "diverge_rate_regression", FRIEDMAN, "SGD with a learning rate of 1", BLOWN_UP,
        sgd(1.0),
    ),
    Cause(
        "diverge_large_labels", FRIEDMAN, "labels in thousands, and SGD", BLOWN_UP,
        {"data": npz("friedman_large", 0.4, "standard")} | sgd(0.01),
    ),
    Cause(
        "diverge_rate_lstm", AVERAGE, "SGD with a learning rate of 5", BLOWN_UP,
        sgd(5.0),
    ),
)  # fmt: skip
