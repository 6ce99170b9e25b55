"""Rows that are drawn at random, with the shares of the classes in every part."""

from __future__ import annotations

from math import floor
from typing import TYPE_CHECKING

from dlrun.data import Dataset, Fold
from dlrun.errors import DataError
from dlrun.rows.splits.problems import split_problem

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from dlrun.components.splits import HoldoutSplit

STREAM = tuple(b"split")
"""Keeps the draw apart from others with the same seed."""
_ALMOST = 1e-9


def draw_rows(split: HoldoutSplit, dataset: Dataset, seed: int) -> Fold:
    """One fold, the same for the same rows and seed.

    Raises:
        DataError: a part has no rows, or a class has fewer rows than parts.
    """
    import numpy as np

    rows = len(dataset)
    classes = dataset.class_groups()
    groups = np.zeros(rows, dtype="int64") if classes is None else classes
    order = np.random.default_rng([seed, *STREAM]).permutation(rows)
    members = [order[groups[order] == group] for group in np.unique(groups)]
    _require_rows(split, dataset)
    validation, test = _held_out(split, [len(group) for group in members], rows)
    parts = [
        (group[:first], group[first : first + second], group[first + second :])
        for group, first, second in zip(members, validation, test, strict=True)
    ]
    train = _spread([part[2] for part in parts])
    if split.train is not None:
        train = train[: rounded(split.train * rows)]
    held = [np.concatenate([part[index] for part in parts]) for index in range(2)]
    return Fold(np.sort(train), np.sort(held[0]), np.sort(held[1]))


def _held_out(
    split: HoldoutSplit, sizes: list[int], rows: int
) -> tuple[list[int], list[int]]:
    """How many rows of each class validate, and how many are kept for a test.

    Each number is its exact share rounded up or down, so the train rows that are
    left are within one row of theirs, too. The sums are mostly the rounded shares
    of all rows, and always within one row of them.
    """
    first = [split.validation * size for size in sizes]
    second = [split.test * size for size in sizes]
    held = [a + b for a, b in zip(first, second, strict=True)]
    wanted = rounded(split.validation * rows), rounded(split.test * rows)
    both = _apportion(
        held,
        lower=[_floor(share) for share in held],
        upper=[
            min(_ceil(share), size - 1) for share, size in zip(held, sizes, strict=True)
        ],
        total=sum(wanted),
    )
    validation = _apportion(
        first,
        lower=[
            max(_floor(a), n - _ceil(b))
            for a, b, n in zip(first, second, both, strict=True)
        ],
        upper=[
            min(_ceil(a), n - _floor(b))
            for a, b, n in zip(first, second, both, strict=True)
        ],
        total=wanted[0],
    )
    test = [n - a for a, n in zip(validation, both, strict=True)]
    surplus = sum(test) - wanted[1]  # what validation could not take
    for index, (share, other) in enumerate(zip(second, held, strict=True)):
        if surplus > 0 and test[index] > share and both[index] > other:
            test[index] -= 1
            surplus -= 1
    return validation, test


def _require_rows(split: HoldoutSplit, dataset: Dataset) -> None:
    """Refuse shares of no rows, and classes that cannot be in every part."""
    rows = len(dataset)
    shares = {"train": split.train, "validation": split.validation, "test": split.test}
    problems = [
        split_problem(
            (name,),
            f"{share:g} of {rows} rows is no row: the {name} part is empty",
            hint=f"use at least {least_share(rows):g}",
            code="empty-part",
        )
        for name, share in shares.items()
        if share and rounded(share * rows) == 0
    ]
    parts = 1 + (split.validation > 0) + (split.test > 0)
    problems += [
        split_problem(
            (),
            f"class {name} has {count} row{'' if count == 1 else 's'}, "
            f"too few for {parts} parts",
            hint=f"add rows of class {name}, or remove the class from the data",
            code="small-class",
        )
        for output in dataset.labels or ()
        for name, count in dataset.class_counts(output).items()
        if 0 < count < parts
    ]
    if problems:
        raise DataError(*problems)


def _apportion(
    shares: list[float], lower: list[int], upper: list[int], total: int
) -> list[int]:
    """Whole numbers between the bounds that add up to `total`, by largest remainder."""
    counts = list(lower)
    by_remainder = sorted(
        range(len(shares)), key=lambda index: counts[index] - shares[index]
    )
    for index in by_remainder:
        if sum(counts) < total and counts[index] < upper[index]:
            counts[index] += 1
    return counts


def _spread(groups: list[NDArray[np.int64]]) -> NDArray[np.int64]:
    """All rows, in an order of which every beginning has the shares of the groups.

    Source: Webster's divisor method, which takes no seat back when seats are added.
    """
    import numpy as np

    places = [(np.arange(len(group)) + 0.5) / max(1, len(group)) for group in groups]
    order = np.argsort(np.concatenate(places), kind="stable")
    return np.concatenate(groups)[order]


def rounded(share: float) -> int:
    """A share of rows as a number of them; halves go up."""
    return floor(share + 0.5 + _ALMOST)


def _floor(share: float) -> int:
    return floor(share + _ALMOST)


def _ceil(share: float) -> int:
    return -floor(-share + _ALMOST)


def least_share(rows: int) -> float:
    """The smallest share, to two digits, that comes to one of the rows."""
    return -floor(-100 * 0.5 / rows) / 100
