"""Rows that a person writes out, by the names of their columns."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isfinite, nan
from pathlib import Path
from typing import TYPE_CHECKING

from typing_extensions import override

from dlrun.data.columns import BOOLEANS
from dlrun.data.dataset import Dataset
from dlrun.data.table_file import RowPlaces
from dlrun.data.typed import GAPS
from dlrun.errors import DataError, Problem
from dlrun.writing import choices, cut, did_you_mean, json_text, nearest, number_of

if TYPE_CHECKING:
    from dlrun.data.columns import ColumnType, TypedColumn
    from dlrun.errors import Location

_NO_VALUE = frozenset({"nan", "NaN", "NaT", "<NA>"})
"""What NumPy and pandas print of a value that is not there."""
_LONGEST_CELL = 60


@dataclass(frozen=True, slots=True, eq=False)
class RowNumbers(RowPlaces):
    """Rows whose numbers tell where they are, from 0."""

    start: Path = Path()
    """The folder where the paths in their cells start."""

    @override
    def of(self, row: int) -> str:
        return f"row {row}"

    @override
    def locate(self, row: int, column: str) -> Location | None:
        return None

    @override
    def folder(self, row: int) -> Path:
        return self.start


NUMBERED = RowNumbers((), ())
"""Rows that stand in no file."""


def typed_rows(
    rows: Sequence[Mapping[str, object]],
    types: Mapping[str, ColumnType],
    gaps: frozenset[str] = GAPS,
    places: RowPlaces = NUMBERED,
) -> Dataset:
    """The columns of rows.

    Args:
        rows: as `by_name` has them; null, NaN, NA and NaT are gaps.
        types: the columns, and what their values are taken for.
        gaps: the texts that mean a gap.
        places: where the rows stand.

    Raises:
        DataError: no column has the values that it must have.
    """
    import numpy as np

    columns: dict[str, TypedColumn] = {}
    problems: list[Problem] = []
    for name, kind in types.items():
        values = [row[name] for row in rows]
        read = _numbers if kind == "numbers" else _texts
        found = read(values, gaps)
        wrong = [row for row, value in enumerate(found) if value is None]
        if wrong:
            problems.append(_no_value(name, kind, values[wrong[0]], wrong, places))
            continue
        is_text = kind != "numbers"
        columns[name] = np.empty(len(values), dtype=object if is_text else "float64")
        columns[name][:] = found
    if not columns:
        raise DataError(*problems)
    return Dataset({}, columns=columns, places=places, mistakes=tuple(problems))


def by_name(
    rows: object, names: Sequence[str], places: RowPlaces = NUMBERED
) -> Sequence[Mapping[str, object]]:
    """Every row by the names of its columns.

    Args:
        rows: a list of mappings, or of lists in the order of the columns.
        names: the columns that each row must have.
        places: where the rows stand.

    Raises:
        DataError: there are no rows, or one lacks a column.
    """
    example = f"[{{{', '.join(f'{json.dumps(name)}: ...' for name in names)}}}]"
    if not isinstance(rows, list | tuple) or not rows:
        hint = f"write {example}"
        if isinstance(rows, Mapping):
            hint = f"write [{cut(json_text(rows), 200)}]"
        message = "there are no rows" if rows in ([], ()) else "expected a list of rows"
        raise DataError(Problem((), message, hint=hint, code="wrong-type"))
    found: list[Mapping[str, object]] = []
    for index, row in enumerate(rows):
        if isinstance(row, list | tuple) and len(row) == len(names):
            row = dict(zip(names, row, strict=True))  # noqa: PLW2901 - the same row
        if not isinstance(row, Mapping):
            message = f"{places.of(index)} must give a value for each column"
            if isinstance(row, list | tuple):
                message += f": it has {len(row)}, and not {len(names)}"
            hint = f"write {example[1:-1]}"
            raise DataError(Problem((), message, hint=hint, code="other-columns"))
        found.append(row)
    _require_columns(found, names, places)
    return found


def names_in(rows: Sequence[Mapping[str, object]]) -> tuple[str, ...]:
    """The columns that any row names, in the order in which they come."""
    return tuple(dict.fromkeys(name for row in rows for name in row))


def _require_columns(
    rows: Sequence[Mapping[str, object]], names: Sequence[str], places: RowPlaces
) -> None:
    """Refuse rows that lack columns: all of them, or one of them alone."""
    there = frozenset(names_in(rows))
    listed = f"the rows have {choices(there, most=20)}"
    problems = []
    for name in names:
        if name not in there:
            meant = did_you_mean([nearest(name, there - {*names})])
            message = f"there is no column {json_text(name)}"
            hint = f"{meant} {listed}".lstrip()
            problems.append(Problem((), message, hint=hint, code="missing-column"))
    if problems:
        raise DataError(*problems)
    for index, row in enumerate(rows):
        missing = [name for name in names if name not in row]
        if missing:
            noun = "column" if len(missing) == 1 else "columns"
            message = f"{places.of(index)} lacks the {noun} {choices(missing, most=20)}"
            hint = "write null for a gap"
            raise DataError(Problem((), message, hint=hint, code="other-columns"))


def _no_value(
    name: str, kind: ColumnType, value: object, rows: Sequence[int], places: RowPlaces
) -> Problem:
    cell = cut(value if isinstance(value, str) else str(value), _LONGEST_CELL)
    what = "number" if kind == "numbers" else "text"
    more = f" and {len(rows) - 1} more" if len(rows) > 1 else ""
    place = f"at {places.of(rows[0])}{more}"
    message = f'column {json_text(name)} has "{cell}", which is no {what}, {place}'
    hint = f"write {what}s, and null for a gap"
    location = places.locate(rows[0], name)
    return Problem((), message, hint=hint, code=f"not-a-{what}", location=location)


def plain_text(value: object, gaps: frozenset[str] = GAPS) -> str | None:
    """The text of a value, "" for a gap; `None`: it is a list, a mapping or no text.

    Bytes are those of UTF-8, as Parquet and HDF5 have texts. Dates and times are
    written as ISO 8601 has them, with a time.
    """
    if isinstance(value, bytes):
        try:
            value = value.decode()
        except UnicodeDecodeError:
            return None
    if isinstance(value, str):
        text = value.strip()
        return "" if text in gaps else text
    if value is None or str(value) in _NO_VALUE:
        return ""
    is_one = not isinstance(value, list | tuple | Mapping)
    return (
        _written(value)
        if is_one and getattr(value, "ndim", None) in {None, 0}
        else None
    )


def _written(value: object) -> str:
    """A value of Python, NumPy or pandas as a text."""
    if hasattr(value, "total_seconds"):
        return str(value.total_seconds())
    if getattr(getattr(value, "dtype", None), "kind", "") == "m":
        return str(float(value / type(value)(1, "s")))  # type: ignore[operator,call-arg]
    is_date = getattr(getattr(value, "dtype", None), "kind", "") == "M"
    if is_date or hasattr(value, "isoformat"):
        date = str(getattr(value, "isoformat", lambda: value)())
        return date if ":" in date else f"{date}T00:00:00"
    return str(getattr(value, "item", lambda: value)())


def _texts(values: Sequence[object], gaps: frozenset[str]) -> list[str | None]:
    return [plain_text(value, gaps) for value in values]


def _numbers(values: Sequence[object], gaps: frozenset[str]) -> list[float | None]:
    """NaN for a gap; `None`: it is no number."""
    return [_number(plain_text(value, gaps)) for value in values]


def _number(text: str | None) -> float | None:
    if not text:
        return None if text is None else nan
    number = BOOLEANS.get(text.lower())
    number = number_of(text) if number is None else number
    return number if number is not None and isfinite(number) else None
