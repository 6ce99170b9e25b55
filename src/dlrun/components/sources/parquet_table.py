"""Rows in files of Parquet, the format of columns."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from typing_extensions import override

from dlrun.components.column_names import GapTexts
from dlrun.components.sources.files import LocalPaths
from dlrun.components.sources.table import Table
from dlrun.data.parquet_file import ParquetFile, read_parquet_header


class Parquet(Table):
    """A table in one or several files of Parquet; only columns that are used are read.

    A row is identified by its number, from 0, counted through all files. Dates and
    times are texts of ISO 8601, for `date`; True and False are 1 and 0.
    """

    key: ClassVar[str] = "parquet"
    example: ClassVar[str] = "{path: data.parquet, labels: y}"
    unlabelled_example: ClassVar[str] = "{path: more.parquet}"
    synonyms: ClassVar[tuple[str, ...]] = ("arrow", "pq")
    endings: ClassVar[frozenset[str]] = frozenset({".parquet", ".pq"})
    gap_texts: ClassVar[frozenset[str]] = frozenset({""})

    path: LocalPaths
    """A file, a list of files, or a pattern with `*`; all have the same columns."""
    missing: GapTexts | None = None
    """The texts and numbers that mean a gap in features, where `columns` encodes them;
    null and an empty text always do. By default only these."""

    @override
    def read_file(self, file: Path) -> ParquetFile:
        return read_parquet_header(self, file)
