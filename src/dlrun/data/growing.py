"""An array that is filled block by block, in one piece of memory."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, Literal, TypeVar

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_Number = TypeVar("_Number", bound="np.floating")
_SPARE = 1.02
"""More room than rows are expected: what is not filled takes no memory."""
_GROWTH = 1.5
_LEAST = 1024


class GrowingArray(Generic[_Number]):
    """`(rows, columns)` numbers, to which rows are added.

    Memory that was never touched costs, page by page, more than filling it. So it is
    asked for once, as far as somebody knows how many rows there will be.
    """

    def __init__(
        self, rows: int, columns: int, kind: type[_Number], order: Literal["C", "F"]
    ) -> None:
        """Make room.

        Args:
            rows: about how many there will be.
            columns: how many there are.
            kind: of its numbers.
            order: whether those of a row (C) or of a column (F) stand side by side.
        """
        self._order = order
        self._kind = kind
        self._columns = columns
        self._size = 0
        self._array = self._empty(max(_LEAST, int(rows * _SPARE)))

    def more(self, rows: int) -> NDArray[_Number]:
        """`(rows, columns)` the next rows, to be filled at once."""
        start, self._size = self._size, self._size + rows
        if self._size > len(self._array):
            grown = self._empty(int(self._size * _GROWTH))
            grown[:start] = self._array[:start]
            self._array = grown
        return self._array[start : self._size]

    def whole(self) -> NDArray[_Number]:
        """All rows that were added; they are not copied."""
        return self._array[: self._size]

    def _empty(self, rows: int) -> NDArray[_Number]:
        import numpy as np

        return np.empty((rows, self._columns), self._kind, self._order)
