"""What a callback of the code of a config remembers from epoch to epoch."""

from __future__ import annotations

import math
from collections.abc import Collection
from typing import TYPE_CHECKING

import numpy as np

from dlrun.errors import RunError

if TYPE_CHECKING:
    import keras

    from dlrun.runs import CallbackState

_OF_KERAS = frozenset({"_model", "best_weights", "params", "validation_data"})
"""What Keras sets, and weights, which a checkpoint keeps as arrays."""
_KEPT, _LEFT_OUT = "attributes", "left_out"
_NO_NUMBER = "not finite"
"""The key of a float that JSON does not know, in a mapping of its own."""


class _NotPlainError(Exception):
    """A value that JSON cannot hold."""


def own_state(callback: keras.callbacks.Callback) -> CallbackState:
    """Its attributes, if they are numbers, texts, or lists and mappings of them.

    Whatever else holds data is named, so that nobody goes on without it unawares.
    What it was made with, as a function or a file, is made again.
    """
    kept: dict[str, object] = {}
    left_out: list[str] = []
    for name, value in vars(callback).items():
        if name in _OF_KERAS:
            continue
        try:
            kept[name] = _written(value)
        except _NotPlainError:
            holds_data = isinstance(value, Collection) or hasattr(value, "assign")
            left_out += [name] if holds_data else []
    return {_KEPT: kept, _LEFT_OUT: left_out}


def restore_own(callback: keras.callbacks.Callback, state: CallbackState) -> None:
    """Put back what `own_state` gave.

    Raises:
        RunError: the checkpoint lacks data that the callback had.
        LookupError: the checkpoint is of another callback.
    """
    left_out, kept = state[_LEFT_OUT], state[_KEPT]
    if isinstance(left_out, list) and left_out:
        name = type(callback).__name__
        message = f"`{left_out[0]}` of `{name}` is kept by no checkpoint"
        hint = "train again; numbers, texts and lists of them would be kept"
        raise RunError(message, hint=hint)
    for name, value in kept.items() if isinstance(kept, dict) else ():
        setattr(callback, name, _read(value))


def _written(value: object) -> object:
    """A value as JSON.

    Raises:
        _NotPlainError: it cannot hold the value.
    """
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return {_NO_NUMBER: str(value)}
    if isinstance(value, list | tuple):
        return [_written(item) for item in value]
    if isinstance(value, dict) and all(isinstance(key, str) for key in value):
        return {key: _written(item) for key, item in value.items()}
    if value is None or isinstance(value, bool | int | float | str):
        return value
    raise _NotPlainError


def _read(value: object) -> object:
    if isinstance(value, list):
        return [_read(item) for item in value]
    if isinstance(value, dict):
        if list(value) == [_NO_NUMBER]:
            return float(str(value[_NO_NUMBER]))
        return {key: _read(item) for key, item in value.items()}
    return value
