"""Reads a history that some program wrote: CSV, or JSON in one of several forms."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from dlrun.errors import HistoryError, Location, Problem
from dlrun.writing import did_you_mean, nearest

_NOTHING = frozenset({"", "NA", "N/A", "None", "null"})
_SEPARATORS = ",;\t"
_COLUMNS = ("loss", "train_loss", "eval_loss", "val_loss")


@dataclass(frozen=True, slots=True)
class Recorded:
    """What a file holds, in the form that `diagnose` wants."""

    history: Mapping[str, object]
    probe: Sequence[Mapping[str, object]] | None = None
    facts: Mapping[str, object] | None = None


def read_recorded(file: Path) -> Recorded:
    """Read a history from a file that ends in `.csv` or `.json`.

    JSON may hold the columns (`history.history` of Keras), a list of epochs, or
    `history`, `probe` and `facts` beside each other.

    Raises:
        HistoryError: The file cannot be read, or holds no history.
    """
    text = _read(file)
    if file.suffix.lower() == ".json":
        return _from_json(text, str(file))
    return Recorded(_from_csv(text, str(file)))


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8-sig")
    except OSError as error:
        meant = did_you_mean([_nearest(file)])
        hint = meant or "name a .csv or .json file, or a run"
        message = f"cannot read {file}: {error.strerror or error}"
        raise HistoryError(Problem((), message, hint=hint, code="file")) from error
    except UnicodeDecodeError as error:
        hint = "save it as UTF-8"
        message = f"{file} is no text in UTF-8"
        raise HistoryError(Problem((), message, hint=hint, code="file")) from error


def _nearest(file: Path) -> str | None:
    """The history beside a file that was probably meant."""
    with suppress(OSError):
        siblings = file.parent.iterdir()
        names = [other.name for other in siblings if other.suffix == file.suffix]
        meant = nearest(file.name, names)
        return None if meant is None else str(file.with_name(meant))
    return None


def _from_csv(text: str, name: str) -> dict[str, list[float | None]]:
    lines = text.splitlines()
    header = lines[0] if lines else ""
    separator = max(_SEPARATORS, key=header.count)
    rows = list(csv.reader(lines, delimiter=separator))
    if not rows:
        message = f"{name} is empty"
        hint = "it needs a line with the names of the columns, then a line per epoch"
        raise HistoryError(Problem((), message, hint=hint, code="no-columns"))
    names = [cell.strip() for cell in rows[0]]
    body = [(number, row) for number, row in enumerate(rows[1:], 2) if any(row)]
    for number, row in body:
        if len(row) != len(names):
            message = f"line {number} has {len(row)} cells, the header {len(names)}"
            where = Location(
                name, number, 1, max(1, len(lines[number - 1])), lines[number - 1]
            )
            hint = "give each line a cell per column, empty where nothing was measured"
            raise HistoryError(
                Problem((), message, hint=hint, code="wrong-length", location=where)
            )
    columns = {
        column: [(number, row[index].strip()) for number, row in body]
        for index, column in enumerate(names)
        if column
    }
    numbers = {
        column: _numbers(column, cells, name, lines)
        for column, cells in columns.items()
        if column in _COLUMNS or any(_is_number(cell) for _, cell in cells)
    }
    if not numbers:
        raise HistoryError(_no_numbers(name, names))
    return numbers


def _numbers(
    column: str, cells: Sequence[tuple[int, str]], name: str, lines: Sequence[str]
) -> list[float | None]:
    values: list[float | None] = []
    for number, cell in cells:
        if cell in _NOTHING:
            values.append(None)
        elif _is_number(cell):
            values.append(float(cell))
        else:
            raise HistoryError(
                _no_number(column, cell, name, number, lines[number - 1])
            )
    return values


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return "_" not in cell


def _no_number(column: str, cell: str, name: str, number: int, line: str) -> Problem:
    start = max(0, line.find(cell))
    comma = cell.replace(",", ".", 1)
    cure = f"write {comma}" if _is_number(comma) else "write a number, nan, or nothing"
    return Problem(
        (),
        f"{cell[:40]!r} in column `{column}` is no number",
        hint=cure,
        code="not-a-number",
        location=Location(name, number, start + 1, max(1, len(cell)), line),
    )


def _no_numbers(name: str, columns: Sequence[str]) -> Problem:
    listed = ", ".join(column for column in columns if column) or "none"
    return Problem(
        (),
        f"{name} has no column of numbers; its columns: {listed}",
        hint="write a line of names such as loss,val_loss, then a line per epoch",
        code="no-columns",
    )


def _from_json(text: str, name: str) -> Recorded:
    try:
        value = json.loads(text)
    except json.JSONDecodeError as error:
        lines = text.splitlines() or [""]
        line = lines[min(error.lineno, len(lines)) - 1]
        where = Location(name, error.lineno, error.colno, 1, line)
        message = f"not JSON: {error.msg}"
        hint = "write it with json.dump(history.history, file)"
        raise HistoryError(
            Problem((), message, hint=hint, code="json", location=where)
        ) from error
    except RecursionError as error:
        raise HistoryError(_no_history(name)) from error
    if isinstance(value, Mapping) and isinstance(value.get("history"), Mapping | list):
        facts = value.get("facts")
        return Recorded(
            _columns(value["history"], name),
            _probes(value.get("probe"), name),
            {**value, **facts} if isinstance(facts, Mapping) else value,
        )
    return Recorded(_columns(value, name))


def _columns(value: object, name: str) -> dict[str, list[object]]:
    """Columns as lists, as mappings from a place (pandas), or a mapping per epoch."""
    if (
        isinstance(value, list)
        and value
        and all(isinstance(epoch, Mapping) for epoch in value)
    ):
        names = dict.fromkeys(key for epoch in value for key in epoch)
        return {key: [epoch.get(key) for epoch in value] for key in names}
    if not isinstance(value, Mapping):
        raise HistoryError(_no_history(name))
    columns = {
        str(key): list(cells.values()) if isinstance(cells, Mapping) else cells
        for key, cells in value.items()
        if isinstance(cells, Mapping | list)
    }
    if not columns:
        raise HistoryError(_no_history(name))
    return columns


def _probes(value: object, name: str) -> list[Mapping[str, object]] | None:
    if value is None:
        return None
    if not isinstance(value, list) or not all(
        isinstance(probe, Mapping) for probe in value
    ):
        message = f"`probe` in {name} is no list of mappings"
        hint = "write one mapping per probe, with `epoch` and what was measured"
        raise HistoryError(Problem(("probe",), message, hint=hint, code="no-probe"))
    return value


def _no_history(name: str) -> Problem:
    hint = 'write {"loss": [...], "val_loss": [...]}, as json.dump(history.history, f)'
    return Problem((), f"{name} holds no history", hint=hint, code="no-columns")
