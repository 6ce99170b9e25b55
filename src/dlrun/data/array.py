"""What the arrays of rows, weights and predictions are called in signatures."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from numpy.typing import NDArray

Array: TypeAlias = "NDArray[Any]"
"""An array of NumPy, whatever its numbers are."""
Arrays: TypeAlias = Mapping[str, Array]
"""Arrays by name; their first axis is the row."""
