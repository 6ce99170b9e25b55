"""The initializers whose size follows from the inputs and outputs of a unit."""

from __future__ import annotations

from typing import Literal

from dlrun.components.fields import PositiveFloat
from dlrun.components.initializers.initializer import Initializer


class VarianceScaling(Initializer):
    """Random values with the variance `scale / n`; `n` counts the units around it.

    Source: He et al. (2015), Delving Deep into Rectifiers; Glorot and Bengio (2010),
    Understanding the difficulty of training deep feedforward neural networks.
    """

    main_argument = "scale"
    harmless = ("scale", 0.5, 2.5)

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

    fits_inputs = True


class GlorotNormal(Initializer):
    """Truncated normal values with the variance `2 / (fan_in + fan_out)`.

    Source: Glorot and Bengio (2010), Understanding the difficulty of training deep
    feedforward neural networks.
    """

    fits_inputs = True


class HeUniform(Initializer):
    """Uniform values within `sqrt(6 / fan_in)` of 0; made for ReLU.

    Source: He et al. (2015), Delving Deep into Rectifiers.
    """

    fits_inputs = True
    suits_relu = True


class HeNormal(Initializer):
    """Truncated normal values with the variance `2 / fan_in`; made for ReLU.

    Source: He et al. (2015), Delving Deep into Rectifiers.
    """

    fits_inputs = True
    suits_relu = True


class LecunUniform(Initializer):
    """Uniform values within `sqrt(3 / fan_in)` of 0.

    Source: Klambauer et al. (2017), Self-Normalizing Neural Networks.
    """

    fits_inputs = True


class LecunNormal(Initializer):
    """Truncated normal values with the variance `1 / fan_in`; made for SELU.

    Source: Klambauer et al. (2017), Self-Normalizing Neural Networks.
    """

    fits_inputs = True
