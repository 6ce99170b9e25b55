"""What a table holds beside its features: labels, names of rows, and their lines."""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from dlrun.components.sources.table_columns import picker
from dlrun.data import RowPlaces
from dlrun.data.records import Record, looks_like_rows
from dlrun.errors import DataError, Problem
from dlrun.progress.reading import counted

if TYPE_CHECKING:
    from dlrun.components.sources.header import Header
    from dlrun.components.sources.source import Source
    from dlrun.components.sources.table_columns import TableColumns


@dataclass(slots=True)
class Beside:
    """All of it, filled while the rows are read."""

    source: Source
    """For the words and paths of problems."""
    table: TableColumns
    labels: list[list[str]] = field(default_factory=list)
    """The texts of each label column."""
    ids: list[str] = field(default_factory=list)
    lines: array[int] = field(default_factory=lambda: array("q"))
    files: list[tuple[int, Header]] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)

    def rows(self) -> Iterator[tuple[tuple[str, ...], Record]]:
        """The cells of the features of each row, and what its lines are like.

        Raises:
            DataError: a row cannot be read, has no name, or there is none.
        """
        table, named = self.table, self.table.ids is not None
        pick = picker(table.number(table.features))
        places = table.number(table.labels)
        id_place = table.number([table.ids])[0] if table.ids is not None else 0
        self.labels = [list[str]() for _ in places]
        for header in table.headers:
            self.files.append((len(self.lines), header))
            record = Record()
            rows = counted(header.rows(self.source, record), header.file.name, "rows")
            for line, cells in rows:
                yield pick(cells), record
                self.lines.append(line)
                for place, column in zip(places, self.labels, strict=True):
                    column.append(cells[place].strip())
                if named:
                    self.ids.append(self._name(cells[id_place].strip(), header, line))
                if record.lines:
                    self.warnings += self._several_lines(header, record)
        if not self.lines:
            message = f"{table.headers[0].file.name} has a first line, but no rows"
            problem = self.source.problem("path", message=message, code="no-rows")
            raise DataError(problem)

    def named_rows(self) -> tuple[str | int, ...]:
        """What names each row: its cell, else its number, from 0."""
        return tuple(self.ids) if self.ids else tuple(range(len(self.lines)))

    def places(self) -> RowPlaces:
        """Where the rows stand."""
        return RowPlaces(tuple(self.files), self.lines)

    def _name(self, name: str, header: Header, line: int) -> str:
        if name:
            return name
        message = (
            f"{header.file.name}:{line} has no name in the column {self.table.ids}"
        )
        hint = "name the row, or leave ids out"
        problem = self.source.problem("ids", message=message, hint=hint, code="no-id")
        raise DataError(replace(problem, location=header.locate(line)))

    def _several_lines(self, header: Header, record: Record) -> Iterator[Problem]:
        """A row of several lines, each of which could be a row of its own."""
        if looks_like_rows(record, header.separator, len(header.columns)):
            last = record.first_line + len(record.lines) - 1
            lines = f"lines {record.first_line} to {last}"
            message = (
                f"{header.file.name}: {lines} are read as one row, by their quotes"
            )
            hint = "look for a quote that closes some lines too late"
            problem = self.source.problem(
                "path", message=message, hint=hint, code="line-break"
            )
            yield replace(problem, severity="warning")
