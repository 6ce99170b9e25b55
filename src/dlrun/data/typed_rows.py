"""Rows that a person writes out, as typed columns: of JSON, or in a notebook."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from math import isfinite, nan
from typing import TYPE_CHECKING

from dlrun.data.columns import BOOLEANS
from dlrun.data.dataset import Dataset
from dlrun.data.typed import GAPS
from dlrun.errors import DataError, Problem
from dlrun.writing import choices, json_text, number_of

if TYPE_CHECKING:
    from dlrun.data.columns import ColumnType, TypedColumn


def typed_rows(rows: object, types: Mapping[str, ColumnType]) -> Dataset:
    """The columns of rows: of mappings by their names, or of lists in their order.

    Args:
        rows: a list; null and NaN are gaps, and so are the texts that are in a table.
        types: the columns, and what their values are taken for.

    Raises:
        DataError: rows lack a column, or no column has the values that it must have.
    """
    import numpy as np

    given = _mappings(rows, tuple(types))
    columns: dict[str, TypedColumn] = {}
    problems: list[Problem] = []
    for name, kind in types.items():
        values = [row[name] for row in given]
        if kind != "numbers":
            columns[name] = np.empty(len(values), dtype=object)
            columns[name][:] = list(map(_text, values))
            continue
        numbers = list(map(_number, values))
        wrong = [row for row, number in enumerate(numbers) if number is None]
        if not wrong:
            columns[name] = np.array(numbers, dtype="float64")
        else:
            cell = f'"{values[wrong[0]]}"'
            message = f"column {json_text(name)} has {cell}, which is no"
            more = f" and {len(wrong) - 1} more" if len(wrong) > 1 else ""
            message = f"{message} number, at row {wrong[0]}{more}"
            hint = "write numbers, and null for a gap"
            problems.append(Problem((), message, hint=hint, code="not-a-number"))
    if not columns:
        raise DataError(*problems)
    return Dataset({}, columns=columns, mistakes=tuple(problems))


def _mappings(rows: object, names: Sequence[str]) -> Sequence[Mapping[str, object]]:
    """Every row by the names of its columns."""
    example = f"[{{{', '.join(f'{json.dumps(name)}: ...' for name in names)}}}]"
    if not isinstance(rows, list) or not rows:
        raise DataError(Problem((), "expected a list of rows", hint=f"write {example}"))
    found: list[Mapping[str, object]] = []
    for index, row in enumerate(rows):
        if isinstance(row, list | tuple) and len(row) == len(names):
            row = dict(zip(names, row, strict=True))  # noqa: PLW2901 - the same row
        if not isinstance(row, Mapping):
            message = f"row {index} must give a value for each column"
            raise DataError(
                Problem((), message, hint=f"write {example}", code="other-columns")
            )
        missing = [name for name in names if name not in row]
        if missing:
            noun = "column" if len(missing) == 1 else "columns"
            message = f"row {index} lacks the {noun} {choices(missing, most=20)}"
            hint = "write null for a gap"
            raise DataError(Problem((), message, hint=hint, code="other-columns"))
        found.append(row)
    return found


def _plain(value: object) -> object:
    """A value of Python, of whatever NumPy or pandas has; `None` for a gap."""
    value = getattr(value, "item", lambda: value)()
    is_nan = isinstance(value, float) and value != value  # noqa: PLR0124 - NaN
    text = str(value).strip()
    return None if value is None or is_nan or text in GAPS else value


def _text(value: object) -> str:
    plain = _plain(value)
    return "" if plain is None else str(plain).strip()


def _number(value: object) -> float | None:
    """NaN for a gap; `None`: it is no number."""
    plain = _plain(value)
    if plain is None:
        return nan
    text = str(plain).strip()
    number = BOOLEANS.get(text.lower())
    number = number_of(text) if number is None else number
    return number if number is not None and isfinite(number) else None
