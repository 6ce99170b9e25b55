"""The layers that act in training only, against overfitting: dropout and noise."""

from __future__ import annotations

from typing_extensions import override

from dlrun.components.fields import Fraction, UnitInterval
from dlrun.components.layers.layer import Layer, Shape, require_axes


class Dropout(Layer):
    """Drops a random share of the values in training: `(batch, ...)` in and out."""

    main_argument = "rate"
    drops = True
    noise_arguments = ("rate",)
    passes_activation = True

    rate: Fraction
    """The share of values that are dropped, from 0 up to, but not including, 1."""


class SpatialDropout2D(Layer):
    """Drops whole channels in training: `(batch, height, width, channels)`."""

    main_argument = "rate"
    drops = True
    noise_arguments = ("rate",)

    rate: Fraction
    """The share of channels that are dropped, from 0 up to, but not including, 1."""

    @override
    def output_shape(self, input_shape: Shape) -> Shape:
        require_axes(self, input_shape, 3, "height, width, channels")
        return input_shape


class GaussianNoise(Layer):
    """Adds random numbers with mean 0 in training: `(batch, ...)` in and out."""

    main_argument = "stddev"
    adds_noise = True
    noise_arguments = ("stddev",)
    augments = True
    passes_activation = True

    stddev: UnitInterval
    """Standard deviation of the noise, in the units of the input; at most 1."""
