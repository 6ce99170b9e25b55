"""What each everyday training is compared with: the same rows, one thing changed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from copy import deepcopy
from typing import Any

from everyday_setting import Config, Setting

_WIDTHS = {
    "Dense": "units",
    "GRU": "units",
    "LSTM": "units",
    "Conv1D": "filters",
    "Conv2D": "filters",
}
_LARGE = 3.0
"""The deviation of targets, from which scaling them is tried."""


def references(
    setting: Setting, deviation: float | None
) -> Iterator[tuple[str, Config]]:
    """The references that differ from a setting, by name.

    Args:
        setting: What is compared.
        deviation: Of the targets; None for classes.
    """
    for name, change in CHANGES.items():
        if name in {"tenth", "tenfold"} and not setting.far_rates:
            continue
        if name == "unit" and (deviation is None or deviation < _LARGE):
            continue
        changed = deepcopy(setting.config)
        change(changed)
        if changed != setting.config:
            yield name, changed
    if setting.apart is not None:
        yield "apart", deepcopy(setting.config) | {"data": dict(setting.apart)}


def _longer(config: Config) -> None:
    """Four times the epochs, and no early end."""
    fit = config["fit"]
    fit["epochs"] *= 4
    callbacks = fit.get("callbacks", [])
    fit["callbacks"] = [one for one in callbacks if "EarlyStopping" not in one]


def _held(layer: Any) -> Any:
    """The layer itself, or the one that goes in both directions."""
    is_wrapper = isinstance(layer, dict) and "Bidirectional" in layer
    return layer["Bidirectional"]["layer"] if is_wrapper else layer


def _hidden(config: Config) -> Iterator[tuple[str, dict[str, Any]]]:
    """Class and keys of the layers before the last one."""
    for layer in map(_held, config["model"]["layers"][:-1]):
        if isinstance(layer, dict):
            ((name, keys),) = layer.items()
            if isinstance(keys, dict):
                yield name, keys


def _wider(config: Config) -> None:
    """Four times the width; without a hidden layer one of 32."""
    layers, widened = config["model"]["layers"], False
    for layer in map(_held, layers[:-1]):
        for name, key in _WIDTHS.items():
            if isinstance(layer, dict) and name in layer:
                keys = layer[name]
                layer[name] = (
                    {**keys, key: 4 * keys[key]} if isinstance(keys, dict) else 4 * keys
                )
                widened = True
    if not widened:
        layers.insert(-1, {"Dense": {"units": 32, "activation": "relu"}})


def _rate(factor: float) -> Callable[[Config], None]:
    def change(config: Config) -> None:
        ((_, keys),) = config["compile"]["optimizer"].items()
        keys["learning_rate"] = float(f"{keys['learning_rate'] * factor:.6g}")

    return change


def _scaled(config: Config) -> None:
    config["data"].setdefault("scale", "standard")


def _unit(config: Config) -> None:
    """Numbers to predict of mean 0 and deviation 1; losses are multiplied back."""
    config["data"]["npz"]["labels"] = "y_scaled"


def _regularised(config: Config) -> None:
    """Dropout of 0.3 before the last layer, and L2 of 0.001 in hidden layers."""
    for name, keys in _hidden(config):
        if name in _WIDTHS:
            keys.setdefault("kernel_regularizer", {"L2": 0.001})
    layers = config["model"]["layers"]
    if not any(isinstance(one, dict) and "Dropout" in one for one in layers):
        layers.insert(-1, {"Dropout": 0.3})


def _no_dropout(config: Config) -> None:
    layers = config["model"]["layers"]
    layers[:] = [
        one for one in layers if not (isinstance(one, dict) and "Dropout" in one)
    ]


def _no_penalty(config: Config) -> None:
    for _, keys in _hidden(config):
        keys.pop("kernel_regularizer", None)


def _no_augmentation(config: Config) -> None:
    config["data"].pop("augment", None)


CHANGES: dict[str, Callable[[Config], None]] = {
    "longer": _longer,
    "wider": _wider,
    "third": _rate(1 / 3),
    "triple": _rate(3),
    "tenth": _rate(0.1),
    "tenfold": _rate(10),
    "scaled": _scaled,
    "unit": _unit,
    "regularised": _regularised,
    "no_dropout": _no_dropout,
    "no_penalty": _no_penalty,
    "no_augmentation": _no_augmentation,
}
"""By the name of a reference; what changes nothing is no reference."""
