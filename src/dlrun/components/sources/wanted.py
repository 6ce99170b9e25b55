"""What the labels of each output are wanted for, and which classes they have."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal, TypeAlias, TypeVar

_Value = TypeVar("_Value")

Wanted: TypeAlias = Literal["classification", "one_hot", "binary", "regression"]
"""What labels are for a loss: a class, a class that becomes a vector, a 0 or 1 each, or
numbers."""
WantedLabels: TypeAlias = Wanted | Mapping[str, Wanted]
"""The same, or that of each output."""
ClassLists: TypeAlias = Sequence[str] | Mapping[str, Sequence[str]] | None
"""The classes in the order of their indices, or those of each output."""


def of_output(stated: _Value | Mapping[str, _Value], output: str) -> _Value | None:
    """What is said of an output; `None`: nothing."""
    return stated.get(output) if isinstance(stated, Mapping) else stated
