"""The healthy configs of the held-out part: none of them may be flagged."""

from __future__ import annotations

from typing import Any

from bases import (
    AVERAGE,
    BOARD,
    FRIEDMAN,
    PEOPLE,
    SHAPES,
    SPIRALS,
    TUMOURS,
    WAVES,
    convolutions,
    dense,
    layers,
    lstm,
    pooled,
    sgd,
)
from cases import healthy

_NORM: dict[str, Any] = {"BatchNormalization": {"momentum": 0.9}}


def _normed(units: int) -> list[dict[str, Any] | str]:
    first, second = dense(2, units)
    return [first, _NORM, second, _NORM]


HEALTHY = (
    healthy("spirals", SPIRALS, "as it is"),
    healthy("spirals_elu", SPIRALS, "wider, elu", layers(dense(3, 48, "elu"), 3)),
    healthy("spirals_norm", SPIRALS, "batch normalisation", layers(_normed(32), 3)),
    healthy(
        "spirals_dropout", SPIRALS, "a little dropout",
        layers([*dense(2, 64), {"Dropout": 0.2}], 3),
    ),
    healthy("spirals_momentum", SPIRALS, "SGD with momentum", sgd(0.05, 0.9)),
    healthy("tumours", TUMOURS, "as it is"),
    healthy("tumours_linear", TUMOURS, "a linear model is enough", layers([], 2)),
    healthy(
        "tumours_small", TUMOURS, "two units are enough", {"model.layers.h1.units": 2}
    ),
    healthy("people", PEOPLE, "as it is"),
    healthy("people_tanh", PEOPLE, "two units of tanh", layers(dense(1, 2, "tanh"), 2)),
    healthy(
        "people_dropout", PEOPLE, "dropout",
        layers([*dense(1, 32), {"Dropout": 0.3}], 2),
    ),
    healthy("people_norm", PEOPLE, "batch normalisation", layers(_normed(16), 2)),
    healthy("board", BOARD, "as it is"),
    healthy("friedman", FRIEDMAN, "as it is"),
    healthy(
        "friedman_l2", FRIEDMAN, "a little L2",
        layers(dense(1, 16, kernel_regularizer={"L2": 0.001}), None),
    ),
    healthy(
        "friedman_absolute", FRIEDMAN, "absolute errors",
        {"compile.loss": "mean_absolute_error"},
    ),
    healthy("friedman_tanh", FRIEDMAN, "tanh", layers(dense(1, 16, "tanh"), None)),
    healthy("shapes", SHAPES, "as it is"),
    healthy(
        "shapes_norm", SHAPES, "batch normalisation",
        layers([*convolutions([8]), _NORM, {"MaxPooling2D": 2}, "Flatten"], 4),
    ),
    healthy(
        "shapes_dropout", SHAPES, "dropout",
        layers([*pooled([8, 16]), {"Dropout": 0.3}], 4),
    ),
    healthy(
        "shapes_noise", SHAPES, "noise on train images",
        {"data.augment": [{"GaussianNoise": 0.1}]},
    ),
    healthy("waves", WAVES, "as it is"),
    healthy("waves_gru", WAVES, "a GRU", layers([{"GRU": 16}], 3)),
    healthy(
        "waves_both_ways", WAVES, "an LSTM in both directions",
        layers([{"Bidirectional": {"layer": lstm(8)}}], 3),
    ),
    healthy("average", AVERAGE, "as it is"),
    healthy("average_gru", AVERAGE, "a GRU", layers([{"GRU": 16}], None)),
)  # fmt: skip
