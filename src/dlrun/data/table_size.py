"""How much memory the rows of a table take: an estimate before they are read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dlrun.machine import free_memory, machine_memory
from dlrun.writing import bytes_text

if TYPE_CHECKING:
    from dlrun.data.table_file import TableFile

_OF_A_NUMBER = 20
"""Bytes at the height of reading, dividing and scaling, as measured: a number as it is
read, that of its part, and what a model takes."""
_OF_A_CELL = 30
"""The same of a cell that is encoded, 8 bytes as it is read and 4 for each number that
it becomes. Between 40,000 and 120,000 rows of 49 columns the peak of the process grew
by 16 bytes a cell of CSV, 26 of Parquet, 19 where gaps are filled and told beside, and
18 of texts that become numbers; categories may become several numbers each."""
_OF_A_ROW = 150
"""Its name, its label, and where it stands."""
_AT_LEAST = 4
"""Without these bytes there is no number."""
_COUNTED = 1_000_000


@dataclass(frozen=True, slots=True)
class TableSize:
    """What reading a table takes."""

    rows: int
    columns: int
    needed: int
    """About so many bytes of memory at once."""
    least: int
    """So many at any rate."""

    @property
    def told(self) -> str:
        """The size, and the memory that it takes."""
        rounded = int(float(f"{self.rows:.2g}"))
        rows = f"{self.rows / _COUNTED:.1f} million" if rounded >= _COUNTED else ""
        return (
            f"about {rows or f'{rounded:,}'} rows of {self.columns:,} columns take "
            f"about {bytes_text(self.needed)}"
        )

    @property
    def is_too_large(self) -> bool:
        """Whether the machine cannot hold the rows, however they are prepared."""
        return self.least > machine_memory()

    @property
    def excess(self) -> str | None:
        """What to say of rows that take much of the memory; `None`: they do not."""
        if self.is_too_large:
            of = f"({bytes_text(machine_memory())})"
            return f"{self.told}, more than the memory of this machine {of}"
        free = free_memory()
        if self.needed <= free / 2:
            return None
        return (
            f"{self.told}, more than half of the memory that is free "
            f"({bytes_text(free)})"
        )


def table_size(
    files: Sequence[TableFile], columns: int, *, is_encoded: bool
) -> TableSize:
    """Estimate what reading some columns takes.

    Args:
        files: whose beginnings tell how long rows are.
        columns: how many of them are features.
        is_encoded: whether they are encoded one by one.
    """
    of_a_cell = _OF_A_CELL if is_encoded else _OF_A_NUMBER
    rows = sum(file.rows_about() for file in files)
    return TableSize(
        rows,
        columns,
        rows * (columns * of_a_cell + _OF_A_ROW),
        rows * columns * _AT_LEAST,
    )
