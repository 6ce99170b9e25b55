"""What a table holds beside its features: labels, names of rows, and their lines."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, NoReturn

from dlrun.components.words import shown
from dlrun.data import ColumnType, RowPlaces
from dlrun.data.dialect import number_in
from dlrun.data.table_file import AskedColumns
from dlrun.errors import DataError, Problem
from dlrun.progress.reading import counted

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from dlrun.components.sources.source import Source
    from dlrun.components.sources.table_columns import TableColumns
    from dlrun.data.table_file import RowBlock, TableFile

_LARGEST_WEIGHT = 1e30


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
    kept: dict[str, list[str]] = field(default_factory=dict)
    """The cells of the columns that are carried along, as they are written."""
    digests: array[int] = field(default_factory=lambda: array("Q"))
    """A hash of all cells of each row, whichever are features; where they are encoded.
    """
    dividing: dict[str, list[str]] = field(default_factory=dict)
    """The texts of the columns that say how rows are divided, by the key of each."""
    weights: array[float] = field(default_factory=lambda: array("f"))
    lines: array[int] = field(default_factory=lambda: array("q"))
    files: list[tuple[int, TableFile]] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)

    def blocks(
        self, types: Sequence[ColumnType], gaps: frozenset[str]
    ) -> Iterator[RowBlock]:
        """The rows of all files, some thousand at a time.

        Args:
            types: what the features are taken for.
            gaps: the texts that mean a gap in them.

        Raises:
            DataError: a row cannot be read, has no name, or there is none.
        """
        table = self.table
        others = [*table.labels, *table.kept, *filter(None, table.named.values())]
        taken: dict[int, ColumnType] = dict.fromkeys(table.number(others), "texts")
        taken |= zip(table.number(table.features), types, strict=True)
        wanted = AskedColumns(taken, gaps)
        self.labels = [list[str]() for _ in table.labels]
        self.kept = {name: [] for name in table.kept}
        for header in table.headers:
            self.files.append((len(self.lines), header))
            blocks = header.blocks(self.source, wanted)
            for block in counted(blocks, header.file.name, "rows", size=_rows_of):
                self._keep(block, header)
                yield block
        if not self.lines:
            message = f"{table.headers[0].file.name} has a first line, but no rows"
            problem = self.source.problem("path", message=message, code="no-rows")
            raise DataError(problem)

    def _keep(self, block: RowBlock, header: TableFile) -> None:
        """Keep labels, names and weights of rows, their hashes and their lines."""
        ids, weights = self._place("ids"), self._place("weights")
        self.lines.extend(block.lines)
        places = self.table.number(self.table.labels)
        for place, column in zip(places, self.labels, strict=True):
            column.extend(_with_points(block, _stripped(block, place)))
        for name, column in self.kept.items():
            column.extend(block.cells(*self.table.number([name])))
        for key, name in self.table.dividing.items():
            cells = _stripped(block, *self.table.number([name]))
            self.dividing.setdefault(key, []).extend(cells)
        if self.hashes_rows:
            self.digests.frombytes(block.digests())
        if ids is not None:
            names = _stripped(block, ids)
            if "" in names:
                self._refuse_nameless(header, block.lines[names.index("")])
            self.ids += names
        if weights is not None:
            found = zip(block.cells(weights), block.lines, strict=True)
            self.weights.extend(self._weight(*cell, header) for cell in found)
        self.warnings += [self._several_lines(header, *one) for one in block.doubtful]

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

    def dividing_cells(self) -> dict[str, NDArray[np.object_]]:
        """The cells of the columns that say how rows are divided, by their keys."""
        import numpy as np

        return {key: np.array(one, dtype=object) for key, one in self.dividing.items()}

    def row_weights(self) -> NDArray[np.float32] | None:
        """How much each row counts; `None`: all alike."""
        import numpy as np

        return np.frombuffer(self.weights, dtype="float32") if self.weights else None

    def _place(self, key: str) -> int | None:
        """The place of the column that a key names."""
        name = self.table.named[key]
        return None if name is None else self.table.number([name])[0]

    def _weight(self, cell: str, line: int, header: TableFile) -> float:
        weight = number_in(cell, has_commas=header.has_commas)
        if weight is not None and 0 <= weight < _LARGEST_WEIGHT:
            return weight
        message = f"{header.place(line)}: the weight {shown(cell.strip())} is no "
        problem = self.source.problem(
            "weights",
            message=f"{message}number of at least 0"
            + (f" and below {_LARGEST_WEIGHT:g}" if weight and weight > 0 else ""),
            hint="write a number; 0 leaves the row out of the loss",
            code="invalid-weight",
        )
        place = header.locate(line, self._place("weights"))
        raise DataError(replace(problem, location=place))

    def _refuse_nameless(self, header: TableFile, line: int) -> NoReturn:
        message = f"{header.place(line)} has no name in the column "
        message += str(self.table.named["ids"])
        hint = "name the row, or leave ids out"
        problem = self.source.problem("ids", message=message, hint=hint, code="no-id")
        raise DataError(replace(problem, location=header.locate(line)))

    def _several_lines(self, header: TableFile, first: int, last: int) -> Problem:
        """A row of several lines, each of which could be a row of its own."""
        message = f"{header.file.name}: lines {first} to {last} are read as one row, "
        hint = "look for a quote that closes some lines too late"
        problem = self.source.problem(
            "path", message=f"{message}by their quotes", hint=hint, code="line-break"
        )
        return replace(problem, severity="warning")


def _stripped(block: RowBlock, place: int) -> list[str]:
    """The texts of a column without blanks around them; equal ones are one object."""
    texts, places = block.distinct(place)
    stripped = [text.strip() for text in texts]
    return stripped if places is None else [stripped[row] for row in places.tolist()]


def _with_points(block: RowBlock, cells: list[str]) -> list[str]:
    """Numbers with decimal commas as they are written everywhere else."""
    if block.has_commas and all(
        number_in(cell, has_commas=True) is not None for cell in cells if cell
    ):
        return [cell.replace(",", ".") for cell in cells]
    return cells


def _rows_of(block: RowBlock) -> int:
    return len(block.lines)
