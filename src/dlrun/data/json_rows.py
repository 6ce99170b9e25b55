"""Rows in a file of JSON: one per line, or a list of all."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from typing_extensions import override

from dlrun.data.json_text import JsonError, parse_json
from dlrun.data.table_file import RowPlaces
from dlrun.data.typed_rows import RowNumbers
from dlrun.errors import DataError, Location, Problem

_HINT = "write one row per line, as in [150, 67]"


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class JsonPlaces(RowPlaces):
    """Where rows stand in a file of JSON lines, whatever their columns are."""

    file: Path

    @override
    def of(self, row: int) -> str:
        return f"{self.file.name}:{self._line(row)}"

    @override
    def locate(self, row: int, column: str) -> Location | None:
        line = self._line(row)
        with suppress(OSError, IndexError):
            text = self.file.read_text(encoding="utf-8-sig").split("\n")[line - 1]
            return Location(str(self.file), line, 1, len(text), text, is_data=True)
        return None

    @override
    def folder(self, row: int) -> Path:
        return self.file.parent

    def _line(self, row: int) -> int:
        return self.lines[row if self.numbers is None else int(self.numbers[row])]


def json_rows(file: Path) -> tuple[list[object], RowPlaces]:
    """The rows of a file, and where they stand.

    Raises:
        DataError: it cannot be read, a line is no JSON, or there is no row.
    """
    try:
        text = file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8 text"
        message = f"{file} cannot be read: {reason}"
        hint = "name a file with a row per line, as in [150, 67]"
        problem = Problem((), message, hint=hint, code="unreadable-file")
        raise DataError(problem) from error
    whole = _whole(text) if file.suffix.lower() == ".json" else None
    rows, places = _lines(file, text) if whole is None else (whole, None)
    places = places or RowNumbers((), (), start=file.parent)
    if not rows:
        message = f"{file.name} holds no rows"
        raise DataError(Problem((), message, hint=_HINT, code="no-rows"))
    return rows, places


def _whole(text: str) -> list[object] | None:
    """The rows of a list that holds them all; `None`: it is none."""
    with suppress(JsonError):
        value = parse_json(text)
        return value if isinstance(value, list) else None
    return None


def _lines(file: Path, text: str) -> tuple[list[object], RowPlaces]:
    rows: list[object] = []
    lines: list[int] = []
    # Not `splitlines`: a JSON text may hold other characters that end lines.
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            rows.append(parse_json(line))
        except JsonError as error:
            message = f"{file}:{number} is not JSON: {error}"
            raise DataError(
                Problem((), message, hint=_HINT, code="invalid-json")
            ) from error
        lines.append(number)
    return rows, JsonPlaces(files=(), lines=lines, file=file)
