"""The kinds that are attached to a weight of a layer: what each asks of its shape."""

from __future__ import annotations

from dataclasses import dataclass

from dlrun.components.keras_component import NamedInSnakeCase


@dataclass(frozen=True, slots=True)
class Misfit:
    """Why a part cannot be attached to a weight."""

    needs: str
    """What it needs of the weight, as in `2 axes`."""
    hint: str
    field: str | None = None
    """The argument at fault; `None`: the part as a whole."""


class WeightPart(NamedInSnakeCase, abstract=True):
    """An initializer, a regularizer or a constraint of a weight."""

    def misfit(self, shape: tuple[int, ...]) -> Misfit | None:  # noqa: ARG002
        """What it lacks in a weight of a shape; `None`: it can be attached to it."""
        return None


def axes_text(count: int) -> str:
    """`1 axis`, `2 axes`."""
    return f"{count} axis" if count == 1 else f"{count} axes"
