"""The initializers that fill a weight as a matrix."""

from __future__ import annotations

from dlrun.components.fields import Number
from dlrun.components.initializers.initializer import Initializer


class Orthogonal(Initializer):
    """A random orthogonal matrix; more axes are seen as `(all but last, last)`.

    Source: Saxe et al. (2014), Exact solutions to the nonlinear dynamics of learning in
    deep linear neural networks.
    """

    main_argument = "gain"
    harmless = ("gain", 0.5, 2.0)
    aliases = ("orthogonal", "OrthogonalInitializer")

    gain: Number = 1.0
    """The factor on the matrix."""


class Identity(Initializer):
    """The identity matrix, for a weight of two axes."""

    main_argument = "gain"
    fits_inputs = True
    aliases = ("identity", "IdentityInitializer")

    gain: Number = 1.0
    """The factor on the matrix."""
