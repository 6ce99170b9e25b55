"""The layers that bring values to mean 0 and variance 1, then scale them as trained."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from typing_extensions import override

from dlrun.components.component import named
from dlrun.components.constraints import Constraint
from dlrun.components.fields import PositiveFloat, UnitInterval
from dlrun.components.initializers import Initializer
from dlrun.components.layers.axes import Axes, Axis, find_axes
from dlrun.components.layers.layer import Layer, Shape, Weight
from dlrun.components.regularizers import Regularizer


class Normalization(Layer, abstract=True):
    """What the normalizing layers share: `(batch, ...)` to the same shape."""

    normalizes = True
    scales = True

    axis: int | tuple[int, ...] = -1
    """What is normalized on its own, or together."""
    epsilon: PositiveFloat = 0.001
    """Added to the variance, so that nothing is divided by zero."""
    center: bool = True
    """Whether a trained `beta` is added."""
    scale: bool = True
    """Whether the values are multiplied by a trained `gamma`."""
    beta_initializer: Initializer = named("zeros")
    """What `beta` starts as."""
    gamma_initializer: Initializer = named("ones")
    """What `gamma` starts as."""
    beta_regularizer: Regularizer | None = None
    """A penalty on `beta`; `None`: no penalty."""
    gamma_regularizer: Regularizer | None = None
    """A penalty on `gamma`; `None`: no penalty."""
    beta_constraint: Constraint | None = None
    """What `beta` is held to after each step; `None`: nothing."""
    gamma_constraint: Constraint | None = None
    """What `gamma` is held to after each step; `None`: nothing."""

    @override
    def output_shape(self, input_shape: Shape) -> Shape:
        find_axes(self.axis, input_shape, "axis")
        return input_shape

    @override
    def weights(self, input_shape: Shape) -> Mapping[str, Weight]:
        sizes = tuple(
            input_shape[axis] for axis in find_axes(self.axis, input_shape, "axis")
        )
        gamma = {"gamma": Weight(sizes)} if self.scale else {}
        return gamma | ({"beta": Weight(sizes)} if self.center else {})


class BatchNormalization(Normalization):
    """Mean 0 and variance 1 for each channel over a batch: `(batch, ...)` in and out.

    In training the batch itself is measured; afterwards the moving averages count.

    Source: S. Ioffe and C. Szegedy (2015), Batch Normalization: Accelerating Deep
    Network Training by Reducing Internal Covariate Shift.
    """

    keeps_averages = True
    fixes_rank = True
    may_follow_output = True
    synonyms = ("batchnorm",)

    axis: Axis = -1
    """The axis of the channels: each is normalized on its own."""
    momentum: UnitInterval = 0.99
    """How much of the averages is kept at each step; use less for few steps."""
    moving_mean_initializer: Initializer = named("zeros")
    """What the moving mean starts as."""
    moving_variance_initializer: Initializer = named("ones")
    """What the moving variance starts as."""

    @override
    def weights(self, input_shape: Shape) -> Mapping[str, Weight]:
        (index,) = find_axes(self.axis, input_shape, "axis")
        moving = Weight((input_shape[index],), trainable=False)
        return {
            **super().weights(input_shape),
            "moving_mean": moving,
            "moving_variance": moving,
        }

    @override
    def arithmetic(self, input_shape: Shape) -> Iterator[str]:
        fixed = sum(
            weight.size
            for weight in self.weights(input_shape).values()
            if not weight.trainable
        )
        for line in super().arithmetic(input_shape):
            yield f"{line} ({fixed:,} of them moving averages, not trained)"


class LayerNormalization(Normalization):
    """Mean 0 and variance 1 within each sample: `(batch, ...)` in and out.

    Source: J. L. Ba, J. R. Kiros and G. E. Hinton (2016), Layer Normalization.
    """

    synonyms = ("layernorm",)

    axis: Axes = -1
    """The axis, or the axes, over which mean and variance are taken."""
