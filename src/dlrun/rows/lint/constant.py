"""Columns that are the same in every train row."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from dlrun.components.words import shown
from dlrun.data.typed import number_text
from dlrun.rows.lint.rule import LintRule, Oddity
from dlrun.writing import choices

if TYPE_CHECKING:
    from dlrun.rows.lint.linted_column import LintedColumn
    from dlrun.rows.lint.linted_rows import LintedRows

_NAMED = 5


def find(linted: LintedRows) -> Iterator[Oddity]:
    """Columns of which a model gets the same numbers in every train row."""
    found = [column for column in linted.columns if _is_constant(column)]
    if not found:
        return
    rows, names = len(linted.train), [column.name for column in found]
    words = f"column {shown(names[0])} {_words(found[0], rows)}: nothing can be learned"
    if len(found) > 1:
        words = (
            f"{len(found)} columns are the same in all {rows} train rows, as encoded: "
            f"{choices(map(shown, names), most=_NAMED)}: nothing can be learned"
        )
    yield Oddity(
        linted.path_of(names[0]),
        f"{words} of {'it' if len(found) == 1 else 'them'}",
        linted.drop(names),
    )


def _is_constant(column: LintedColumn) -> bool:
    encoded = column.encoded
    if encoded is None or len(encoded) <= 1 or not encoded.shape[1]:
        return False
    if (encoded[0] != encoded[-1]).any():
        return False  # Most columns are told by their ends.
    return bool((encoded.min(axis=0) == encoded.max(axis=0)).all())


def _words(column: LintedColumn, rows: int) -> str:
    there = column.train[~column.gaps]
    values = set(there[:1].tolist()) | set(there.tolist())
    if not values:
        return f"is empty in all {rows} train rows"
    if len(values) == 1:
        value = _shown(next(iter(values)))
        gaps = rows - len(there)
        rest = f" that have no gap, as {gaps} have" if gaps else ""
        return f"is {value} in all {len(there)} train rows{rest}"
    some = choices(map(_shown, list(values)[:3]))
    return (
        f"becomes the same in all {rows} train rows, though it has "
        f"{len(values)} values, as {some}"
    )


def _shown(value: object) -> str:
    return number_text(value) if isinstance(value, float) else shown(value)


RULE = LintRule(
    "constant-column", "a column that is the same in every train row, as encoded", find
)
