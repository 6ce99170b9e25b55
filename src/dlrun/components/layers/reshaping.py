"""The layers that only arrange values anew: flatten, reshape, pad with zeros."""

from __future__ import annotations

from math import prod
from typing import Annotated, Any

from pydantic import PlainValidator
from typing_extensions import override

from dlrun.components.layers.layer import (
    Layer,
    Shape,
    ShapeError,
    require_axes,
    shape_text,
)
from dlrun.components.words import invalid, shown


class Flatten(Layer):
    """All values in one row: `(batch, ...)` to `(batch, values)`."""

    keeps_numbers = True
    passes_activation = True

    @override
    def output_shape(self, input_shape: Shape) -> Shape:
        return (prod(input_shape),)


def _target_shape(value: Any) -> tuple[int, ...]:
    sizes = value if isinstance(value, (list, tuple)) else [value]
    whole = all(isinstance(size, int) and not isinstance(size, bool) for size in sizes)
    if sizes and whole and all(size >= 1 or size == -1 for size in sizes):
        if sizes.count(-1) > 1:
            message = f"only one axis can be what is left, found {shown(value)}"
            raise invalid("wrong-type", message, hint="write -1 once, as in [4, -1]")
        return tuple(sizes)
    message = f"expected the size of each axis, without the batch, found {shown(value)}"
    raise invalid("wrong-type", message, hint="write integers, as in [4, 4] or [4, -1]")


class Reshape(Layer):
    """The same values in another shape: `(batch, ...)` to `(batch, *target_shape)`."""

    keeps_numbers = True
    main_argument = "target_shape"
    fixes_size = True
    passes_activation = True

    target_shape: Annotated[tuple[int, ...], PlainValidator(_target_shape)]
    """The size of each axis, without the batch; -1 stands for what is left."""

    @override
    def output_shape(self, input_shape: Shape) -> Shape:
        values = prod(input_shape)
        fixed = prod(size for size in self.target_shape if size != -1)
        has_rest = -1 in self.target_shape
        if values % fixed or not (has_rest or values == fixed):
            wanted = "divide" if has_rest else "be"
            target = list(self.target_shape)
            raise ShapeError(
                "shape-mismatch",
                f"{{layer}} cannot arrange {values:,} values as {target}",
                field="target_shape",
                label=f"the input here is {shape_text(input_shape)}",
                hint=f"the product {fixed:,} must {wanted} {values:,}; [-1] fits",
            )
        rest = values // fixed
        return tuple(rest if size == -1 else size for size in self.target_shape)


_Sides = tuple[tuple[int, int], tuple[int, int]]


def _sides(value: Any) -> _Sides:
    pair = value if isinstance(value, (list, tuple)) else [value, value]
    sides = [side if isinstance(side, (list, tuple)) else [side, side] for side in pair]
    numbers = [number for side in sides for number in side]
    whole = all(
        isinstance(number, int) and not isinstance(number, bool) and number >= 0
        for number in numbers
    )
    if whole and [len(side) for side in sides] == [2, 2]:
        top, bottom, left, right = numbers
        return (top, bottom), (left, right)
    message = f"expected the rows and columns of zeros to add, found {shown(value)}"
    raise invalid("wrong-type", message, hint="write 1, [1, 2] or [[1, 1], [2, 2]]")


class ZeroPadding2D(Layer):
    """Zeros around an image: `(batch, height, width, channels)` with larger sides."""

    keeps_numbers = True
    main_argument = "padding"
    augments = True
    pads = True

    padding: Annotated[_Sides, PlainValidator(_sides)] = ((1, 1), (1, 1))
    """Zeros on all sides, `[height, width]`, or `[[top, bottom], [left, right]]`."""

    @override
    def output_shape(self, input_shape: Shape) -> Shape:
        require_axes(self, input_shape, 3, "height, width, channels")
        height, width, channels = input_shape
        return height + sum(self.padding[0]), width + sum(self.padding[1]), channels
