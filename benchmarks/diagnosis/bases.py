"""Healthy configs, one or more per data set, and the pieces that causes put in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from cases import Base

Layers = list[dict[str, Any] | str]
CLASSES = "sparse_categorical_crossentropy"
NUMBERS = "mean_squared_error"


def npz(
    name: str, held: float | None = 0.4, scale: str | None = None
) -> dict[str, Any]:
    """Rows of a made file; `held` None: it has validation rows of its own."""
    source: dict[str, Any] = {"npz": {"path": f"../data/{name}.npz"}}
    if held is None:
        own = {"path": f"../data/{name}.npz", "features": "x_held", "labels": "y_held"}
        source["validation"] = {"npz": own}
    else:
        source["split"] = {"validation": held}
    return source | ({"scale": scale} if scale else {})


def csv(name: str, labels: str, held: float = 0.4) -> dict[str, Any]:
    """Rows of a table that dlrun ships."""
    source = {"path": f"../data/{name}.csv", "labels": labels}
    return {"csv": source, "split": {"validation": held}, "scale": "standard"}


def dense(
    count: int, units: int, activation: str = "relu", **more: Any
) -> list[dict[str, Any]]:
    """Hidden layers `h1`, `h2`, ..."""
    return [
        {"Dense": {"units": units, "activation": activation, "name": f"h{n}", **more}}
        for n in range(1, count + 1)
    ]


def convolutions(
    filters: Sequence[int], activation: str = "relu", **more: Any
) -> list[dict[str, Any]]:
    """Layers `c1`, `c2`, ... with kernels of 3 x 3."""
    rest = {"kernel_size": 3, "activation": activation, **more}
    return [
        {"Conv2D": {"filters": number, "name": f"c{n}", **rest}}
        for n, number in enumerate(filters, start=1)
    ]


def pooled(filters: Sequence[int], **more: Any) -> Layers:
    """Convolutions with pooling after the first, and then a row of numbers."""
    first, *rest = convolutions(filters, **more)
    return [first, {"MaxPooling2D": 2}, *rest, "Flatten"]


def output(classes: int | None) -> dict[str, Any]:
    """One unit per class, or one number."""
    if classes is None:
        return {"Dense": {"units": 1, "name": "out"}}
    return {"Dense": {"units": classes, "activation": "softmax", "name": "out"}}


def config(
    data: dict[str, Any],
    hidden: Layers,
    classes: int | None,
    rate: float,
    epochs: int,
    batch: int = 32,
) -> dict[str, Any]:
    """A whole config, with Adam."""
    return {
        "data": data,
        "model": {"layers": [*hidden, output(classes)]},
        "compile": {
            "optimizer": {"Adam": {"learning_rate": rate}},
            "loss": CLASSES if classes else NUMBERS,
        },
        "fit": {"epochs": epochs, "batch_size": batch},
    }


def adam(rate: float) -> dict[str, Any]:
    return {"compile.optimizer": {"Adam": {"learning_rate": rate}}}


def sgd(rate: float, momentum: float = 0.0) -> dict[str, Any]:
    return {"compile.optimizer": {"SGD": {"learning_rate": rate, "momentum": momentum}}}


def layers(hidden: Layers, classes: int | None) -> dict[str, Any]:
    """Another net."""
    return {"model.layers": [*hidden, output(classes)]}


def lstm(units: int, **more: Any) -> dict[str, Any]:
    return {"LSTM": {"units": units, "name": "r1", **more}}


# Data sets of the development part.
DIGITS_MLP = Base(
    "digits_mlp", "mlp", "digits",
    config(npz("digits", 0.4, "minmax"), ["Flatten", *dense(2, 32)], 10, 0.003, 20),
)  # fmt: skip
DIGITS_CNN = Base(
    "digits_cnn", "cnn", "digits",
    config(npz("digits", 0.4, "minmax"), pooled([8, 16]), 10, 0.003, 15),
)  # fmt: skip
PULSES = Base(
    "pulses", "lstm", "sequences",
    config(npz("sequences"), [lstm(16)], 2, 0.01, 20),
)  # fmt: skip
MOONS = Base("moons", "mlp", "moons", config(npz("moons"), dense(2, 16), 2, 0.005, 30))
TABLE = Base("table", "mlp", "table", config(npz("table"), dense(1, 16), 4, 0.005, 20))
RIPPLE = Base(
    "ripple", "mlp", "ripple", config(npz("ripple"), dense(2, 32), None, 0.003, 60)
)
TRIAL = Base(
    "trial",
    "mlp",
    "trial",
    config(csv("trial", "side_effect"), dense(1, 8), 2, 0.01, 20),
)

# Data sets of the held-out part: none of them is one of those above.
SPIRALS = Base(
    "spirals", "mlp", "spirals", config(npz("spirals"), dense(2, 32), 3, 0.005, 40)
)
TUMOURS = Base(
    "tumours", "mlp", "breast cancer",
    config(csv("breast_cancer", "diagnosis"), dense(1, 8), 2, 0.004, 14),
)  # fmt: skip
PEOPLE = Base(
    "people", "mlp", "gender population",
    config(csv("gender_population", "gender", 0.3), dense(1, 16), 2, 0.005, 12),
)  # fmt: skip
BOARD = Base("board", "mlp", "board", config(npz("board"), dense(2, 64), 2, 0.003, 60))
FRIEDMAN = Base(
    "friedman", "mlp", "friedman",
    config(npz("friedman", 0.4, "standard"), dense(1, 16), None, 0.01, 40),
)  # fmt: skip
SHAPES = Base(
    "shapes", "cnn", "shapes", config(npz("shapes"), pooled([8, 16]), 4, 0.004, 15)
)
WAVES = Base("waves", "lstm", "waves", config(npz("waves"), [lstm(16)], 3, 0.01, 25))
AVERAGE = Base(
    "average", "lstm", "average", config(npz("average"), [lstm(16)], None, 0.01, 40)
)
