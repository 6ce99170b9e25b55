"""The initializers of Keras: the values of a weight before training.

Keras' `seed` is not offered: dlrun seeds Keras once from the `seed` of the config, so
that each weight of a run has its own random numbers, the same in every repetition.
"""

from __future__ import annotations

from typing import ClassVar, Literal, Self

from pydantic import model_validator

from dlrun.components.fields import NonNegativeFloat, Number, PositiveFloat
from dlrun.components.keras_component import NamedInSnakeCase


class Initializer(NamedInSnakeCase, kind="initializer"):
    """A rule for the values of a weight before training."""

    keras_module = "initializers"
    cures: ClassVar[dict[str, str]] = {
        "seed": "remove it; the seed of the config drives all random numbers"
    }


class Zeros(Initializer):
    """All values are 0."""

    aliases = ("zeros", "zero")


class Ones(Initializer):
    """All values are 1."""

    aliases = ("ones", "one")


class Constant(Initializer):
    """All values are one number."""

    main_argument = "value"

    value: Number = 0.0
    """The number."""


class RandomNormal(Initializer):
    """Values from a normal distribution."""

    aliases = ("random_normal", "normal")

    mean: Number = 0.0
    """The mean of the values."""
    stddev: NonNegativeFloat = 0.05
    """The standard deviation of the values."""


class RandomUniform(Initializer):
    """Values from a uniform distribution over `minval` to `maxval`."""

    aliases = ("random_uniform", "uniform")

    minval: Number = -0.05
    """The lower end."""
    maxval: Number = 0.05
    """The upper end, above `minval`."""

    @model_validator(mode="after")
    def _ends_in_order(self) -> Self:
        if self.minval >= self.maxval:
            found = f"found {self.maxval} and {self.minval}"
            message = f"`maxval` must be above minval, {found}"
            hint = f"use a number above {self.minval}"
            self.refuse("maxval", "out-of-range", message, hint)
        return self


class TruncatedNormal(Initializer):
    """Values from a normal distribution, drawn again beyond two standard deviations."""

    mean: Number = 0.0
    """The mean of the values."""
    stddev: NonNegativeFloat = 0.05
    """The standard deviation before the cut."""


class VarianceScaling(Initializer):
    """Random values with the variance `scale / n`; `n` counts the units around it.

    Source: He et al. (2015), Delving Deep into Rectifiers; Glorot and Bengio (2010),
    Understanding the difficulty of training deep feedforward neural networks.
    """

    main_argument = "scale"

    scale: PositiveFloat = 1.0
    """The variance times `n`."""
    mode: Literal["fan_in", "fan_out", "fan_avg"] = "fan_in"
    """What `n` is: the inputs of a unit, the outputs, or the mean of both."""
    distribution: Literal["truncated_normal", "untruncated_normal", "uniform"] = (
        "truncated_normal"
    )
    """The shape of the distribution."""


class GlorotUniform(Initializer):
    """Uniform values within `sqrt(6 / (fan_in + fan_out))` of 0; most layers' default.

    Source: Glorot and Bengio (2010), Understanding the difficulty of training deep
    feedforward neural networks.
    """


class GlorotNormal(Initializer):
    """Truncated normal values with the variance `2 / (fan_in + fan_out)`.

    Source: Glorot and Bengio (2010), Understanding the difficulty of training deep
    feedforward neural networks.
    """


class HeUniform(Initializer):
    """Uniform values within `sqrt(6 / fan_in)` of 0; made for ReLU.

    Source: He et al. (2015), Delving Deep into Rectifiers.
    """


class HeNormal(Initializer):
    """Truncated normal values with the variance `2 / fan_in`; made for ReLU.

    Source: He et al. (2015), Delving Deep into Rectifiers.
    """


class LecunUniform(Initializer):
    """Uniform values within `sqrt(3 / fan_in)` of 0.

    Source: Klambauer et al. (2017), Self-Normalizing Neural Networks.
    """


class LecunNormal(Initializer):
    """Truncated normal values with the variance `1 / fan_in`; made for SELU.

    Source: Klambauer et al. (2017), Self-Normalizing Neural Networks.
    """


class Orthogonal(Initializer):
    """A random orthogonal matrix; more axes are seen as `(all but last, last)`.

    Source: Saxe et al. (2014), Exact solutions to the nonlinear dynamics of learning in
    deep linear neural networks.
    """

    main_argument = "gain"
    aliases = ("orthogonal", "OrthogonalInitializer")

    gain: Number = 1.0
    """The factor on the matrix."""


class Identity(Initializer):
    """The identity matrix, for a weight of two axes."""

    main_argument = "gain"
    aliases = ("identity", "IdentityInitializer")

    gain: Number = 1.0
    """The factor on the matrix."""
