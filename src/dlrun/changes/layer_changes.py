"""The changes of layers: dropout, penalties, width and depth, normalization."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from dlrun.changes.change import (
    Change,
    change,
    named,
    rounded,
    text,
)
from dlrun.changes.layers import (
    DROPOUTS,
    NORMALIZATIONS,
    WIDTHS,
    Layers,
    PlainLayer,
)
from dlrun.changes.setup import Setup
from dlrun.components.index import keys_of, with_trait
from dlrun.diagnosis.recording import number_of

_RATE = 0.3
_HIGHEST_RATE = 0.5
_PENALTY = 1e-3
_HIGHEST_PENALTY = 0.1
_WIDER = 4
_WIDE_ENOUGH = 16
"""A hidden layer that is made wider gets at least so many units."""
_ELEMENTWISE = with_trait("layer", "elementwise", bool)
_FIXING_SIZE = with_trait("layer", "fixes_size", bool)
_DROPPING = ("dropout", "recurrent_dropout")
_PENALTIES = ("kernel_regularizer", "recurrent_regularizer", "bias_regularizer")


def dropout_up(setup: Setup) -> Change | None:
    """0 -> 0.3 after each hidden layer; a rate that is there + 0.2, up to 0.5."""
    layers = setup.layers
    patch: list[str] = []
    inserted: dict[int, object] = {}
    for layer in layers.hidden:
        there = layers.of_kind(layer, DROPOUTS)
        asleep = layers.of_kind(layer, DROPOUTS, enabled=False)
        if there is not None:
            patch += _raised(there.path, "rate", there.number("rate"))
        elif layer.argument("dropout"):
            patch += _raised(layer.path, "dropout", layer.number("dropout"))
        elif asleep is not None:
            patch += _woken(asleep)
        else:
            end = max([layer, *layers.behind(layer)], key=lambda part: part.index)
            inserted[end.index] = {"Dropout": _RATE}
    patch += insertions(layers, inserted)
    sentence = "more dropout after the hidden layers"
    if not any(True for _ in _dropouts(layers)):
        sentence = f"dropout of {_RATE} after each hidden layer"
    return change("dropout_up", sentence, patch)


def _raised(path: str, key: str, rate: float) -> list[str]:
    if rate >= _HIGHEST_RATE:
        return []
    return [f"{path}.{key}={text(rounded(min(_HIGHEST_RATE, rate + 0.2)))}"]


def _woken(layer: PlainLayer) -> list[str]:
    rate = layer.argument("rate")
    given = isinstance(rate, (int, float)) and 0 < rate <= _HIGHEST_RATE
    return [
        f"{layer.path}.enabled=true",
        *([] if given else [f"{layer.path}.rate={_RATE}"]),
    ]


def dropout_down(setup: Setup) -> Change | None:
    """Rates fall by 0.3, to 0.2 at most; what falls to 0 is switched off."""
    layers = setup.layers
    patch = []
    for layer, key in _dropouts(layers):
        rate = rounded(max(0.0, min(0.2, layer.number(key) - 0.3)))
        switched_off = not rate and key == "rate" and layer.path == layer.place
        value = "enabled=false" if switched_off else f"{key}={text(rate)}"
        patch.append(f"{layer.path}.{value}")
    return change("dropout_down", "less dropout", patch)


def _dropouts(layers: Layers) -> Iterator[tuple[PlainLayer, str]]:
    """Every layer that drops something, and the argument that says how much."""
    for layer in layers.all:
        keys = ("rate",) if layer.kind in DROPOUTS else _DROPPING
        for key in keys if layer.enabled else ():
            if layer.argument(key):
                yield layer, key


def l2_up(setup: Setup) -> Change | None:
    """None -> L2 of 0.001 on hidden kernels; one that is there x 10, up to 0.1."""
    patch = []
    for layer in setup.layers.hidden:
        if "kernel_regularizer" not in keys_of("layer", layer.kind):
            continue
        path = f"{layer.path}.kernel_regularizer"
        kind, arguments = named(layer.argument("kernel_regularizer"))
        penalty = number_of(arguments.get("l2")) or 0.0
        if kind == "":
            patch.append(f"{path}={text({'L2': _PENALTY})}")
        elif 0 < penalty < _HIGHEST_PENALTY:
            raised = rounded(min(_HIGHEST_PENALTY, 10 * penalty))
            patch.append(f"{path}.l2={text(raised)}")
    return change("l2_up", "a larger L2 penalty on the hidden layers", patch)


def l2_down(setup: Setup) -> Change | None:
    """Penalties are divided by ten, and are 0.001 at most."""
    patch = []
    for layer in setup.layers.weighted:
        for key in _PENALTIES:
            _, arguments = named(layer.argument(key))
            patch += [
                f"{layer.path}.{key}.{name}={text(rounded(min(factor / 10, _PENALTY)))}"
                for name in ("l1", "l2")
                if (factor := number_of(arguments.get(name)) or 0.0)
            ]
    return change("l2_down", "a smaller penalty on the weights", patch)


def less_complexity(setup: Setup) -> Change | None:
    """Half as many units or filters in each hidden layer."""
    patch = width_patch(setup, lambda width: max(1, width // 2))
    return change("less_complexity", "half as wide hidden layers", patch)


def more_complexity(setup: Setup) -> Change | None:
    """Twice as many units or filters in each hidden layer, at least 16; then depth."""
    patch = width_patch(setup, lambda width: max(2 * width, _WIDE_ENOUGH))
    wider = change("more_complexity", "twice as wide hidden layers", patch)
    deep = deeper(setup)
    return wider or (deep and Change("more_complexity", deep.sentence, deep.patch))


def wider(setup: Setup) -> Change | None:
    """Four times as many units or filters in each hidden layer; then depth."""
    patch = width_patch(setup, lambda width: _WIDER * width)
    changed = change("wider", "four times as wide hidden layers", patch)
    deep = deeper(setup)
    return changed or (deep and Change("wider", deep.sentence, deep.patch))


def unregularised(setup: Setup) -> Change | None:
    """No dropout, no penalty on the weights, and no rows that are moved."""
    layers = setup.layers
    patch = []
    for layer, key in _dropouts(layers):
        switched_off = key == "rate" and layer.path == layer.place
        value = "enabled=false" if switched_off else f"{key}=0.0"
        patch.append(f"{layer.path}.{value}")
    patch += [
        f"{layer.path}.{key}=null"
        for layer in layers.weighted
        for key in _PENALTIES
        if layer.argument(key) is not None
    ]
    patch += ["data.augment=[]"] if setup.items("data", "augment") else []
    sentence = "neither dropout nor penalties nor augmentation"
    return change("unregularised", sentence, patch)


def deeper(setup: Setup) -> Change | None:
    """One more hidden layer of the kind of the last, or the first of all."""
    layers = setup.layers
    head = layers.head
    if head is None or head.path != head.place:
        return None
    last = layers.hidden[-1] if layers.hidden else None
    new: object = {"Dense": {"units": 2 * _WIDE_ENOUGH, "activation": "relu"}}
    if last is not None:
        if last.kind != "Dense" or head.kind != "Dense" or last.path != last.place:
            return None
        left_out = {"name", "from", "enabled"}
        kept = {
            key: last.arguments[key] for key in last.arguments if key not in left_out
        }
        new = {"Dense": kept}
    if head.index == 0:
        patch = [f"model.layers={text([new, *setup.items('model', 'layers')])}"]
        return change("deeper", "a first hidden layer", patch)
    end = last if last is not None else layers.all[head.index - 1]
    patch = insertions(layers, {end.index: new})
    return change("deeper", "one more hidden layer", patch)


def width_patch(setup: Setup, widened: Callable[[int], int]) -> list[str]:
    """Another number of units or filters in each hidden layer, where that can be.

    Args:
        setup: What is changed.
        widened: The new width for the old one.
    """
    layers = setup.layers
    if not layers.hidden or _has_fixed_widths(layers):
        return []
    return [
        f"{layer.path}.{WIDTHS[layer.kind]}={new}"
        for layer in layers.hidden
        if (new := widened(layer.width)) != layer.width
    ]


def _has_fixed_widths(layers: Layers) -> bool:
    """Whether a layer below relies on the width of one above, or on the input's."""
    first = layers.hidden[0].index
    early = {"input"} | {layer.name for layer in layers.all[:first]}
    for layer in layers.all[first:]:
        adds = layer.kind in _ELEMENTWISE
        if layer.kind in _FIXING_SIZE or layer.number("groups") > 1:
            return True
        if adds and not early.isdisjoint(layer.sources or ()):
            return True
    return False


def batch_norm(setup: Setup) -> Change | None:
    """Batch normalization after each hidden layer that is not recurrent.

    With the momentum of 0.9 the moving averages settle within some fifty steps; Keras'
    0.99 takes ten times as many, which small studies do not have.
    """
    layers = setup.layers
    patch: list[str] = []
    inserted: dict[int, object] = {}
    for layer in layers.hidden:
        if layer.is_recurrent or layers.of_kind(layer, NORMALIZATIONS) is not None:
            continue
        asleep = layers.of_kind(layer, ("BatchNormalization",), enabled=False)
        if asleep is not None:
            patch.append(f"{asleep.path}.enabled=true")
        else:
            inserted[layer.index] = {"BatchNormalization": {"momentum": 0.9}}
    patch += insertions(layers, inserted)
    return change("batch_norm", "batch normalization after the hidden layers", patch)


def insertions(layers: Layers, new: Mapping[int, object]) -> list[str]:
    """Put layers after others; the last first, so that no place changes before."""
    return [
        f"{layers.all[index].place}+={text(new[index])}"
        for index in sorted(new, reverse=True)
        if layers.takes_insertion(index)
    ]
