"""The initializers that draw from a distribution that the config states."""

from __future__ import annotations

from typing import Self

from pydantic import model_validator

from dlrun.components.fields import NonNegativeFloat, Number
from dlrun.components.initializers.initializer import Initializer


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
