"""The first line of a table, and the rows below it."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn, TextIO

from dlrun.components.words import shown
from dlrun.errors import DataError

if TYPE_CHECKING:
    from dlrun.components.sources.source import Source

_SEPARATORS = (",", ";", "\t", "|")
_LONGEST_LINE = 1_000_000
_ENCODINGS = {
    b"\xff\xfe": "UTF-16",
    b"\xfe\xff": "UTF-16",
    b"PK": "a zip archive or an Excel workbook",
    b"\x1f\x8b": "compressed with gzip",
    b"PAR1": "Parquet",
}


@dataclass(frozen=True, slots=True)
class Header:
    """A table file: the names of its columns, and what stands between its cells."""

    file: Path
    columns: tuple[str, ...]
    separator: str

    def rows(self, source: Source) -> Iterator[tuple[int, list[str]]]:
        """The line number of each row, from 1, and its cells; empty lines are left out.

        Raises:
            DataError: a row has more or fewer cells than the header, or is not text.
        """
        width = len(self.columns)
        try:
            with self.file.open(encoding="utf-8-sig", newline="") as stream:
                reader = csv.reader(
                    _lines(source, self.file, stream), delimiter=self.separator
                )
                next(reader)
                for cells in reader:
                    if len(cells) == width:
                        yield reader.line_num, cells
                    elif cells:
                        self._ragged(source, reader.line_num, cells)
        except UnicodeDecodeError as error:
            _not_text(source, self.file, error)
        except (csv.Error, OSError) as error:
            message = f"cannot read {self.file}: {error}"
            raise DataError(source.problem("path", message=message)) from error

    def _ragged(self, source: Source, line: int, cells: list[str]) -> NoReturn:
        message = (
            f"{self.file.name}:{line} has {len(cells)} "
            f"cell{'' if len(cells) == 1 else 's'}, "
            f"but the first line names {len(self.columns)} columns"
        )
        hint = "put a text that holds a separator in double quotes, or repair the row"
        raise DataError(
            source.problem("path", message=message, hint=hint, code="ragged-row")
        )


def read_header(source: Source, file: Path) -> Header:
    """Read the names of the columns, and find out what separates them.

    Raises:
        DataError: the file is empty, not text, or has no usable first line.
    """

    def fail(message: str, hint: str | None = None) -> NoReturn:
        raise DataError(
            source.problem("path", message=message, hint=hint, code="not-a-table")
        )

    try:
        with file.open("rb") as raw:
            start = raw.read(4)
        for mark, words in _ENCODINGS.items():
            if start.startswith(mark):
                fail(
                    f"{file.name} is {words}, not a text table",
                    "save it as CSV in UTF-8",
                )
        with file.open(encoding="utf-8-sig", newline="") as stream:
            first = next(_lines(source, file, stream), "")
            rest = stream.read(_LONGEST_LINE) if first.count('"') % 2 else ""
    except UnicodeDecodeError as error:
        _not_text(source, file, error)
    except OSError as error:
        fail(f"cannot read {file}: {error.strerror}")
    if not first.strip():
        fail(
            f"{file.name} is empty"
            if not first
            else f"the first line of {file.name} is empty"
        )
    text = first + rest
    columns, separator = max(
        ((_split(text, separator), separator) for separator in _SEPARATORS),
        key=lambda split: len(split[0]),
    )
    _check_columns(columns, file, fail)
    return Header(file, columns, separator)


def _check_columns(
    columns: tuple[str, ...], file: Path, fail: Callable[[str, str], NoReturn]
) -> None:
    times = Counter(columns)
    twice = next((name for name in columns if name and times[name] > 1), None)
    if twice is not None:
        fail(
            f"{file.name} has two columns {shown(twice)}",
            "give each column its own name",
        )
    if all(_is_number(name) for name in columns):
        fail(
            f"the first line of {file.name} holds numbers, not the names of columns",
            "add a first line with the names",
        )


def _lines(source: Source, file: Path, stream: TextIO) -> Iterator[str]:
    """The lines of a text file, none of them endless or with a NUL."""
    number = 0
    while line := stream.readline(_LONGEST_LINE):
        number += 1
        if "\0" in line:
            message = f"{file.name}:{number} holds a NUL byte"
            hint = "the file is not text, or was damaged"
            raise DataError(
                source.problem("path", message=message, hint=hint, code="not-a-table")
            )
        if len(line) == _LONGEST_LINE:
            message = (
                f"{file.name}:{number} is longer than {_LONGEST_LINE:,} characters"
            )
            hint = "a table has one row per line"
            raise DataError(
                source.problem("path", message=message, hint=hint, code="not-a-table")
            )
        yield line


def _not_text(source: Source, file: Path, error: UnicodeDecodeError) -> NoReturn:
    line = 1
    with file.open("rb") as stream:
        for line, raw in enumerate(stream, start=1):  # noqa: B007
            try:
                raw.decode()
            except UnicodeDecodeError:
                break
    message = f"{file.name}:{line} is not UTF-8 text"
    problem = source.problem(
        "path", message=message, hint="save it as UTF-8", code="not-a-table"
    )
    raise DataError(problem) from error


def _split(text: str, separator: str) -> tuple[str, ...]:
    try:
        cells = next(
            csv.reader(text.splitlines(keepends=True), delimiter=separator), []
        )
    except csv.Error:
        return ()
    return tuple(cell.strip() for cell in cells)


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
