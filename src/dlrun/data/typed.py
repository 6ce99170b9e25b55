"""From the cells of a table to typed columns: numbers with NaN for gaps, and texts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import isfinite, nan
from typing import TYPE_CHECKING

from dlrun.data.columns import BOOLEANS, ColumnType, TypedColumn, TypedColumns
from dlrun.data.dialect import number_in
from dlrun.data.growing import GrowingArray

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

    has_booleans: bool = False
    has_others: bool = False

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
    rows: int = 0,
) -> TypedColumns:
    """Read columns of cells.

    Args:
        types: of the columns.
        places: where each of them stands in a row.
        blocks: the rows.
        gaps: the texts that mean a gap.
        rows: about how many there are, as far as that is known.

    Raises:
        NoNumbersError: a column of numbers holds something else, or mixes numbers with
            True and False.
    """
    import numpy as np

    where = dict(zip(types, places, strict=True))
    numbers = {name: _Numbers() for name, one in types.items() if one == "numbers"}
    texts = {name: _Texts() for name in types if name not in numbers}
    grown = GrowingArray(rows, len(numbers), np.float64, "F")
    for block in blocks:
        columns = grown.more(len(block.lines)).T
        for column, (name, read) in zip(columns, numbers.items(), strict=True):
            column[:] = read.read(block, where[name], gaps)
        for name, one in texts.items():
            one.add(block, where[name], gaps)
    found: dict[str, TypedColumn] = dict(zip(numbers, grown.whole().T, strict=True))
    found |= {name: one.column() for name, one in texts.items()}
    return {name: found[name] for name in types}


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
    places: Sequence[int], blocks: Iterable[RowBlock], rows: int = 0
) -> NDArray[np.float32]:
    """`(rows, columns)` the numbers of columns, row by row; there are no gaps.

    Args:
        places: where each column stands in a row.
        blocks: the rows.
        rows: about how many there are, as far as that is known.

    Raises:
        NoNumbersError: as `typed_columns`.
    """
    import numpy as np

    columns = [_Numbers() for _ in places]
    grown = GrowingArray(rows, len(columns), np.float32, "C")
    for block in blocks:
        given = [
            column.read(block, place, frozenset())
            for column, place in zip(columns, places, strict=True)
        ]
        put_together(given, grown.more(len(block.lines)))
    return grown.whole()


def put_together(
    columns: Sequence[NDArray[np.float64]], rows: NDArray[np.float32]
) -> None:
    """Write columns into `(rows, columns)` numbers.

    Raises:
        NoNumbersError: float32 has no such number, or there is a gap.
    """
    import numpy as np

    for start in range(0, len(rows), _ROWS_AT_ONCE):
        some = slice(start, start + _ROWS_AT_ONCE)
        with np.errstate(over="ignore"):
            for index, column in enumerate(columns):
                rows[some, index] = column[some]
        if not np.isfinite(rows[some]).all():
            raise NoNumbersError
