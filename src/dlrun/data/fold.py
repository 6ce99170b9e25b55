"""Which rows train, which validate, which test."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class Fold:
    """Numbers of rows, from 0, ascending; no row stands in two parts."""

    train: NDArray[np.int64]
    validation: NDArray[np.int64]
    """Empty: nothing is kept for validation."""
    test: NDArray[np.int64]
    """Empty: nothing is kept for a test."""
