"""Tables in Parquet: of a file only the columns that are needed are read."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, partial
from hashlib import file_digest
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from typing_extensions import override

from dlrun.data.arrow import DistinctTexts, floats_of, places_of, prepare_arrow
from dlrun.data.table_file import AskedColumns, Reader, RowBlock
from dlrun.data.typed import number_text
from dlrun.errors import DataError, Location, Problem
from dlrun.writing import number_of, one_line
from dlrun.writing.flow import shown

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray
    from pyarrow import parquet

_BATCH = 8192
"""Rows that are read at once: few, so that the same memory holds them all. Fresh memory
costs several times what reading into it does."""
_MAGIC = b"PAR1"
_TICKS = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}
"""Of a second, by the unit of a duration."""
_BUFFER = 65_536
"""Bytes of a column that are read at once: else all columns of a group of rows, mostly
a million, are held as they are in the file."""
_PIECES = 16
"""From so many places of a file rows are looked at."""
_PASSED = 40_000_000
"""Cells, at most, that are decoded on the way to them: 3 CPU s of numbers."""


@dataclass(frozen=True, slots=True)
class ParquetFile:
    """A file in Parquet; its rows are called by their number, from 0."""

    file: Path
    columns: tuple[str, ...]
    num_rows: int
    has_commas: ClassVar[bool] = False

    def blocks(self, reader: Reader, asked: AskedColumns) -> Iterator[RowBlock]:
        """See `TableFile`."""
        names = {place: self.columns[place] for place in asked.types}
        identity = cache(lambda: _identity(self.file))
        with _opened(reader, self.file) as content:
            _refuse_nested(reader, content, list(names.values()))
            start = 0
            batches = content.iter_batches(
                _BATCH, columns=sorted({*names.values()}), use_threads=False
            )
            for batch in batches:
                columns = {place: batch.column(name) for place, name in names.items()}
                lines = range(start, start + batch.num_rows)
                told = partial(self._unreadable, reader)
                yield _ColumnBlock(lines, columns, asked.gaps, identity, told)
                start += batch.num_rows

    def some_blocks(
        self, reader: Reader, asked: AskedColumns, most: int
    ) -> Iterator[RowBlock]:
        """Rows from all over the file, at most so many, in its order.

        Of a few row groups they stand all over each, for a sorted table may be one
        group. What is between them is decoded and let go of: no reader skips it.
        """
        names = {place: self.columns[place] for place in asked.types}
        identity = cache(lambda: _identity(self.file))
        told = partial(self._unreadable, reader)
        with _opened(reader, self.file) as content:
            _refuse_nested(reader, content, list(names.values()))
            sizes = [
                content.metadata.row_group(group).num_rows
                for group in range(content.num_row_groups)
            ]
            for group, size, pieces in _spread(sizes, most, len(names)):
                batches = content.iter_batches(
                    size,
                    row_groups=[group],
                    columns=sorted({*names.values()}),
                    use_threads=False,
                )
                start = sum(sizes[:group])
                for number, batch in enumerate(batches):
                    if number in pieces:
                        columns = {
                            place: batch.column(name) for place, name in names.items()
                        }
                        lines = range(start, start + batch.num_rows)
                        yield _ColumnBlock(lines, columns, asked.gaps, identity, told)
                    if number == max(pieces):
                        break
                    start += batch.num_rows

    def _unreadable(
        self, reader: Reader, place: int, line: int, kind: str
    ) -> DataError:
        """What to raise where a value is one that Python has no text for."""
        column = shown(self.columns[place])
        message = f"{self.place(line)}: column {column} has a value of the type {kind} "
        message += "that cannot be read"
        hint = "leave the column out by features, or write it as a text"
        return DataError(
            reader.problem("path", message=message, hint=hint, code="unreadable-cell")
        )

    def nested_columns(self, reader: Reader) -> tuple[str, ...]:
        """The columns whose values are lists or the like, which no model takes."""
        import pyarrow as pa

        with _opened(reader, self.file) as content:
            fields = list(content.schema_arrow)
        return tuple(one.name for one in fields if pa.types.is_nested(one.type))

    def rows_with(
        self, reader: Reader, places: Sequence[int]
    ) -> Iterator[tuple[int, Sequence[str]]]:
        """See `TableFile`."""
        asked = AskedColumns(dict.fromkeys(places, "texts"), frozenset())
        for block in self.blocks(reader, asked):
            columns = {place: block.cells(place) for place in places}
            for row, line in enumerate(block.lines):
                cells = [""] * len(self.columns)
                for place, column in columns.items():
                    cells[place] = column[row]
                yield line, cells

    def bytes_of(self, places: Sequence[int]) -> int:
        """See `TableFile`: as if all columns were equally large."""
        share = len(set(places)) / len(self.columns)
        return round(self.file.stat().st_size * share)

    def rows_about(self) -> int:
        """See `TableFile`: exactly."""
        return self.num_rows

    def place(self, line: int) -> str:
        """See `TableFile`."""
        return f"{self.file.name} row {line}"

    def locate(self, line: int, place: int | None = None) -> Location | None:  # noqa: ARG002
        """See `TableFile`: it is no text."""
        return None


def read_parquet_header(reader: Reader, file: Path) -> ParquetFile:
    """Read the names of the columns, which stand at the end of the file.

    Raises:
        DataError: it is no whole Parquet file, or has no columns.
    """
    with _opened(reader, file) as content:
        columns = tuple(content.schema_arrow.names)
        num_rows: int = content.metadata.num_rows
    if not columns:
        message = f"{file.name} has no columns"
        raise DataError(reader.problem("path", message=message, code="not-a-table"))
    return ParquetFile(file, columns, num_rows)


@dataclass(frozen=True, slots=True)
class _ColumnBlock(DistinctTexts):
    """Rows of which Arrow holds the columns that are needed."""

    lines: range
    columns: dict[int, pa.Array]
    gaps: frozenset[str]
    identity: Callable[[], int]
    """A number for the whole file."""
    unreadable: Callable[[int, int, str], DataError]
    """What to raise of a value: by the place of its column, its line, its type."""
    has_commas: ClassVar[bool] = False

    @override
    def distinct(self, place: int) -> tuple[list[str], NDArray[np.int64]]:
        """See `RowBlock`."""
        import pyarrow as pa

        column = _as_number(self.columns[place])
        if pa.types.is_dictionary(column.type):
            column = column.dictionary_decode()
        if pa.types.is_timestamp(column.type):
            kind = pa.timestamp("us", column.type.tz)
            column = column.cast(kind, safe=False)
        encoded = column.dictionary_encode("encode")
        places = places_of(encoded.indices)
        try:
            return list(map(_text, encoded.dictionary.to_pylist())), places
        except _UNREADABLE as error:
            value = next(n for n, one in enumerate(encoded.dictionary) if _fails(one))
            line = self.lines[int((places == value).argmax())]
            raise self.unreadable(place, line, str(column.type)) from error

    def numbers(self, place: int) -> NDArray[np.float64] | None:
        """See `RowBlock`."""
        import numpy as np
        import pyarrow as pa

        column, of = _as_number(self.columns[place]), pa.types
        kinds = (of.is_floating, of.is_integer, of.is_boolean, of.is_decimal)
        if not any(is_kind(column.type) for is_kind in (*kinds, of.is_null)):
            return None
        if of.is_boolean(column.type):
            column = column.cast(pa.int8())
        plain = column.cast(pa.float64(), safe=False)
        numbers = floats_of(plain)
        marks = [mark for gap in self.gaps if (mark := number_of(gap)) is not None]
        if marks:
            numbers = np.where(np.isin(numbers, marks), np.nan, numbers)
        return None if np.isinf(numbers).any() else numbers

    def digests(self) -> bytes:
        """See `RowBlock`: of a row the number tells, and the whole file."""
        import numpy as np

        rows = np.arange(self.lines.start, self.lines.stop, dtype="uint64")
        return (rows + np.uint64(self.identity())).astype("<u8").tobytes()


def _as_number(column: pa.Array) -> pa.Array:
    """Durations in seconds; any other column as it is."""
    import pyarrow as pa
    from pyarrow import compute

    if not pa.types.is_duration(column.type):
        return column
    ticks = column.cast(pa.int64()).cast(pa.float64(), safe=False)
    return compute.divide(ticks, float(_TICKS[column.type.unit]))


def _spread(
    sizes: Sequence[int], most: int, columns: int
) -> Iterator[tuple[int, int, frozenset[int]]]:
    """Which rows of which row groups are looked at.

    Args:
        sizes: the rows of each group.
        most: so many rows at most.
        columns: how many are read.

    Yields:
        A group, the rows of a piece of it, and the numbers of the pieces from 0.
    """
    filled = [group for group, size in enumerate(sizes) if size]
    count = min(_PIECES, len(filled))
    groups = sorted({filled[part * len(filled) // count] for part in range(count)})
    each = _PIECES // count
    size = max(1, most // (each * count))
    passed = _PASSED // max(1, columns * count)
    for group in groups:
        there = max(1, min(sizes[group], passed) // size)
        wanted = min(each, there)
        pieces = {part * (there - 1) // max(1, wanted - 1) for part in range(wanted)}
        yield group, size, frozenset(pieces)


def _identity(file: Path) -> int:
    with file.open("rb") as stream:
        return int.from_bytes(file_digest(stream, "sha256").digest()[:8], "little")


def _text(value: object) -> str:
    """A value as a table of texts has it; "" for none."""
    if value is None:
        return ""
    if isinstance(value, float):
        return number_text(value)
    if isinstance(value, bytes):
        return value.decode()
    written = getattr(value, "isoformat", value.__str__)()
    return str(written)


_UNREADABLE = (ValueError, OverflowError)
"""Bytes that are no text, times before the year 1 or after 9999, zones of nowhere."""


def _fails(value: pa.Scalar) -> bool:
    try:
        _text(value.as_py())
    except _UNREADABLE:
        return True
    return False


def _refuse_nested(
    reader: Reader, content: parquet.ParquetFile, names: Sequence[str]
) -> None:
    import pyarrow as pa

    for name in names:
        kind = content.schema_arrow.field(name).type
        if pa.types.is_nested(kind):
            message = f"the column {shown(name)} holds values of the type {kind}"
            hint = "write a column for each of its parts, or leave it out by features"
            raise DataError(
                reader.problem("path", message=message, hint=hint, code="nested-column")
            )


def _empty(reader: Reader, file: Path) -> Problem:
    message, hint = f"{file.name} is empty", "write the file again, or leave it out"
    return reader.problem("path", message=message, hint=hint, code="not-a-table")


@contextmanager
def _opened(reader: Reader, file: Path) -> Iterator[parquet.ParquetFile]:
    """A Parquet file.

    Raises:
        DataError: it cannot be read, or is none, or is damaged.
    """
    import pyarrow as pa
    from pyarrow import parquet

    prepare_arrow()
    hint = "write the file again: it is cut short, or was damaged"
    try:
        with file.open("rb") as stream:
            start = stream.read(len(_MAGIC))
            if not start:
                raise DataError(_empty(reader, file))
            if start != _MAGIC:
                hint = "write csv in place of parquet, if it is a text"
        with parquet.ParquetFile(
            file, buffer_size=_BUFFER, pre_buffer=False
        ) as content:
            yield content
    except UnicodeDecodeError as error:
        message = f"{file.name} has a column whose name is no UTF-8 text"
        hint = "write the file again, with other names"
        problem = reader.problem("path", message=message, hint=hint, code="not-a-table")
        raise DataError(problem) from error
    except (pa.ArrowException, OSError) as error:
        words = one_line(str(error).split("\n")[0])
        message = f"{file.name} is no whole Parquet file: {words}"
        problem = reader.problem("path", message=message, hint=hint, code="not-a-table")
        raise DataError(problem) from error
