"""What an everyday training is: a config as a practitioner writes it, and its data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Layers = list[dict[str, Any] | str]
Config = dict[str, Any]
SEEDS = (0, 1, 2, 3, 4)

NORM: dict[str, Any] = {"BatchNormalization": {"momentum": 0.9}}
STOPPING: dict[str, Any] = {
    "EarlyStopping": {"patience": 10, "restore_best_weights": True}
}


@dataclass(frozen=True, slots=True)
class Setting:
    """One way of training on one data set."""

    name: str
    data: str
    """The data set, as `everyday_data.SOURCES` names it."""
    words: str
    config: Config
    """Whole, without name and seed; paths begin at the directory of the configs."""
    apart: Mapping[str, Any] | None = None
    """Where rows leaked: the section `data` of the same rows without the leak."""
    is_leak_seen: bool = True
    """A leak that data could show: rows on both sides, not a column."""
    far_rates: bool = False
    """The learning rate is unusual: a tenth and tenfold of it are tried as well."""


def hidden(*units: int, drop: float = 0, norm: bool = False, **more: Any) -> Layers:
    """Dense layers, each with what follows it."""
    layers: Layers = []
    for number in units:
        keys = {"activation": "relu", **more}
        layers.append({"Dense": {"units": number, **keys}})
        layers += [NORM] if norm else []
        layers += [{"Dropout": drop}] if drop else []
    return layers


def l2(strength: float) -> dict[str, Any]:
    return {"kernel_regularizer": {"L2": strength}}


def images(
    *filters: int, units: int = 0, drop: float = 0, norm: bool = False
) -> Layers:
    """Convolutions of 3 x 3, each with pooling; then a row of numbers."""
    layers: Layers = []
    for number in filters:
        keys = {"filters": number, "kernel_size": 3, "padding": "same"}
        layers.append({"Conv2D": {**keys, "activation": "relu"}})
        layers += [NORM] if norm else []
        layers.append({"MaxPooling2D": 2})
    layers.append("Flatten")
    layers += hidden(units) if units else []
    return [*layers, {"Dropout": drop}] if drop else layers


def steps(*filters: int, units: int = 16) -> Layers:
    """Convolutions along time, then a row of numbers."""
    layers: Layers = [
        {"Conv1D": {"filters": number, "kernel_size": 3, "activation": "relu"}}
        for number in filters
    ]
    return [*layers, "Flatten", *hidden(units)]


def rows(
    name: str,
    held: float = 0.3,
    scale: str | None = "standard",
    labels: str = "y",
    train: float | None = None,
) -> dict[str, Any]:
    """A share of the rows of a file validates; another may be left unused."""
    split = {"validation": held} | ({"train": train} if train else {})
    source = {"path": f"../data/{name}.npz", "labels": labels}
    return {"npz": source, "split": split} | ({"scale": scale} if scale else {})


def apart(
    name: str, labels: str = "y", scale: str | None = "standard"
) -> dict[str, Any]:
    """Rows with validation rows of their own."""
    path = f"../data/{name}.npz"
    own = {"path": path, "features": "x_held", "labels": f"{labels}_held"}
    data = {"npz": {"path": path, "labels": labels}, "validation": {"npz": own}}
    return data | ({"scale": scale} if scale else {})


def classify(
    data: dict[str, Any],
    layers: Layers,
    classes: int,
    epochs: int = 30,
    rate: float = 0.001,
    **more: Any,
) -> Config:
    """A softmax over classes, or with 1 a sigmoid, and Adam."""
    if classes == 1:
        out: dict[str, Any] = {"Dense": {"units": 1, "activation": "sigmoid"}}
        loss = more.pop("loss", "binary_crossentropy")
    else:
        out = {"Dense": {"units": classes, "activation": "softmax"}}
        loss = "sparse_categorical_crossentropy"
    return _config(data, [*layers, out], loss, epochs, rate, more)


def regress(
    data: dict[str, Any],
    layers: Layers,
    epochs: int = 50,
    rate: float = 0.001,
    loss: str = "mean_squared_error",
    **more: Any,
) -> Config:
    """One number, and Adam."""
    out: dict[str, Any] = {"Dense": 1}
    return _config(data, [*layers, out], loss, epochs, rate, more)


def _config(
    data: dict[str, Any],
    layers: Layers,
    loss: str,
    epochs: int,
    rate: float,
    more: dict[str, Any],
) -> Config:
    """With `optimizer`, `batch`, `callbacks`, `weights` of classes and `augment`."""
    if "augment" in more:
        data = data | {"augment": list(more["augment"])}
    fit = {"epochs": epochs, "batch_size": more.get("batch", 32), "threads": 1}
    if "callbacks" in more:
        fit["callbacks"] = list(more["callbacks"])
    if "weights" in more:
        fit["class_weight"] = more["weights"]
    optimizer = {more.get("optimizer", "Adam"): {"learning_rate": rate}}
    return {
        "data": data,
        "model": {"layers": layers},
        "compile": {"optimizer": optimizer, "loss": loss},
        "fit": fit,
    }
