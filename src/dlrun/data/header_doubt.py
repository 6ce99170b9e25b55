"""Whether the first line of a text table is the one that names its columns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from itertools import islice
from typing import TYPE_CHECKING

from dlrun.data.header import Header, lines_of, opened
from dlrun.data.records import QuoteError, read_records
from dlrun.data.typed import GAPS
from dlrun.errors import DataError
from dlrun.writing import is_number

if TYPE_CHECKING:
    from dlrun.data.table_file import Reader, TableFile

_LOOKED_AT = 10
"""Rows at the top of a file, below its first line."""
_SEVERAL = 2
"""Words above numbers in one column alone may be a gap."""


def header_doubt(table: TableFile, reader: Reader) -> str | None:
    """What to do where another line names the columns, or none; `None`: nothing.

    Args:
        table: a file.
        reader: for the words of problems.
    """
    if not isinstance(table, Header):
        return None
    rows: list[tuple[int, list[str]]] = []
    with suppress(DataError, QuoteError, OSError, UnicodeError):
        rows.extend(islice(_rows(table, reader), 1 + _LOOKED_AT))
    return _doubt(table.columns, rows[1:])


def _rows(table: Header, reader: Reader) -> Iterator[tuple[int, list[str]]]:
    """The line of each row, the first one too, and its cells; no row is blank."""
    record = table.record()
    with opened(table.file, table.dialect) as stream:
        lines = lines_of(reader, table.file, stream)
        for cells in read_records(lines, table.separator, record):
            if any(cell.strip() for cell in cells):
                yield record.first_line, cells


def _doubt(
    names: Sequence[str], rows: Sequence[tuple[int, Sequence[str]]]
) -> str | None:
    width = len(names)
    for place, (line, cells) in enumerate(rows):
        below = rows[place:]
        if len(cells) > width and all(len(one) == len(cells) for _, one in below):
            told = (
                f"line {line} has {len(cells)} cells: if it names the columns, remove"
            )
            return f"{told} what is above it"
    if any(map(is_number, names)):
        return "if its first line is a row, add a line above it that names the columns"
    if len(rows) <= 1 or not _is_second_header(rows[0][1], rows[1][1]):
        return None
    line = rows[0][0]
    if "" in names or len(set(names)) < width:
        return f"if line {line} names the columns, remove what is above it"
    return f"if line {line} is a second header line, as of units, remove it"


def _is_second_header(first: Sequence[str], second: Sequence[str]) -> bool:
    """Whether a row has words where the next one has numbers, in several columns."""
    words = [
        above
        for above, below in zip(first, second, strict=False)
        if is_number(below) and _is_word(above)
    ]
    return len(words) >= _SEVERAL and not any(map(is_number, first))


def _is_word(cell: str) -> bool:
    """Whether it is neither a number nor what marks a gap."""
    text = cell.strip()
    return text not in GAPS and not is_number(text) and any(map(str.isalpha, text))
