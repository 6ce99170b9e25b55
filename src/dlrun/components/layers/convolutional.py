"""The convolutions: a kernel that slides over a series or an image."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import gcd
from typing import ClassVar, Literal

from pydantic import ValidationInfo, field_validator
from typing_extensions import override

from dlrun.components.component import named
from dlrun.components.constraints import Constraint
from dlrun.components.fields import ActivationName, Padding, Pair, PositiveInt, Single
from dlrun.components.initializers import Initializer
from dlrun.components.layers.layer import (
    Layer,
    RareKernel,
    Shape,
    ShapeError,
    Weight,
    require_axes,
    shape_text,
    times,
)
from dlrun.components.layers.window import Window
from dlrun.components.regularizers import Regularizer
from dlrun.components.words import invalid


class Convolution(Layer, abstract=True):
    """What the convolutions share: a window, a bias, an activation."""

    xla = "slow"
    axes: ClassVar[str] = "height, width, channels"
    """What the axes of the input are."""
    paddings: ClassVar[str] = "same"
    """The values of `padding` under which any kernel fits."""

    kernel_size: tuple[int, ...]
    """Size of the window."""
    strides: tuple[int, ...]
    """How far the window moves."""
    padding: str = "valid"
    """`valid`: the window stays inside; otherwise the edges are padded with zeros."""
    dilation_rate: tuple[int, ...]
    """The distance of the pixels that the window looks at; 1: neighbours."""
    activation: ActivationName = "linear"
    """The function on the output."""
    use_bias: bool = True
    """Whether a number per filter is added."""
    bias_initializer: Initializer = named("zeros")
    """What the bias starts as."""
    bias_regularizer: Regularizer | None = None
    """A penalty on the bias; `None`: no penalty."""
    bias_constraint: Constraint | None = None
    """What the bias is held to after each step; `None`: nothing."""

    def channels_out(self, channels: int) -> int:
        """How many channels come out for `channels` that go in."""
        raise NotImplementedError

    @override
    def output_shape(self, input_shape: Shape) -> Shape:
        require_axes(self, input_shape, len(self.kernel_size) + 1, self.axes)
        return (*self.sides_out(input_shape), self.channels_out(input_shape[-1]))

    def sides_out(self, input_shape: Shape) -> Shape:
        """The sides of the output, without the channels."""
        window = Window(
            "kernel",
            "kernel_size",
            self.kernel_size,
            self.strides,
            self.dilation_rate,
            self.paddings,
        )
        return (
            window.valid(input_shape)
            if self.padding == "valid"
            else window.padded(input_shape[:-1])
        )

    def bias(self, channels: int) -> Mapping[str, Weight]:
        """The bias on `channels` output channels, if there is one."""
        return {"bias": Weight((channels,))} if self.use_bias else {}

    def bias_text(self, channels: int) -> str:
        """`+ 32 biases`, if there are any."""
        return f" + {channels} biases" if self.use_bias else ""


class Filters(Convolution, abstract=True):
    """A convolution of `filters` kernels, each over all channels that it sees."""

    main_argument = "filters"
    width_argument = "filters"

    filters: PositiveInt
    """How many kernels there are: the channels of the output."""
    kernel_initializer: Initializer = named("glorot_uniform")
    """What the kernels start as."""
    kernel_regularizer: Regularizer | None = None
    """A penalty on the kernels; `None`: no penalty."""
    kernel_constraint: Constraint | None = None
    """What the kernels are held to after each step; `None`: nothing."""

    @field_validator("dilation_rate")
    @classmethod
    def _strides_or_dilation(
        cls, value: tuple[int, ...], info: ValidationInfo
    ) -> tuple[int, ...]:
        strides = info.data.get("strides", (1,))
        if max(value) > 1 and max(strides) > 1:
            message = "`dilation_rate` and `strides` cannot both be above 1"
            hint = "use dilation_rate: 1, or strides: 1"
            raise invalid("conflicting-keys", message, hint=hint)
        return value

    def depth(self, channels: int) -> int:
        """How many of the input's channels one filter sees."""
        return channels

    @override
    def channels_out(self, channels: int) -> int:
        return self.filters

    @override
    def weights(self, input_shape: Shape) -> Mapping[str, Weight]:
        kernel = (*self.kernel_size, self.depth(input_shape[-1]), self.filters)
        return {"kernel": Weight(kernel), **self.bias(self.filters)}

    @override
    def arithmetic(self, input_shape: Shape) -> Iterator[str]:
        size = times((*self.kernel_size, self.depth(input_shape[-1])))
        terms = f"{self.filters} filters x ({size}){self.bias_text(self.filters)}"
        yield f"{terms} = {self.count(input_shape):,}"


