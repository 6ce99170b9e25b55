"""The initializers that fill a weight as a matrix."""

from __future__ import annotations

from typing_extensions import override

from dlrun.components.fields import Number
from dlrun.components.initializers.initializer import Initializer
from dlrun.components.part import Misfit

_MATRIX = 2


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

    @override
    def misfit(self, shape: tuple[int, ...]) -> Misfit | None:
        if len(shape) >= _MATRIX:
            return None
        return Misfit("at least 2 axes", "use zeros, or random_normal")


class Identity(Initializer):
    """The identity matrix, for a weight of two axes."""

    main_argument = "gain"
    fits_inputs = True
    aliases = ("identity", "IdentityInitializer")

    gain: Number = 1.0
    """The factor on the matrix."""

    @override
    def misfit(self, shape: tuple[int, ...]) -> Misfit | None:
        if len(shape) == _MATRIX:
            return None
        return Misfit("2 axes", "use glorot_uniform, or zeros for a bias")
