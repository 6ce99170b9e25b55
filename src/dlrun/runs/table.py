"""Tables of a run: `history.csv`, which grows by a row per epoch, and predictions."""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from io import StringIO
from pathlib import Path
from typing import TypeAlias

from dlrun.errors import RunError
from dlrun.runs.storage import write_error

History: TypeAlias = dict[str, list[float | int | str | None]]
"""The columns of `history.csv`, one entry per epoch; None: an empty cell."""

_HEADER_BYTES = 65_536
_SPECIAL = re.compile(r'[",\r\n]')
_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]*)?([eE][+-]?[0-9]+)?")
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")
_DAMAGED = "keep a copy, delete that line, and try again; or leave this run out"


def label_scales_of(
    config: Mapping[str, object], column: str
) -> str | Mapping[str, object] | None:
    """How the labels were scaled that a loss is of, in whose units it is.

    Args:
        config: What `config.json` of a run holds.
        column: Of the history, such as `val_loss`.

    Returns:
        None where it is in the units of the file, as all metrics are.
    """
    stated = _at(config, "data", "scale_labels")
    if not column.endswith("loss") or not isinstance(stated, str | Mapping):
        return None
    outputs = _at(config, "model", "outputs")
    names = outputs if isinstance(outputs, list) and len(outputs) > 1 else []
    whose = [str(name) for name in names if column.endswith(f"{name}_loss")]
    if isinstance(stated, Mapping) and whose:
        own = stated.get(max(whose, key=len))
        return own if isinstance(own, str) else None
    return stated


def in_unit(config: Mapping[str, object], column: str, figure: str) -> str:
    """A column of a history and its figure: `val_loss 0.42 (scaled)`."""
    is_scaled = label_scales_of(config, column) is not None
    return f"{column} {figure}{' (scaled)' if is_scaled else ''}"


def _at(config: Mapping[str, object], section: str, key: str) -> object:
    values = config.get(section)
    return values.get(key) if isinstance(values, Mapping) else None


def csv_line(values: Iterable[object]) -> str:
    """Write one line of a CSV file, without its end.

    Floats come out in the shortest form that reads back as the same number. Text that a
    spreadsheet would run as a formula gets a leading apostrophe; a number, even one
    written as text, does not.
    """
    return ",".join(_quoted(_cell(value)) for value in values)


def fill_table(
    file: Path, columns: Sequence[str], rows: Iterable[Sequence[object]]
) -> None:
    """Write a CSV file; `rows` may be a stream.

    Raises:
        OSError: The disk refuses.
        ValueError: A row has more or fewer cells than there are columns.
    """
    with file.open("w", encoding="utf-8", newline="") as stream:
        stream.write(f"{csv_line(columns)}\n")
        for row in rows:
            if len(row) != len(columns):
                message = f"a row of {len(row)} cells below {len(columns)} columns"
                raise ValueError(message)
            stream.write(f"{csv_line(row)}\n")


def rows_of(text: str) -> list[dict[str, str]]:
    """A mapping by column for each row of what `fill_table` has written.

    Cells may hold ends of lines, and what only Python takes for such.
    """
    from csv import DictReader

    return list(DictReader(StringIO(text, newline="")))


def append_row(file: Path, row: Mapping[str, object]) -> None:
    """Add one row in a single write; the first one brings the header with it.

    A line that a killed process left unfinished is cut off first.

    Raises:
        RunError: The disk refuses.
        ValueError: The columns are not those of the first row, or unfit for CSV.
    """
    header = ",".join(row)
    cells = ",".join(_history_cell(column, value) for column, value in row.items())
    _append(file, header, [cells])


def append_rows(
    file: Path, columns: Sequence[str], rows: Iterable[Sequence[object]]
) -> None:
    """Add rows in a single write; cells may hold any text without line breaks.

    Raises:
        RunError: The disk refuses.
        ValueError: The columns are not those of the first row.
    """
    _append(file, csv_line(columns), [csv_line(row) for row in rows])


