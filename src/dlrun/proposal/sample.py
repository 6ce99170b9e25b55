"""The columns of a table, as some thousand rows show them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

from dlrun.data.columns import BOOLEANS, column_places
from dlrun.data.dialect import number_in
from dlrun.data.records import is_odd
from dlrun.data.sampling import is_read_whole, sample_blocks
from dlrun.data.table_file import AskedColumns

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from dlrun.data.table_file import Reader, RowBlock, TableFile

GAP_MARKS = frozenset({"?", "-", "--", ".", "..", "unknown", "missing", "n.a.", "\\N"})
"""What people write for a gap in a column of numbers, beside what pandas knows."""

NONE = "None"
"""A gap to pandas, and what people write for the category of nothing."""


@dataclass(frozen=True, eq=False)
class SampledColumn:
    """A column of some rows; each of its texts is kept once."""

    name: str
    texts: Sequence[str]
    """The distinct cells, without gaps."""
    codes: NDArray[np.int64]
    """`(rows,)` which of them a row has; -1 for a gap."""
    has_commas: bool = False
    """Whether numbers have decimal commas."""
    nones: int = 0
    """How many of its gaps are the word `None`, which may be a category."""

    @property
    def rows(self) -> int:
        """How many rows were read."""
        return len(self.codes)

    @cached_property
    def counts(self) -> NDArray[np.int64]:
        """How many rows have each of the texts."""
        import numpy as np

        return np.bincount(self.codes[self.codes >= 0], minlength=len(self.texts))

    @property
    def known(self) -> int:
        """How many rows have no gap."""
        return int(self.counts.sum())

    @property
    def gaps(self) -> int:
        """How many rows have one."""
        return self.rows - self.known

    @property
    def share_of_gaps(self) -> float:
        """The same as a share of the rows."""
        return self.gaps / max(1, self.rows)

    @cached_property
    def values(self) -> NDArray[np.float64] | None:
        """The distinct cells as numbers; `None`: they are none."""
        return numbers_of(self.texts, has_commas=self.has_commas)

    @cached_property
    def numbers(self) -> NDArray[np.float64] | None:
        """`(rows,)` the cells as numbers, NaN for gaps; `None`: they are none."""
        import numpy as np

        if self.values is None or not len(self.texts):
            return None
        return np.append(self.values, np.nan)[self.codes]

    @property
    def is_whole(self) -> bool:
        """Whether all are whole numbers."""
        return self.values is not None and not bool((self.values % 1).any())

    @property
    def is_boolean(self) -> bool:
        """Whether all cells are True or False, which are 1 and 0 to dlrun."""
        return bool(self.texts) and all(one.lower() in BOOLEANS for one in self.texts)

    def without(self, marks: frozenset[str]) -> SampledColumn:
        """The same column, where some texts mean a gap, too."""
        import numpy as np

        kept = [place for place, text in enumerate(self.texts) if text not in marks]
        if len(kept) == len(self.texts):
            return self
        places = np.full(len(self.texts) + 1, -1)
        places[kept] = np.arange(len(kept))
        texts = [self.texts[place] for place in kept]
        return replace(self, texts=texts, codes=places[self.codes])

    def of_rows(self, rows: NDArray[np.bool_]) -> SampledColumn:
        """The same column of some rows; `rows` says of each whether it is one."""
        import numpy as np

        codes = self.codes[rows]
        kept = np.unique(codes[codes >= 0])
        places = np.full(len(self.texts) + 1, -1)
        places[kept] = np.arange(len(kept))
        texts = [self.texts[place] for place in kept.tolist()]
        return replace(self, texts=texts, codes=places[codes])

    def commonest(self, most: int) -> list[tuple[str, int]]:
        """The texts that most rows have, and how many have them."""
        order = sorted(range(len(self.texts)), key=lambda one: -int(self.counts[one]))
        return [(self.texts[one], int(self.counts[one])) for one in order[:most]]


def numbers_of(
    texts: Sequence[str], *, has_commas: bool = False
) -> NDArray[np.float64] | None:
    """Texts as finite numbers; `None`: one is something else."""
    import numpy as np

    if has_commas or is_odd("".join(texts)):
        found = [number_in(text, has_commas=has_commas) for text in texts]
        if None in found:
            return None
        values = np.array(found, dtype="float64")
    else:
        try:
            values = np.array(list(map(float, texts)))
        except ValueError:
            return None
    return values if np.isfinite(values).all() else None


@dataclass(frozen=True, slots=True)
class TableSample:
    """Some rows of a table."""

    columns: dict[str, SampledColumn]
    rows: int
    """How many were read."""
    total: int
    """How many there are; of a large text about so many."""
    is_whole: bool

    @property
    def scale(self) -> float:
        """How many rows a row that was read stands for."""
        return self.total / max(1, self.rows)

    def known_in(self, names: Sequence[str]) -> TableSample:
        """The rows that have no gap in some columns."""
        import numpy as np

        rows = np.all([self.columns[name].codes >= 0 for name in names], axis=0)
        count = int(np.count_nonzero(rows))
        if count == self.rows:
            return self
        columns = {name: one.of_rows(rows) for name, one in self.columns.items()}
        return replace(
            self, columns=columns, rows=count, total=round(count * self.scale)
        )


@dataclass(slots=True)
class _Column:
    """A column while it is read."""

    places: dict[str, int] = field(default_factory=dict)
    codes: list[NDArray[np.int64]] = field(default_factory=list)
    nones: int = 0

    def add(self, block: RowBlock, place: int, gaps: frozenset[str]) -> None:
        import numpy as np

        texts, rows = block.distinct(place)
        known = self.places
        found = np.array(
            [
                -1 if text in gaps else known.setdefault(text, len(known))
                for text in map(str.strip, texts)
            ],
            dtype="int64",
        )
        self.codes.append(found if rows is None else found[rows])
        if NONE in gaps:
            told = np.array([text.strip() == NONE for text in texts], dtype=bool)
            self.nones += int((told if rows is None else told[rows]).sum())


def read_sample(
    table: TableFile, reader: Reader, names: Sequence[str], gaps: frozenset[str]
) -> TableSample:
    """Read some rows of a table.

    Args:
        table: a file.
        reader: for the words of problems.
        names: of the columns.
        gaps: the texts that mean a gap.

    Raises:
        DataError: a row cannot be read.
    """
    asked = _asked(table, names)
    found = _columns(table, names, sample_blocks(table, reader, asked), gaps)
    rows = next((column.rows for column in found.values()), 0)
    whole = is_read_whole(table)
    return TableSample(found, rows, rows if whole else _total(table, found), whole)


def read_column(
    table: TableFile, reader: Reader, name: str, gaps: frozenset[str]
) -> SampledColumn:
    """Read one column of all rows; the arguments are those of `read_sample`."""
    blocks = table.blocks(reader, _asked(table, [name]))
    return _columns(table, [name], blocks, gaps)[name]


def _asked(table: TableFile, names: Sequence[str]) -> AskedColumns:
    places = column_places(table.columns)
    return AskedColumns({places[name]: "texts" for name in names}, frozenset())


def _columns(
    table: TableFile,
    names: Sequence[str],
    blocks: Iterable[RowBlock],
    gaps: frozenset[str],
) -> dict[str, SampledColumn]:
    """What the blocks hold of some columns."""
    import numpy as np

    columns, places = {name: _Column() for name in names}, column_places(table.columns)
    for block in blocks:
        for name, column in columns.items():
            column.add(block, places[name], gaps)
    return {
        name: SampledColumn(
            name,
            [*column.places],
            np.concatenate(column.codes or [np.zeros(0, int)]),
            table.has_commas,
            column.nones,
        )
        for name, column in columns.items()
    }


def _total(table: TableFile, columns: dict[str, SampledColumn]) -> int:
    """About how many rows a table has of which not all were read."""
    known = getattr(table, "num_rows", None)
    if isinstance(known, int):
        return known
    import numpy as np

    few = [*columns.values()]
    size = sum(
        int(np.fromiter(map(len, column.texts), "int64") @ column.counts)
        for column in few
    )
    rows = max(1, few[0].rows)
    return round(table.file.stat().st_size / (size / rows + len(table.columns)))
