"""The part that figures are taken from: no rule is ever adjusted to it."""

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
    csv,
    dense,
    layers,
    lstm,
    npz,
    pooled,
    sgd,
)
from cases import TOO_LARGE_A_STEP, Cause, Part
from healthy import HEALTHY

WITHOUT_RELU = ("OSCILLATING_LOSS", "DIVERGED", "EXPLODING_GRADIENT")
"""The faces of steps that are too large, where no unit can die."""
BLOWN_UP = ("EXPLODING_GRADIENT", "DIVERGED")


def _normal(deviation: float) -> dict[str, dict[str, float]]:
    return {"RandomNormal": {"stddev": deviation}}


def _wide_tumours() -> dict[str, object]:
    data = csv("breast_cancer", "diagnosis", 0.5)
    data["csv"]["features"] = ["mean_texture", "mean_smoothness", "mean_symmetry"]
    data["split"]["train"] = 0.1
    return {"data": data} | layers(dense(2, 64), 2) | adam(0.01) | {"fit.epochs": 60}


LEARNED_BY_HEART = (
    Cause(
        "overfit_wrong_labels_mlp", SPIRALS, "30 % wrong labels and a wide net",
        ("OVERFITTING",),
        {"data": npz("spirals_wrong"), "fit.epochs": 60} | layers(dense(2, 128), 3),
    ),
    Cause(
        "overfit_few_rows_mlp", TUMOURS, "57 rows with three measures, and a wide net",
        ("OVERFITTING",), _wide_tumours(),
    ),
    Cause(
        "overfit_too_long_mlp", PEOPLE, "80 people, a wide net and 100 epochs",
        ("OVERFITTING",),
        {"data.split.train": 0.02, "fit.epochs": 100, "fit.batch_size": 16}
        | layers(dense(2, 64), 2) | adam(0.01),
    ),
    Cause(
        "overfit_regression", FRIEDMAN, "120 rows, noise as large as the signal",
        ("OVERFITTING",),
        {"data": npz("friedman_noise", 0.4, "standard") , "data.split.train": 0.3,
         "fit.epochs": 80} | layers(dense(2, 64), None) | adam(0.01),
    ),
    Cause(
        "overfit_wrong_labels_cnn", SHAPES, "35 % wrong labels and many filters",
        ("OVERFITTING",),
        {"data": npz("shapes_wrong"), "fit.epochs": 30} | layers(pooled([24, 32]), 4),
    ),
    Cause(
        "overfit_few_rows_cnn", SHAPES, "48 images and many filters", ("OVERFITTING",),
        {"data.split.train": 0.04, "fit.epochs": 40, "fit.batch_size": 16}
        | layers(pooled([24, 32]), 4),
    ),
    Cause(
        "overfit_wrong_labels_lstm", WAVES, "35 % wrong labels and a wide LSTM",
        ("OVERFITTING",),
        {"data": npz("waves_wrong"), "fit.epochs": 60} | layers([lstm(48)], 3),
    ),
)  # fmt: skip

CANNOT_LEARN = (
    Cause(
        "underfit_linear_board", BOARD, "a linear model of a chess board",
        ("UNDERFITTING",), layers([], 2),
    ),
    Cause(
        "underfit_linear_spirals", SPIRALS, "a linear model of spirals",
        ("UNDERFITTING",), layers([], 3),
    ),
    Cause(
        "underfit_one_filter_cnn", SHAPES, "one filter and its mean",
        ("UNDERFITTING",),
        layers([*convolutions([1], "tanh"), "GlobalAveragePooling2D"], 4),
    ),
    Cause(
        "underfit_one_unit_lstm", WAVES, "an LSTM of one unit", ("UNDERFITTING",),
        layers([lstm(1)], 3),
    ),
    Cause(
        "underfit_dropout_lstm", WAVES, "95 % dropout on the inputs of the last layer",
        ("UNDERFITTING",), layers([lstm(4), {"Dropout": 0.95}], 3),
    ),
    Cause(
        "underfit_l2_mlp", SPIRALS, "L2 of 0.03 on every kernel", ("UNDERFITTING",),
        layers(dense(2, 32, kernel_regularizer={"L2": 0.03}), 3),
    ),
    Cause(
        "underfit_l2_regression", FRIEDMAN, "L2 of 10 on every kernel",
        ("UNDERFITTING",),
        layers(dense(1, 16, kernel_regularizer={"L2": 10.0}), None)
        | {"model.layers.out.kernel_regularizer": {"L2": 10.0}},
    ),
)  # fmt: skip

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
        "explode_recurrent", WAVES, "a recurrence that doubles its state at each step",
        BLOWN_UP,
        layers(
            [{"SimpleRNN": {"units": 24, "activation": "relu",
                            "recurrent_initializer": {"Orthogonal": 2.0}}}], 3,
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
        "oscillate_regression", FRIEDMAN, "tanh, momentum 0.99 and small batches",
        WITHOUT_RELU,
        layers(dense(1, 16, "tanh"), None) | sgd(0.01, 0.99) | {"fit.batch_size": 8},
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

ROWS = (
    Cause(
        "leak_mlp", SPIRALS, "validation rows are copies of train rows",
        ("VALIDATION_BETTER",), {"data": npz("spirals_leaked", None), "fit.epochs": 20},
    ),
    Cause(
        "leak_lstm", WAVES, "validation rows are copies of train rows",
        ("VALIDATION_BETTER",), {"data": npz("waves_leaked", None), "fit.epochs": 15},
    ),
    Cause(
        "easy_validation_cnn", SHAPES, "noise in the train images alone",
        ("VALIDATION_BETTER",),
        {"data": npz("shapes_clean_held", None), "fit.epochs": 12}
        | layers(pooled([4, 8]), 4),
    ),
    Cause(
        "constant_mlp", BOARD, "2 % of the rows are of the rare class",
        ("CONSTANT_PREDICTION",),
        {"data": npz("rare_rows"), "fit.epochs": 20} | layers(dense(1, 8), 2)
        | adam(0.003),
    ),
    Cause(
        "constant_cnn", SHAPES, "3 % of the images are of the rare class",
        ("CONSTANT_PREDICTION",),
        {"data": npz("rare_images"), "fit.epochs": 10} | layers(pooled([4]), 2)
        | adam(0.001),
    ),
    Cause(
        "constant_lstm", WAVES, "2.5 % of the sequences are of the rare class",
        ("CONSTANT_PREDICTION",),
        {"data": npz("rare_sequences"), "fit.epochs": 15} | layers([lstm(8)], 2)
        | adam(0.003),
    ),
    Cause(
        "few_held_mlp", TUMOURS, "17 validation rows", ("NOISY_VALIDATION",),
        {"data.split.validation": 0.03},
    ),
    Cause(
        "few_held_cnn", SHAPES, "18 validation rows", ("NOISY_VALIDATION",),
        {"data.split.validation": 0.015},
    ),
    Cause(
        "few_held_lstm", WAVES, "18 validation rows", ("NOISY_VALIDATION",),
        {"data.split.validation": 0.015},
    ),
)  # fmt: skip

CAUSES = (*LEARNED_BY_HEART, *CANNOT_LEARN, *GRADIENTS, *DEAD, *STEPS, *ROWS)
PART = Part("held_out", CAUSES, HEALTHY, seeds=(0, 1, 2))
