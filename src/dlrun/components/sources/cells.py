"""Which cells of a table are no numbers, told per column."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from dlrun.components.sources.class_names import BOOLEANS
from dlrun.components.sources.header import RowPlace
from dlrun.components.words import shown
from dlrun.errors import ConfigPath, Problem
from dlrun.writing import comma_cure, comma_kind, number_of

LIST_OTHERS = "list the other columns under features"
"""The cure where a config may choose among the columns."""
_MISSING = frozenset({"", "na", "n/a", "null", "none", "nan", "-", "?"})
_WORST_FIRST = (
    "decimal", "thousands", "either", "text", "missing", "boolean", "infinite",
)  # fmt: skip
_LARGEST = 3.4028235e38  # of float32


@dataclass(slots=True)
class _Column:
    """What was seen in a column so far."""

    counts: Counter[str] = field(default_factory=Counter)
    """How many cells there are of each kind."""
    first: dict[str, tuple[RowPlace, str]] = field(default_factory=dict)
    """Place and text of the first cell of each kind."""

    def add(self, place: RowPlace, cell: str) -> None:
        """Judge one cell."""
        kind = _kind(cell)
        self.counts[kind] += 1
        self.first.setdefault(kind, (place, cell))


def column_problems(
    path: ConfigPath,
    columns: Mapping[str, int],
    rows: Iterable[tuple[RowPlace, list[str]]],
) -> Iterator[Problem]:
    """Describe each column that holds something else than finite numbers.

    Args:
        path: what in the config says that they are read.
        columns: the names of the columns, with their places in a row.
        rows: where each row stands, and its cells.
    """
    seen = {name: _Column() for name in columns}
    for place, cells in rows:
        for name, index in columns.items():
            seen[name].add(place, cells[index].strip())
    for name, column in seen.items():
        if column.counts.keys() not in ({"number"}, {"boolean"}):
            kind = next(kind for kind in _WORST_FIRST if kind in column.counts)
            place, _ = column.first[kind]
            message, hint = _words(shown(name), column, kind)
            yield Problem(
                path,
                message,
                hint=hint,
                code="not-a-number",
                location=place.locate(columns[name]),
            )


def _words(name: str, column: _Column, kind: str) -> tuple[str, str]:
    """What is wrong with a column, and the cure."""
    place, cell = column.first[kind]
    first = f"first at {place}: {shown(cell)}"
    if kind == "text":
        return _text_words(name, column, first)
    if kind == "missing":
        return _missing_words(name, column, first)
    what, cure = {
        "decimal": (f"has decimal commas, {first}", "write decimal points"),
        "thousands": (
            f"has commas between thousands, {first}",
            "write the numbers without these commas",
        ),
        "either": (f"has commas in its numbers, {first}", str(comma_cure(cell))),
        "boolean": (
            f"mixes numbers and {shown(cell)}, first at {place}",
            "write all its cells as numbers, or all as True and False",
        ),
        "infinite": (
            f"is not finite, first at {place}: {cell}",
            f"use finite numbers up to {_LARGEST:.1e}",
        ),
    }[kind]
    return f"column {name} {what}", cure


def _missing_words(name: str, column: _Column, first: str) -> tuple[str, str]:
    if column.counts.keys() == {"missing"}:
        place, _ = column.first["missing"]
        return f"column {name} is empty, from {place} on", LIST_OTHERS
    number = column.counts["missing"]
    cells = f"{number} cell{'' if number == 1 else 's'} without a number"
    return f"column {name} has {cells}, {first}", "fill the cells, or remove the rows"


def _text_words(name: str, column: _Column, first: str) -> tuple[str, str]:
    if "number" in column.counts or "boolean" in column.counts:
        message = f"column {name} mixes numbers and text, {first}"
        return message, f"repair the cells, or {LIST_OTHERS}"
    hint = f"{LIST_OTHERS}, or turn the texts into numbers first"
    return f"column {name} is text, {first}", hint


def _kind(cell: str) -> str:
    if cell.lower() in _MISSING:
        return "missing"
    if cell.lower() in BOOLEANS:
        return "boolean"
    number = number_of(cell)
    if number is None:
        return comma_kind(cell) or "text"
    return "number" if abs(number) <= _LARGEST else "infinite"
