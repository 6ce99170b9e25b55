"""Windows of rows that are not copied: each row is kept once, however many hold it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import DTypeLike, NDArray

    from dlrun.data.arrays import Array

COPIED_AT_MOST = 2**26
"""Bytes of windows that are copied out; more are gathered batch by batch."""


@dataclass(frozen=True, slots=True, eq=False)
class RowWindows:
    """`(windows, length, ...)`: rows that follow each other, by where windows begin.

    It stands where an array of features does. What takes whole windows asks for them as
    an array; what knows this class gathers them, a batch at a time.
    """

    rows: Array
    """`(rows, ...)`, in their order."""
    starts: NDArray[np.int64]
    """`(windows,)` the first row of each."""
    length: int

    @property
    def shape(self) -> tuple[int, ...]:
        """That of all windows."""
        return (len(self.starts), self.length, *self.rows.shape[1:])

    @property
    def ndim(self) -> int:
        """How many axes they have."""
        return self.rows.ndim + 1

    @property
    def dtype(self) -> np.dtype[np.number]:
        """What their numbers are."""
        return self.rows.dtype

    @property
    def size(self) -> int:
        """How many numbers there are in all windows."""
        return len(self.starts) * self.length * (self.rows.size // len(self.rows))

    @property
    def nbytes(self) -> int:
        """The memory that a copy would take."""
        return self.size * self.rows.itemsize

    def __len__(self) -> int:
        """How many windows there are."""
        return len(self.starts)

    def __getitem__(
        self, key: slice | NDArray[np.int64] | tuple[object, ...]
    ) -> RowWindows | Array:
        """Some of the windows; what is cut out of them is copied."""
        import numpy as np

        if isinstance(key, tuple):
            first, *rest = key
            some = self[cast("slice", first)]
            whole: Array = np.asarray(some)
            part: Array = whole[cast("slice", (slice(None), *rest))]
            return part
        chosen = self.starts[key]
        if chosen.ndim == 0:
            one: Array = self.rows[int(chosen) : int(chosen) + self.length]
            return one
        return RowWindows(self.rows, chosen, self.length)

    def newest(self) -> Array:
        """`(windows, ...)` the last row of each."""
        last: Array = self.rows[self.starts + self.length - 1]
        return last

    def __array__(
        self,
        dtype: DTypeLike | None = None,
        copy: bool | None = None,
    ) -> Array:
        """All windows, copied out."""
        import numpy as np

        del copy
        places = self.starts[:, None] + np.arange(self.length)
        whole: Array = self.rows[places].astype(dtype or self.rows.dtype, copy=False)
        return whole


def windows_of(rows: Array, starts: NDArray[np.int64], length: int) -> Array:
    """`(windows, length, ...)`: copied where they are small, else gathered later.

    Args:
        rows: `(rows, ...)`, in their order.
        starts: `(windows,)` the first row of each.
        length: of each.
    """
    import numpy as np

    windows = RowWindows(rows, starts, length)
    if windows.nbytes <= COPIED_AT_MOST:
        return np.asarray(windows)
    return cast("Array", windows)


def gathered_later(array: object) -> RowWindows | None:
    """The windows that stand where an array of features does; `None`: it is one."""
    return array if isinstance(array, RowWindows) else None
