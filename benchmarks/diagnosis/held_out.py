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
)
from cases import Cause, Part
from gradients import DEAD, GRADIENTS, STEPS
from healthy import HEALTHY


def _wide_tumours() -> dict[str, object]:
    data = csv("breast_cancer", "diagnosis", 0.5)
    data["csv"]["features"] = ["mean_texture", "mean_smoothness", "mean_symmetry"]
    data["split"]["train"] = 0.1
    return {"data": data} | layers(dense(2, 64), 2) | adam(0.01) | {"fit.epochs": 60}


LEARNED_BY_HEART = (
    Cause(
        "overfit_wrong_labels_mlp", SPIRALS, "90 rows, 30 % of them labelled wrongly",
        ("OVERFITTING",),
        {"data": npz("spirals_wrong"), "data.split.train": 0.1, "fit.epochs": 120}
        | layers(dense(2, 128), 3),
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
        "overfit_few_rows_cnn", SHAPES, "36 images and many filters", ("OVERFITTING",),
        {"data.split.train": 0.03, "fit.epochs": 40, "fit.batch_size": 16}
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
        layers([*convolutions([1], "tanh"), "GlobalAveragePooling2D"], 4)
        | adam(0.02) | {"fit.epochs": 40},
    ),
    Cause(
        "underfit_linear_recurrence", AVERAGE, "one linear unit for a product",
        ("UNDERFITTING",),
        layers([{"SimpleRNN": {"units": 1, "activation": "linear"}}], None),
    ),
    Cause(
        "underfit_dropout_cnn", SHAPES, "70 % dropout on the image, 90 % at the end",
        ("UNDERFITTING",),
        layers([{"Dropout": 0.7}, *pooled([4, 8]), {"Dropout": 0.9}], 4),
    ),
    Cause(
        "underfit_l2_mlp", SPIRALS, "L2 of 0.05 on hidden kernels", ("UNDERFITTING",),
        layers(dense(2, 32, kernel_regularizer={"L2": 0.05}), 3),
    ),
    Cause(
        "underfit_l2_regression", FRIEDMAN, "L2 of 10 on every kernel",
        ("UNDERFITTING",),
        layers(dense(1, 16, kernel_regularizer={"L2": 10.0}), None)
        | {"model.layers.out.kernel_regularizer": {"L2": 10.0}, "fit.epochs": 60},
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
        "clean_validation_cnn", SHAPES, "wrong labels in the train rows alone",
        ("VALIDATION_BETTER",),
        {"data": npz("shapes_checked", None), "fit.epochs": 8}
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
