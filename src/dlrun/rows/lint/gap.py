"""Gaps that depend on the label."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import dlrun.rows.lint.chance as by
from dlrun.components.words import shown
from dlrun.rows.lint.linted_column import LintedColumn, mid_ranks
from dlrun.rows.lint.rule import LintRule, Oddity
from dlrun.writing import number

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from dlrun.components.encoders import ColumnEncoder
    from dlrun.rows.lint.linted_rows import LintedRows
    from dlrun.rows.lint.target import Target

_POINTS = 0.1
"""Shares of gaps, or of pairs of rows, must differ so much to matter."""
_EXPECTED = 5
"""Rows that must be expected of each kind for the test to hold."""


def find(linted: LintedRows) -> Iterator[Oddity]:
    """Columns whose gaps depend on a label, of which a model would not learn."""
    empty = [column for column in linted.columns if column.gaps.any()]
    border = by.unlikely_from(len(empty) * len(linted.targets))
    for column in empty:
        if _is_told(column):
            continue
        words = (_words(column, target, border) for target in linted.targets)
        said = next(filter(None, words), None)
        if said:
            encoders = [_telling(one) for one in column.encoders]
            told = encoders[0] if len(encoders) == 1 else encoders
            yield Oddity(
                linted.path_of(column.name),
                f"the gaps of column {shown(column.name)} depend on {said}; once they "
                "are filled, a model does not see that",
                "drop it if the gap comes after the label; else "
                + linted.write({column.name: told}),
            )


def _is_told(column: LintedColumn) -> bool:
    """Whether a model gets a number that says that there was a gap."""
    return any(
        getattr(one, "indicator", False) or getattr(one, "missing", "error") != "error"
        for one in column.encoders
    )


def _telling(encoder: ColumnEncoder) -> object:
    """The encoder, changed to tell gaps where it fills them."""
    is_filling = "indicator" in type(encoder).model_fields
    return encoder.with_arguments({"indicator": True} if is_filling else {})


def _words(column: LintedColumn, target: Target, border: float) -> str | None:
    if target.classes is None:
        return _of_numbers(column.gaps, target, border)
    return _of_classes(column.gaps, target, border)


def _of_classes(gaps: NDArray[np.bool_], target: Target, border: float) -> str | None:
    """The classes with the most and the least gaps; None: as chance has it."""
    import numpy as np

    classes = target.train.astype("int64")
    rows = np.bincount(classes)
    empty = np.bincount(classes, gaps, minlength=len(rows)).astype("int64")
    share = float(gaps.mean())
    able = np.flatnonzero(rows * min(share, 1 - share) >= _EXPECTED)
    if len(able) <= 1 or not 0 < empty[able].sum() < rows[able].sum():
        return None
    counts = np.stack([empty[able], rows[able] - empty[able]])
    totals = rows[able]
    shares = counts[0] / totals
    most, least = int(shares.argmax()), int(shares.argmin())
    is_by_chance = by.homogeneity(counts) <= border
    if is_by_chance or shares[most] - shares[least] < _POINTS:
        return None
    names = [shown((target.classes or ())[int(able[place])]) for place in (most, least)]
    label = target.label if target.name else "the class"
    return (
        f"{label}: {shares[most]:.0%} of the {totals[most]} train rows of {names[0]} "
        f"have one, {shares[least]:.0%} of the {totals[least]} of {names[1]}"
    )


def _of_numbers(gaps: NDArray[np.bool_], target: Target, border: float) -> str | None:
    """The mean labels of rows with and without a gap; None: as chance has it."""
    import numpy as np

    count = int(np.count_nonzero(gaps))
    if min(count, len(gaps) - count) < 2 * _EXPECTED:
        return None
    share, unlikely = by.rank_sum(mid_ranks(target.train), gaps)
    if unlikely <= border or abs(share - 0.5) < _POINTS:
        return None
    means = [number(float(target.train[rows].mean())) for rows in (gaps, ~gaps)]
    return (
        f"{target.label}: its mean is {means[0]} in the {count} train rows that have "
        f"one, and {means[1]} in the others"
    )


RULE = LintRule(
    "gaps-tell-label",
    "gaps that depend on the label, by chance in one of 1,000 tables, and that a model "
    "gets filled without an indicator",
    find,
)
