"""What a table holds beside its features: labels, names of rows, and their lines."""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from hashlib import blake2b
from typing import TYPE_CHECKING

from dlrun.components.sources.table_columns import picker
from dlrun.components.words import shown
from dlrun.data import RowPlaces
from dlrun.data.records import Record, looks_like_rows
from dlrun.errors import DataError, Problem
from dlrun.progress.reading import counted
from dlrun.writing import number_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from dlrun.components.sources.source import Source
    from dlrun.components.sources.table_columns import TableColumns
    from dlrun.data.header import Header

_LARGEST_WEIGHT = 1e30
_BETWEEN_CELLS = "\x1f"
"""The unit separator of ASCII."""


def _digest(cells: list[str]) -> int:
    text = _BETWEEN_CELLS.join(cells).encode()
    return int.from_bytes(blake2b(text, digest_size=8).digest(), "little")


@dataclass(slots=True)
class Beside:
    """All of it, filled while the rows are read."""

    source: Source
    """For the words and paths of problems."""
    table: TableColumns
    hashes_rows: bool = False
    """Whether rows are known by all their cells, and not by their features."""
    labels: list[list[str]] = field(default_factory=list)
    """The texts of each label column."""
    ids: list[str] = field(default_factory=list)
    digests: array[int] = field(default_factory=lambda: array("Q"))
    """A hash of all cells of each row, whichever are features; where they are encoded.
    """
    weights: array[float] = field(default_factory=lambda: array("f"))
    lines: array[int] = field(default_factory=lambda: array("q"))
    files: list[tuple[int, Header]] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)

    def rows(self) -> Iterator[tuple[tuple[str, ...], Record]]:
        """The cells of the features of each row, and what its lines are like.

        Raises:
            DataError: a row cannot be read, has no name, or there is none.
        """
        table = self.table
        pick = picker(table.number(table.features))
        places = table.number(table.labels)
        named = self.hashes_rows or any(table.named.values())
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
                    self._keep(cells, header, line)
                if record.lines:
                    self.warnings += self._several_lines(header, record)
        if not self.lines:
            message = f"{table.headers[0].file.name} has a first line, but no rows"
            problem = self.source.problem("path", message=message, code="no-rows")
            raise DataError(problem)

    def _keep(self, cells: list[str], header: Header, line: int) -> None:
        """Keep what a row is called, how much it counts, and the hash of its cells."""
        ids, weights = self._place("ids"), self._place("weights")
        if self.hashes_rows:
            self.digests.append(_digest(cells))
        if ids is not None:
            self.ids.append(self._name(cells[ids].strip(), header, line))
        if weights is not None:
            self.weights.append(self._weight(cells[weights], header, line))

    def named_rows(self) -> tuple[str | int, ...]:
        """What names each row: its cell, else its number, from 0."""
        return tuple(self.ids) if self.ids else tuple(range(len(self.lines)))

    def places(self) -> RowPlaces:
        """Where the rows stand."""
        return RowPlaces(tuple(self.files), self.lines)

    def row_digests(self) -> NDArray[np.uint64] | None:
        """A hash of the cells of each row; `None`: they have none."""
        import numpy as np

        return np.frombuffer(self.digests, dtype="uint64") if self.digests else None

    def row_weights(self) -> NDArray[np.float32] | None:
        """How much each row counts; `None`: all alike."""
        import numpy as np

        return np.frombuffer(self.weights, dtype="float32") if self.weights else None

    def _place(self, key: str) -> int | None:
        """The place of the column that a key names."""
        name = self.table.named[key]
        return None if name is None else self.table.number([name])[0]

    def _weight(self, cell: str, header: Header, line: int) -> float:
        weight = number_of(cell)
        if weight is not None and 0 <= weight < _LARGEST_WEIGHT:
            return weight
        message = f"{header.file.name}:{line}: the weight {shown(cell.strip())} is no "
        problem = self.source.problem(
            "weights",
            message=f"{message}number of at least 0",
            hint="write a number; 0 leaves the row out of the loss",
            code="invalid-weight",
        )
        place = header.locate(line, self._place("weights"))
        raise DataError(replace(problem, location=place))

    def _name(self, name: str, header: Header, line: int) -> str:
        if name:
            return name
        message = f"{header.file.name}:{line} has no name in the column "
        message += str(self.table.named["ids"])
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
