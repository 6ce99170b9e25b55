"""Large text tables, read by Arrow where it gives what the strict reader gives.

Arrow splits and parses a chunk of whole lines whose quotes, line ends and letters leave
nothing open; what it refuses or may read otherwise, the strict reader reads, or
explains.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, BinaryIO, Protocol

from typing_extensions import override

from dlrun.data.arrow import DistinctTexts, floats_of, places_of, prepare_arrow
from dlrun.data.blocks import cell_blocks, line_digests
from dlrun.data.records import Record

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

    from dlrun.data.columns import ColumnType
    from dlrun.data.table_file import AskedColumns, Reader, RowBlock

LARGE = 2_000_000
"""Bytes of a file from which on importing Arrow pays."""
CHUNK = 1 << 20
"""Bytes that Arrow gets at once: what is made of them stays in the cache, and takes
memory that is there already. With 4 MB, 120,000 rows of 50 numbers took a tenth more
CPU to read, and a third more with the hash of each line."""
_LINE_AT_MOST = 1 << 22
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")
_BOM = b"\xef\xbb\xbf"
"""What Arrow takes for a mark and not for a cell, where a chunk begins with it."""
_QUOTE = b'"'[0]
_NEWLINE = b"\n"[0]


class TextFile(Protocol):
    """A text table that can be read from anywhere between two rows."""

    @property
    def file(self) -> Path:
        """Where it is."""

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of its columns, in their order."""

    @property
    def separator(self) -> str:
        """What stands between two cells."""

    @property
    def has_commas(self) -> bool:
        """Whether numbers have decimal commas."""

    @property
    def is_usual(self) -> bool:
        """Whether quotes and letters are those that Arrow reads."""

    def record(self) -> Record:
        """What is told of the lines of each row while they are read."""

    def rows(self, reader: Reader, record: Record) -> Iterator[tuple[int, list[str]]]:
        """The line of each row, and its cells; the record is told of its lines."""

    def rows_from(
        self, reader: Reader, stream: _Rest, above: int, record: Record
    ) -> Iterator[tuple[int, list[str]]]:
        """The same of the lines of a stream, with so many lines above them."""


def read_blocks(
    header: TextFile, reader: Reader, wanted: AskedColumns
) -> Iterator[RowBlock]:
    """The rows of a file, those of a large one by Arrow.

    Args:
        header: of the file.
        reader: for the words of problems.
        wanted: which columns are needed.

    Raises:
        DataError: as `TextFile.rows`.
    """
    if header.file.stat().st_size < LARGE or not header.is_usual:
        record = header.record()
        rows = header.rows(reader, record)
        yield from cell_blocks(
            rows, record, header.separator, has_commas=header.has_commas
        )
        return
    prepare_arrow()
    with header.file.open("rb") as stream:
        yield from Chunks(header, reader, wanted, stream).blocks()


@dataclass(slots=True)
class _Rest:
    """The lines of a stream from where it stands; no more is taken than asked for."""

    stream: BinaryIO
    count: int = 0
    """How many were taken."""
    pieces: list[str] = field(default_factory=list)
    """What was read and is yet to be taken."""

    def readline(self, size: int, /) -> str:
        """See `LineStream`."""
        if not self.pieces:
            raw = self.stream.readline(4 * size)
            # What is as long as that is refused, wherever it was cut.
            errors = "strict" if len(raw) < 4 * size else "ignore"
            self.pieces = _LINE.findall(raw.decode(errors=errors))
        if not self.pieces:
            return ""
        self.count += 1
        return self.pieces.pop(0)[:size]


