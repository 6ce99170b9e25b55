"""Arrays of rows, which have names: what they are called, and the one of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, TypeAlias

from dlrun.errors import DataError, Problem

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Array: TypeAlias = "NDArray[np.number]"
"""An array of NumPy, whatever its numbers are."""
Arrays: TypeAlias = Mapping[str, Array]
"""Arrays by name; their first axis is the row."""


def only_name(arrays: Arrays) -> str:
    """The name of the one array, where several cannot be told apart.

    Raises:
        DataError: there are several, or none.
    """
    if len(arrays) != 1:
        names = ", ".join(arrays) or "none"
        message = f"expected one input or output, got {len(arrays)}: {names}"
        hint = "give the model one input and one output"
        raise DataError(Problem((), message, hint=hint, code="several-arrays"))
    return next(iter(arrays))


def only_array(arrays: Arrays) -> Array:
    """The one array, where several cannot be told apart.

    Raises:
        DataError: there are several, or none.
    """
    return arrays[only_name(arrays)]
