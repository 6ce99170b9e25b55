"""Rows that a person writes out, for a trained model: as JSON, or in a notebook."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace

from dlrun.data import INPUT, RowPlaces
from dlrun.data.typed_rows import NUMBERED, by_name
from dlrun.errors import DataError, Problem


def by_field(
    rows: object,
    row_shapes: Mapping[str, Sequence[int]],
    feature_names: Sequence[str] | None,
    places: RowPlaces = NUMBERED,
) -> object:
    """Rows as a source takes them: a list per row, or such lists for each input.

    Args:
        rows: lists, or mappings by the names of columns or of several inputs.
        row_shapes: of one row of each input, without the batch axis.
        feature_names: the columns of a table, in order; `None`: they have no names.
        places: where the rows stand.

    Raises:
        DataError: there is no list of rows, or a row lacks a column or an input.
    """
    if isinstance(rows, dict) or _is_one_row(rows, row_shapes):
        hint = f"write [{json.dumps(rows)}]"
        raise DataError(
            Problem((), "expected a list of rows", hint=hint, code="wrong-type")
        )
    if list(row_shapes) != [INPUT]:
        return _by_input(rows, sorted(row_shapes), places)
    if not isinstance(rows, list) or not any(isinstance(row, dict) for row in rows):
        return rows
    if feature_names is None:
        message = "the columns of the train rows have no names"
        hint = "write a list of numbers for each row"
        raise DataError(Problem((), message, hint=hint, code="other-columns"))
    named = by_name(rows, feature_names, places)
    return [[row[name] for name in feature_names] for row in named]


def _is_one_row(rows: object, row_shapes: Mapping[str, Sequence[int]]) -> bool:
    """Whether the numbers of one row stand there without the list around them."""
    if not isinstance(rows, list) or not rows:
        return False
    flat = not any(isinstance(item, (list, dict)) for item in rows)
    return flat and [[len(rows)]] == [list(shape) for shape in row_shapes.values()]


def of_input(problem: Problem) -> Problem:
    """A problem with a row of one of several inputs, whose message names the input."""
    _, name, *place = problem.path
    message = problem.message if not place else f"`{name}`: {problem.message}"
    return replace(problem, message=message)


def _by_input(
    rows: object, names: Sequence[str], places: RowPlaces
) -> dict[str, list[object]]:
    """The rows of each input, of a mapping per row.

    Raises:
        DataError: a row is no mapping with all inputs.
    """
    hint = f"write [{{{', '.join(f'{json.dumps(name)}: [...]' for name in names)}}}]"
    if not isinstance(rows, list) or not rows:
        message = "expected a list of rows"
        raise DataError(Problem((), message, hint=hint, code="wrong-type"))
    for index, row in enumerate(rows):
        if not isinstance(row, dict) or not row.keys() >= set(names):
            message = f"{places.of(index)} must give each input: {', '.join(names)}"
            raise DataError(Problem((), message, hint=hint, code="other-columns"))
    return {name: [row[name] for row in rows] for name in names}
