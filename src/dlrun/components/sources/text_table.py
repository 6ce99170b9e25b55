"""Rows in text files: columns with commas, semicolons or tabs between them."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from typing_extensions import override

from dlrun.components.sources.column_names import GapTexts
from dlrun.components.sources.files import LocalPaths
from dlrun.components.sources.table import Table
from dlrun.data.header import Header, read_header
from dlrun.data.table_file import TableFile
from dlrun.data.typed import GAPS

_NOTED = {";": "semicolons", "\t": "tabs", "|": "bars"}
"""What may separate cells beside commas."""


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

    @override
    def read_file(self, file: Path) -> Header:
        return read_header(self, file)

    @override
    def file_notes(self, file: TableFile) -> tuple[str, ...]:
        separator = file.separator if isinstance(file, Header) else ""
        between = _NOTED.get(separator)
        note = f"the cells of {file.file.name} are separated by {between}"
        return () if between is None else (note,)
