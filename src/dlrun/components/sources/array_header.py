"""What stands before the numbers of an array that NumPy saved."""

from __future__ import annotations

import ast
import struct
from dataclasses import dataclass
from math import prod
from typing import IO, Any

from dlrun.runs.manifest import DAMAGE

_HEADER_AT_MOST = 10_000


@dataclass(frozen=True, slots=True)
class ArrayHeader:
    """What stands before the numbers of an array."""

    shape: tuple[int, ...]
    kind: str
    """NumPy's letter for the kind of its items: `f`, `i`, `u`, `b`, `U`, `O`, ..."""
    size: int
    """Bytes, with those of the numbers."""


def read_array_header(stream: IO[bytes]) -> ArrayHeader | None:
    """The header of an array; `None`: it is damaged.

    Source: NumPy, `numpy.lib.format`, versions 1.0 to 3.0 of the format.
    """
    start = stream.read(8)
    if len(start) < 8 or not start.startswith(b"\x93NUMPY"):
        return None
    width = 2 if start[6] == 1 else 4
    length_bytes = stream.read(width)
    if len(length_bytes) < width:
        return None
    (length,) = struct.unpack("<H" if width == 2 else "<I", length_bytes)
    if length > _HEADER_AT_MOST:
        return None
    try:
        text = stream.read(length).decode("utf-8" if start[6] == 3 else "latin-1")
        values = ast.literal_eval(text.strip())
        return _header_of(values, len(start) + width + length)
    except DAMAGE:
        return None


def _header_of(values: Any, start: int) -> ArrayHeader:
    descr, shape = values["descr"], tuple(int(size) for size in values["shape"])
    if not isinstance(descr, str):
        return ArrayHeader(shape, "V", -1)
    kind, size = descr[1], int(descr[2:].partition("[")[0] or 0)
    if kind == "U":
        size *= 4
    return ArrayHeader(shape, kind, start + prod(shape) * size)
