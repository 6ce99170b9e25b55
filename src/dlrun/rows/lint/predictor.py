"""A column that tells the label by itself."""

from __future__ import annotations

from collections.abc import Iterator
from math import sqrt
from typing import TYPE_CHECKING

from dlrun.components.words import shown
from dlrun.rows.lint.linted_column import LintedColumn, mid_ranks
from dlrun.rows.lint.rule import LintRule, Oddity

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from dlrun.rows.lint.linted_rows import LintedRows

_FOLDS = 5
_SEED = tuple(b"folds")
_ROWS_AT_LEAST = 30
_ROWS_PER_BIN = 10
_ROWS_PER_CLASS_BIN = 5
_MOST_BINS = 512
_CATEGORIES = 20
_PIECES = 6
"""A rule with more categories, or of many numbers with more pieces, has learned names
by heart, of patients or of days; so has a mean of more intervals."""
_ERRORS_LEFT = 0.04
"""Of the mistakes of the most frequent class the rule makes at most this share."""
_AT_WORST = 0.1
"""The same, two standard errors above what was counted."""
_GAPS_APART = 3
"""Changes that come of where gaps are put, at most."""
_R2 = 0.98
_OF_FOLDS = (_FOLDS / (_FOLDS - 1)) ** 2
"""How many times larger squares are about a mean of other folds, at most."""
_LARGEST_COUNT = 1_000_000
"""Cells of a table of folds, bins and classes that is still counted."""


def find(linted: LintedRows) -> Iterator[Oddity]:
    """Columns whose bins, or categories, tell rows that they were not counted on."""
    window = linted.data.window
    for target in linted.targets:
        labels = linted.sampled(target)
        for column in linted.columns:
            if window is not None and not window.knows(column.name):
                continue  # Of windows it is the past that is a feature.
            classes = None if target.classes is None else len(target.classes)
            words = how_told(column, labels, classes)
            if words:
                yield Oddity(
                    linted.path_of(column.name),
                    f"column {shown(column.name)} alone tells {target.label}: {words}",
                    "if nobody knows it before the label, "
                    + linted.drop([column.name]),
                )


def how_told(
    column: LintedColumn, labels: NDArray[np.float64], classes: int | None
) -> str | None:
    """How well a column tells the label alone; `None`: not nearly without mistakes.

    Args:
        column: any of a table.
        labels: `(sampled rows,)` numbers; of classes their indices.
        classes: how many there are; `None`: labels are numbers.
    """
    if len(labels) < _ROWS_AT_LEAST:
        return None
    if classes is None:
        return _order_told(column, labels, _folds(len(labels)))
    whole = labels.astype("int64")
    if not column.is_text and _is_mixed(column.numbers, whole, classes):
        return None
    return _class_told(column, whole, _folds(len(labels)), classes)


def _folds(rows: int) -> NDArray[np.int64]:
    import numpy as np

    return np.random.default_rng(_SEED).permutation(rows) % _FOLDS


def _is_mixed(
    cells: NDArray[np.float64], labels: NDArray[np.int64], classes: int
) -> bool:
    """Whether classes change more often along the numbers than any told ones can.

    Between as many pieces as a rule may have they change once each, and at each mistake
    twice. Most columns are told apart from the label by this alone, in a fifth of the
    time; equal numbers are sorted by class, gaps are behind all.
    """
    import numpy as np

    by_class = np.argsort(labels, kind="stable")
    order = by_class[np.argsort(cells[by_class], kind="stable")]
    changes = np.count_nonzero(np.diff(labels[order]))
    most, others = max(_CATEGORIES, 3 * classes), len(labels) - _largest(labels)
    # Folds may take another class for the most frequent one: it has hardly fewer rows.
    mistakes = _ERRORS_LEFT * min(len(labels), 2 * others + _FOLDS)
    return bool(changes > most + _GAPS_APART + 2 * mistakes)


def _largest(labels: NDArray[np.int64]) -> int:
    import numpy as np

    return int(np.bincount(labels).max())


