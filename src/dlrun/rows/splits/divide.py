"""The division of rows: drawn, by groups, in time, as written, or in folds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dlrun.rows.splits.drawn import draw_rows
from dlrun.rows.splits.folded import fold_rows, uneven_folds
from dlrun.rows.splits.grouped import draw_groups, uneven_shares
from dlrun.rows.splits.in_time import latest_rows
from dlrun.rows.splits.written import written_rows

if TYPE_CHECKING:
    from dlrun.components.splits import HoldoutSplit
    from dlrun.data import Dataset, Fold
    from dlrun.errors import Problem


@dataclass(frozen=True, slots=True)
class Division:
    """The rows of each part, and what a person should know of them."""

    fold: Fold
    warnings: tuple[Problem, ...] = ()


def divide(split: HoldoutSplit, dataset: Dataset, seed: int) -> Division:
    """The same for the same rows and seed; in time or as written for any seed.

    Raises:
        DataError: the rows cannot be divided so.
    """
    if split.folds is not None:
        fold = fold_rows(split, dataset, seed)
        is_one = split.columns and split.refit is None
        doubts = uneven_folds(split, dataset, fold) if is_one else ()
        return Division(fold, tuple(doubts))
    if split.by is not None:
        fold = draw_groups(split, dataset, seed)
        return Division(fold, tuple(uneven_shares(split, dataset, fold)))
    if split.time is not None:
        return Division(latest_rows(split, dataset))
    if split.column is not None:
        return Division(written_rows(split, dataset))
    return Division(draw_rows(split, dataset, seed))
