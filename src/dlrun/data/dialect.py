"""How a text table is written: what stands between cells, around them, and in numbers.

What a file shows beyond doubt is found; the rest a config states.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from dlrun.writing import comma_kind, number_of

DELIMITERS = (",", ";", "\t", "|")
"""What may stand between two cells where nobody says what does."""
UTF_8 = "utf-8-sig"
_NAMES = {";": "semicolons", "\t": "tabs", "|": "bars"}
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
"""The marks of byte order that UTF-16 begins with."""


@dataclass(frozen=True, slots=True)
class Dialect:
    """How the lines of a table are to be read; `None`: the file tells."""

    delimiter: str | None = None
    """What stands between two cells."""
    quotechar: str = '"'
    """What stands around a cell that holds a delimiter, a quote, or the end of a line.
    """
    decimal: str | None = None
    """What stands before the fraction of a number: a point or a comma."""
    encoding: str | None = None
    """What Python calls the encoding."""

    @property
    def is_usual(self) -> bool:
        """Whether quotes and letters are what nearly all tables have."""
        return self.quotechar == '"' and self.encoding in {None, UTF_8}

    @property
    def between(self) -> str:
        """What stands between two cells, a comma while nobody knows."""
        return self.delimiter or ","

    @property
    def has_commas(self) -> bool:
        """Whether numbers are written with decimal commas."""
        return self.decimal == ","

    def notes(self, name: str, stated: Dialect) -> Iterator[str]:
        """What was found and not stated, where people would not expect it."""
        between = _NAMES.get(self.between)
        if stated.delimiter is None and between is not None:
            yield f"the cells of {name} are separated by {between}"
        if stated.decimal is None and self.has_commas:
            yield f"the numbers of {name} have decimal commas"
        if stated.encoding is None and self.encoding != UTF_8:
            yield f"the letters of {name} are those of UTF-16"


def encoding_of(start: bytes) -> str:
    """The encoding of a text by how it begins."""
    return "utf-16" if start.startswith(_UTF_16) else UTF_8


def decimal_of(rows: Iterable[Sequence[str]]) -> str:
    """A comma where some rows have numbers that can only have decimal commas.

    `1,5` is one, `1,200` may group thousands; a number with a point forbids it.
    """
    has_commas = False
    for cell in (cell.strip() for cells in rows for cell in cells):
        if "." in cell and number_of(cell) is not None:
            return "."
        has_commas = has_commas or comma_kind(cell) == "decimal"
    return "," if has_commas else "."


def number_in(cell: str, *, has_commas: bool) -> float | None:
    """The number that a cell is; `None`: it is none.

    Args:
        cell: the text.
        has_commas: a comma stands before the fraction, and there are no points.
    """
    if not has_commas:
        return number_of(cell)
    return None if "." in cell else number_of(cell.replace(",", ".", 1))
