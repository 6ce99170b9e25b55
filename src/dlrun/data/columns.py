"""Columns of a table before they are encoded: what their cells are, and where."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, Protocol, TypeAlias

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from dlrun.errors import Location

BOOLEANS = {"true": 1.0, "false": 0.0}
"""What pandas, R and spreadsheets write for a yes and a no, in lower case."""
ColumnType: TypeAlias = Literal["numbers", "texts", "images"]
"""What the cells of a column are taken for; those of `images` name files."""
TypedColumn: TypeAlias = (
    "NDArray[np.float64] | NDArray[np.object_] | NDArray[np.float32]"
)
"""`(rows,)`: numbers as float64, with NaN for a gap, or texts, with "" for a gap.
Images are `(rows, height, width, channels)` as float32, NaN for a gap, once they are
read; a source gives the texts that name them."""
ColumnGift: TypeAlias = Literal["numbers", "array", "tokens"]
"""What a column becomes: numbers with names, which stand beside those of others; an
array of a shape of its own; or tokens, whole numbers of words that are no magnitudes.
"""
TypedColumns: TypeAlias = Mapping[str, TypedColumn]
"""The columns of a table by their names."""


@dataclass(frozen=True, slots=True)
class ColumnFacts:
    """What becomes of a column, as far as that is known without its rows."""

    column: str
    entry: str | None
    """The name or pattern in `data.columns` that holds for it; `None`: none does."""
    encoders: str
    """What is done to it, in a few words."""
    names: tuple[str, ...] | None
    """What the numbers are called that it becomes; `None`: its categories tell, or
    they have no names."""
    inputs: tuple[str, ...]
    """The inputs of the model that get them."""
    shape: tuple[int, ...] | None
    """The shape of what a row of it becomes; `None`: its categories tell."""
    gives: ColumnGift = "numbers"
    num_tokens: int | None = None
    """How many different tokens there may be, from 0; `None`: any number, or none."""

    @property
    def has_own_input(self) -> bool:
        """Whether it stands beside no other column in an input."""
        return self.gives != "numbers"


class TextTable(Protocol):
    """A text file that holds rows, a line or several each."""

    @property
    def file(self) -> Path:
        """Where it is."""

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of its columns, in their order."""

    def locate(self, line: int, place: int | None = None) -> Location | None:
        """Where the row stands that begins at a line, from 1, or one of its cells."""


@dataclass(frozen=True, slots=True, eq=False)
class RowPlaces:
    """Where rows stand in text files; rows may be left out, and keep their places."""

    files: Sequence[tuple[int, TextTable]]
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
        return f"{table.file.name}:{line}"

    def locate(self, row: int, column: str) -> Location | None:
        """Where a cell stands; `None`: its file can be read no longer."""
        table, line = self._find(row)
        return table.locate(line, table.columns.index(column))

    def folder(self, row: int) -> Path:
        """The folder of the file that a row stands in."""
        return self._find(row)[0].file.parent

    def _find(self, row: int) -> tuple[TextTable, int]:
        number = row if self.numbers is None else int(self.numbers[row])
        starts = [start for start, _ in self.files]
        table = self.files[bisect_right(starts, number) - 1][1]
        return table, self.lines[number]