def _append(file: Path, header: str, lines: Sequence[str]) -> None:
    try:
        flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW
        descriptor = os.open(file, flags, 0o666)
        try:
            known = _mend(descriptor)
            _check_columns(known, header)
            text = "\n".join([*([] if known else [header]), *lines, ""])
            _write_once(descriptor, text.encode("utf-8"))
        finally:
            os.close(descriptor)
    except OSError as error:
        raise write_error(file, error) from error


def parse_history(file: Path, text: str) -> History:
    """The columns of a history; a last line without its end is left out.

    Raises:
        RunError: A line, which is named, is damaged.
    """
    lines = text[: text.rfind("\n") + 1].replace("\r\n", "\n").split("\n")[:-1]
    if not lines:
        return {}
    header = lines[0].split(",")
    rows = [line.split(",") for line in lines[1:]]
    width = len(header)
    if len(set(header)) != width:
        raise RunError(f"{file} is damaged in line 1: a column twice", hint=_DAMAGED)
    for number, row in enumerate(rows, 2):
        if len(row) != width:
            found = f"{len(row)} cells where the header has {width}"
            message = f"{file} is damaged in line {number}: {found}"
            raise RunError(message, hint=_DAMAGED)
    columns = zip(*rows, strict=True) if rows else ((),) * width
    return {
        name: _parse_column(file, name, cells)
        for name, cells in zip(header, columns, strict=True)
    }


def _cell(value: object) -> str:
    if hasattr(value, "item"):
        # A NumPy number, which is known without NumPy.
        value = value.item()
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    text = "" if value is None else str(value)
    if text.startswith(_FORMULA_STARTS) and not _NUMBER.fullmatch(text):
        return f"'{text}"
    return text


def _quoted(cell: str) -> str:
    """Quote as RFC 4180 does; the csv module leaves a lone carriage return bare."""
    if not _SPECIAL.search(cell):
        return cell
    doubled = cell.replace('"', '""')
    return f'"{doubled}"'


def _mend(descriptor: int) -> str:
    """Cut off what follows the last whole line; return the header if there is one."""
    size = os.fstat(descriptor).st_size
    start = os.pread(descriptor, min(size, _HEADER_BYTES), 0)
    if size and os.pread(descriptor, 1, size - 1) != b"\n":
        os.ftruncate(descriptor, os.pread(descriptor, size, 0).rfind(b"\n") + 1)
    return start.partition(b"\n")[0].decode("utf-8") if b"\n" in start else ""


def _check_columns(known: str, header: str) -> None:
    if known not in {"", header}:
        message = f"the columns of a table changed from {known} to {header}"
        raise ValueError(message)


def _write_once(descriptor: int, data: bytes) -> None:
    """One write, so that a reader and a kill meet whole lines."""
    if os.write(descriptor, data) < len(data):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def _history_cell(column: str, value: object) -> str:
    """One cell; the readers split at commas, so neither may hold one."""
    text = _cell(value)
    if _SPECIAL.search(column + text) or not column:
        message = f"history cannot hold the column {column!r} with {text!r}"
        raise ValueError(message)
    return text


def _parse_column(
    file: Path, name: str, cells: Sequence[str]
) -> list[float | int | str | None]:
    """Hashes stay text, epochs are counted, everything else is measured."""
    if name.endswith("_sha256"):
        return [cell or None for cell in cells]
    convert: Callable[[str], float] = int if name == "epoch" else float
    try:
        return list(map(convert, cells))
    except ValueError:
        return [
            _parse_cell(convert, cell, f"{file} is damaged in line {number}, {name}")
            for number, cell in enumerate(cells, 2)
        ]


def _parse_cell(
    convert: Callable[[str], float], cell: str, damage: str
) -> float | None:
    if not cell:
        return None
    try:
        return convert(cell)
    except ValueError as error:
        message = f"{damage}: {cell[:40]!r} is no number"
        raise RunError(message, hint=_DAMAGED) from error
