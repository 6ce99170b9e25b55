"""The first line of a text table, and how the rest is written."""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from dlrun.data.dialect import DELIMITERS, Dialect, decimal_of, encoding_of
from dlrun.data.header import Header, explaining, lines_of, opened
from dlrun.data.records import QuoteError, read_records
from dlrun.errors import DataError
from dlrun.writing import is_number

if TYPE_CHECKING:
    from dlrun.data.table_file import Reader

_EXCEL = re.compile(r'"?sep=.?"?', re.IGNORECASE)
_NO_TABLES = {
    "a web page": (r"\s*<(?:!doctype|html)\b", "download the file that it shows"),
    "JSON": (
        r'\s*(?:\[\s*(?:$|[\[{])|\{\s*(?:$|"[^"]*"\s*:))',
        "write the rows as CSV",
    ),
}
"""What a text is by its first line that is no table, and the cure."""
_ENCODINGS = {
    b"PK\x03\x04": "a zip archive or an Excel workbook",
    b"\x1f\x8b": "compressed with gzip",
    b"PAR1\x15": "Parquet",
}
_OTHER_SOURCES = {"Parquet": "write parquet in place of csv"}
_OF_BYTES = frozenset({"cp1252", "latin-1", "latin1", "iso-8859-1", "windows-1252"})
"""Encodings by which any bytes are letters, those of UTF-8 too."""
_LOOKED_AT = 1_000_000
"""Bytes that show whether a file is UTF-8."""
_SAMPLED_ROWS = 200
"""Rows that show whether numbers have decimal commas."""


def read_header(source: Reader, file: Path, stated: Dialect | None = None) -> Header:
    """Read the names of the columns, and find out how the table is written.

    Args:
        source: for the words of problems.
        file: the table.
        stated: what the config says of it.

    Raises:
        DataError: the file is empty, not text, or has no usable first line.
    """
    dialect = stated or Dialect()
    with explaining(source, file, dialect):
        with file.open("rb") as raw:
            start = raw.read(8)
            is_utf8 = _is_utf8(raw) if dialect.encoding in _OF_BYTES else False
        if dialect.encoding is None:
            dialect = replace(dialect, encoding=encoding_of(start))
    with explaining(source, file, dialect):
        fault = _no_text(file, start) or _no_first_line(source, file, dialect)
        if is_utf8:
            words = f"{file.name} is UTF-8, which encoding: {dialect.encoding} garbles"
            fault = words, f"write encoding: utf-8, or save it as {dialect.encoding}"
        if fault is None:
            header = _widest(source, file, dialect)
            if not all(is_number(name) for name in header.columns):
                return _with_decimal(source, header)
            message = f"the first line of {file.name} holds numbers, not the names of"
            fault = f"{message} columns", "add a first line with the names"
    raise DataError(
        source.problem("path", message=fault[0], hint=fault[1], code="not-a-table")
    )


def _is_utf8(raw: BinaryIO) -> bool:
    """Whether the beginning of a file has letters that only UTF-8 leaves whole."""
    raw.seek(0)
    content = raw.read(_LOOKED_AT)
    if content.isascii():
        return False
    try:
        content[: content.rfind(b"\n") + 1 or None].decode()
    except UnicodeDecodeError:
        return False
    return True


def _no_text(file: Path, start: bytes) -> tuple[str, str] | None:
    """What a file is that is no text by how it begins, and the cure."""
    for mark, words in _ENCODINGS.items():
        if start.startswith(mark):
            cure = _OTHER_SOURCES.get(words, "save it as CSV in UTF-8")
            return f"{file.name} is {words}, not a text table", cure
    return None


def _no_first_line(
    source: Reader, file: Path, dialect: Dialect
) -> tuple[str, str | None] | None:
    """Why the first line names no columns, and the cure."""
    with opened(file, dialect) as stream:
        first = next(lines_of(source, file, stream), "")
    if _EXCEL.fullmatch(first.strip()):
        words = f"the first line of {file.name}, {first.strip()}, is meant for Excel"
        return words, "remove it: what stands between the cells is found by itself"
    for kind, (begins, cure) in _NO_TABLES.items():
        if re.match(begins, first, re.IGNORECASE):
            return f"{file.name} is {kind}, not a table", cure
    if not first.strip():
        where = f"the first line of {file.name}" if first else file.name
        return f"{where} is empty", None
    return None


def _widest(source: Reader, file: Path, dialect: Dialect) -> Header:
    """The header by the delimiter that gives most columns.

    Raises:
        QuoteError: no delimiter leaves whole quotes.
    """
    headers: list[Header] = []
    errors: list[QuoteError] = []
    for delimiter in _delimiters(source, file, dialect):
        able = replace(dialect, delimiter=delimiter)
        header = Header(file, (), able)
        with opened(file, able) as stream:
            lines = lines_of(source, file, stream)
            try:
                cells = next(read_records(lines, delimiter, header.record()))
            except QuoteError as error:
                errors.append(error)
            else:
                headers.append(replace(header, columns=tuple(map(_name, cells))))
    if not headers:
        raise errors[0]
    return max(headers, key=lambda header: len(header.columns))


def _delimiters(source: Reader, file: Path, dialect: Dialect) -> Sequence[str]:
    """What may stand between the cells."""
    if dialect.delimiter is not None:
        return (dialect.delimiter,)
    with opened(file, dialect) as stream:
        first = next(lines_of(source, file, stream))
    if dialect.quotechar in first:
        return DELIMITERS
    return (max(DELIMITERS, key=first.count),)


def _with_decimal(source: Reader, header: Header) -> Header:
    """The header that knows whether numbers have decimal commas.

    A table that is damaged shows it where its rows are read.
    """
    dialect = header.dialect
    if dialect.decimal is not None:
        return header
    decimal = "," if dialect.thousands == "." else "."
    if dialect.between != "," and dialect.thousands not in {",", "."}:
        with suppress(DataError, QuoteError, UnicodeDecodeError):
            rows = islice(header.rows(source), _SAMPLED_ROWS)
            decimal = decimal_of(cells for _line, cells in rows)
    return replace(header, dialect=replace(dialect, decimal=decimal))


def _name(cell: str) -> str:
    """The name of a column; a file that is marked twice as UTF-8 has one mark left."""
    return cell.lstrip("\ufeff").strip()
