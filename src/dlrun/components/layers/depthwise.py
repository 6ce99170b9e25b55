"""The convolutions that filter each channel on its own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from typing_extensions import override

from dlrun.components.component import named
from dlrun.components.constraints import Constraint
from dlrun.components.fields import Padding, Pair, PositiveInt
from dlrun.components.initializers import Initializer
from dlrun.components.layers.convolutional import Convolution
from dlrun.components.layers.layer import RareKernel, Shape, Weight, times
from dlrun.components.regularizers import Regularizer


class Depthwise(Convolution, abstract=True):
    """A convolution that filters each channel on its own."""

    kernel_size: Pair
    """Height and width of a filter."""
    strides: Pair = (1, 1)
    """How far a filter moves down and right."""
    padding: Padding = "valid"
    """`valid`: filters stay inside the image; `same`: zeros around it."""
    dilation_rate: Pair = (1, 1)
    """The distance of the pixels that a filter looks at; 1: neighbours."""
    depth_multiplier: PositiveInt = 1
    """How many filters each channel of the input has."""
    depthwise_initializer: Initializer = named("glorot_uniform")
    """What the filters of the channels start as."""
    depthwise_regularizer: Regularizer | None = None
    """A penalty on the filters of the channels; `None`: no penalty."""
    depthwise_constraint: Constraint | None = None
    """What the filters of the channels are held to after each step; `None`: nothing."""

    @override
    def rare_kernel(self) -> RareKernel | None:
        if len(set(self.strides)) == 1:
            return None
        hint = f"write strides: {min(self.strides)}"
        return RareKernel(("strides",), "strides that differ", hint)

    def depthwise_text(self, channels: int) -> str:
        """The filters of `channels` channels."""
        return (
            f"{channels * self.depth_multiplier} filters x ({times(self.kernel_size)})"
        )


class DepthwiseConv2D(Depthwise):
    """Filters on each channel alone: `(batch, height, width, channels)` in and out."""

    main_argument = "kernel_size"

    @override
    def channels_out(self, channels: int) -> int:
        return channels * self.depth_multiplier

    @override
    def weights(self, input_shape: Shape) -> Mapping[str, Weight]:
        channels = input_shape[-1]
        kernel = Weight((*self.kernel_size, channels, self.depth_multiplier))
        return {"kernel": kernel, **self.bias(self.channels_out(channels))}

    @override
    def arithmetic(self, input_shape: Shape) -> Iterator[str]:
        channels = input_shape[-1]
        biases = self.bias_text(self.channels_out(channels))
        yield f"{self.depthwise_text(channels)}{biases} = {self.count(input_shape):,}"


class SeparableConv2D(Depthwise):
    """Filters on each channel, then 1x1 filters: an image to `filters` channels."""

    main_argument = "filters"
    width_argument = "filters"

    filters: PositiveInt
    """How many 1x1 filters mix the channels: the channels of the output."""
    pointwise_initializer: Initializer = named("glorot_uniform")
    """What the 1x1 filters start as."""
    pointwise_regularizer: Regularizer | None = None
    """A penalty on the 1x1 filters; `None`: no penalty."""
    pointwise_constraint: Constraint | None = None
    """What the 1x1 filters are held to after each step; `None`: nothing."""

    @override
    def channels_out(self, channels: int) -> int:
        return self.filters

    @override
    def weights(self, input_shape: Shape) -> Mapping[str, Weight]:
        channels = input_shape[-1]
        depthwise = Weight((*self.kernel_size, channels, self.depth_multiplier))
        pointwise = Weight((1, 1, channels * self.depth_multiplier, self.filters))
        kernels = {"depthwise_kernel": depthwise, "pointwise_kernel": pointwise}
        return {**kernels, **self.bias(self.filters)}

    @override
    def arithmetic(self, input_shape: Shape) -> Iterator[str]:
        channels = input_shape[-1]
        mixed = f"{self.filters} filters x (1 x 1 x {channels * self.depth_multiplier})"
        terms = (
            f"{self.depthwise_text(channels)} + {mixed}{self.bias_text(self.filters)}"
        )
        yield f"{terms} = {self.count(input_shape):,}"
