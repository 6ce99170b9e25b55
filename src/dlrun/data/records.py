"""The records of a text table, with quotes read to the letter of RFC 4180."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field


@dataclass(slots=True)
class Record:
    """What the lines of the current record are like."""

    quote: str = '"'
    """What stands around cells."""
    first_line: int = 1
    """Where it begins, from 1."""
    lines: list[str] = field(default_factory=list)
    """Its lines, where a quote stands in one of them."""
    is_odd: bool = False
    """Whether it may hold what Python alone takes for a number, such as `1_000`."""


class QuoteError(Exception):
    """A quote that opens a cell and does not end with it, or a cell without end."""

    code = "quote"
    hint = 'close the quote, and write a quote inside a quoted cell as ""'

    def __init__(self, line: int, message: str) -> None:
        super().__init__(message)
        self.line = line
        """Where the quote stands, from 1."""


class LongCellError(QuoteError):
    """A cell that nobody has written by hand."""

    code = "not-a-table"
    hint = "look for a quote that closes too late; a table has numbers and names"

    def __init__(self, line: int) -> None:
        most = csv.field_size_limit()
        super().__init__(line, f"has a cell of more than {most:,} characters")


def read_records(
    lines: Iterable[str], separator: str, record: Record, above: int = 0
) -> Iterator[list[str]]:
    """The cells of each record; of an empty line there are none.

    Args:
        lines: of the file, with their ends.
        separator: what stands between two cells.
        record: is told what the lines of each record are like.
        above: the lines of the file before these.

    Raises:
        QuoteError: a quote is not closed, or closed in the middle of a cell; or a cell
            is too long.
    """
    reader = csv.reader(
        _watched(lines, record),
        delimiter=separator,
        quotechar=record.quote,
        strict=True,
    )
    try:
        for cells in reader:
            if record.lines:
                _begin(record, above + reader.line_num)
                if any(_may_start_late(cell, record.quote) for cell in cells):
                    _require_no_late_quote(record, separator)
                yield cells
                record.lines.clear()
            else:
                record.first_line = above + reader.line_num
                yield cells
            record.is_odd = False
    except csv.Error as error:
        if "field limit" in str(error):
            raise LongCellError(above + reader.line_num) from error
        _begin(record, above + reader.line_num)
        raise _explained(record, separator) from error


def _begin(record: Record, last_line: int) -> None:
    record.first_line = last_line - len(record.lines) + 1


def _watched(lines: Iterable[str], record: Record) -> Iterator[str]:
    for line in lines:
        if record.lines or record.quote in line:
            record.lines.append(line)
        if "_" in line or not line.isascii():
            record.is_odd = True
        yield line


def is_odd(text: str) -> bool:
    """Whether a text may hold what Python alone takes for a number, such as `1_000`."""
    return "_" in text or not text.isascii()


def _may_start_late(cell: str, quote: str) -> bool:
    """Whether a quote may stand behind a space; a quoted cell may hold both."""
    return cell[:1].isspace() and cell.lstrip().startswith(quote)


def _require_no_late_quote(record: Record, separator: str) -> None:
    """Refuse a quote behind a space, where it opens nothing and belongs to the text."""
    state, line, ends = "start", record.first_line, {separator, "\r", "\n"}
    for char in "".join(record.lines).replace("\r\n", "\n"):
        if state == "blank" and char == record.quote:
            message = "has a space before a quote, which then opens nothing"
            raise QuoteError(line, message)
        state = _next_state(state, char, ends, record.quote)
        line += char in "\r\n"


def _explained(record: Record, separator: str) -> QuoteError:
    """Find the quote that a record fails by."""
    line = opened = record.first_line
    state, ends = "start", {separator, "\r", "\n"}
    for char in "".join(record.lines).replace("\r\n", "\n"):
        if state == "closed" and char not in ends and char != record.quote:
            message = "opens a quote that is closed in the middle of a cell"
            where = "" if line == opened else f", in line {line}"
            return QuoteError(opened, message + where)
        if state == "start" and char == record.quote:
            opened = line
        state = _next_state(state, char, ends, record.quote)
        line += char in "\r\n"
    return QuoteError(opened, "opens a quote that is never closed")


def _next_state(state: str, char: str, ends: set[str], quote: str) -> str:
    """Where in a cell the next character stands."""
    if state == "quoted":
        return "closed" if char == quote else "quoted"
    if char == quote and state in {"start", "closed"}:
        return "quoted"
    if char in ends:
        return "start"
    return "blank" if char.isspace() and state in {"start", "blank"} else "plain"


def span_of(text: str, separator: str, place: int, quote: str = '"') -> tuple[int, int]:
    """Where a cell of a record stands in its lines, without the spaces around it.

    Args:
        text: the lines of the record.
        separator: what stands between two cells.
        place: the number of the cell, from 0.
        quote: what stands around cells.

    Returns:
        Where it begins, and where it ends.
    """
    state, begin, ends = "start", 0, {separator, "\r", "\n"}
    for index, char in enumerate(text):
        state = _next_state(state, char, ends, quote)
        if state == "start":
            if not place:
                return _stripped(text, begin, index)
            place, begin = place - 1, index + 1
    return _stripped(text, begin, len(text))


def _stripped(text: str, begin: int, end: int) -> tuple[int, int]:
    cell = text[begin:end]
    blank = len(cell) - len(cell.lstrip())
    return begin + blank, begin + max(blank, len(cell.rstrip()))


def looks_like_rows(record: Record, separator: str, width: int) -> bool:
    """Whether a record has several lines, each of which could be a row of its own."""
    return len(record.lines) > 1 and all(
        line.count(separator) == width - 1 for line in record.lines
    )
