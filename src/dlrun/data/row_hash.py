"""A number for each row, equal for equal rows, so that copies are found."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from dlrun.data.arrays import Array
    from dlrun.data.columns import TypedColumn

_WORD = 8
_WORDS_AT_ONCE = 1 << 15
_GOLDEN = 0x9E3779B97F4A7C15
_FIRST, _SECOND = 0xBF58476D1CE4E5B9, 0x94D049BB133111EB


def hash_rows(
    rows: int, arrays: Iterable[Array], columns: Iterable[TypedColumn] = ()
) -> NDArray[np.uint64]:
    """`(rows,)` a number per row; it holds in this process alone.

    Every eight bytes of a row are mixed with their place, and added up. Source of the
    mixing: G. Steele, D. Lea, C. Flood (2014), Fast splittable pseudorandom number
    generators, SplitMix64.

    Args:
        rows: how many there are.
        arrays: `(rows, ...)` numbers, which are equal where their bits are.
        columns: numbers and texts; a gap is equal to a gap.
    """
    import numpy as np

    total = np.zeros(rows, "uint64")
    place = 1
    given: list[tuple[Array, Callable[[Array], Array]]] = [
        *((array, _bytes_of) for array in arrays),
        *((cast("Array", column), _plain) for column in columns),
    ]
    for array, plain in given:
        flat = array.reshape(rows, -1)
        width = -(-flat.shape[1] * flat.itemsize // _WORD)
        places = np.arange(place, place + width, dtype="uint64") * np.uint64(_GOLDEN)
        step = max(1, _WORDS_AT_ONCE // max(1, width))
        for start in range(0, rows, step):
            words = _words(plain(flat[start : start + step]), width)
            total[start : start + step] += _mixed(words ^ places).sum(axis=1)
        place += width
    return total


def are_among(
    hashes: NDArray[np.uint64], others: NDArray[np.uint64]
) -> NDArray[np.bool]:
    """Whether each of some numbers is one of the others."""
    import numpy as np

    # NumPy's `isin` looks for distinct numbers first, which takes ten times as long.
    known = np.append(np.sort(others), np.uint64(0))
    places = np.searchsorted(known[:-1], hashes)
    found: NDArray[np.bool] = (known[places] == hashes) & (places < len(others))
    return found


def _bytes_of(flat: Array) -> Array:
    import numpy as np

    return np.ascontiguousarray(flat)


def _plain(column: Array) -> Array:
    """Numbers whose bits are equal where cells are: there is one gap, and one zero."""
    import numpy as np

    if column.dtype.kind == "O":
        cells = column.ravel().tolist()
        return np.fromiter(map(hash, cells), "int64", len(cells))[:, None]
    if column.dtype.itemsize != _WORD:
        return np.ascontiguousarray(column)  # of images
    return np.where(np.isnan(column), np.nan, column + 0.0)


def _words(flat: Array, width: int) -> NDArray[np.uint64]:
    """`(rows, width)` the bytes of rows, eight by eight; what is missing is 0."""
    import numpy as np

    size = flat.shape[1] * flat.itemsize
    if size == width * _WORD:
        return flat.view("uint64")
    padded = np.zeros((len(flat), width * _WORD), "uint8")
    padded[:, :size] = flat.view("uint8").reshape(len(flat), size)
    words: NDArray[np.uint64] = padded.view("uint64")
    return words


def _mixed(words: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Words of which every bit depends on all bits of the given ones, in place."""
    import numpy as np

    words ^= words >> np.uint64(30)
    words *= np.uint64(_FIRST)
    words ^= words >> np.uint64(27)
    words *= np.uint64(_SECOND)
    words ^= words >> np.uint64(31)
    return words
