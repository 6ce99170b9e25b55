"""The kinds that are attached to a weight of a layer: what each asks of its shape."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from typing_extensions import override

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

    @classmethod
    @override
    def choose(cls, value: object) -> Any:
        """Find the class; a name alone is one part, however many layers write it."""
        if isinstance(value, str) and value in cls.types.names:
            return _named(cls, str(value))
        return super().choose(value)

    def misfit(self, shape: tuple[int, ...]) -> Misfit | None:  # noqa: ARG002
        """What it lacks in a weight of a shape; `None`: it can be attached to it."""
        return None


@lru_cache(maxsize=256)
def _named(kind: type[WeightPart], name: str) -> WeightPart:
    part: WeightPart = kind.choose({name: None})
    return part


def axes_text(count: int) -> str:
    """`1 axis`, `2 axes`."""
    return f"{count} axis" if count == 1 else f"{count} axes"
