"""Which runs two settings are compared by: folds, repeats, seeds, mixtures of them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

from dlrun.components.splits import HoldoutSplit
from dlrun.data import INPUT, OUTPUT, Dataset
from dlrun.rows.splits import divide

VALIDATION = 0.2
MOST_SEEDS = 10


@dataclass(frozen=True)
class Side:
    """The runs of one setting."""

    folds: int | None = None
    """None: the rows are divided once for each seed."""
    repeats: int = 1
    seeds: tuple[int, ...] = (0,)
    is_fixed: bool = False
    """All seeds have the same division."""


@dataclass(frozen=True)
class Kind:
    """A comparison."""

    name: str
    how: str
    """How rows are drawn: `drawn`, `by group`, `in time`."""
    before: Side
    after: Side


@dataclass(frozen=True)
class Runs:
    """The runs of a side on a draw of rows."""

    train: np.ndarray
    """`(runs, rows)` how much each row counts."""
    held: np.ndarray
    """`(runs, rows)` True where it validates."""
    pairs: tuple[int, ...]
    """Runs of one number validate the same rows of one partition."""
    overlap: float
    """Rows that validate over rows that train, a mean; 0: these are no folds."""


FIVE = Side(folds=5)
TEN = Side(folds=10)
TWICE = Side(folds=5, repeats=2)
LATER_SEEDS = Side(folds=5, seeds=(1, 2, 3))
OTHER_SEEDS = Side(folds=5, seeds=(7, 8, 9))
THREE_SEEDS = Side(folds=5, seeds=(0, 1, 2))
OTHER_FIVE = Side(folds=5, seeds=(7,))
SEEDS = Side(seeds=(0, 1, 2, 3, 4))
FIXED = Side(seeds=(0, 1, 2, 3, 4), is_fixed=True)


def of(name, how, before, after=None):
    return Kind(name, how, before, after or before)


KINDS = (
    of("5 folds", "drawn", FIVE),
    of("10 folds", "drawn", TEN),
    of("5 folds, repeated twice", "drawn", TWICE),
    of("5 folds at 3 seeds", "drawn", THREE_SEEDS),
    of("5 folds of groups", "by group", FIVE),
    of("5 folds of groups, repeated twice", "by group", TWICE),
    of("5 folds of groups at 3 seeds", "by group", THREE_SEEDS),
    of("5 folds in time", "in time", FIVE),
    of("10 folds in time", "in time", TEN),
    of("5 folds in time at 3 seeds", "in time", THREE_SEEDS),
    of("5 folds, other 5 folds", "drawn", FIVE, OTHER_FIVE),
    of("5 folds of groups, other 5 folds of groups", "by group", FIVE, OTHER_FIVE),
    of("5 folds, 10 folds", "drawn", FIVE, TEN),
    of("5 folds at 3 seeds, at 3 others", "drawn", THREE_SEEDS, OTHER_SEEDS),
    of("5 folds at 3 seeds, two shared", "drawn", THREE_SEEDS, LATER_SEEDS),
    of("5 folds in time, 10 folds in time", "in time", FIVE, TEN),
    of("5 folds, a division for each of 5 seeds", "drawn", FIVE, SEEDS),
    of("5 folds, one division at 5 seeds", "drawn", FIVE, FIXED),
    of("5 folds at 3 seeds, one division at 5 seeds", "drawn", THREE_SEEDS, FIXED),
    of("5 folds in time, the last rows at 5 seeds", "in time", FIVE, FIXED),
    of("5 seeds, each with a division of its own", "drawn", SEEDS),
    of("5 seeds, one division", "drawn", FIXED),
)  # fmt: skip
"""Fixed before any of them was measured."""


def sides(kind, rows, draw, generator):
    """The runs of both settings; equal partitions have equal numbers.

    Returns:
        None where a class has fewer rows than folds, as dlrun would refuse them.
    """
    most = max(kind.before.folds or 2, kind.after.folds or 2)
    if kind.how == "drawn" and rows.is_of_classes:
        if min(np.bincount(rows.labels.astype(int), minlength=2)) < most:
            return None
    elif kind.how == "by group" and len(np.unique(rows.groups)) < most:
        return None
    numbers: dict[tuple[object, ...], int] = {}
    dataset = _dataset(kind.how, rows)
    return tuple(
        _runs(kind.how, side, dataset, draw, numbers, generator)
        for side in (kind.before, kind.after)
    )


def _runs(how, side, dataset, draw, numbers, generator):
    train, held, pairs, shares = [], [], [], []
    for seed in side.seeds:
        division = draw * MOST_SEEDS + (0 if side.is_fixed else seed)
        for fold in range(1, (side.folds or 1) * side.repeats + 1):
            split = _split(how, side.folds, side.repeats, fold)
            part = divide(split, dataset, division).fold
            counts = np.zeros((2, len(dataset)))
            counts[0, part.train] = 1
            counts[1, part.validation] = 1
            if _repeats_rows(how, side):
                # What another seed changes: which rows a training heeds most.
                counts[0] *= generator.exponential(size=len(dataset))
            key = (
                None if how == "in time" and side.folds else seed,
                part.validation.tobytes(),
            )
            pairs.append(numbers.setdefault(key, len(numbers)))
            shares.append(len(part.validation) / len(part.train))
            train.append(counts[0])
            held.append(counts[1])
    overlap = float(np.mean(shares)) if side.folds else 0.0
    return Runs(np.array(train), np.array(held), tuple(pairs), overlap)


def _repeats_rows(how, side):
    """Whether several seeds train on the very same rows."""
    return len(side.seeds) > 1 and (side.is_fixed or how == "in time")


@cache
def _split(how, folds, repeats, fold):
    order = {"by group": {"by": "group"}, "in time": {"time": "when"}}.get(how, {})
    if folds is None:
        return HoldoutSplit(validation=VALIDATION, **order)
    return HoldoutSplit(folds=folds, repeats=repeats, fold=fold, **order)


def _dataset(how, rows):
    """What the division is told of the rows."""
    key = {"by group": "by", "in time": "time"}.get(how)
    cells = {} if key is None else {key: rows.groups.astype(str).astype(object)}
    classes = {"classes": {OUTPUT: ("no", "yes")}} if rows.is_of_classes else {}
    kind = "int32" if rows.is_of_classes else "float32"
    return Dataset(
        {INPUT: np.zeros((len(rows.labels), 1), "float32")},
        {OUTPUT: rows.labels.astype(kind)},
        split_cells=cells,
        split_names={} if key is None else {key: key},
        **classes,
    )
