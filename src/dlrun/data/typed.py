"""From the cells of a table to typed columns: numbers with NaN for gaps, and texts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import isfinite, nan
from typing import TYPE_CHECKING

from dlrun.data.columns import BOOLEANS, ColumnType, TypedColumn, TypedColumns
from dlrun.data.dialect import number_in

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from dlrun.data.table_file import RowBlock

GAPS = frozenset(
    {"", "#N/A", "#N/A N/A", "#NA", "-1.#IND", "-1.#QNAN", "-NaN", "-nan", "1.#IND"}
    | {"1.#QNAN", "<NA>", "N/A", "NA", "NULL", "NaN", "None", "n/a", "nan", "null"}
)
"""What marks a gap, unless a source says otherwise: as `pandas.read_csv` has it."""


_ROWS_AT_ONCE = 4096
"""Rows that are put together at once: few, so that they stay in the cache."""


class NoNumbersError(Exception):
    """A column of numbers holds something else."""


@dataclass(slots=True)
class _Numbers:
    """A column of numbers while it is read."""

    blocks: list[NDArray[np.float64]] = field(default_factory=list)
    has_booleans: bool = False
    has_others: bool = False

    def add(self, block: RowBlock, place: int, gaps: frozenset[str]) -> None:
        self.blocks.append(self.read(block, place, gaps))

    def read(
        self, block: RowBlock, place: int, gaps: frozenset[str]
    ) -> NDArray[np.float64]:
        """The numbers of a block, which are counted and not kept."""
        import numpy as np

        numbers = block.numbers(place)
        if numbers is None:
            numbers = self._one_by_one(block, place, gaps)
        elif not self.has_others:
            self.has_others = bool(np.isfinite(numbers).any())
        if self.has_booleans and self.has_others:
            raise NoNumbersError
        return numbers

    def _one_by_one(
        self, block: RowBlock, place: int, gaps: frozenset[str]
    ) -> NDArray[np.float64]:
        import numpy as np

        texts, places = block.distinct(place)
        values: list[float] = []
        is_boolean: list[bool] = []
        for cell in (text.strip() for text in texts):
            truth = None if cell in gaps else BOOLEANS.get(cell.lower())
            number = truth
            if number is None:
                number = _number(cell, gaps, has_commas=block.has_commas)
            values.append(number)
            is_boolean.append(truth is not None)
        numbers = np.array(values)
        self.has_booleans |= any(is_boolean)
        self.has_others |= int(np.isfinite(numbers).sum()) > sum(is_boolean)
        return numbers if places is None else numbers[places]

    def column(self) -> TypedColumn:
        import numpy as np

        return np.concatenate(self.blocks)


def _number(cell: str, gaps: frozenset[str], *, has_commas: bool) -> float:
    if cell in gaps:
        return nan
    number = number_in(cell, has_commas=has_commas)
    if number is None or not isfinite(number):
        raise NoNumbersError
    return number


@dataclass(slots=True)
class _Texts:
    """A column of texts while it is read; equal texts are kept once."""

    texts: list[str] = field(default_factory=list)
    known: dict[str, str] = field(default_factory=dict)

    def add(self, block: RowBlock, place: int, gaps: frozenset[str]) -> None:
        texts, places = block.distinct(place)
        cells = [text.strip() for text in texts]
        known = [
            self.known.setdefault(cell, cell)
            for cell in ("" if cell in gaps else cell for cell in cells)
        ]
        if places is not None:
            known = list(map(known.__getitem__, places.tolist()))
        self.texts += known

    def column(self) -> TypedColumn:
        import numpy as np

        column = np.empty(len(self.texts), dtype=object)
        column[:] = self.texts
        return column


def typed_columns(
    types: Mapping[str, ColumnType],
    places: Sequence[int],
    blocks: Iterable[RowBlock],
    gaps: frozenset[str],
) -> TypedColumns:
    """Read columns of cells.

    Args:
        types: of the columns.
        places: where each of them stands in a row.
        blocks: the rows.
        gaps: the texts that mean a gap.

    Raises:
        NoNumbersError: a column of numbers holds something else, or mixes numbers with
            True and False.
    """
    columns = [_Numbers() if one == "numbers" else _Texts() for one in types.values()]
    for block in blocks:
        for column, place in zip(columns, places, strict=True):
            column.add(block, place, gaps)
    return {name: column.column() for name, column in zip(types, columns, strict=True)}


def as_texts(column: TypedColumn) -> NDArray[np.object_]:
    """A column as texts: whole numbers without a point, and "" for a gap."""
    import numpy as np

    if column.dtype.kind == "O":
        return column.astype(object, copy=False)
    texts = np.empty(len(column), dtype=object)
    texts[:] = [number_text(number) for number in column.tolist()]
    return texts


def number_text(number: float) -> str:
    """A number as a text: a whole one without a point, and "" for a gap."""
    if number != number:  # noqa: PLR0124 - NaN
        return ""
    return str(int(number)) if number % 1 == 0 else repr(number)


def number_rows(
    places: Sequence[int], blocks: Iterable[RowBlock]
) -> NDArray[np.float32]:
    """`(rows, columns)` the numbers of columns, row by row; there are no gaps.

    Args:
        places: where each column stands in a row.
        blocks: the rows.

    Raises:
        NoNumbersError: as `typed_columns`.
    """
    import numpy as np

    columns = [_Numbers() for _ in places]
    numbers = bytearray()
    for block in blocks:
        given = [
            column.read(block, place, frozenset())
            for column, place in zip(columns, places, strict=True)
        ]
        for start in range(0, len(block.lines), _ROWS_AT_ONCE):
            some = slice(start, start + _ROWS_AT_ONCE)
            rows = np.empty((len(given[0][some]), len(given)), dtype="float32")
            with np.errstate(over="ignore"):
                for index, column in enumerate(given):
                    rows[:, index] = column[some]
            if not np.isfinite(rows).all():
                raise NoNumbersError  # float32 has no such numbers.
            numbers += rows.data
    return np.frombuffer(numbers, dtype="float32").reshape(-1, len(places))
