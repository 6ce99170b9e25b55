"""Arrow's columns as those of NumPy, and how Arrow stops."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

_KINDS = {"double": "float64", "int32": "int32", "int64": "int64"}


class DistinctTexts(ABC):
    """What blocks share of which Arrow knows the distinct texts of a column."""

    __slots__ = ()

    @abstractmethod
    def distinct(self, place: int) -> tuple[list[str], NDArray[np.int64]]:
        """See `RowBlock`."""

    @property
    def doubtful(self) -> Sequence[tuple[int, int]]:
        """See `RowBlock`: no row could be several."""
        return ()

    def cells(self, place: int) -> list[str]:
        """See `RowBlock`."""
        texts, places = self.distinct(place)
        return [texts[row] for row in places.tolist()]


def prepare_arrow() -> None:
    """Let signals end a read as they end everything else.

    While it reads, Arrow puts handlers of its own in the place of those of the process.
    """
    import pyarrow as pa

    pa.enable_signal_handlers(False)


def floats_of(column: pa.Array) -> NDArray[np.float64]:
    """A column of float64, NaN where it is null."""
    import numpy as np

    values = _values(column).astype("float64", copy=False)
    if not column.null_count:
        return values
    bits = np.frombuffer(column.buffers()[0], "uint8")
    known = np.unpackbits(bits, bitorder="little")[column.offset :][: len(column)]
    return np.where(known, values, np.nan)


def places_of(column: pa.Array) -> NDArray[np.int64]:
    """A column of whole numbers, none of them null."""
    return _values(column).astype("int64", copy=False)


def _values(column: pa.Array) -> NDArray[np.number]:
    """The numbers of a column, whatever stands where it is null.

    Arrow's own `to_numpy` imports pandas, which is slow, and loses what a signal raises
    meanwhile.
    """
    import numpy as np

    kind = np.dtype(_KINDS[str(column.type)])
    if not len(column):
        return np.empty(0, kind)
    whole = np.frombuffer(column.buffers()[1], kind, column.offset + len(column))
    values: NDArray[np.number] = whole[column.offset :]
    return values
