"""The types that fields of components share: their ranges, their short forms."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Any, Literal, Self, TypeGuard

from pydantic import BeforeValidator, Field, PlainSerializer, PlainValidator

from dlrun.components.scope import CodeScope, current_scope
from dlrun.components.words import invalid, shown, unknown_choice
from dlrun.config import ConfigText
from dlrun.data.moved import current_root

PositiveInt = Annotated[int, Field(gt=0)]
NonNegativeInt = Annotated[int, Field(ge=0)]
Number = Annotated[float, Field(allow_inf_nan=False)]
PositiveFloat = Annotated[float, Field(gt=0, allow_inf_nan=False)]
NonNegativeFloat = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Fraction = Annotated[float, Field(ge=0, lt=1, allow_inf_nan=False)]
"""A share that may be none of the whole, but not all of it."""
OpenFraction = Annotated[float, Field(gt=0, lt=1, allow_inf_nan=False)]
UnitInterval = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]


def _whole(value: object, least: int) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool) and value >= least


def _sized(length: int, least: int = 1) -> Any:
    """A validator for `length` integers; one number stands for all of them."""
    words = {1: "an integer", 2: "an integer or two"}[length]
    example = {1: "3", 2: "3 or [3, 3]"}[length]

    def validate(value: object) -> tuple[int, ...]:
        if _whole(value, least):
            return (value,) * length
        if (
            isinstance(value, (list, tuple))
            and len(value) == length
            and all(_whole(item, least) for item in value)
        ):
            return tuple(value)
        message = f"`{{key}}` must be {words} of at least {least}, found {shown(value)}"
        numbers = value if isinstance(value, (list, tuple)) else [value]
        small = all(_whole(item, -(10**12)) for item in numbers) and len(numbers) in {
            1,
            length,
        }
        code = "out-of-range" if small else "wrong-type"
        raise invalid(code, message, hint=f"write {example}")

    return PlainValidator(validate)


Single = Annotated[tuple[int], _sized(1)]
"""One size for a 1D layer: `3` or `[3]`."""
Pair = Annotated[tuple[int, int], _sized(2)]
"""A size for height and width: `3` for both, or `[3, 5]`."""


def row_shape(value: object) -> tuple[int, ...]:
    """The shape of one sample, without the batch; one integer is that of one axis."""
    if _whole(value, 1):
        return (value,)
    if (
        isinstance(value, (list, tuple))
        and value
        and all(_whole(item, 1) for item in value)
    ):
        return tuple(value)
    message = f"expected the size of each axis, without the batch, found {shown(value)}"
    raise invalid(
        "wrong-type",
        message,
        hint="write integers of at least 1, as in [28, 28, 1]",
    )


def _as_tuple(value: object) -> object:
    return tuple(value) if isinstance(value, list) else value


AsTuple = BeforeValidator(_as_tuple)
"""Lets a YAML list fill a tuple field: `Annotated[tuple[float, ...], AsTuple]`."""

Padding = Literal["valid", "same"]

ACTIVATIONS = (
    "celu", "elu", "exponential", "gelu", "hard_shrink", "hard_sigmoid", "hard_silu",
    "hard_swish", "hard_tanh", "leaky_relu", "linear", "log_sigmoid", "log_softmax",
    "mish", "relu", "relu6", "selu", "sigmoid", "silu", "soft_shrink", "softmax",
    "softplus", "softsign", "sparse_plus", "sparse_sigmoid", "sparsemax", "squareplus",
    "swish", "tanh", "tanh_shrink",
)  # fmt: skip
"""The activation functions of `keras.activations`, by the text that Keras accepts.

`glu` halves the last axis and `threshold` needs arguments: neither fits `activation`.
"""
ACTIVATION = "activation"
"""What functions of the code of a config can be named as, beside the kinds."""


class OwnActivation(str):
    """An activation function of the code of a config, by its name."""

    __slots__ = ("_scope",)

    _scope: CodeScope

    def __new__(cls, name: str, scope: CodeScope) -> Self:
        """Join a name to the code that defines it."""
        self = super().__new__(cls, name)
        self._scope = scope
        return self

    def build(self) -> object:
        """The function.

        Raises:
            CodeNotAllowedError: nobody has allowed to import it.
            CodeError: it cannot be imported.
        """
        assert self._scope.file is not None  # noqa: S101 - it defines the function
        definition = self._scope.definitions[ACTIVATION][str(self)]
        from dlrun.custom import find_object

        return find_object(self._scope.file, definition)


def _activation(value: object) -> str:
    if isinstance(value, OwnActivation):
        return value
    if isinstance(value, str) and value in ACTIVATIONS:
        return str(value)
    if value is None:
        return "linear"
    scope = current_scope()
    own = scope.names(ACTIVATION)
    if isinstance(value, str) and value in own:
        return OwnActivation(str(value), scope)
    raise unknown_choice("activation", value, [*ACTIVATIONS, *own])


ActivationName = Annotated[str, PlainValidator(_activation)]
"""The name of an activation function; nothing means `linear`, as in Keras."""


def _data_path(value: object) -> Path:
    if isinstance(value, (str, Path)):
        directory = value.directory if isinstance(value, ConfigText) else Path()
        # Not resolve(): a link stays the name that the person chose.
        path = Path(os.path.abspath(directory / value))  # noqa: PTH100
        root = current_root()
        is_written = isinstance(value, ConfigText)
        if root is None or (is_written and not root.takes_written):
            return path
        return root.place(path)
    raise invalid(
        "wrong-type",
        f"expected a path, found {shown(value)}",
        hint="write a path, as in data.csv",
    )


DataPath = Annotated[Path, PlainValidator(_data_path), PlainSerializer(str)]
"""A file or folder, made absolute from the directory of the file that wrote it."""
