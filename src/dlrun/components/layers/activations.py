"""The activation functions that are layers, with their own arguments."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import ValidationInfo, field_validator
from typing_extensions import override

from dlrun.components.component import named
from dlrun.components.constraints import Constraint
from dlrun.components.fields import NonNegativeFloat
from dlrun.components.initializers import Initializer
from dlrun.components.layers.axes import Axes, find_axes
from dlrun.components.layers.layer import (
    Layer,
    Shape,
    ShapeError,
    Weight,
    shape_text,
)
from dlrun.components.regularizers import Regularizer
from dlrun.components.words import invalid


class ReLU(Layer):
    """Zero below a threshold, the value itself above: `(batch, ...)` in and out."""

    keeps_numbers = True
    activates = True
    function_name = "relu"

    max_value: NonNegativeFloat | None = None
    """Larger values are cut to this; `None`: none is."""
    negative_slope: NonNegativeFloat = 0.0
    """The slope below the threshold."""
    threshold: NonNegativeFloat = 0.0
    """Where the function begins to rise, at most `max_value`."""

    @field_validator("threshold")
    @classmethod
    def _threshold_below_maximum(cls, value: float, info: ValidationInfo) -> float:
        most = info.data.get("max_value")
        if most is not None and value > most:
            message = f"`threshold` is above `max_value`, {value} > {most}"
            raise invalid(
                "conflicting-keys", message, hint=f"use a threshold up to {most}"
            )
        return value


class LeakyReLU(Layer):
    """The value if positive, else a small part of it: `(batch, ...)` in and out."""

    main_argument = "negative_slope"
    activates = True
    function_name = "leaky_relu"

    negative_slope: NonNegativeFloat = 0.3
    """The slope for negative values."""


class PReLU(Layer):
    """A LeakyReLU whose slopes are trained: `(batch, ...)` in and out.

    Source: K. He, X. Zhang, S. Ren and J. Sun (2015), Delving Deep into Rectifiers.
    """

    activates = True
    function_name = "leaky_relu"

    alpha_initializer: Initializer = named("zeros")
    """What the slopes start as."""
    alpha_regularizer: Regularizer | None = None
    """A penalty on the slopes; `None`: no penalty."""
    alpha_constraint: Constraint | None = None
    """What the slopes are held to after each step; `None`: nothing."""
    shared_axes: Axes | None = None
    """Axes from 1 on that share a slope: `[1, 2]`, one per channel; `None`: none."""

    @override
    def output_shape(self, input_shape: Shape) -> Shape:
        self._shared(input_shape)
        return input_shape

    @override
    def weights(self, input_shape: Shape) -> Mapping[str, Weight]:
        shared = self._shared(input_shape)
        sizes = tuple(
            1 if axis in shared else size for axis, size in enumerate(input_shape)
        )
        return {"alpha": Weight(sizes)}

    def _shared(self, input_shape: Shape) -> tuple[int, ...]:
        if self.shared_axes is None:
            return ()
        shared = find_axes(self.shared_axes, input_shape, "shared_axes")
        named = self.shared_axes
        if min(named if isinstance(named, tuple) else (named,)) > 0:
            return shared
        # Keras takes -1 for the axis before the last.
        raise ShapeError(
            "wrong-axis",
            "{layer} counts the axes that share a slope from the front",
            field="shared_axes",
            label=f"the input here is {shape_text(input_shape)}",
            hint=f"write {sorted(axis + 1 for axis in shared)}",
        )


class ELU(Layer):
    """The value if positive, else a curve to `-alpha`: `(batch, ...)` in and out.

    Source: D.-A. Clevert, T. Unterthiner and S. Hochreiter (2015), Fast and Accurate
    Deep Network Learning by Exponential Linear Units.
    """

    main_argument = "alpha"
    activates = True
    function_name = "elu"

    alpha: NonNegativeFloat = 1.0
    """How far below zero the curve goes."""


class Softmax(Layer):
    """Positive values that sum to 1 along an axis: `(batch, ...)` in and out."""

    main_argument = "axis"
    activates = True
    function_name = "softmax"
    may_follow_output = True

    axis: Axes = -1
    """The axis, or the axes, along which they sum to 1."""

    @override
    def output_shape(self, input_shape: Shape) -> Shape:
        find_axes(self.axis, input_shape, "axis")
        return input_shape
