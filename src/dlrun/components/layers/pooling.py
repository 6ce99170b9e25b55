"""The layers that summarise neighbouring values by their maximum or their mean."""

from __future__ import annotations

from typing import ClassVar

from typing_extensions import override

from dlrun.components.fields import Padding, Pair, Single
from dlrun.components.layers.layer import Layer, Shape, require_axes
from dlrun.components.layers.window import Window

_AXES = {1: "steps, features", 2: "height, width, channels"}


class Pooling(Layer, abstract=True):
    """What the pooling layers share: a window that slides over each channel."""

    main_argument = "pool_size"
    pools = True

    pool_size: tuple[int, ...]
    """Size of the window."""
    strides: tuple[int, ...] | None = None
    """How far the window moves; `None`: by its own size."""
    padding: Padding = "valid"
    """`valid`: the window stays inside; `same`: the edges are padded."""

    @override
    def output_shape(self, input_shape: Shape) -> Shape:
        sides = len(self.pool_size)
        require_axes(self, input_shape, sides + 1, _AXES[sides])
        strides = self.strides or self.pool_size
        window = Window(
            "pool", "pool_size", self.pool_size, strides, (1,) * sides, "same"
        )
        if self.padding == "same":
            return (*window.padded(input_shape[:-1]), input_shape[-1])
        return (*window.valid(input_shape), input_shape[-1])


class MaxPooling1D(Pooling):
    """The largest of neighbouring steps: `(batch, steps, features)` to fewer steps."""

    keeps_numbers = True
    xla = "impossible"
    pool_size: Single = (2,)
    """How many steps the window covers."""
    strides: Single | None = None
    """How many steps the window moves; `None`: `pool_size`."""


class MaxPooling2D(Pooling):
    """The largest of neighbours: `(batch, height, width, channels)` in and out."""

    keeps_numbers = True
    xla = "impossible"
    synonyms = ("maxpool", "maxpool2d")
    pool_size: Pair = (2, 2)
    """Height and width of the window."""
    strides: Pair | None = None
    """How far the window moves down and right; `None`: `pool_size`."""


class AveragePooling1D(Pooling):
    """The mean of neighbouring steps: `(batch, steps, features)` to fewer steps."""

    pool_size: Single
    """How many steps the window covers."""
    strides: Single | None = None
    """How many steps the window moves; `None`: `pool_size`."""


class AveragePooling2D(Pooling):
    """The mean of neighbours: `(batch, height, width, channels)` in and out."""

    synonyms = ("avgpool2d",)

    pool_size: Pair
    """Height and width of the window."""
    strides: Pair | None = None
    """How far the window moves down and right; `None`: `pool_size`."""


class GlobalPooling(Layer, abstract=True):
    """What the global pooling layers share: one value per channel."""

    sides: ClassVar[int]
    """How many axes are summarised."""

    keepdims: bool = False
    """Whether the summarised axes stay, with size 1."""

    @override
    def output_shape(self, input_shape: Shape) -> Shape:
        require_axes(self, input_shape, self.sides + 1, _AXES[self.sides])
        kept = (1,) * self.sides if self.keepdims else ()
        return (*kept, input_shape[-1])


class GlobalMaxPooling1D(GlobalPooling):
    """The largest of each feature: `(batch, steps, features)` to features."""

    keeps_numbers = True
    sides = 1


class GlobalMaxPooling2D(GlobalPooling):
    """The largest of each channel: `(batch, height, width, channels)` to channels."""

    keeps_numbers = True
    sides = 2


class GlobalAveragePooling1D(GlobalPooling):
    """The mean of each feature: `(batch, steps, features)` to features."""

    sides = 1
    averages = True


class GlobalAveragePooling2D(GlobalPooling):
    """The mean of each channel: `(batch, height, width, channels)` to channels."""

    sides = 2
