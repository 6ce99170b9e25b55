"""The changes of how signals pass: activations, initial weights, gated recurrence."""

from __future__ import annotations

from collections.abc import Iterator

from dlrun.changes.change import (
    Change,
    Values,
    change,
    named,
    text,
)
from dlrun.changes.layers import ACTIVATIONS, RECURRENT, PlainLayer
from dlrun.changes.setup import Setup
from dlrun.components.index import with_trait
from dlrun.diagnosis.recording import number_of

RELU_LIKE = frozenset({"elu", "gelu", "leaky_relu", "relu", "relu6", "silu", "swish"})
_SATURATING = frozenset(
    {"hard_sigmoid", "hard_tanh", "sigmoid", "softmax", "softsign", "tanh"}
)
_SCALED = with_trait("initializer", "fits_inputs", bool)
"""Initial weights whose size follows from the number of inputs."""
_FOR_RELU = with_trait("initializer", "suits_relu", bool)
_GAINS = with_trait("initializer", "harmless", list)
"""Initial weights with a factor, and the range in which it is harmless."""
_KEPT = (
    "units",
    "return_sequences",
    "go_backwards",
    "dropout",
    "recurrent_dropout",
    "kernel_regularizer",
    "recurrent_regularizer",
)


def relu(setup: Setup) -> Change | None:
    """ReLU with He's initial weights, where a hidden layer saturates or is linear."""
    layers = setup.layers
    patch = []
    for layer in layers.hidden:
        function = layers.activation(layer)
        behind = layers.of_kind(layer, ACTIVATIONS)
        if layer.is_recurrent or function not in _SATURATING | {"linear"}:
            continue
        is_own = behind is None or layer.argument("activation") not in {None, "linear"}
        holder = layer if behind is None or is_own else behind
        if holder is not layer and not holder.is_activation:
            continue
        patch.append(f"{holder.path}.activation=relu")
        if _initializer(layer)[0] not in {"", *_FOR_RELU}:
            patch.append(f"{layer.path}.kernel_initializer=HeNormal")
    return change("relu", "ReLU with He's initial weights in hidden layers", patch)


def leaky_relu(setup: Setup) -> Change | None:
    """Leaky ReLU, whose gradient is nowhere 0, in place of ReLU."""
    layers = setup.layers
    patch = []
    for layer in layers.hidden:
        behind = layers.of_kind(layer, ACTIVATIONS)
        if layer.argument("activation") in {"relu", "relu6"}:
            patch.append(f"{layer.path}.activation=leaky_relu")
        elif behind is not None and layers.activation(layer) == "relu":
            patch.append(_leaky(behind))
    return change("leaky_relu", "leaky ReLU in the hidden layers", patch)


def _leaky(layer: PlainLayer) -> str:
    if layer.is_activation:
        return f"{layer.path}.activation=leaky_relu"
    arguments = {} if layer.name is None else {"name": layer.name}
    new: object = {"LeakyReLU": arguments} if arguments else "LeakyReLU"
    return f"{layer.path}={text(new)}"


def scaled_init(setup: Setup) -> Change | None:
    """He's or Glorot's initial weights, where others ignore the number of inputs."""
    layers = setup.layers
    patch = []
    for layer in layers.weighted:
        usual = "HeNormal" if layers.activation(layer) in RELU_LIKE else "GlorotUniform"
        starts = {"kernel_initializer": usual, "recurrent_initializer": "Orthogonal"}
        odd = _odd_initializers(layer)
        patch += [f"{layer.path}.{key}={starts[key]}" for key in odd]
    return change("scaled_init", "initial weights that fit the layers' sizes", patch)


def _odd_initializers(layer: PlainLayer) -> Iterator[str]:
    for key in ("kernel_initializer", "recurrent_initializer"):
        kind, arguments = named(layer.argument(key))
        argument, low, high = _GAINS.get(kind, ("", 0.0, 0.0))
        factor = number_of(arguments.get(argument, 1.0)) if argument else None
        harmless = factor is not None and low <= factor <= high
        if kind and kind not in _SCALED and not harmless:
            yield key


def he_init(setup: Setup) -> Change | None:
    """He's initial weights for the hidden layers with ReLU."""
    layers = setup.layers
    patch = [
        f"{layer.path}.kernel_initializer=HeNormal"
        for layer in layers.hidden
        if layers.activation(layer) in RELU_LIKE and not layer.is_recurrent
        if _initializer(layer)[0] not in {"", *_FOR_RELU}
    ]
    return change("he_init", "He's initial weights in the hidden layers", patch)


def glorot_init(setup: Setup) -> Change | None:
    """Glorot's initial weights, where others ignore the number of inputs."""
    patch = [
        f"{layer.path}.kernel_initializer=GlorotUniform"
        for layer in setup.layers.weighted
        if "kernel_initializer" in set(_odd_initializers(layer))
    ]
    return change("glorot_init", "Glorot's initial weights", patch)


def _initializer(layer: PlainLayer) -> tuple[str, Values]:
    return named(layer.argument("kernel_initializer"))


def zero_bias(setup: Setup) -> Change | None:
    """Biases that start at 0."""
    patch = [
        f"{layer.path}.bias_initializer=Zeros"
        for layer in setup.layers.weighted
        if named(layer.argument("bias_initializer"))[0] not in {"", "Zeros"}
        if layer.argument("use_bias") is not False
    ]
    return change("zero_bias", "biases that start at 0", patch)


def lstm(setup: Setup) -> Change | None:
    """LSTM, whose gates let gradients pass, in place of SimpleRNN."""
    return _gated(setup, "LSTM")


def gru(setup: Setup) -> Change | None:
    """GRU, whose gates let gradients pass, in place of SimpleRNN."""
    return _gated(setup, "GRU")


def _gated(setup: Setup, kind: str) -> Change | None:
    patch = []
    for layer in setup.layers.weighted:
        if RECURRENT.get(layer.kind) == 1:
            own = {} if layer.path != layer.place else _own(layer)
            kept = {key: layer.argument(key) for key in _KEPT if layer.argument(key)}
            patch.append(f"{layer.path}={text({kind: own | kept})}")
    return change(kind.lower(), f"{kind} in place of SimpleRNN", patch)


def _own(layer: PlainLayer) -> dict[str, object]:
    """What ties a layer to others: its name, and what it takes."""
    ties = {"name": layer.name, "from": layer.sources}
    return {key: value for key, value in ties.items() if value is not None}