def _class_told(
    column: LintedColumn,
    labels: NDArray[np.int64],
    folds: NDArray[np.int64],
    classes: int,
) -> str | None:
    """How well a class per bin tells other rows; None: not nearly perfectly.

    Of each fifth of the rows the others say which class is the most frequent of a bin.
    """
    import numpy as np

    classes = max(classes, int(labels.max()) + 1)
    most = max(_CATEGORIES, 3 * classes)
    bins = _bins(column, most, min(_MOST_BINS, len(labels) // _ROWS_PER_CLASS_BIN))
    if bins is None:
        return None
    if _FOLDS * (int(bins.max()) + 1) * classes > _LARGEST_COUNT:
        return None
    right, base, pieces = _right_of_bins(bins, labels, folds)
    few = most if len(pieces) <= most else max(_PIECES, 2 * classes)
    if 1 + np.count_nonzero(np.diff(pieces)) > few:
        right = 0
    if not column.is_text and len(np.unique(labels)) == len(("no", "yes")):
        right = max(right, _right_of_split(column.numbers, labels, folds))
    wrong = len(labels) - right
    at_worst = wrong + 2 * sqrt(wrong + 1)
    if wrong > _ERRORS_LEFT * base or at_worst > _AT_WORST * base:
        return None
    return (
        f"a class per {'category' if column.is_text else 'interval'} is right for "
        f"{_percent(right, len(labels))} of {len(labels)} rows that it was not "
        f"learned on, the most frequent class for {_percent(-base, len(labels))}"
    )


def _right_of_bins(
    bins: NDArray[np.int64], labels: NDArray[np.int64], folds: NDArray[np.int64]
) -> tuple[int, int, NDArray[np.int64]]:
    """How many rows the most frequent class of their bin tells, by the other folds.

    Returns:
        The rows that it tells; those that the most frequent class of all does not tell;
        and the most frequent class of each bin.
    """
    import numpy as np

    width, classes = int(bins.max()) + 1, int(labels.max()) + 1
    flat = (folds * width + bins) * classes + labels
    counts = np.bincount(flat, minlength=_FOLDS * width * classes)
    counts = counts.reshape(_FOLDS, width, classes)
    others = counts.sum(axis=0) - counts
    frequent = others.sum(axis=1).argmax(axis=1)
    base = len(labels) - int(counts.sum(axis=1)[np.arange(_FOLDS), frequent].sum())
    told = np.where(others.any(axis=2), others.argmax(axis=2), frequent[:, None])
    right = int(np.take_along_axis(counts, told[..., None], axis=2).sum())
    pooled = counts.sum(axis=0)
    return right, base, pooled[pooled.any(axis=1)].argmax(axis=1)


def _right_of_split(
    cells: NDArray[np.float64], labels: NDArray[np.int64], folds: NDArray[np.int64]
) -> int:
    """How many rows the best split of the other folds tells; gaps are below all."""
    import numpy as np

    order = np.argsort(np.where(np.isnan(cells), -np.inf, cells), kind="stable")
    known, folds = cells[order], folds[order]
    signs = np.where(labels[order] == labels.max(), 1, -1)
    may_split = np.append(known[1:] != known[:-1], True)
    others = np.where(np.arange(_FOLDS)[:, None] == folds, 0, signs)
    below = np.cumsum(others, axis=1)
    gain = np.where(may_split, 2 * below - below[:, -1:], 0)
    places = np.abs(gain).argmax(axis=1)
    of_below = np.sign(gain[np.arange(_FOLDS), places])
    told = np.where(np.arange(len(cells)) <= places[folds], 1, -1) * of_below[folds]
    return int(np.count_nonzero(told == signs))


def _percent(count: int, rows: int) -> str:
    """A share of rows; a negative count is that of the others. Rounded down."""
    share = count / rows if count >= 0 else 1 + count / rows
    return f"{int(1000 * share) / 10:g} %"


def _order_told(
    column: LintedColumn, labels: NDArray[np.float64], folds: NDArray[np.int64]
) -> str | None:
    """How well a mean per bin tells the ranks of other labels; None: not nearly."""
    import numpy as np

    ranks = mid_ranks(labels)
    if np.ptp(labels) == 0 or (not column.is_text and _is_rough(column.numbers, ranks)):
        return None
    bins = _bins(column, _CATEGORIES, min(_CATEGORIES, len(labels) // _ROWS_PER_BIN))
    if bins is None:
        return None
    width = int(bins.max()) + 1
    flat = folds * width + bins
    counts = np.bincount(flat, minlength=_FOLDS * width).reshape(_FOLDS, width)
    sums = np.bincount(flat, ranks, minlength=_FOLDS * width).reshape(_FOLDS, width)
    others, totals = counts.sum(axis=0) - counts, sums.sum(axis=0) - sums
    means = totals.sum(axis=1) / np.maximum(1, others.sum(axis=1))
    told = np.where(others > 0, totals / np.maximum(1, others), means[:, None])
    if not column.is_text:  # A bin that no other fold has is like the one below it.
        known = np.where(others > 0, np.arange(width), 0)
        told = np.take_along_axis(told, np.maximum.accumulate(known, axis=1), axis=1)
    missed = ((ranks - told.reshape(-1)[flat]) ** 2).sum()
    share = 1 - missed / ((ranks - means[folds]) ** 2).sum()
    if share < _R2:
        return None
    return (
        f"a mean per {'category' if column.is_text else 'interval'} explains "
        f"{_percent(int(share * len(labels)), len(labels))} of the ranks of "
        f"{len(labels)} labels that it was not learned on"
    )


def _is_rough(cells: NDArray[np.float64], ranks: NDArray[np.float64]) -> bool:
    """Whether ranks leap more along the numbers than any told ones can.

    The squares of leaps are at most twice those between the means of intervals, of
    which none is above 1, and eight times those within them.
    """
    import numpy as np

    by_rank = np.argsort(ranks, kind="stable")
    order = by_rank[np.argsort(cells[by_rank], kind="stable")]
    leaps = float((np.diff(ranks[order]) ** 2).sum())
    within = (1 - _R2) * _OF_FOLDS * float(((ranks - ranks.mean()) ** 2).sum())
    return leaps > 2 * (_CATEGORIES + _GAPS_APART) + 8 * within


def _bins(
    column: LintedColumn, categories: int, intervals: int
) -> NDArray[np.int64] | None:
    """`(sampled rows,)` a number for each interval or category, 0 for a gap.

    None: it has more categories than rules are made of.
    """
    import numpy as np

    if column.is_text:
        return column.codes if column.num_codes <= categories + 1 else None
    cells = column.numbers
    is_there = ~np.isnan(cells)
    known = np.sort(cells[is_there])
    if not len(known):
        return None
    distinct = known[np.append(True, known[1:] > known[:-1])]
    edges = distinct[1:]
    if len(distinct) > intervals:
        places = np.linspace(0, len(known), max(2, intervals) + 1)[1:-1].astype("int64")
        edges = np.unique(known[places])
    bins = 1 + np.searchsorted(edges, cells, side="right")
    return np.where(is_there, bins, 0)


RULE = LintRule(
    "label-told",
    "a column that tells the label alone, nearly without mistakes",
    find,
)
