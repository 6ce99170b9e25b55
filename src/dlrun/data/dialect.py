"""How a text table is written: what stands between cells, around them, and in numbers.

What a file shows beyond doubt is found; the rest a config states.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Literal, TypeAlias

from dlrun.writing import comma_kind, number_of

DELIMITERS = (",", ";", "\t", "|")
"""What may stand between two cells where nobody says what does."""
UTF_8 = "utf-8-sig"
_NAMES = {";": "semicolons", "\t": "tabs", "|": "bars"}
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
"""The marks of byte order that UTF-16 begins with."""

Thousands: TypeAlias = Literal[",", ".", " ", "'"]
"""What may stand between the thousands of a number; a space may be a narrow one."""
_WRITTEN = {" ": " \u00a0\u2009\u202f", "'": "'\u2019"}
"""The characters that are meant by a mark that is written in several ways."""


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
    thousands: Thousands | None = None
    """What stands between the thousands of a number; `None`: nothing."""

    @property
    def is_usual(self) -> bool:
        """Whether quotes, letters and numbers are what nearly all tables have."""
        is_plain = self.quotechar == '"' and self.thousands is None
        return is_plain and self.encoding in {None, UTF_8}

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


def ungrouped(cells: list[str], mark: Thousands) -> list[str]:
    """Cells of which those that are numbers have no mark between thousands.

    Args:
        cells: of a row.
        mark: what stands between the thousands.
    """
    marks, fraction = _WRITTEN.get(mark, mark), "" if mark == "," else ","
    fraction += "" if mark == "." else "."
    number = _grouped(marks, fraction)
    return [
        re.sub(f"[{marks}]", "", cell.strip()) if number.fullmatch(cell) else cell
        for cell in cells
    ]


@cache
def _grouped(marks: str, fraction: str) -> re.Pattern[str]:
    """Numbers with one of some marks between thousands, before any fraction."""
    return re.compile(
        rf"\s*[+-]?[1-9][0-9]{{0,2}}(?:[{marks}][0-9]{{3}})+(?:[{fraction}][0-9]*)?\s*"
    )


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
