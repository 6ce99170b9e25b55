"""Arrays of rows, which have names: what they are called, and the one of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, TypeAlias, TypeVar

from dlrun.errors import DataError, Problem

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_Value = TypeVar("_Value")

Array: TypeAlias = "NDArray[np.number]"
"""An array of NumPy, whatever its numbers are."""
Arrays: TypeAlias = Mapping[str, Array]
"""Arrays by name; their first axis is the row."""


def alone(values: Mapping[str, _Value]) -> _Value | dict[str, _Value]:
    """What Keras takes: the value itself of one name, of several all by name."""
    return next(iter(values.values())) if len(values) == 1 else dict(values)


def arrays_for(names: Sequence[str], arrays: Arrays) -> Array | dict[str, Array]:
    """What Keras takes for the inputs or the outputs of a model.

    Args:
        names: of the inputs or outputs; of a single one the name does not matter.
        arrays: one for each.

    Raises:
        DataError: there are others, more or fewer.
    """
    if len(names) == 1:
        return only_array(arrays)
    if set(arrays) != set(names):
        known, given = (", ".join(sorted(all_)) or "none" for all_ in (names, arrays))
        message = f"expected arrays for {known}, got {given}"
        raise DataError(Problem((), message, code="several-arrays"))
    return {name: arrays[name] for name in names}


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
