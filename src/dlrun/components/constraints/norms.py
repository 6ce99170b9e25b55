"""The constraints of Keras: what a weight is forced to satisfy after every step."""

from __future__ import annotations

from typing import Annotated, Any, Self

from pydantic import PlainValidator, model_validator
from typing_extensions import override

from dlrun.components.constraints.constraint import Constraint
from dlrun.components.fields import NonNegativeFloat, PositiveFloat, UnitInterval
from dlrun.components.part import Misfit, axes_text
from dlrun.components.words import invalid, shown


def _axis(value: Any) -> int | tuple[int, ...]:
    axes = value if isinstance(value, (list, tuple)) else [value]
    if not axes or any(
        isinstance(axis, bool) or not isinstance(axis, int) for axis in axes
    ):
        message = f"expected an integer or a list of them, found {shown(value)}"
        raise invalid(
            "wrong-type",
            message,
            hint="write 0, or [0, 1, 2] for the kernel of a Conv2D",
        )
    return tuple(axes) if isinstance(value, (list, tuple)) else int(value)


NormAxes = Annotated[int | tuple[int, ...], PlainValidator(_axis)]
"""One axis of a weight, or several."""


class NonNeg(Constraint):
    """No weight is below 0."""


class Norm(Constraint, abstract=True):
    """A condition on the norms of a weight along its argument `axis`."""

    @override
    def misfit(self, shape: tuple[int, ...]) -> Misfit | None:
        stated = getattr(self, "axis", 0)
        axes = stated if isinstance(stated, tuple) else (stated,)
        count = len(shape)
        places = [axis + count if axis < 0 else axis for axis in axes]
        if all(0 <= place < count for place in places):
            if len(set(places)) == len(places):
                return None
            return Misfit("each axis once", "name each axis once", "axis")
        needed = max(axis + 1 if axis >= 0 else -axis for axis in axes)
        fitting = 0 if count <= 2 else list(range(count - 1))
        return Misfit(f"at least {axes_text(needed)}", f"write axis: {fitting}", "axis")


class UnitNorm(Norm):
    """The weights that lead to a unit have the norm 1."""

    axis: NormAxes = 0
    """The axes of a norm: 0 for Dense, [0, 1, 2] for the kernel of a Conv2D."""


class MaxNorm(Norm):
    """The weights that lead to a unit have at most the norm `max_value`."""

    main_argument = "max_value"

    max_value: PositiveFloat = 2.0
    """The largest norm."""
    axis: NormAxes = 0
    """The axes of a norm: 0 for Dense, [0, 1, 2] for the kernel of a Conv2D."""


class MinMaxNorm(Norm):
    """The weights that lead to a unit have a norm from `min_value` to `max_value`."""

    min_value: NonNegativeFloat = 0.0
    """The smallest norm."""
    max_value: PositiveFloat = 1.0
    """The largest norm, at least `min_value`."""
    rate: UnitInterval = 1.0
    """The share of the way to the allowed norm that each step goes; 1 is all of it."""
    axis: NormAxes = 0
    """The axes of a norm: 0 for Dense, [0, 1, 2] for the kernel of a Conv2D."""

    @model_validator(mode="after")
    def _norms_in_order(self) -> Self:
        if self.min_value > self.max_value:
            found = f"found {self.max_value} and {self.min_value}"
            message = f"`max_value` must be at least min_value, {found}"
            hint = f"use a number of at least {self.min_value}"
            self.refuse("max_value", "out-of-range", message, hint)
        return self
