"""What a table gives, whatever the format of its file: blocks of rows, and places."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

from typing_extensions import override

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from dlrun.data.columns import ColumnType
    from dlrun.errors import Location, Problem


class Reader(Protocol):
    """Who reads a table: its problems have paths to where the file was named."""

    def problem(
        self,
        *path: str | int,
        message: str,
        hint: str | None = None,
        code: str = "invalid-data",
    ) -> Problem:
        """A problem with the value at `path` inside of what names the file."""


@dataclass(frozen=True, slots=True)
class AskedColumns:
    """What is asked of a table."""

    types: Mapping[int, ColumnType]
    """The columns that are needed, by their places, and what they are taken for."""
    gaps: frozenset[str]
    """The texts that mean a gap."""


class TableFile(Protocol):
    """A file of rows with the same columns."""

    @property
    def file(self) -> Path:
        """Where it is."""

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of its columns, in their order."""

    @property
    def has_commas(self) -> bool:
        """Whether its numbers have decimal commas."""

    def blocks(self, reader: Reader, asked: AskedColumns) -> Iterator[RowBlock]:
        """The rows, some thousand at a time.

        Args:
            reader: for the words of problems.
            asked: which columns are needed.

        Raises:
            DataError: the file is damaged.
        """

    def rows_with(
        self, reader: Reader, places: Sequence[int]
    ) -> Iterator[tuple[int, Sequence[str]]]:
        """The line of each row, and its cells as texts, "" for a gap.

        Args:
            reader: for the words of problems.
            places: of the columns that are needed; those of others may be "".

        Raises:
            DataError: the file is damaged.
        """

    def bytes_of(self, places: Sequence[int]) -> int:
        """How much must be read for some columns."""

    def rows_about(self) -> int:
        """How many rows there are, as far as that is told without reading them."""

    def place(self, line: int) -> str:
        """Where a row is, as in `people.csv:4`."""

    def locate(self, line: int, place: int | None = None) -> Location | None:
        """Where a row stands in a text, or one of its cells; `None`: in none."""


class RowBlock(Protocol):
    """Some rows that stand one below another; a column is known by its place."""

    @property
    def lines(self) -> Sequence[int]:
        """The line of each row, from 1."""

    @property
    def doubtful(self) -> Sequence[tuple[int, int]]:
        """The first and the last line of each row that could be several."""

    @property
    def has_commas(self) -> bool:
        """Whether numbers in texts have decimal commas."""

    def cells(self, place: int) -> list[str]:
        """The texts of a column, as they stand there."""

    def distinct(self, place: int) -> tuple[list[str], NDArray[np.int64] | None]:
        """The texts of a column, and which of them each row has; `None`: one each."""

    def numbers(self, place: int) -> NDArray[np.float64] | None:
        """A column that was asked for as numbers, NaN for gaps.

        Returns:
            `None` where a cell is something else, or may be: `cells` tell.
        """

    def digests(self) -> bytes:
        """A hash of all cells of each row, 8 bytes little-endian each."""


@dataclass(frozen=True, slots=True)
class RowPlace:
    """Where a row stands: `people.csv:4`."""

    table: TableFile
    line: int

    @override
    def __str__(self) -> str:
        return self.table.place(self.line)

    def locate(self, cell: int | None) -> Location | None:
        """Where one of its cells stands, which count from 0; `None`: where it does."""
        return self.table.locate(self.line, cell)


@dataclass(frozen=True, slots=True, eq=False)
class RowPlaces:
    """Where rows stand in files; rows may be left out, and keep their places."""

    files: Sequence[tuple[int, TableFile]]
    """The number of the first row of each file, from 0, and the file."""
    lines: Sequence[int]
    """The line of every row that was read, from 1."""
    numbers: NDArray[np.int64] | None = None
    """The numbers of the rows that are here; `None`: all."""

    def take(self, indices: NDArray[np.int64]) -> RowPlaces:
        """The places of some rows of those here, in this order."""
        numbers = indices if self.numbers is None else self.numbers[indices]
        return replace(self, numbers=numbers)

    def of(self, row: int) -> str:
        """Where a row stands, as in `people.csv:4`."""
        table, line = self._find(row)
        return table.place(line)

    def locate(self, row: int, column: str) -> Location | None:
        """Where a cell stands; `None`: its file can be read no longer."""
        table, line = self._find(row)
        return table.locate(line, table.columns.index(column))

    def folder(self, row: int) -> Path:
        """The folder of the file that a row stands in."""
        return self._find(row)[0].file.parent

    def _find(self, row: int) -> tuple[TableFile, int]:
        number = row if self.numbers is None else int(self.numbers[row])
        starts = [start for start, _ in self.files]
        table = self.files[bisect_right(starts, number) - 1][1]
        return table, self.lines[number]
