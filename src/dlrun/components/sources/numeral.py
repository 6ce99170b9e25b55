"""Texts that are numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from dlrun.data import Array


def number_of(text: str) -> float | None:
    """The number that a text is; None: it is none."""
    try:
        return float(text)
    except ValueError:
        return None


def is_number(name: str) -> bool:
    """Whether a text is a number."""
    return number_of(name) is not None


def numbers_of(values: Array) -> list[float | None]:
    """The numbers that texts are; None for each that is none."""
    return [number_of(str(text)) for text in values.tolist()]


def as_numbers(distinct: Array) -> NDArray[np.float64] | None:
    """Labels as numbers if each of them is one; else they are names."""
    import numpy as np

    if distinct.dtype.kind in "US":
        parsed = numbers_of(distinct)
        if any(value is None for value in parsed):
            return None
        return np.array(parsed, dtype="float64")
    return distinct.astype("float64")
