"""Features on the device: arrays, or rows of which windows are gathered."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, TypeAlias

import numpy as np
import tensorflow as tf

from dlrun.data.row_windows import COPIED_AT_MOST, RowWindows

if TYPE_CHECKING:
    from dlrun.data import Array


class PlacedWindows(NamedTuple):
    """Rows on the device, each once, and where windows begin."""

    starts: tf.Tensor
    """`(windows,)`; it stands first, so that it tells how many samples there are."""
    rows: tf.Tensor
    offsets: tf.Tensor
    """`(1, length)`: 0, 1, ... length - 1."""


OnDevice: TypeAlias = "tf.Tensor | PlacedWindows | dict[str, tf.Tensor | PlacedWindows]"
"""An array, windows, or several of them by name."""


def place(array: Array | RowWindows) -> tf.Tensor | PlacedWindows:
    """An array, or windows of rows, on the device; small windows are an array there."""
    if not isinstance(array, RowWindows):
        return tf.constant(array)
    if array.nbytes <= COPIED_AT_MOST:
        return tf.constant(np.asarray(array))
    offsets = np.arange(array.length, dtype=np.int64)[None]
    return PlacedWindows(*map(tf.constant, (array.starts, array.rows, offsets)))


def take_rows(part: OnDevice, rows: tf.Tensor) -> tf.Tensor:
    """Some samples of an array, of windows, or of several of them by name."""
    if isinstance(part, PlacedWindows):
        places = tf.gather(part.starts, rows)[:, None] + part.offsets
        return tf.gather(part.rows, places)
    if isinstance(part, dict):
        return {name: take_rows(one, rows) for name, one in part.items()}
    return tf.gather(part, rows)


def rows_from(part: OnDevice, start: tf.Tensor, count: int) -> tf.Tensor:
    """So many samples from one on; at the end fewer."""
    if isinstance(part, PlacedWindows):
        places = part.starts[start : start + count][:, None] + part.offsets
        return tf.gather(part.rows, places)
    if isinstance(part, dict):
        return {name: rows_from(one, start, count) for name, one in part.items()}
    return part[start : start + count]