@dataclass(slots=True)
class Chunks:
    """A file, or some of its lines below the first, that is read chunk by chunk."""

    header: TextFile
    reader: Reader
    wanted: AskedColumns
    stream: BinaryIO
    above: int = 1
    """The lines that have been read."""
    as_texts: set[int] = field(default_factory=set)
    """The columns of numbers that Arrow has to leave as texts."""

    def blocks(self) -> Iterator[RowBlock]:
        """All rows below the first line."""
        first = self.stream.readline()
        if first.count(b'"') % 2 or b"\r" in first.rstrip(b"\r\n"):
            record = self.header.record()
            rows = self.header.rows(self.reader, record)
            yield from self._cell_blocks(rows, record)
            return
        while True:
            start = self.stream.tell()
            data = self.stream.read(CHUNK)
            if len(data) == CHUNK:
                data += self.stream.readline(_LINE_AT_MOST)
            if not data:
                return
            block = self._by_arrow(data)
            if block is not None:
                self.above += len(block.lines)
                yield block
            else:
                self.stream.seek(start)
                yield from self._strictly(start + len(data))

    def _strictly(self, end: int) -> Iterator[RowBlock]:
        """Rows by the strict reader, at least up to a place in the file."""
        record, rest = self.header.record(), _Rest(self.stream)

        def rows() -> Iterator[tuple[int, list[str]]]:
            for row in self.header.rows_from(self.reader, rest, self.above, record):
                yield row
                if self.stream.tell() >= end and not rest.pieces:
                    return

        yield from self._cell_blocks(rows(), record)
        self.above += rest.count

    def _cell_blocks(
        self, rows: Iterator[tuple[int, list[str]]], record: Record
    ) -> Iterator[RowBlock]:
        header = self.header
        return cell_blocks(rows, record, header.separator, has_commas=header.has_commas)

    def _by_arrow(self, data: bytes) -> ArrowBlock | None:
        """The rows of some lines; `None`: they have to be read strictly."""
        import pyarrow as pa

        plain = _as_plain_lines(data, self.header.separator)
        if plain is None:
            return None
        lines = _Lines(plain, self.header, self.wanted.gaps)
        try:
            table = lines.parse(self._types())
        except pa.ArrowInvalid:
            try:
                texts = lines.parse(dict.fromkeys(self.wanted.types, "texts"))
            except pa.ArrowInvalid:
                return None
            self.as_texts |= {
                place
                for place, one in self._types().items()
                if one == "numbers" and not lines.are_numbers(texts[_name(place)])
            }
            table = lines.parse(self._types())
        count = plain.count(b"\n") + (not plain.endswith(b"\n"))
        if table.num_rows != count:  # There are empty lines.
            return None
        numbered = range(self.above + 1, self.above + 1 + count)
        return ArrowBlock(numbered, lines, table)

    def _types(self) -> dict[int, ColumnType]:
        """What Arrow is to make of the columns."""
        types = self.wanted.types.items()
        return {
            place: "texts" if place in self.as_texts else one for place, one in types
        }


@dataclass(frozen=True, slots=True)
class _Lines:
    """Whole lines of which Arrow and the strict reader think alike."""

    data: bytes
    header: TextFile
    gaps: frozenset[str]

    def are_numbers(self, texts: pa.Array) -> bool:
        """Whether Arrow reads all of some texts as numbers or gaps."""
        commas = self.header.has_commas
        plain = texts.cast("string")
        return _as_numbers(plain, self.gaps, has_commas=commas) is not None

    def parse(self, types: Mapping[int, ColumnType]) -> pa.Table:
        """Columns as Arrow reads them, by their places: float64, or texts.

        Raises:
            pyarrow.ArrowInvalid: they are not so.
        """
        import pyarrow as pa
        from pyarrow import csv as arrow_csv

        names = [_name(place) for place in types]
        texts = pa.dictionary(pa.int32(), pa.string())
        kinds = {"numbers": pa.float64(), "texts": texts}
        return arrow_csv.read_csv(
            pa.BufferReader(self.data),
            read_options=arrow_csv.ReadOptions(
                use_threads=False,
                block_size=len(self.data) + 1,
                column_names=[
                    _name(place) for place, _ in enumerate(self.header.columns)
                ],
            ),
            parse_options=arrow_csv.ParseOptions(
                delimiter=self.header.separator,
                quote_char='"' if b'"' in self.data else False,
            ),
            convert_options=arrow_csv.ConvertOptions(
                column_types={
                    name: kinds[one]
                    for name, one in zip(names, types.values(), strict=True)
                },
                include_columns=names,
                null_values=sorted(self.gaps),
                decimal_point="," if self.header.has_commas else ".",
            ),
        )


