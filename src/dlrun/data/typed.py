"""From the cells of a table to typed columns: numbers with NaN for gaps, and texts."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import isfinite, nan
from typing import TYPE_CHECKING

from dlrun.data.columns import BOOLEANS, ColumnType, TypedColumn, TypedColumns
from dlrun.data.records import is_odd
from dlrun.writing import number_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

GAPS = frozenset(
    {"", "#N/A", "#N/A N/A", "#NA", "-1.#IND", "-1.#QNAN", "-NaN", "-nan", "1.#IND"}
    | {"1.#QNAN", "<NA>", "N/A", "NA", "NULL", "NaN", "None", "n/a", "nan", "null"}
)
"""What marks a gap, unless a source says otherwise: as `pandas.read_csv` has it."""
_CHUNK = 2048


class NoNumbersError(Exception):
    """A column of numbers holds something else."""


@dataclass(slots=True)
class _Numbers:
    """A column of numbers while it is read."""

    numbers: array[float] = field(default_factory=lambda: array("d"))
    booleans: int = 0
    gaps: int = 0

    def add(self, cells: Sequence[str], gaps: frozenset[str]) -> None:
        if not is_odd("".join(cells)):
            try:
                numbers = list(map(float, cells))
            except ValueError:
                pass  # a gap, True or False, or a mistake
            else:
                if all(map(isfinite, numbers)):
                    self.numbers.fromlist(numbers)
                    return
        self.numbers.fromlist([self._number(cell.strip(), gaps) for cell in cells])

    def _number(self, cell: str, gaps: frozenset[str]) -> float:
        if cell in gaps:
            self.gaps += 1
            return nan
        truth = BOOLEANS.get(cell.lower())
        if truth is not None:
            self.booleans += 1
            return truth
        number = number_of(cell)
        if number is None or not isfinite(number):
            raise NoNumbersError
        return number

    def column(self) -> TypedColumn:
        import numpy as np

        others = len(self.numbers) - self.gaps - self.booleans
        if self.booleans and others:
            raise NoNumbersError
        return np.frombuffer(self.numbers, dtype="float64")


@dataclass(slots=True)
class _Texts:
    """A column of texts while it is read; equal texts are kept once."""

    texts: list[str] = field(default_factory=list)
    known: dict[str, str] = field(default_factory=dict)

    def add(self, cells: Sequence[str], gaps: frozenset[str]) -> None:
        known = self.known
        for cell in cells:
            text = cell.strip()
            text = "" if text in gaps else text
            self.texts.append(known.setdefault(text, text))

    def column(self) -> TypedColumn:
        import numpy as np

        column = np.empty(len(self.texts), dtype=object)
        column[:] = self.texts
        return column


def typed_columns(
    types: Mapping[str, ColumnType],
    rows: Iterable[Sequence[str]],
    gaps: frozenset[str],
) -> TypedColumns:
    """Read columns of cells, some thousand rows at a time.

    Args:
        types: of the columns, in the order of the cells of a row.
        rows: their cells.
        gaps: the texts that mean a gap.

    Raises:
        NoNumbersError: a column of numbers holds something else, or mixes numbers with
            True and False.
    """
    columns = [_Numbers() if one == "numbers" else _Texts() for one in types.values()]
    chunk: list[Sequence[str]] = []

    def empty() -> None:
        for column, cells in zip(columns, zip(*chunk, strict=True), strict=True):
            column.add(cells, gaps)
        chunk.clear()

    for row in rows:
        chunk.append(row)
        if len(chunk) == _CHUNK:
            empty()
    if chunk:
        empty()
    return {name: column.column() for name, column in zip(types, columns, strict=True)}


def as_texts(column: TypedColumn) -> NDArray[np.object_]:
    """A column as texts: whole numbers without a point, and "" for a gap."""
    import numpy as np

    if column.dtype.kind == "O":
        return column.astype(object, copy=False)
    texts = np.empty(len(column), dtype=object)
    texts[:] = [_text_of(number) for number in column.tolist()]
    return texts


def _text_of(number: float) -> str:
    if number != number:  # noqa: PLR0124 - NaN
        return ""
    return str(int(number)) if number % 1 == 0 else repr(number)
