"""Columns that say the same."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from typing import TYPE_CHECKING

from dlrun.components.words import choices, shown
from dlrun.rows.lint.linted_column import LintedColumn, mid_ranks
from dlrun.rows.lint.rule import LintRule, Oddity

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from dlrun.rows.lint.linted_rows import LintedRows

_CORRELATION = 0.999
_OF_RANKS = 0.99
"""What is not alike in its ranks is alike in a few extreme rows alone."""
_UNLIKE = 0.001
"""The share of rows in which two columns may differ and still say the same."""
_ROWS_AT_LEAST = 20
_OTHERS_AT_LEAST = 5
"""Rows that must not have the most frequent value: few ones may meet by chance."""
_ROWS_PER_CATEGORY = 5
_MOST_VALUES = 50
_WORK = 20_000_000_000
"""Multiplications that correlations may take; wide tables are known by fewer rows."""
_BLOCK = 512

_Pair = tuple[int, int]


def find(linted: LintedRows) -> Iterator[Oddity]:
    """Groups of columns of which one says what the others say."""
    if len(linted.sample) < _ROWS_AT_LEAST:
        return
    columns = linted.columns
    words = dict(_correlated(columns))
    words |= {pair: said for pair, said in _renamed(columns) if pair not in words}
    for group in _groups(words):
        names = [columns[place].name for place in group]
        first = next(said for pair, said in words.items() if pair[0] in group)
        yield Oddity(
            linted.path_of(names[1]),
            f"columns {choices(map(shown, names))} say the same: {first}",
            linted.drop(names[1:]),
        )


def _groups(pairs: Mapping[_Pair, str]) -> list[list[int]]:
    """Columns that are held together by pairs, in the order of the table."""
    group_of: dict[int, set[int]] = {}
    for pair in pairs:
        joined = {*pair}.union(*(group_of.get(one, {one}) for one in pair))
        group_of |= dict.fromkeys(joined, joined)
    return [
        sorted(group)
        for place, group in sorted(group_of.items())
        if place == min(group)
    ]


def _correlated(columns: Sequence[LintedColumn]) -> Iterator[tuple[_Pair, str]]:
    """Pairs of columns of numbers that are linear in each other."""
    places = [place for place, column in enumerate(columns) if not column.is_text]
    for one, other, correlation in _candidates([columns[place] for place in places]):
        pair = places[one], places[other]
        both = [columns[place] for place in pair]
        if all(column.num_others >= _OTHERS_AT_LEAST for column in both) and _is_alike(
            *both
        ):
            is_same = _same(*both)
            words = (
                "they are equal"
                if is_same
                else f"their correlation is {correlation:.5f}"
            )
            yield pair, f"{words} in {len(both[0].codes)} rows"


def _same(one: LintedColumn, other: LintedColumn) -> bool:
    import numpy as np

    return np.array_equal(one.numbers, other.numbers, equal_nan=True)


def _candidates(columns: Sequence[LintedColumn]) -> Iterator[tuple[int, int, float]]:
    """Pairs whose correlation is far enough from 0, gaps taken for means."""
    import numpy as np

    if len(columns) <= 1:
        return
    rows = len(columns[0].sampled)
    taken = max(200, min(rows, _WORK // len(columns) ** 2))
    step = max(1, rows // taken)
    table = np.stack([_standard(column.numbers[::step]) for column in columns])
    for start in range(0, len(columns), _BLOCK):
        found = table[start : start + _BLOCK] @ table.T
        near = np.abs(found) > _CORRELATION
        for one, other in np.argwhere(near).tolist():
            if start + one < other:
                yield start + one, other, float(np.clip(found[one, other], -1, 1))


def _standard(numbers: NDArray[np.float64]) -> NDArray[np.float64]:
    """`(rows,)` with mean 0 and length 1; zeros for a constant."""
    import numpy as np

    is_there = ~np.isnan(numbers)
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        mean = numbers[is_there].mean() if is_there.any() else 0.0
        numbers = np.where(is_there, numbers - mean, 0.0)
        size = np.abs(numbers).max(initial=0.0)
        numbers /= size
        numbers /= np.sqrt((numbers**2).sum())
    return numbers if np.isfinite(numbers).all() else np.zeros(len(numbers))


def _is_alike(one: LintedColumn, other: LintedColumn) -> bool:
    """Whether gaps stand in the same rows, and ranks are alike, too."""
    import numpy as np

    gaps = [np.isnan(column.numbers) for column in (one, other)]
    if np.mean(gaps[0] != gaps[1]) > _UNLIKE:
        return False
    there = ~(gaps[0] | gaps[1])
    ranks = [mid_ranks(column.numbers[there]) for column in (one, other)]
    return abs(float(np.corrcoef(ranks[0], ranks[1])[0, 1])) > _OF_RANKS


def _renamed(columns: Sequence[LintedColumn]) -> Iterator[tuple[_Pair, str]]:
    """Pairs of columns of categories that differ by the names of these alone."""
    few = [place for place, column in enumerate(columns) if _is_of_categories(column)]
    counts = {place: _counts(columns[place]) for place in few}
    for pair in combinations(few, 2):
        one, other = (counts[place] for place in pair)
        rows = int(one.sum())
        if len(one) != len(other) or abs(one - other).sum() > 2 * _UNLIKE * rows:
            continue
        if _is_renamed(*(columns[place] for place in pair)):
            yield pair, f"{len(one)} categories under two names in {rows} rows"


def _is_of_categories(column: LintedColumn) -> bool:
    """Whether it has so few values that they are categories."""
    rows = len(column.sampled)
    if not column.is_text and column.num_codes > _MOST_VALUES:
        return False
    is_few = column.num_codes * _ROWS_PER_CATEGORY <= rows
    return is_few and column.num_others >= _OTHERS_AT_LEAST


def _counts(column: LintedColumn) -> NDArray[np.int64]:
    """How many rows the categories have, the most frequent first."""
    import numpy as np

    counts = np.bincount(column.codes)
    return np.sort(counts[counts > 0])[::-1]


def _is_renamed(one: LintedColumn, other: LintedColumn) -> bool:
    import numpy as np

    table = np.bincount(
        one.codes * other.num_codes + other.codes,
        minlength=one.num_codes * other.num_codes,
    ).reshape(one.num_codes, other.num_codes)
    least = (1 - _UNLIKE) * len(one.codes)
    return bool(table.max(axis=0).sum() >= least and table.max(axis=1).sum() >= least)


RULE = LintRule(
    "near-equal-columns",
    "columns that are copies, linear in each other (a correlation above 0.999, or "
    "below -0.999), or have the same categories under other names",
    find,
)
