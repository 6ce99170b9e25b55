"""Rows in text files: columns with commas, semicolons or tabs between them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, ClassVar, Literal, Self

from pydantic import PlainValidator, model_validator
from typing_extensions import override

from dlrun.components.column_names import GapTexts
from dlrun.components.sources.files import LocalPaths
from dlrun.components.sources.table import Table
from dlrun.components.words import invalid, shown
from dlrun.data.dialect import Dialect, Thousands
from dlrun.data.first_line import read_header
from dlrun.data.header import Header
from dlrun.data.table_file import TableFile
from dlrun.data.typed import GAPS


def _encoding(value: object) -> str:
    try:
        "".encode(str(value))
    except (LookupError, UnicodeError):
        message = f"`{{key}}` must be an encoding of texts, found {shown(value)}"
        raise invalid("unknown-choice", message, hint="write cp1252") from None
    return str(value)


def _one_character(value: object) -> str:
    text = "\t" if value == "\\t" else value
    if not isinstance(text, str) or len(text) != 1 or text in "\r\n\0":
        message = f"`{{key}}` must be one character, found {shown(value)}"
        raise invalid("wrong-type", message, hint='write it in quotes, as in ";"')
    return text


OneCharacter = Annotated[str, PlainValidator(_one_character)]
"""A character that is no line end."""
Encoding = Annotated[str, PlainValidator(_encoding)]
"""The name of an encoding."""


class Csv(Table):
    """A table in one or several text files; the first line names the columns.

    Commas, semicolons, tabs or bars between the cells are told apart by the first line.
    A row is identified by its number, from 0, counted through all files.
    """

    key: ClassVar[str] = "csv"
    example_name: ClassVar[str] = "csv"
    example: ClassVar[str] = "{path: data.csv, labels: y}"
    unlabelled_example: ClassVar[str] = "{path: more.csv}"
    synonyms: ClassVar[tuple[str, ...]] = ("table", "tsv")
    replaces: ClassVar[tuple[str, ...]] = ("excel", "xlsx")
    replacing: ClassVar[str] = "save the table as CSV"
    reads_any_file: ClassVar[bool] = True
    gap_texts: ClassVar[frozenset[str]] = GAPS

    path: LocalPaths
    """A file, a list of files, or a pattern with `*`; all have the same columns."""
    missing: GapTexts | None = None
    """The texts that mean a gap in features, where `columns` encodes them; an empty
    cell always does. By default those of pandas: NA, NaN, null and the like."""

    delimiter: OneCharacter | None = None
    """What stands between two cells; by default the first line tells: a comma, a
    semicolon, a tab or a bar."""
    quotechar: OneCharacter | None = None
    """What stands around a cell that holds a delimiter, a quote, or a line end: by
    default a double quote."""
    decimal: Literal[".", ","] | None = None
    """What stands before the fraction of a number; by default a comma where cells are
    not separated by commas and numbers such as `1,5` leave no doubt, else a point."""
    thousands: Thousands | None = None
    """What stands between the thousands of numbers, which are read without it: a comma,
    a point, a space or an apostrophe, as in `1,200`; by default nothing."""
    encoding: Encoding | None = None
    """What Python calls the encoding, as in cp1252; by default UTF-8, or UTF-16 where
    the file begins with its mark."""

    @property
    def _stated(self) -> Dialect:
        quote = self.quotechar or '"'
        return Dialect(
            self.delimiter, quote, self.decimal, self.encoding, self.thousands
        )

    @model_validator(mode="after")
    def _require_two_marks(self) -> Self:
        if self.thousands is not None and self.thousands == self.decimal:
            message = f"`thousands` and `decimal` are both {shown(self.decimal)}"
            hint = "leave one of them out"
            raise invalid("conflicting-keys", message, hint=hint)
        return self

    @override
    def read_file(self, file: Path) -> Header:
        return read_header(self, file, self._stated)

    @override
    def file_notes(self, file: TableFile) -> tuple[str, ...]:
        dialect = file.dialect if isinstance(file, Header) else self._stated
        return tuple(dialect.notes(file.file.name, self._stated))
