"""The kind `Initializer`: the values of a weight before training.

Keras' `seed` is not offered: dlrun seeds Keras once from the `seed` of the config, so
that each weight of a run has its own random numbers, the same in every repetition.
"""

from __future__ import annotations

from typing import ClassVar

from dlrun.components.part import WeightPart


class Initializer(WeightPart, kind="initializer"):
    """A rule for the values of a weight before training."""

    keras_module = "initializers"
    traits = ("fits_inputs", "suits_relu", "harmless")
    fits_inputs: ClassVar[bool] = False
    """Whether the size of the values follows from the number of inputs."""
    suits_relu: ClassVar[bool] = False
    """Whether the values are made for ReLU."""
    harmless: ClassVar[tuple[str, float, float] | None] = None
    """An argument that scales the values, and the range in which that is harmless."""
    cures: ClassVar[dict[str, str]] = {
        "seed": "remove it; the seed of the config drives all random numbers"
    }
