"""The regularizers of Keras: penalties on weights or outputs, added to the loss."""

from __future__ import annotations

from typing import Literal

from typing_extensions import override

from dlrun.components.fields import NonNegativeFloat
from dlrun.components.part import Misfit
from dlrun.components.regularizers.regularizer import Regularizer


class L2(Regularizer):
    """The penalty `l2 * sum(w ** 2)`: it keeps weights small (ridge, Tikhonov).

    Textbooks often write the penalty as `lambda / (2 * m) * sum(w ** 2)` for `m`
    training rows. Keras adds its own to a loss that is already a mean over the rows, so
    both agree for `l2 = lambda / (2 * m)`: `lambda = 0.7` on 350 rows is `L2: 0.001`.
    """

    example_name = "L2"
    main_argument = "l2"
    synonyms = ("ridge",)

    l2: NonNegativeFloat = 0.01
    """The factor on the sum of the squared weights: a textbook's `lambda / (2 * m)`."""


class L1(Regularizer):
    """The penalty `l1 * sum(abs(w))`: it drives weights to exactly 0."""

    main_argument = "l1"
    synonyms = ("lasso",)

    l1: NonNegativeFloat = 0.01
    """The factor on the sum of the absolute weights."""


class L1L2(Regularizer):
    """The penalty `l1 * sum(abs(w)) + l2 * sum(w ** 2)` (elastic net)."""

    aliases = ("l1l2",)

    l1: NonNegativeFloat = 0.0
    """The factor on the sum of the absolute weights."""
    l2: NonNegativeFloat = 0.0
    """The factor on the sum of the squared weights; see `L2` for textbooks."""


class OrthogonalRegularizer(Regularizer):
    """A penalty on rows (or columns) of a matrix that are not orthogonal."""

    main_argument = "factor"

    factor: NonNegativeFloat = 0.01
    """The factor on the mean absolute cosine between two rows."""
    mode: Literal["rows", "columns"] = "rows"
    """Which vectors should be orthogonal to each other."""

    @override
    def misfit(self, shape: tuple[int, ...]) -> Misfit | None:
        if len(shape) != len(("rows", "columns")):
            return Misfit("2 axes", "use L2")
        rows, columns = shape
        if (rows if self.mode == "rows" else columns) > 1:
            return None
        other = "columns" if self.mode == "rows" else "rows"
        hint = f"use L2, or mode: {other}" if max(shape) > 1 else "use L2"
        return Misfit(f"at least 2 {self.mode}", hint)
