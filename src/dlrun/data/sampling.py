"""Some rows of a table, from all over it, so that a large one is known soon."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from itertools import pairwise
from time import process_time
from typing import TYPE_CHECKING

from dlrun.data.arrow_blocks import Chunks
from dlrun.data.header import Header
from dlrun.data.parquet_file import ParquetFile

if TYPE_CHECKING:
    from dlrun.data.table_file import AskedColumns, Reader, RowBlock, TableFile

WHOLE = 6_000_000
"""Bytes up to which a text is read as a whole."""
_PIECES = 24
_PIECE = 1 << 18
_SECONDS = 1.0
"""The CPU time after which no further block is read."""
_CELLS = 1_500_000
"""Of a Parquet file."""


def is_read_whole(table: TableFile) -> bool:
    """Whether `sample_blocks` gives all rows of a table."""
    if isinstance(table, ParquetFile):
        return table.num_rows <= _rows(table)
    return table.file.stat().st_size <= WHOLE


def sample_blocks(
    table: TableFile, reader: Reader, asked: AskedColumns
) -> Iterator[RowBlock]:
    """All rows of a small table, and rows from all over a large one.

    Args:
        table: a file.
        reader: for the words of problems.
        asked: which columns are needed.

    Raises:
        DataError: a row cannot be read.
    """
    if isinstance(table, ParquetFile) and not is_read_whole(table):
        yield from table.some_blocks(reader, asked, _rows(table))
        return
    text = None
    if isinstance(table, Header) and table.is_usual and not is_read_whole(table):
        text = _pieces(table)
    if isinstance(table, Header) and text is not None:
        yield from Chunks(table, reader, asked, BytesIO(text)).blocks()
        return
    end = process_time() + _SECONDS
    for block in table.blocks(reader, asked):
        yield block
        if process_time() > end and not is_read_whole(table):
            return


def _rows(table: ParquetFile) -> int:
    """How many rows of a Parquet file are read."""
    return max(2000, _CELLS // max(1, len(table.columns)))


def _pieces(table: Header) -> bytes | None:
    """The first line of a text, and whole lines from all over it.

    Returns:
        `None`: where a row begins cannot be told without reading all before it.
    """
    size = table.file.stat().st_size
    with table.file.open("rb") as stream:
        parts = [stream.readline()]
        starts = [round(part * size / _PIECES) for part in range(_PIECES + 1)]
        for start, end in pairwise(starts):
            stream.seek(max(start, len(parts[0])))
            if start:
                stream.readline()  # What is left of a row.
            data = stream.read(min(_PIECE, end - stream.tell()))
            data = data[: data.rfind(b"\n") + 1]
            if not data or any(line.count(b'"') % 2 for line in data.split(b"\n")):
                return None
            parts.append(data)
    return b"".join(parts)
