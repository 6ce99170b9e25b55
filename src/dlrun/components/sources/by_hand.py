"""Rows that a person writes out, for a trained model: as JSON, or in a notebook."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from dlrun.data import INPUT, JsonError, parse_json
from dlrun.errors import DataError, Problem


def by_field(
    rows: object,
    row_shapes: Mapping[str, Sequence[int]],
    feature_names: Sequence[str] | None,
) -> object:
    """Rows as a source takes them: a list per row, or such lists for each input.

    Args:
        rows: lists, or mappings by the names of columns or of several inputs.
        row_shapes: of one row of each input, without the batch axis.
        feature_names: the columns of a table, in order; `None`: they have no names.

    Raises:
        DataError: there is no list of rows, or a row lacks a column or an input.
    """
    if isinstance(rows, dict) or _is_one_row(rows, row_shapes):
        hint = f"write [{json.dumps(rows)}]"
        raise DataError(
            Problem((), "expected a list of rows", hint=hint, code="wrong-type")
        )
    if list(row_shapes) != [INPUT]:
        return _by_input(rows, sorted(row_shapes))
    if isinstance(rows, list) and rows and isinstance(rows[0], dict):
        return [_by_name(row, feature_names, index) for index, row in enumerate(rows)]
    return rows


def json_lines(file: Path) -> list[object]:
    """The values of a file with one per line.

    Raises:
        DataError: it cannot be read, or a line is no JSON.
    """
    try:
        text = file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8 text"
        message = f"{file} cannot be read: {reason}"
        hint = "name a file with a row per line, as in [150, 67]"
        problem = Problem((), message, hint=hint, code="unreadable-file")
        raise DataError(problem) from error
    rows = []
    # Not `splitlines`: a JSON text may hold other characters that end lines.
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            rows.append(parse_json(line))
        except JsonError as error:
            message = f"{file}:{number} is not JSON: {error}"
            hint = "write one row per line, as in [150, 67]"
            raise DataError(
                Problem((), message, hint=hint, code="invalid-json")
            ) from error
    return rows


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


def _by_input(rows: object, names: Sequence[str]) -> dict[str, list[object]]:
    """The rows of each input, of a mapping per row.

    Raises:
        DataError: a row is no mapping with all inputs.
    """
    hint = f"write [{{{', '.join(f'{json.dumps(name)}: [...]' for name in names)}}}]"
    if not isinstance(rows, list) or not rows:
        message = "expected a list of rows"
        raise DataError(Problem((), message, hint=hint, code="wrong-type"))
    for index, row in enumerate(rows):
        if not isinstance(row, dict) or set(row) != set(names):
            message = f"row {index} must give each input: {', '.join(names)}"
            raise DataError(Problem((), message, hint=hint, code="other-columns"))
    return {name: [row[name] for row in rows] for name in names}


def _by_name(row: object, names: Sequence[str] | None, index: int) -> list[object]:
    if isinstance(row, dict) and names is not None and set(names) <= set(row):
        return [row[name] for name in names]
    expected = ", ".join(names) if names else "no names: write a list of numbers"
    message = f"row {index} must give a number for each column"
    hint = f"the columns are {expected}"
    raise DataError(Problem((), message, hint=hint, code="other-columns"))
