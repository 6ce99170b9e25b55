"""The first line of a table, and the rows below it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn, Protocol, TextIO

from dlrun.data.arrow_blocks import read_blocks
from dlrun.data.records import QuoteError, Record, read_records, span_of
from dlrun.errors import DataError, Location
from dlrun.writing import is_number

if TYPE_CHECKING:
    from dlrun.data.table_file import AskedColumns, Reader, RowBlock

_SEPARATORS = (",", ";", "\t", "|")
_LONGEST_LINE = 1_000_000
_EXCEL = re.compile(r'"?sep=.?"?', re.IGNORECASE)
_BREAK = re.compile(r"\r\n|\r|\n")
_ENCODINGS = {
    b"\xff\xfe": "UTF-16",
    b"\xfe\xff": "UTF-16",
    b"PK\x03\x04": "a zip archive or an Excel workbook",
    b"\x1f\x8b": "compressed with gzip",
    b"PAR1\x15": "Parquet",
}
_OTHER_SOURCES = {"Parquet": "write parquet in place of csv"}


class LineStream(Protocol):
    """What gives the lines of a text."""

    def readline(self, size: int, /) -> str:
        """The next line with its end, of at most so many characters; "" at the end."""


@dataclass(frozen=True, slots=True)
class Header:
    """A table file: the names of its columns, and what stands between its cells."""

    file: Path
    columns: tuple[str, ...]
    separator: str

    def rows(
        self, source: Reader, record: Record | None = None
    ) -> Iterator[tuple[int, list[str]]]:
        """The line of each row, from 1, and its cells; empty lines are left out.

        Args:
            source: for the words of problems.
            record: is told what the lines of each row are like.

        Raises:
            DataError: a row has more or fewer cells than the header, its quotes do not
                close, or it is not text.
        """
        record = record or Record()
        with (
            _explaining(source, self.file),
            _opened(self.file) as stream,
        ):
            lines = _lines(source, self.file, stream)
            records = read_records(lines, self.separator, record)
            next(records)
            yield from self._of_width(source, records, record)

    def blocks(self, reader: Reader, asked: AskedColumns) -> Iterator[RowBlock]:
        """See `TableFile`."""
        return read_blocks(self, reader, asked)

    def rows_with(
        self,
        reader: Reader,
        places: Sequence[int],  # noqa: ARG002 - all are read
    ) -> Iterator[tuple[int, list[str]]]:
        """See `TableFile`."""
        return self.rows(reader)

    def bytes_of(self, places: Sequence[int]) -> int:  # noqa: ARG002 - all are read
        """See `TableFile`."""
        return self.file.stat().st_size

    def place(self, line: int) -> str:
        """See `TableFile`."""
        return f"{self.file.name}:{line}"

    def rows_from(
        self, source: Reader, stream: LineStream, above: int, record: Record
    ) -> Iterator[tuple[int, list[str]]]:
        """The same for rows that begin somewhere in the file.

        Args:
            source: for the words of problems.
            stream: of the lines there; so many are taken as the next row needs.
            above: the lines before them.
            record: is told what the lines of each row are like.
        """
        with _explaining(source, self.file):
            lines = _lines(source, self.file, stream, above)
            records = read_records(lines, self.separator, record, above)
            yield from self._of_width(source, records, record)

    def _of_width(
        self, source: Reader, records: Iterator[list[str]], record: Record
    ) -> Iterator[tuple[int, list[str]]]:
        width = len(self.columns)
        for cells in records:
            if len(cells) == width:
                yield record.first_line, cells
            elif cells and not _is_blank(cells):
                self._ragged(source, record.first_line, cells)

    def locate(self, line: int, place: int | None = None) -> Location | None:
        """Where a row stands, or one of its cells.

        Args:
            line: where the row begins, from 1.
            place: the number of the cell, from 0; `None`: all of the line.

        Returns:
            None where the file can be read no longer.
        """
        text = ""
        with suppress(OSError), _opened(self.file, errors="replace") as stream:
            for part in islice(stream, line - 1, None):
                text += part
                if place is None or text.count('"') % 2 == 0:
                    break
            begin, end = 0, len(text.rstrip())
            if place is not None:
                begin, end = span_of(text, self.separator, place)
            *above, before = _BREAK.split(text[:begin])
            whole = before + _BREAK.split(text[begin:])[0]
            return Location(
                _from_here(self.file),
                line + len(above),
                len(before) + 1,
                max(1, end - begin),
                whole,
                is_data=True,
            )
        return None

    def _ragged(self, source: Reader, line: int, cells: list[str]) -> NoReturn:
        message = (
            f"{self.file.name}:{line} has {len(cells)} "
            f"cell{'' if len(cells) == 1 else 's'}, "
            f"but the first line names {len(self.columns)} columns"
        )
        hint = "put a text that holds a separator in double quotes, or repair the row"
        problem = source.problem("path", message=message, hint=hint, code="ragged-row")
        raise DataError(replace(problem, location=self.locate(line)))


def _is_blank(cells: list[str]) -> bool:
    """Whether a line has nothing but blanks, as one with nothing has no cells."""
    return len(cells) == 1 and cells[0].isspace()


def _line(file: Path, number: int) -> Location | None:
    """A whole line of a file, whatever its header is."""
    return Header(file, (), "").locate(number)


def _opened(file: Path, errors: str | None = None) -> TextIO:
    return file.open(encoding="utf-8-sig", errors=errors, newline="")


def _from_here(file: Path) -> str:
    """A path as somebody types it who works in the current directory."""
    try:
        return str(file.relative_to(Path.cwd()))
    except (OSError, ValueError):
        return str(file)


def read_header(source: Reader, file: Path) -> Header:
    """Read the names of the columns, and find out what separates them.

    Raises:
        DataError: the file is empty, not text, or has no usable first line.
    """

    def fail(message: str, hint: str | None = None) -> NoReturn:
        raise DataError(
            source.problem("path", message=message, hint=hint, code="not-a-table")
        )

    with _explaining(source, file):
        with file.open("rb") as raw:
            start = raw.read(8)
        for mark, words in _ENCODINGS.items():
            if start.startswith(mark):
                cure = "save it as CSV in UTF-8"
                cure = _OTHER_SOURCES.get(words, cure)
                fail(f"{file.name} is {words}, not a text table", cure)
        with _opened(file) as stream:
            first = next(_lines(source, file, stream), "")
        if _EXCEL.fullmatch(first.strip()):
            fail(
                f"the first line of {file.name}, {first.strip()}, is meant for Excel",
                "remove it: what stands between the cells is found by itself",
            )
        if not first.strip():
            fail(
                f"{file.name} is empty"
                if not first
                else f"the first line of {file.name} is empty"
            )
        separators = _SEPARATORS if '"' in first else _most_frequent(first)
        columns, separator = _widest(source, file, separators)
    if all(is_number(name) for name in columns):
        fail(
            f"the first line of {file.name} holds numbers, not the names of columns",
            "add a first line with the names",
        )
    return Header(file, columns, separator)


def _most_frequent(first: str) -> tuple[str, ...]:
    """The one separator of a line without quotes."""
    return (max(_SEPARATORS, key=first.count),)


def _widest(
    source: Reader, file: Path, separators: Sequence[str]
) -> tuple[tuple[str, ...], str]:
    """The names of the columns, and the separator that gives most of them.

    Raises:
        QuoteError: no separator leaves whole quotes.
    """
    headers: list[tuple[tuple[str, ...], str]] = []
    errors: list[QuoteError] = []
    for separator in separators:
        with _opened(file) as stream:
            lines = _lines(source, file, stream)
            try:
                cells = next(read_records(lines, separator, Record()))
            except QuoteError as error:
                errors.append(error)
            else:
                headers.append((tuple(map(_name, cells)), separator))
    if not headers:
        raise errors[0]
    return max(headers, key=lambda header: len(header[0]))


def _name(cell: str) -> str:
    """The name of a column; a file that is marked twice as UTF-8 has one mark left."""
    return cell.lstrip("\ufeff").strip()


@contextmanager
def _explaining(source: Reader, file: Path) -> Iterator[None]:
    """Say of a file that cannot be read where and why.

    Raises:
        DataError: it is not there, not text, or its quotes do not close.
    """
    try:
        yield
    except UnicodeDecodeError as error:
        _not_text(source, file, error)
    except QuoteError as error:
        message = f"{file.name}:{error.line} {error}"
        problem = source.problem(
            "path", message=message, hint=error.hint, code=error.code
        )
        raise DataError(replace(problem, location=_line(file, error.line))) from error
    except OSError as error:
        message = f"cannot read {file}: {error.strerror}"
        raise DataError(
            source.problem("path", message=message, code="not-a-table")
        ) from error


def _lines(
    source: Reader, file: Path, stream: LineStream, above: int = 0
) -> Iterator[str]:
    """The lines of a text file, none of them endless or with a NUL."""
    number = above
    while line := stream.readline(_LONGEST_LINE):
        number += 1
        if "\0" in line:
            message = f"{file.name}:{number} holds a NUL byte"
            hint = "the file is not text, or was damaged"
            problem = source.problem(
                "path", message=message, hint=hint, code="not-a-table"
            )
            raise DataError(replace(problem, location=_line(file, number)))
        if len(line) == _LONGEST_LINE:
            message = (
                f"{file.name}:{number} is longer than {_LONGEST_LINE:,} characters"
            )
            hint = "a table has one row per line"
            raise DataError(
                source.problem("path", message=message, hint=hint, code="not-a-table")
            )
        yield line


def _not_text(source: Reader, file: Path, error: UnicodeDecodeError) -> NoReturn:
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
    raise DataError(replace(problem, location=_line(file, line))) from error
