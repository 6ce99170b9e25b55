"""A text table: its columns, and the rows below its first line."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn, Protocol, TextIO

from dlrun.data.arrow_blocks import read_blocks
from dlrun.data.dialect import UTF_8, Dialect, ungrouped
from dlrun.data.records import QuoteError, Record, read_records, span_of
from dlrun.errors import DataError, Location

if TYPE_CHECKING:
    from dlrun.data.table_file import AskedColumns, Reader, RowBlock

_LONGEST_LINE = 1_000_000
_COUNTED = 65_536
"""Bytes by which the rows of a file are counted."""
_BREAK = re.compile(r"\r\n|\r|\n")
_OLD_ENCODINGS = ("cp1252", "latin-1")
"""What tables are in that are not UTF-8, most of them."""


class LineStream(Protocol):
    """What gives the lines of a text."""

    def readline(self, size: int, /) -> str:
        """The next line with its end, of at most so many characters; "" at the end."""


@dataclass(frozen=True, slots=True)
class Header:
    """A table file: the names of its columns, and what stands between its cells."""

    file: Path
    columns: tuple[str, ...]
    dialect: Dialect

    @property
    def separator(self) -> str:
        """What stands between two cells."""
        return self.dialect.between

    @property
    def has_commas(self) -> bool:
        """See `TableFile`."""
        return self.dialect.has_commas

    @property
    def is_usual(self) -> bool:
        """See `TextFile`."""
        return self.dialect.is_usual

    def record(self) -> Record:
        """What is told of the lines of each row while they are read."""
        return Record(self.dialect.quotechar)

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
        record = record or self.record()
        with (
            explaining(source, self.file, self.dialect),
            opened(self.file, self.dialect) as stream,
        ):
            lines = lines_of(source, self.file, stream)
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

    def rows_about(self) -> int:
        """See `TableFile`: by the length of the first lines."""
        size = self.file.stat().st_size
        if size == 0:  # A pipe gives its lines once.
            return 0
        with self.file.open("rb") as content:
            start = content.read(_COUNTED)
        return round(size * start.count(b"\n") / len(start))

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
        with explaining(source, self.file, self.dialect):
            lines = lines_of(source, self.file, stream, above)
            records = read_records(lines, self.separator, record, above)
            yield from self._of_width(source, records, record)

    def _of_width(
        self, source: Reader, records: Iterator[list[str]], record: Record
    ) -> Iterator[tuple[int, list[str]]]:
        width, mark = len(self.columns), self.dialect.thousands
        for cells in records:
            if len(cells) == width:
                yield record.first_line, ungrouped(cells, mark) if mark else cells
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
        text, quote = "", self.dialect.quotechar
        with (
            suppress(OSError),
            opened(self.file, self.dialect, errors="replace") as stream,
        ):
            for part in islice(stream, line - 1, None):
                text += part
                if place is None or text.count(quote) % 2 == 0:
                    break
            begin, end = 0, len(text.rstrip())
            if place is not None:
                begin, end = span_of(text, self.separator, place, quote)
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
            f"but the first line names {len(self.columns)} "
            f"column{'' if len(self.columns) == 1 else 's'}"
        )
        hint = "put a text that holds a separator in double quotes, or repair the row"
        if len(cells) == len(self.columns) + 1 and not cells[-1].strip():
            hint = "if all rows end so, end the first line with a separator, too"
        elif len(self.columns) == 1:  # A title has no separator.
            hint = "if this line names the columns, remove what is above it"
        problem = source.problem("path", message=message, hint=hint, code="ragged-row")
        raise DataError(replace(problem, location=self.locate(line)))


def _is_blank(cells: list[str]) -> bool:
    """Whether a line has nothing but blanks, as one with nothing has no cells."""
    return len(cells) == 1 and cells[0].isspace()


def _line(file: Path, number: int, dialect: Dialect | None = None) -> Location | None:
    """A whole line of a file, whatever its header is."""
    return Header(file, (), dialect or Dialect()).locate(number)


def opened(file: Path, dialect: Dialect, errors: str | None = None) -> TextIO:
    """A table as a text, its line ends as they are."""
    encoding = dialect.encoding or UTF_8
    return file.open(encoding=encoding, errors=errors, newline="")


def _from_here(file: Path) -> str:
    """A path as somebody types it who works in the current directory."""
    try:
        return str(file.relative_to(Path.cwd()))
    except (OSError, ValueError):
        return str(file)


@contextmanager
def explaining(source: Reader, file: Path, dialect: Dialect) -> Iterator[None]:
    """Say of a file that cannot be read where and why.

    Raises:
        DataError: it is not there, not text, or its quotes do not close.
    """
    try:
        yield
    except UnicodeError as error:
        _not_text(source, file, dialect, error)
    except QuoteError as error:
        message = f"{file.name}:{error.line} {error}"
        problem = source.problem(
            "path", message=message, hint=error.hint, code=error.code
        )
        raise DataError(
            replace(problem, location=_line(file, error.line, dialect))
        ) from error
    except OSError as error:
        message = f"cannot read {file}: {error.strerror}"
        raise DataError(
            source.problem("path", message=message, code="not-a-table")
        ) from error


def lines_of(
    source: Reader, file: Path, stream: LineStream, above: int = 0
) -> Iterator[str]:
    """The lines of a text file, none of them endless or with a NUL."""
    number = above
    while line := stream.readline(_LONGEST_LINE):
        number += 1
        if "\0" in line:
            message = f"{file.name}:{number} holds a NUL byte"
            problem = source.problem(
                "path", message=message, hint=_of_nul(line), code="not-a-table"
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


def _of_nul(line: str) -> str:
    """What a line may be that holds a NUL: UTF-16 has one beside every Latin letter."""
    for encoding, places in (
        ("utf-16-le", slice(1, None, 2)),
        ("utf-16-be", slice(0, None, 2)),
    ):
        nuls = line.rstrip("\n")[places]
        if len(nuls) > 1 and not nuls.strip("\0"):
            return (
                f"write encoding: {encoding} beside path: it is UTF-16 without a mark"
            )
    return "the file is not text, or was damaged"


def _not_text(
    source: Reader, file: Path, dialect: Dialect, error: UnicodeError
) -> NoReturn:
    encoding = dialect.encoding or UTF_8
    line, raw = 1, b""
    if encoding == UTF_8:
        with file.open("rb") as stream:
            for line, raw in enumerate(stream, start=1):  # noqa: B007
                if not _can_read(raw, "utf-8"):
                    break
    message = f"{file.name}:{line} is not {encoding.removesuffix('-sig').upper()} text"
    hint = "save it as UTF-8"
    other = next((one for one in _OLD_ENCODINGS if _can_read(raw, one)), None)
    if encoding == UTF_8 and b"\0" in raw:
        with file.open("rb") as stream:
            hint = _of_nul(stream.readline(_LONGEST_LINE).decode("latin-1"))
    elif encoding == UTF_8 and other is not None:
        hint = f"{hint}, or write encoding: {other} beside path, if its letters are so"
    problem = source.problem("path", message=message, hint=hint, code="not-a-table")
    raise DataError(replace(problem, location=_line(file, line, dialect))) from error


def _can_read(raw: bytes, encoding: str) -> bool:
    try:
        raw.decode(encoding)
    except UnicodeError:
        return False
    return True
