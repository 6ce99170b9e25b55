"""A window that slides over an image or a series: the sizes that come out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

from dlrun.components.layers.layer import Shape, ShapeError, shape_text


@dataclass(frozen=True, slots=True)
class Window:
    """The window of a convolution or of a pooling layer."""

    noun: str
    """What its layer calls it: `kernel`, `pool`."""
    field: str
    """The argument that sets its size: `kernel_size`, `pool_size`."""
    size: Sequence[int]
    strides: Sequence[int]
    dilation_rate: Sequence[int]
    paddings: str
    """The values of `padding` under which any window fits: `same`, `same or causal`."""

    def padded(self, sides: Shape) -> Shape:
        """The sides that come out where the input is padded to keep its size."""
        return tuple(
            ceil(side / stride)
            for side, stride in zip(sides, self.strides, strict=True)
        )

    def valid(self, input_shape: Shape) -> Shape:
        """The sides that come out where the window stays inside the input.

        Raises:
            ShapeError: when the window is larger than the input.
        """
        sides = input_shape[:-1]
        spans = self._spans()
        if any(span > side for span, side in zip(spans, sides, strict=True)):
            raise self._too_large(input_shape)
        return tuple(
            (side - span) // stride + 1
            for side, span, stride in zip(sides, spans, self.strides, strict=True)
        )

    def _spans(self) -> Shape:
        """The size of the window with the holes that a dilation makes."""
        return tuple(
            (size - 1) * rate + 1
            for size, rate in zip(self.size, self.dilation_rate, strict=True)
        )

    def _too_large(self, input_shape: Shape) -> ShapeError:
        sides = input_shape[:-1]
        spans = self._spans()
        reach = "" if tuple(self.size) == spans else f", {_text(spans)} with holes,"
        largest = [
            (side - 1) // rate + 1
            for side, rate in zip(sides, self.dilation_rate, strict=True)
        ]
        most = largest[0] if len(set(largest)) == 1 else str(largest)
        return ShapeError(
            f"{self.noun}-too-large",
            f"the {_text(self.size)} {self.noun} of {{layer}}{reach}"
            f" is larger than its {_text(sides)} input",
            field=self.field,
            label=f"the input here is {shape_text(input_shape)}",
            hint=f"use padding: {self.paddings} or a {self.field} up to {most}",
        )


def _text(sides: Sequence[int]) -> str:
    return "x".join(str(side) for side in sides)
