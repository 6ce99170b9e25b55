"""The part that rules may be adjusted on: its data sets are in no other part."""

from __future__ import annotations

from bases import (
    DIGITS_CNN,
    DIGITS_MLP,
    MOONS,
    PULSES,
    RIPPLE,
    TABLE,
    TRIAL,
    adam,
    convolutions,
    dense,
    layers,
    npz,
    pooled,
    sgd,
)
from cases import TOO_LARGE_A_STEP, Cause, Part, healthy

_WRONG = npz("table_wrong")
_LEAKED = npz("moons_leaked", held=None)

CAUSES = (
    Cause(
        "overfit_few_digits", DIGITS_MLP, "54 images for a wide net",
        ("OVERFITTING",),
        {"data.split.train": 0.03, "model.layers.h1.units": 128,
         "model.layers.h2.units": 128, "fit.epochs": 60},
    ),
    Cause(
        "overfit_table_noise", TABLE, "30 % wrong labels and a wide net",
        ("OVERFITTING",),
        {"data": _WRONG, "model.layers.h1.units": 128, "fit.epochs": 50},
    ),
    Cause(
        "underfit_linear_ripple", RIPPLE, "a linear model of a curved surface",
        ("UNDERFITTING",), layers([], None),
    ),
    Cause(
        "underfit_one_unit_digits", DIGITS_MLP, "one hidden unit for ten digits",
        ("UNDERFITTING",), {"model.layers.h1.units": 1, "fit.epochs": 40},
    ),
    Cause(
        "underfit_penalty_digits", DIGITS_MLP, "a penalty that crushes the weights",
        ("UNDERFITTING",),
        {f"model.layers.h{number}.kernel_regularizer": {"L2": 0.3}
         for number in (1, 2)},
    ),
    Cause(
        "vanish_digits", DIGITS_MLP, "ten layers of sigmoid",
        ("VANISHING_GRADIENT",), layers(["Flatten", *dense(10, 32, "sigmoid")], 10),
    ),
    Cause(
        "vanish_tanh_small", MOONS, "six layers of tanh, weights near 0",
        ("VANISHING_GRADIENT",),
        layers(
            dense(
                6, 16, "tanh", kernel_initializer={"RandomNormal": {"stddev": 0.002}}
            ), 2,
        ) | sgd(0.05),
    ),
    Cause(
        "explode_digits", DIGITS_MLP, "weights drawn with a standard deviation of 1",
        ("EXPLODING_GRADIENT", "DIVERGED"),
        layers(
            ["Flatten",
             *dense(6, 32, kernel_initializer={"RandomNormal": {"stddev": 1.0}})], 10,
        ),
    ),
    Cause(
        "explode_kernels_digits", DIGITS_CNN, "kernels with a standard deviation of 2",
        ("EXPLODING_GRADIENT", "DIVERGED"),
        layers(
            [*convolutions(
                [8, 8, 8], kernel_initializer={"RandomNormal": {"stddev": 2.0}}),
             "Flatten"], 10,
        ),
    ),
    Cause(
        "dying_digits", DIGITS_MLP, "biases so low that no unit ever fires",
        ("DYING_RELU",),
        layers(
            ["Flatten", *dense(2, 32, bias_initializer={"Constant": -10.0})], 10
        ),
    ),
    Cause(
        "dying_rate_table", TABLE, "SGD with a learning rate of 20", TOO_LARGE_A_STEP,
        sgd(20.0),
    ),
    Cause(
        "oscillate_moons", MOONS, "tanh, a high rate, strong momentum, small batches",
        ("OSCILLATING_LOSS", "DIVERGED", "EXPLODING_GRADIENT"),
        layers(dense(2, 16, "tanh"), 2) | sgd(1.0, 0.95) | {"fit.batch_size": 8},
    ),
    Cause(
        "slow_rate_digits", DIGITS_CNN, "a learning rate of 0.00003",
        ("SLOW_CONVERGENCE",), adam(0.00003),
    ),
    Cause(
        "slow_few_epochs_pulses", PULSES, "stopped before it has learned",
        ("SLOW_CONVERGENCE",), adam(0.0005) | {"fit.epochs": 6},
    ),
    Cause(
        "diverge_ripple", RIPPLE, "labels in thousands, and SGD",
        ("DIVERGED", "EXPLODING_GRADIENT"),
        {"data": npz("ripple_large")} | sgd(0.05),
    ),
    Cause(
        "leak_moons", MOONS, "validation rows are copies of train rows",
        ("VALIDATION_BETTER",), {"data": _LEAKED},
    ),
    Cause(
        "constant_table", TABLE, "3 % of the rows are of the rare class",
        ("CONSTANT_PREDICTION",), {"data": npz("rare_table")} | layers(dense(1, 8), 2),
    ),
    Cause(
        "few_held_digits", DIGITS_CNN, "18 validation rows", ("NOISY_VALIDATION",),
        {"data.split.validation": 0.01},
    ),
)  # fmt: skip

_NORM = {"BatchNormalization": {"momentum": 0.9}}
HEALTHY = (
    healthy("digits_mlp", DIGITS_MLP, "as it is"),
    healthy("digits_cnn", DIGITS_CNN, "as it is"),
    healthy(
        "digits_norm", DIGITS_CNN, "with batch normalisation",
        layers([*convolutions([8]), _NORM, {"MaxPooling2D": 2}, "Flatten"], 10),
    ),
    healthy(
        "digits_dropout", DIGITS_CNN, "with dropout",
        layers([*pooled([8, 16]), {"Dropout": 0.3}], 10),
    ),
    healthy("pulses", PULSES, "as it is"),
    healthy("pulses_gru", PULSES, "a GRU", layers([{"GRU": 16}], 2)),
    healthy("moons", MOONS, "as it is"),
    healthy("table", TABLE, "as it is"),
    healthy("ripple", RIPPLE, "as it is"),
    healthy("trial", TRIAL, "as it is"),
    healthy(
        "digits_augment", DIGITS_CNN, "images move",
        {"data.augment": [
            {"RandomTranslation": {"height_factor": 0.1, "width_factor": 0.1}}],
         "fit.epochs": 25},
    ),
    healthy("moons_sgd", MOONS, "SGD with momentum", sgd(0.2, 0.9)),
    healthy("ripple_mae", RIPPLE, "absolute error", {"compile.loss": "mae"}),
    healthy(
        "table_dropout", TABLE, "with dropout",
        layers([*dense(1, 32), {"Dropout": 0.3}], 4) | {"fit.epochs": 30},
    ),
)  # fmt: skip

PART = Part("development", CAUSES, HEALTHY, seeds=(0, 1))
