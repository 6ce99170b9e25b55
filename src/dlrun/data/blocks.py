"""Rows whose cells Python holds, some thousand at a time."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from math import isfinite
from typing import TYPE_CHECKING

from dlrun.data.records import Record, is_odd, looks_like_rows

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_ROWS = 2048
"""Rows of a block whose cells Python holds one by one."""
DIGEST_BYTES = 8
"""Of the hash of a row."""
_NEWLINE = b"\n"[0]
_BETWEEN_CELLS = "\x1f"
"""The unit separator of ASCII."""


@dataclass(frozen=True, slots=True)
class CellBlock:
    """Rows whose cells are there as texts."""

    lines: list[int] = field(default_factory=list)
    doubtful: list[tuple[int, int]] = field(default_factory=list)
    rows: list[list[str]] = field(default_factory=list)
    separator: str = ","
    """What stands between two cells in the file."""
    has_commas: bool = False
    """See `RowBlock`."""

    def cells(self, place: int) -> list[str]:
        """See `RowBlock`."""
        return [cells[place] for cells in self.rows]

    def distinct(self, place: int) -> tuple[list[str], NDArray[np.int64] | None]:
        """See `RowBlock`."""
        return self.cells(place), None

    def numbers(self, place: int) -> NDArray[np.float64] | None:
        """See `RowBlock`; a gap is something else."""
        cells = self.cells(place)
        joined = "".join(cells)
        if is_odd(joined) or (self.has_commas and "." in joined):
            return None
        if self.has_commas:
            cells = [cell.replace(",", ".", 1) for cell in cells]
        try:
            numbers = list(map(float, cells))
        except ValueError:
            return None  # a gap, True or False, or a mistake
        if not all(map(isfinite, numbers)):
            return None
        import numpy as np

        return np.array(numbers)

    def digests(self) -> bytes:
        """See `RowBlock`."""
        return b"".join([digest(cells, self.separator) for cells in self.rows])


def digest(cells: Sequence[str], separator: str) -> bytes:
    """A hash of the cells of a row: of its line, where no cell needs quotes."""
    line = separator.join(cells)
    if '"' in line or "\n" in line or line.count(separator) >= len(cells):
        line = _BETWEEN_CELLS.join(cells)
    return blake2b(line.encode(), digest_size=DIGEST_BYTES).digest()


def line_digests(data: bytes, separator: str) -> Iterator[bytes]:
    """The hash of each row of some whole lines, as `digest` has it."""
    import numpy as np

    ends = np.flatnonzero(np.frombuffer(data, "uint8") == _NEWLINE).tolist()
    if not data.endswith(b"\n"):
        ends.append(len(data))
    has_quotes, lines, start = b'"' in data, memoryview(data), 0
    empty = blake2b(digest_size=DIGEST_BYTES)
    for end in ends:
        if has_quotes and b'"' in (line := data[start:end]):
            yield digest(_cells(line, separator), separator)
        else:
            # A copy is cheaper than a new one, and a view than a copied line.
            of_line = empty.copy()
            of_line.update(lines[start:end])
            yield of_line.digest()
        start = end + 1


def _cells(line: bytes, separator: str) -> list[str]:
    return next(csv.reader([line.decode()], delimiter=separator))


def cell_blocks(
    rows: Iterator[tuple[int, list[str]]],
    record: Record,
    separator: str,
    *,
    has_commas: bool = False,
) -> Iterator[CellBlock]:
    """Rows that are read one by one, as blocks.

    Args:
        rows: the line of each, and its cells.
        record: is told what the lines of each row are like before the row is given.
        separator: what stands between two cells.
        has_commas: whether numbers have decimal commas.
    """
    block = CellBlock(separator=separator, has_commas=has_commas)
    for line, cells in rows:
        block.lines.append(line)
        block.rows.append(cells)
        if record.lines and looks_like_rows(record, separator, len(cells)):
            last = record.first_line + len(record.lines) - 1
            block.doubtful.append((record.first_line, last))
        if len(block.rows) == _ROWS:
            yield block
            block = CellBlock(separator=separator, has_commas=has_commas)
    if block.rows:
        yield block
