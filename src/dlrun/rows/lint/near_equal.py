"""Columns that say the same."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
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

_TRIES = 50_000_000
"""Cells that may be compared of pairs which were not alike after all."""
_FELLOWS = 20
"""Columns of a bucket that one is compared with."""


def find(linted: LintedRows) -> Iterator[Oddity]:
    """Groups of columns of which one says what the others say."""
    for said, group in alike(linted.columns):
        names = [column.name for column in group]
        yield Oddity(
            linted.path_of(names[1]),
            f"columns {choices(map(shown, names))} say the same: {said}",
            linted.drop(names[1:]),
        )


def alike(
    columns: Sequence[LintedColumn],
) -> Iterator[tuple[str, list[LintedColumn]]]:
    """Groups of columns of which one says what the others say, and by what it is known.

    Args:
        columns: in their order; of each the sampled cells are looked at.
    """
    if not columns or len(columns[0].sample) < _ROWS_AT_LEAST:
        return
    groups = _Groups(len(columns))
    _join_correlated(columns, groups)
    _join_renamed(columns, groups)
    for said, group in groups.found():
        yield said, [columns[place] for place in group]


class _Groups:
    """Which columns are known to say the same, and by what."""

    def __init__(self, num_columns: int) -> None:
        import numpy as np

        self.of: NDArray[np.int64] = np.arange(num_columns)
        """`(columns,)` the group of each; at first it is alone."""
        self._said: dict[int, str] = {}

    def join(self, one: int, other: int, said: str) -> None:
        """Two columns say the same, and so do those of their groups."""
        kept, gone = int(self.of[one]), int(self.of[other])
        known = self._said.pop(gone, said)
        self._said.setdefault(kept, known)
        self.of[self.of == gone] = kept

    def found(self) -> Iterator[tuple[str, list[int]]]:
        """Groups of several, in the order of the table."""
        members: dict[int, list[int]] = {}
        for place, group in enumerate(self.of.tolist()):
            members.setdefault(group, []).append(place)
        for group, places in members.items():
            if group in self._said:
                yield self._said[group], places


def _join_correlated(columns: Sequence[LintedColumn], groups: _Groups) -> None:
    """Columns of numbers that are linear in each other."""
    import numpy as np

    places = [
        place
        for place, column in enumerate(columns)
        if not column.is_text and column.num_others >= _OTHERS_AT_LEAST
    ]
    tries, place_of = _TRIES, np.array(places, dtype="int64")
    for one, others, correlations in _candidates([columns[at] for at in places]):
        here = places[one]
        far = groups.of[place_of[others]] != groups.of[here]
        for other, correlation in zip(others[far], correlations[far], strict=True):
            there = places[other]
            if tries <= 0 or groups.of[here] == groups.of[there]:
                continue
            both = columns[here], columns[there]
            if not _is_alike(*both):
                tries -= len(both[0].codes)
                continue
            words = (
                "they are equal"
                if _same(*both)
                else f"their correlation is {correlation:.5f}"
            )
            groups.join(here, there, f"{words} in {len(both[0].codes)} rows")


def _same(one: LintedColumn, other: LintedColumn) -> bool:
    import numpy as np

    return np.array_equal(one.numbers, other.numbers, equal_nan=True)


def _candidates(
    columns: Sequence[LintedColumn],
) -> Iterator[tuple[int, NDArray[np.int64], NDArray[np.float64]]]:
    """Each column with those behind it to which it is near, gaps taken for means."""
    import numpy as np

    if len(columns) <= 1:
        return
    rows = len(columns[0].sampled)
    taken = max(200, min(rows, _WORK // len(columns) ** 2))
    step = max(1, rows // taken)
    table = np.empty((len(columns), len(range(0, rows, step))), dtype="float32")
    for start in range(0, len(columns), _BLOCK):
        some = [one.numbers[::step] for one in columns[start : start + _BLOCK]]
        table[start : start + len(some)] = _standard(np.stack(some))
    for start in range(0, len(columns), _BLOCK):
        found = table[start : start + _BLOCK] @ table[start:].T
        ones, others = np.nonzero(np.abs(found) > _CORRELATION)
        for one in np.unique(ones).tolist():
            near = others[(ones == one) & (others > one)]
            correlations = found[one, near].astype("float64").clip(-1, 1)
            yield start + one, start + near, correlations


def _standard(numbers: NDArray[np.float64]) -> NDArray[np.float64]:
    """`(columns, rows)` with mean 0 and length 1; zeros for a constant."""
    import numpy as np

    is_there = ~np.isnan(numbers)
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        known = np.where(is_there, numbers, 0.0)
        known -= known.sum(axis=1, keepdims=True) / is_there.sum(axis=1, keepdims=True)
        known[~is_there] = 0.0
        known /= np.abs(known).max(axis=1, keepdims=True)
        known /= np.sqrt((known**2).sum(axis=1, keepdims=True))
    known[~np.isfinite(known).all(axis=1)] = 0.0
    return known


def _is_alike(one: LintedColumn, other: LintedColumn) -> bool:
    """Whether gaps stand in the same rows, and ranks are alike, too."""
    import numpy as np

    gaps = [np.isnan(column.numbers) for column in (one, other)]
    if np.mean(gaps[0] != gaps[1]) > _UNLIKE:
        return False
    there = ~(gaps[0] | gaps[1])
    ranks = [mid_ranks(column.numbers[there]) for column in (one, other)]
    return abs(float(np.corrcoef(ranks[0], ranks[1])[0, 1])) > _OF_RANKS


def _join_renamed(columns: Sequence[LintedColumn], groups: _Groups) -> None:
    """Columns of categories that differ by the names of these alone.

    Where so few rows differ, a part of the rows is free of differences: only columns
    that have the same pattern in such a part are compared.
    """
    few = [place for place, column in enumerate(columns) if _is_of_categories(column)]
    if not few:
        return
    rows = len(columns[few[0]].codes)
    parts = int(_UNLIKE * rows) + 1
    buckets: dict[tuple[int, bytes], list[int]] = {}
    for place in few:
        for key in enumerate(_patterns(columns[place], parts)):
            fellows = buckets.setdefault(key, [])
            for fellow in fellows:
                if groups.of[place] == groups.of[fellow]:
                    break
                if _is_renamed(columns[fellow], columns[place]):
                    counted = len(set(columns[place].codes.tolist()))
                    said = f"{counted} categories under two names in {rows} rows"
                    groups.join(fellow, place, said)
                    break
            else:
                if len(fellows) < _FELLOWS:
                    fellows.append(place)


def _patterns(column: LintedColumn, parts: int) -> Iterator[bytes]:
    """Per part of the rows, which of them are of one category, whatever its name."""
    import numpy as np

    for codes in np.array_split(column.codes, parts):
        _, firsts, places = np.unique(codes, return_index=True, return_inverse=True)
        yield firsts[places].astype("int32").tobytes()


def _is_of_categories(column: LintedColumn) -> bool:
    """Whether it has so few values that they are categories."""
    rows = len(column.sampled)
    if not column.is_text and column.num_codes > _MOST_VALUES:
        return False
    is_few = column.num_codes * _ROWS_PER_CATEGORY <= rows
    return is_few and column.num_others >= _OTHERS_AT_LEAST


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
