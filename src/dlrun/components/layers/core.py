"""The core layers: dense units, an activation, an embedding."""

from __future__ import annotations

from collections.abc import Mapping

from typing_extensions import override

from dlrun.components.component import named
from dlrun.components.constraints import Constraint
from dlrun.components.fields import ActivationName, PositiveInt
from dlrun.components.initializers import Initializer
from dlrun.components.layers.layer import Layer, Shape, Weight, require_axis
from dlrun.components.regularizers import Regularizer


class Activation(Layer):
    """An activation function on every value: `(batch, ...)` to the same shape."""

    main_argument = "activation"
    activates = True
    may_follow_output = True

    activation: ActivationName
    """The name of the function, as in `relu`."""


class Dense(Layer):
    """Fully connected layer: `(batch, ..., features)` to `(batch, ..., units)`."""

    example_name = "Dense"
    main_argument = "units"
    width_argument = "units"
    synonyms = ("fullyconnected", "linear")

    units: PositiveInt
    """Size of the last output axis; `classes`: the number of classes."""
    activation: ActivationName = "linear"
    """The function on the output."""
    use_bias: bool = True
    """Whether a number per unit is added."""
    kernel_initializer: Initializer = named("glorot_uniform")
    """What the kernel starts as."""
    bias_initializer: Initializer = named("zeros")
    """What the bias starts as."""
    kernel_regularizer: Regularizer | None = None
    """A penalty on the kernel; `None`: no penalty."""
    bias_regularizer: Regularizer | None = None
    """A penalty on the bias; `None`: no penalty."""
    kernel_constraint: Constraint | None = None
    """What the kernel is held to after each step; `None`: nothing."""
    bias_constraint: Constraint | None = None
    """What the bias is held to after each step; `None`: nothing."""

    @override
    def output_shape(self, input_shape: Shape) -> Shape:
        require_axis(self, input_shape)
        return (*input_shape[:-1], self.units)

    @override
    def weights(self, input_shape: Shape) -> Mapping[str, Weight]:
        kernel = {"kernel": Weight((input_shape[-1], self.units))}
        return kernel | ({"bias": Weight((self.units,))} if self.use_bias else {})


class Embedding(Layer):
    """A trained vector for each number: `(batch, ...)` to `(batch, ..., output_dim)`.

    The inputs are integers from 0 to `input_dim - 1`.
    """

    scales = True
    looks_up = "input_dim"

    input_dim: PositiveInt
    """How many different numbers there are: the largest plus one."""
    output_dim: PositiveInt
    """Length of each vector."""
    embeddings_initializer: Initializer = named("uniform")
    """What the vectors start as."""
    embeddings_regularizer: Regularizer | None = None
    """A penalty on the vectors; `None`: no penalty."""
    embeddings_constraint: Constraint | None = None
    """What the vectors are held to after each step; `None`: nothing."""
    mask_zero: bool = False
    """Whether 0 is padding, which the recurrent layers below then skip."""

    @override
    def output_shape(self, input_shape: Shape) -> Shape:
        return (*input_shape, self.output_dim)

    @override
    def weights(self, input_shape: Shape) -> Mapping[str, Weight]:
        return {"embeddings": Weight((self.input_dim, self.output_dim))}
