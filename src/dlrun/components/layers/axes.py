"""Axes as Keras counts them: 0 is the batch, 1 the first of a sample, -1 the last."""

from __future__ import annotations

from typing import Annotated, TypeGuard

from pydantic import PlainValidator

from dlrun.components.layers.layer import Shape, ShapeError, shape_text
from dlrun.components.words import invalid, shown


def _is_axis(value: object) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool) and value != 0


def _axis(value: object) -> int:
    if _is_axis(value):
        return int(value)
    message = f"expected an axis, found {shown(value)}"
    raise invalid(
        "wrong-type",
        message,
        hint="write -1 for the last axis, or 1 for the first after the batch",
    )


def _axes(value: object) -> int | tuple[int, ...]:
    if (
        isinstance(value, (list, tuple))
        and value
        and all(_is_axis(axis) for axis in value)
    ):
        return tuple(value) if len(value) > 1 else int(value[0])
    return _axis(value)


Axis = Annotated[int, PlainValidator(_axis)]
"""One axis; the batch, 0, is refused."""
Axes = Annotated[int | tuple[int, ...], PlainValidator(_axes)]
"""One axis, or several: `-1` or `[1, 2]`."""


def find_axes(
    axes: int | tuple[int, ...], input_shape: Shape, field: str
) -> tuple[int, ...]:
    """The places in `input_shape`, which has no batch, of axes as Keras counts them.

    Raises:
        ShapeError: when the input has no such axis, or one is named twice.
    """
    named = axes if isinstance(axes, tuple) else (axes,)
    size = len(input_shape)
    indices = tuple(axis - 1 if axis > 0 else axis + size for axis in named)
    exist = all(0 <= index < size for index in indices)
    if exist and len(set(indices)) == len(indices):
        return indices
    wanted = ", ".join(str(axis) for axis in named)
    twice = "twice " if exist else ""
    last = "-1" if size == 1 else f"-1 to -{size}"
    raise ShapeError(
        "wrong-axis",
        f"{{layer}} cannot find axis {wanted} {twice}in its input".replace("  ", " "),
        field=field,
        label=f"the input here is {shape_text(input_shape)}",
        hint=f"use {last}, counted from the end"
        if size
        else "put `Reshape: [1]` above it",
    )


def pad_and_crop(shape: Shape) -> str:
    """How images of a shape are moved by a crop, and keep their size."""
    size = f"{{height: {shape[0]}, width: {shape[1]}}}"
    crop = f"[{{ZeroPadding2D: 2}}, {{RandomCrop: {size}}}]"
    return f"under data.augment pad first, and crop to the size of the rows: {crop}"