class GroupedFilters(Filters, abstract=True):
    """A convolution whose filters may each see a part of the channels only."""

    groups: PositiveInt = 1
    """Into how many groups the channels are split; each has its own filters."""

    @field_validator("groups")
    @classmethod
    def _groups_divide_filters(cls, value: int, info: ValidationInfo) -> int:
        filters = info.data.get("filters", value)
        if filters % value:
            message = (
                f"`groups` must divide `filters`, but {filters} / {value} is not whole"
            )
            hint = f"use a divisor of {filters}, such as 1"
            raise invalid("conflicting-keys", message, hint=hint)
        return value

    @override
    def depth(self, channels: int) -> int:
        return channels // self.groups

    @override
    def output_shape(self, input_shape: Shape) -> Shape:
        shape = super().output_shape(input_shape)
        channels = input_shape[-1]
        if channels % self.groups:
            raise ShapeError(
                "wrong-channels",
                f"{{layer}} cannot split {channels} channels into {self.groups} groups",
                field="groups",
                label=f"the input here is {shape_text(input_shape)}",
                hint=f"use groups: {gcd(channels, self.filters, self.groups)}",
            )
        return shape


class Conv1D(GroupedFilters):
    """Filters that slide over a series: `(batch, steps, features)` in and out."""

    axes = "steps, features"
    paddings = "same or causal"

    kernel_size: Single
    """How many steps a filter covers."""
    strides: Single = (1,)
    """How many steps a filter moves."""
    padding: Literal["valid", "same", "causal"] = "valid"
    """`valid`: inside; `same`: zeros at both ends; `causal`: before the first step."""
    dilation_rate: Single = (1,)
    """The distance of the steps that a filter looks at; 1: neighbours."""


class Conv2D(GroupedFilters):
    """Filters that slide over an image, `(batch, height, width, channels)`."""

    synonyms = ("conv",)

    kernel_size: Pair
    """Height and width of a filter."""
    strides: Pair = (1, 1)
    """How far a filter moves down and right."""
    padding: Padding = "valid"
    """`valid`: filters stay inside the image; `same`: zeros around it."""
    dilation_rate: Pair = (1, 1)
    """The distance of the pixels that a filter looks at; 1: neighbours."""


class Conv2DTranspose(Filters):
    """The way back of a Conv2D: `(batch, height, width, channels)` to larger sides."""

    kernel_size: Pair
    """Height and width of a filter."""
    strides: Pair = (1, 1)
    """By how much the sides grow."""
    padding: Padding = "valid"
    """`valid`: the sides grow by the kernel, too; `same`: by `strides` only."""
    dilation_rate: Pair = (1, 1)
    """The distance of the pixels that a filter writes to; 1: neighbours."""

    @override
    def sides_out(self, input_shape: Shape) -> Shape:
        sides = []
        for side, size, stride, rate in zip(
            input_shape,
            self.kernel_size,
            self.strides,
            self.dilation_rate,
            strict=False,
        ):
            span = (size - 1) * rate + 1
            extra = 0 if self.padding == "same" else max(span - stride, 0)
            sides.append(side * stride + extra)
        return tuple(sides)

    @override
    def weights(self, input_shape: Shape) -> Mapping[str, Weight]:
        kernel = (*self.kernel_size, self.filters, input_shape[-1])
        return {"kernel": Weight(kernel), **self.bias(self.filters)}

    @override
    def rare_kernel(self) -> RareKernel | None:
        if max(self.dilation_rate) == 1:
            return None
        what = "a dilation_rate above 1"
        return RareKernel(("dilation_rate",), what, "write dilation_rate: 1")
