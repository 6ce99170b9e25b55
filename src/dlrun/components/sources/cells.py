"""Which cells of a table are no numbers, told per column."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from dlrun.components.words import flow, shown
from dlrun.data.columns import BOOLEANS
from dlrun.data.date_text import date_formats
from dlrun.data.dialect import number_in
from dlrun.data.entries import rename_cure
from dlrun.data.table_file import RowPlace
from dlrun.errors import ConfigPath, Problem
from dlrun.writing import comma_cure, comma_kind, number_of
from dlrun.writing.flow import paste

LIST_OTHERS = "list the other columns under features"
"""The cure where a config may choose among the columns."""
_MISSING = frozenset({"", "na", "n/a", "null", "none", "nan", "-", "?"})
_WORST_FIRST = (
    "decimal", "point", "thousands", "points", "either", "text", "missing", "boolean",
    "infinite",
)  # fmt: skip
_GROUPED = "thousands"
_SWAPPED = str.maketrans(".,", ",.")
"""For numbers such as `1.000,5`, which other countries write `1,000.5`."""
_LARGEST = 3.4028235e38  # of float32
_CATEGORIES_AT_MOST = 100
"""A column of more texts is no column of categories."""
_MANY_ROWS = 20
"""Of fewer rows nobody knows whether all differ because they are named."""
_TEXT_SHARE = 0.05
"""Of cells that are no numbers; fewer are mistakes in a column of numbers."""
_REPEATS = 5
"""So often each name comes, on average, where some names are numbers."""
_WORDS = 4
"""A column of so many words per cell holds texts, not categories."""
_NUMBERS = [{"impute": "median"}, "scale"]
_CURES: Mapping[frozenset[str], object] = {
    frozenset({"boolean", "missing"}): {"impute": "most_frequent"},
    frozenset({"number", "missing"}): _NUMBERS,
}
"""What to write for a column, by the kinds of its cells. Whatever is written takes new
rows with gaps, and with categories that nobody has seen, which files have sooner or
later."""
PASTE = "write under data:"
"""How the cure of columns that need encoders begins."""
OTHERS = {"*": _NUMBERS}
"""What it says of numbers that need none, of which nobody knows whether they are small.
"""
UNDER_SOURCE = "under the source"
"""Where the cure of an unusual mark for gaps belongs."""
DECIMAL_COMMAS = f'write decimal: "," {UNDER_SOURCE}, or decimal points in the file'
"""The cure where a config may say how numbers are written."""


@dataclass(slots=True)
class _Column:
    """What was seen in a column so far."""

    counts: Counter[str] = field(default_factory=Counter)
    """How many cells there are of each kind."""
    first: dict[str, tuple[RowPlace, str]] = field(default_factory=dict)
    """Place and text of the first cell of each kind."""

    cells: Counter[str] = field(default_factory=Counter)
    """How often each cell was seen that is no gap; some of them where they are many."""
    words: int = 0
    """How many words the texts have together."""
    dates: frozenset[str] | None = None
    """The ways to write dates that all texts follow; `None`: there is no text."""
    have_hours: bool = False
    """Whether one of these has a time of day."""

    def add(self, place: RowPlace, cell: str, kind: str) -> None:
        """Take one cell."""
        self.counts[kind] += 1
        self.first.setdefault(kind, (place, cell))
        if kind == "text":
            if self.dates is None or self.dates:
                forms = date_formats(cell)
                self.dates = forms if self.dates is None else self.dates & forms
            self.have_hours = self.have_hours or ":" in cell
            self.words += len(cell.split())
        known = cell in self.cells or len(self.cells) <= _CATEGORIES_AT_MOST
        if kind != "missing" and known:
            self.cells[cell] += 1

    def worst(self) -> str:
        """The kind of its cells that is told."""
        return next(kind for kind in _WORST_FIRST if kind in self.counts)

    def first_line(self) -> int:
        """Where the cell stands that is told."""
        return self.first[self.worst()][0].line

    def cure(self) -> object:
        """What to write for it in `data.columns`; None: that cures nothing."""
        kinds = self.counts.keys()
        if self.dates and kinds <= {"text", "missing"}:
            return self._as_dates(min(self.dates))
        if kinds == {"missing"}:
            return "drop"
        if "text" in kinds and kinds <= {"text", "missing", "number", "boolean"}:
            return self._as_texts()
        return _CURES.get(frozenset(kinds))

    def _as_texts(self) -> object:
        """As categories, as texts, or not at all."""
        rows = self.counts.total() - self.counts["missing"]
        are_many = len(self.cells) > _CATEGORIES_AT_MOST
        if self.counts.keys() & {"number", "boolean"}:
            return self._as_categories() if self._has_mixed_names() else None
        if are_many and self.words >= _WORDS * rows:
            words = {"max_tokens": 1000, "output_mode": "multi_hot"}
            return {"text": {**words, "missing": "ignore"}}
        is_name = rows >= _MANY_ROWS and len(self.cells) == rows
        return "drop" if are_many or is_name else self._as_categories()

    def _has_mixed_names(self) -> bool:
        """Whether numbers are names, too, as in `4`, `f`, `r`: few, and each often."""
        rows = self.counts.total() - self.counts["missing"]
        is_often = rows >= max(_MANY_ROWS, _REPEATS * len(self.cells))
        is_text = self.counts["text"] >= _TEXT_SHARE * rows
        return is_often and is_text and not self.cells.keys() & _MISSING

    def _as_categories(self) -> object:
        """Gaps are a category of their own where there are some to learn it from."""
        missing = "category" if "missing" in self.counts else "ignore"
        return {"one_hot": {"missing": missing, "unknown": "ignore"}}

    def _as_dates(self, form: str) -> object:
        parts = ["year", "month", "weekday", *["hour"] * self.have_hours]
        written = {"parts": parts, "format": form} if form else parts
        return [{"impute": "most_frequent"}, {"date": written}, "scale"]

    @property
    def odd_gap(self) -> str | None:
        """A sign for a gap that few programs write."""
        cell = self.first["missing"][1] if "missing" in self.first else None
        return cell if cell in {"-", "?"} else None


def column_problems(
    path: ConfigPath,
    columns: Mapping[str, int],
    rows: Iterable[tuple[RowPlace, Sequence[str]]],
    gaps: frozenset[str] | None = None,
) -> Iterator[Problem]:
    """Describe each column that holds something else than finite numbers.

    Args:
        path: what in the config says that they are read; where gaps are no mistakes,
            the name of the column follows.
        columns: the names of the columns, with their places in a row.
        rows: where each row stands, and its cells.
        gaps: what marks a gap, which is then no mistake; `None`: gaps are mistakes.
    """
    seen = {name: _Column() for name in columns}
    for place, cells in rows:
        for name, index in columns.items():
            cell = cells[index].strip()
            is_gap = cell.lower() in _MISSING if gaps is None else cell in gaps
            kind = "missing" if is_gap else _kind(cell, place.table.has_commas)
            seen[name].add(place, cell, kind)
    allowed = {"missing"} if gaps is not None else set[str]()
    wrong = {
        name: column
        for name, column in seen.items()
        if column.counts.keys() - allowed not in ({"number"}, {"boolean"})
    }
    fine = [column for name, column in seen.items() if name not in wrong]
    has_others = any("number" in column.counts for column in fine)
    told = _with_encoders(wrong)
    if gaps is None:
        told = _without_encoders(wrong, OTHERS if has_others else {})
    for (name, column), (message, hint) in zip(wrong.items(), told, strict=True):
        place, _ = column.first[column.worst()]
        yield Problem(
            path if gaps is None else (*path, name),
            message,
            hint=hint,
            code="not-a-number",
            location=place.locate(columns[name]),
        )


def _without_encoders(
    wrong: Mapping[str, _Column], others: Mapping[str, object]
) -> Iterator[tuple[str, str | None]]:
    """The first in the file that encoders cure has the lines for all columns."""
    cures = {
        name: cure
        for name, column in wrong.items()
        if (cure := column.cure()) and "*" not in name
    }
    signs = {sign for column in wrong.values() if (sign := column.odd_gap)}
    first = min(cures, key=lambda name: wrong[name].first_line(), default=None)
    missing = f", and missing: {flow([*sorted(signs), 'NA'])} {UNDER_SOURCE}"
    cure = paste("data", {"columns": {**cures, **others}}, missing if signs else "")
    for name, column in wrong.items():
        message, hint = _words(shown(name), column, column.worst())
        own = rename_cure([name]) or (None if name in cures else hint)
        yield message, cure if name == first else own


def without_others(hint: str) -> str:
    """A cure that says nothing of numbers that need no encoder."""
    others = f'"*": {flow(_NUMBERS)}'
    return hint.replace(f", {others}}}", "}").replace(f"\n    {others}", "")


def _with_encoders(wrong: Mapping[str, _Column]) -> Iterator[tuple[str, str | None]]:
    """Columns that were to be numbers, but for their gaps."""
    for name, column in wrong.items():
        message, hint = _words(shown(name), column, column.worst())
        cure = column.cure() if column.worst() == "text" else None
        if cure is not None:
            hint = f"write {flow(name)}: {flow(cure)}"
        elif column.worst() == "text":
            cell = flow([column.first["text"][1], "NA"])
            hint = f"repair the cells; or write missing: {cell} {UNDER_SOURCE} if "
            hint += "that means a gap"
        yield message, hint


def _words(name: str, column: _Column, kind: str) -> tuple[str, str]:
    """What is wrong with a column, and the cure."""
    place, cell = column.first[kind]
    first = f"first at {place}: {shown(cell)}"
    if kind == "text":
        return _text_words(name, column, first)
    if kind == "missing":
        return _missing_words(name, column, first)
    what, cure = {
        "decimal": (
            f"has decimal commas, {first}",
            DECIMAL_COMMAS,
        ),
        "point": (
            f"has decimal points where others have decimal commas, {first}",
            f'write decimal: "." {UNDER_SOURCE}, or one of both in the file',
        ),
        "thousands": (
            f"has commas between thousands, {first}",
            _of_thousands(","),
        ),
        "points": (
            f"has points between thousands, {first}",
            _of_thousands("."),
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


def _of_thousands(mark: str) -> str:
    return f'write thousands: "{mark}" {UNDER_SOURCE}, or the numbers without it'


def _missing_words(name: str, column: _Column, first: str) -> tuple[str, str]:
    if column.counts.keys() == {"missing"}:
        place, _ = column.first["missing"]
        return f"column {name} is empty, from {place} on", LIST_OTHERS
    number = column.counts["missing"]
    cells = f"{number} cell{'' if number == 1 else 's'} without a number"
    return f"column {name} has {cells}, {first}", "fill the cells, or remove the rows"


def _text_words(name: str, column: _Column, first: str) -> tuple[str, str]:
    gaps = column.counts["missing"]
    if "number" in column.counts or "boolean" in column.counts:
        message = f"column {name} mixes numbers and text, {first}"
        return message, f"repair the cells, or {LIST_OTHERS}"
    number = f" with {gaps} gap{'' if gaps == 1 else 's'}" if gaps else ""
    return f"column {name} is text{number}, {first}", LIST_OTHERS


def _kind(cell: str, has_commas: bool) -> str:
    """What a cell is that is no gap."""
    if cell.lower() in BOOLEANS:
        return "boolean"
    number = number_in(cell, has_commas=has_commas)
    swapped = cell.translate(_SWAPPED)
    if number is None and number_of(cell) is None and comma_kind(swapped) == _GROUPED:
        return "points"
    if number is None and has_commas:
        return "point" if number_of(cell) is not None else "text"
    if number is None:
        return comma_kind(cell) or "text"
    return "number" if abs(number) <= _LARGEST else "infinite"
