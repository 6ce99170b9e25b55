"""Numbers of other units in the validation rows."""

from __future__ import annotations

from collections.abc import Iterator
from math import inf
from typing import TYPE_CHECKING

from dlrun.components.words import shown
from dlrun.rows.lint.rule import LintRule, Oddity
from dlrun.writing import number

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from dlrun.rows.lint.linted_rows import LintedRows

_TIMES = 50
"""Centimetres and metres are 100 apart, bytes of an image and its shares 255."""
_ROWS_AT_LEAST = 10
_TAIL = 0.05
"""The share of rows at each end of a part that may lie within the other part."""
_ROWS = 2000
"""Rows of arrays that are looked at."""


def find(linted: LintedRows) -> Iterator[Oddity]:
    """Columns, or whole inputs, that are far larger in one part than in the other."""
    if linted.held is None:
        return
    for column in linted.columns:
        if not column.is_text:
            cells = column.train.astype("float64"), column.held.astype("float64")
            words = _other_units(*cells)
            if words:
                yield Oddity(
                    linted.divided.origins["validation"],
                    f"column {shown(column.name)} {words}",
                    "bring both to one unit, or " + linted.drop([column.name]),
                )
    for name, array in linted.arrays.items():
        words = _other_units(array[:_ROWS], linted.held.features[name][:_ROWS])
        if words:
            of = f"input {name}" if len(linted.arrays) > 1 else "the array of features"
            yield Oddity(
                linted.divided.origins["validation"],
                f"{of} {words}",
                "bring both files to one unit",
            )


def _other_units(train: NDArray[np.number], held: NDArray[np.number]) -> str | None:
    """What to say of numbers that differ by their units; None: they do not."""
    import numpy as np

    sizes = [np.abs(cells.reshape(-1)) for cells in (train, held)]
    sizes = [cells[np.isfinite(cells) & (cells > 0)] for cells in sizes]
    if min(map(len, sizes)) < _ROWS_AT_LEAST:
        return None
    middle = [float(np.median(cells)) for cells in sizes]
    less, more = (0, 1) if middle[0] < middle[1] else (1, 0)
    times = middle[more] / middle[less]
    if not _TIMES <= times < inf:
        return None
    if np.quantile(sizes[more], _TAIL) <= np.quantile(sizes[less], 1 - _TAIL):
        return None
    typical = [number(value) for value in middle]
    return (
        f"is {number(times)} times as {'large' if more else 'small'} in the validation "
        f"rows: its median size is {typical[1]} there, and {typical[0]} in the train "
        "rows, as of another unit"
    )


RULE = LintRule(
    "other-units",
    "numbers that are at least 50 times as large in the train rows as in the "
    "validation rows, or the reverse",
    find,
)
