"""The layers that make one output of several inputs; `from:` names them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from typing_extensions import override

from dlrun.components.layers.axes import Axis, find_axes
from dlrun.components.layers.layer import (
    Layer,
    Shape,
    ShapeError,
    shape_text,
)


class Merge(Layer, abstract=True):
    """What the merging layers share: several inputs of one shape become one output.

    A side of size 1 is repeated to the size of the others, as in Keras.
    """

    main_argument = "from"
    merges = True

    most_inputs: ClassVar[int | None] = None
    """How many inputs it takes at most; `None`: any number."""

    @override
    def output_shape(self, input_shape: Shape) -> Shape:
        return self.joined_shape([input_shape])

    @override
    def joined_shape(self, input_shapes: Sequence[Shape]) -> Shape:
        """The shape of one output for inputs of these shapes.

        Raises:
            ShapeError: when there are too few or too many, or they do not fit.
        """
        self._require_inputs(len(input_shapes))
        if len({len(shape) for shape in input_shapes}) > 1:
            raise self.differing(input_shapes)
        sides = []
        for sizes in zip(*input_shapes, strict=True):
            wide = {size for size in sizes if size != 1}
            if len(wide) > 1:
                raise self.differing(input_shapes)
            sides.append(max(sizes))
        return tuple(sides)

    def _require_inputs(self, number: int) -> None:
        if number < 2:
            message = "{layer} needs at least two inputs, but gets one"
            hint = f"name them: {self.key}: {{from: [a, b]}}"
            raise ShapeError(
                "too-few-inputs",
                message,
                field="from" if self.from_ else None,
                hint=hint,
            )
        if self.most_inputs is not None and number > self.most_inputs:
            message = f"{{layer}} takes {self.most_inputs} inputs, but gets {number}"
            hint = f"name {self.most_inputs} layers in `from`"
            raise ShapeError("too-many-inputs", message, field="from", hint=hint)

    def differing(self, input_shapes: Sequence[Shape]) -> ShapeError:
        """The error for inputs that do not fit each other."""
        shapes = " and ".join(shape_text(shape) for shape in input_shapes)
        message = f"{{layer}} needs inputs of one shape, but gets {shapes}"
        hint = "bring them to one shape first, as with Dense, Conv2D or Reshape"
        return ShapeError("shape-mismatch", message, field="from", hint=hint)


class Add(Merge):
    """The sum of its inputs, place by place."""

    elementwise = True


class Subtract(Merge):
    """Its first input minus its second, place by place."""

    most_inputs = 2
    elementwise = True


class Multiply(Merge):
    """The product of its inputs, place by place."""

    elementwise = True


class Average(Merge):
    """The mean of its inputs, place by place."""

    elementwise = True


class Maximum(Merge):
    """The largest of its inputs, place by place."""

    keeps_numbers = True
    elementwise = True


class Minimum(Merge):
    """The smallest of its inputs, place by place."""

    keeps_numbers = True
    elementwise = True


class Concatenate(Merge):
    """Its inputs side by side along one axis; the other axes must be of one size."""

    keeps_numbers = True
    axis: Axis = -1
    """The axis along which they stand: -1 is the last, 1 the first after the batch."""

    @override
    def joined_shape(self, input_shapes: Sequence[Shape]) -> Shape:
        self._require_inputs(len(input_shapes))
        first = input_shapes[0]
        (axis,) = find_axes(self.axis, first, "axis")
        others = {(*shape[:axis], *shape[axis + 1 :]) for shape in input_shapes}
        if len(others) > 1 or len({len(shape) for shape in input_shapes}) > 1:
            raise self.differing(input_shapes)
        return (
            *first[:axis],
            sum(shape[axis] for shape in input_shapes),
            *first[axis + 1 :],
        )

    @override
    def differing(self, input_shapes: Sequence[Shape]) -> ShapeError:
        shapes = " and ".join(shape_text(shape) for shape in input_shapes)
        only = f"that differ along axis {self.axis} only"
        message = f"{{layer}} needs inputs {only}, but gets {shapes}"
        hint = "bring the other axes to one size first, as with Flatten or Reshape"
        return ShapeError("shape-mismatch", message, field="from", hint=hint)
