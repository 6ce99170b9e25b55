"""The last rows, as Keras takes them."""

from __future__ import annotations

from collections.abc import Sized
from math import floor

from dlrun.data import Fold
from dlrun.errors import DataError, Problem


def last_rows(examples: Sized, validation_split: float) -> Fold:
    """The last rows validate, before any shuffle.

    Source: `keras.Model.fit`, its `train_validation_split`, with the same rounding.

    Raises:
        DataError: one of the two parts would be empty.
    """
    import numpy as np

    rows = len(examples)
    split_at = floor(rows * (1.0 - validation_split))
    if split_at in {0, rows}:
        part = (
            "no row is left to train"
            if split_at == 0
            else "the validation part is empty"
        )
        message = f"{validation_split:g} of {rows} rows: {part}"
        problem = Problem(
            (), message, hint="change the share, or add rows", code="empty-part"
        )
        raise DataError(problem)
    numbers = np.arange(rows)
    return Fold(numbers[:split_at], numbers[split_at:], numbers[:0])