@dataclass(frozen=True, slots=True)
class ArrowBlock(DistinctTexts):
    """Rows of which Arrow holds the columns that are needed."""

    lines: range
    source: _Lines
    table: pa.Table

    @property
    def has_commas(self) -> bool:
        """See `RowBlock`."""
        return self.source.header.has_commas

    @override
    def distinct(self, place: int) -> tuple[list[str], NDArray[np.int64]]:
        """See `RowBlock`."""
        column = self.table[_name(place)]
        if str(column.type) == "double":
            column = self.source.parse({place: "texts"})[_name(place)]
        encoded = column.combine_chunks()
        return encoded.dictionary.to_pylist(), places_of(encoded.indices)

    def numbers(self, place: int) -> NDArray[np.float64] | None:
        """See `RowBlock`."""
        column = self.table[_name(place)].combine_chunks()
        if str(column.type) == "double":
            return _finite(column)
        from pyarrow import compute  # slow to import, and most columns need none

        trimmed = compute.ascii_trim_whitespace(column.cast("string"))
        numbers = _as_numbers(trimmed, self.source.gaps, has_commas=self.has_commas)
        return None if numbers is None else _finite(numbers)

    def digests(self) -> bytes:
        """See `RowBlock`."""
        separator = self.source.header.separator
        return b"".join(line_digests(self.source.data, separator))


def _name(place: int) -> str:
    return str(place)


def _as_numbers(
    column: pa.Array, gaps: frozenset[str], *, has_commas: bool
) -> pa.Array | None:
    """Texts as numbers, null for gaps; `None`: one is something else."""
    import pyarrow as pa
    from pyarrow import compute

    is_gap = compute.is_in(column, pa.array(sorted(gaps), pa.string()))
    numbers = compute.if_else(is_gap, None, column)
    if has_commas:
        if compute.any(compute.match_substring(numbers, ".")).as_py():
            return None
        numbers = compute.replace_substring(numbers, ",", ".")
    try:
        return compute.cast(numbers, pa.float64())
    except pa.ArrowInvalid:
        return None


def _finite(column: pa.Array) -> NDArray[np.float64] | None:
    """Numbers with NaN for gaps; `None`: a number is not finite."""
    import numpy as np

    numbers = floats_of(column)
    odd = len(numbers) - int(np.isfinite(numbers).sum())
    return numbers if odd == column.null_count else None


def _as_plain_lines(data: bytes, separator: str) -> bytes | None:
    """The lines with one kind of end; `None`: they leave something open."""
    if b"\r" in data:
        if data.count(b"\r") != data.count(b"\r\n"):
            return None
        data = data.replace(b"\r\n", b"\n")
    # A cell that is too long is in a line of which one window is a part.
    window = csv.field_size_limit() // 2
    starts = range(0, len(data) - window, window)
    is_plain = (
        b"\0" not in data
        and not data.startswith(_BOM)
        and all(data.find(b"\n", start, start + window) >= 0 for start in starts)
        and _is_utf8(data)
        and (b'"' not in data or _has_plain_quotes(data, separator))
    )
    return data if is_plain else None


def _is_utf8(data: bytes) -> bool:
    try:
        return data.isascii() or bool(data.decode())
    except UnicodeDecodeError:
        return False


def _has_plain_quotes(data: bytes, separator: str) -> bool:
    """Whether all quotes stand around whole cells of one line."""
    import numpy as np

    codes = np.frombuffer(data, dtype="uint8")
    ends = np.flatnonzero(codes == _NEWLINE)
    quotes = np.flatnonzero(codes == _QUOTE)
    if len(quotes) % 2:
        return False
    opened, closed = quotes[::2], quotes[1::2]
    padded = np.concatenate([[_NEWLINE], codes, [_NEWLINE]])
    around = np.concatenate([padded[opened], padded[closed + 2]])
    is_whole = np.isin(around, [ord(separator), _NEWLINE]).all()
    in_line = np.searchsorted(ends, opened) == np.searchsorted(ends, closed)
    return bool(is_whole and in_line.all())
