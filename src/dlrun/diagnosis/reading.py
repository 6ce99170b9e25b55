"""Reads a history that some program wrote: CSV, or JSON in one of several forms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

from dlrun.data import JsonError, parse_json
from dlrun.data.records import QuoteError, Record, read_records
from dlrun.errors import HistoryError, Location, Problem
from dlrun.writing import comma_cure, did_you_mean, nearest, number_of

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
        line = error.object.count(b"\n", 0, error.start) + 1
        message = f"{file}:{line} is no text in UTF-8"
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
    lines = text.split("\n")
    separator = max(_SEPARATORS, key=lines[0].count)
    rows = _rows(text, separator, name)
    if not rows:
        message = f"{name} is empty"
        hint = "it needs a line with the names of the columns, then a line per epoch"
        raise HistoryError(Problem((), message, hint=hint, code="no-columns"))
    (_, header), *body = rows
    names = [cell.strip() for cell in header]
    for number, row in body:
        if len(row) != len(names):
            message = f"line {number} has {len(row)} cells, the header {len(names)}"
            hint = "give each line a cell per column, empty where nothing was measured"
            where = _whole_line(name, number, lines)
            raise HistoryError(
                Problem((), message, hint=hint, code="wrong-length", location=where)
            )
    while body and not any(cell.strip() for cell in body[-1][1]):
        body.pop()
    columns = [
        (column, [(number, row[index].strip()) for number, row in body])
        for index, column in enumerate(names)
        if column
    ]
    columns = [
        (column, cells)
        for column, cells in columns
        if column in _COLUMNS or any(_is_number(cell) for _, cell in cells)
    ]
    _require_distinct([column for column, _ in columns], name, lines)
    numbers = {
        column: _numbers(column, cells, name, lines) for column, cells in columns
    }
    if not numbers:
        raise HistoryError(_no_numbers(name, names))
    return numbers


def _rows(text: str, separator: str, name: str) -> list[tuple[int, list[str]]]:
    """Where each line with cells stands, from 1, and its cells.

    Raises:
        HistoryError: a quote is not closed where it should be.
    """
    record, lines = Record(), StringIO(text, newline="")
    try:
        records = read_records(lines, separator, record)
        return [(record.first_line, cells) for cells in records if cells]
    except QuoteError as error:
        where = _whole_line(name, error.line, text.split("\n"))
        words = f"line {error.line} {error}"
        raise HistoryError(
            Problem((), words, hint=error.hint, code=error.code, location=where)
        ) from error


def _require_distinct(columns: Sequence[str], name: str, lines: Sequence[str]) -> None:
    """Refuse two columns of one name: which of them is meant cannot be told."""
    twice = next((column for column in columns if columns.count(column) > 1), None)
    if twice is not None:
        raise HistoryError(
            Problem(
                (),
                f"two columns are named `{twice}`",
                hint="give each column its own name",
                code="no-columns",
                location=_whole_line(name, 1, lines),
            )
        )


def _whole_line(name: str, number: int, lines: Sequence[str]) -> Location:
    line = lines[number - 1].rstrip("\r") if number <= len(lines) else ""
    return Location(name, number, 1, max(1, len(line)), line)


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
    return number_of(cell) is not None


def _no_number(column: str, cell: str, name: str, number: int, line: str) -> Problem:
    start = max(0, line.find(cell))
    cure = comma_cure(cell) or "write a number, nan, or nothing"
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
        value = parse_json(text)
    except JsonError as error:
        lines = text.splitlines() or [""]
        line = lines[min(error.line, len(lines)) - 1]
        where = Location(name, error.line, error.column, 1, line)
        message = f"not JSON: {error}"
        hint = "write it with json.dump(history.history, file)"
        raise HistoryError(
            Problem((), message, hint=hint, code="json", location=where)
        ) from error
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
