"""Rows that are drawn at random, with the shares of the classes in every part."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
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
_TRAIN = 2
"""The place of the train part behind those that are held out."""


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
    sizes = [len(group) for group in members]
    validation, test = _balance(split, sizes, *_held_out(split, sizes, rows))
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
    of all rows; `_balance` mends the few that are a row or more away from them.
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


def _balance(
    split: HoldoutSplit, sizes: list[int], validation: list[int], test: list[int]
) -> tuple[list[int], list[int]]:
    """Move rows between parts until the sums are their shares, rounded up or down.

    Each number stays its own share rounded up or down. Numbers whose sums are rounded
    likewise exist for any shares (M. Bacharach, Matrix rounding problems, Management
    Science 12, 1966), and what leads to them is a chain of moves within classes.
    """
    held = split.validation, split.test
    train = [n - a - b for n, a, b in zip(sizes, validation, test, strict=True)]
    table = _Rounding(
        parts=(list(validation), list(test), train),
        exact=[[share * size for size in sizes] for share in (*held, 1 - sum(held))],
    )
    for part in 0, 1:
        share = sum(table.exact[part])
        while sum(table.parts[part]) < _floor(share) and table.moved(_TRAIN, part):
            pass
        while sum(table.parts[part]) > _ceil(share) and table.moved(part, _TRAIN):
            pass
    return table.parts[0], table.parts[1]


@dataclass(frozen=True)
class _Rounding:
    """Rows of each class in each part, and the exact shares that they round."""

    parts: tuple[list[int], list[int], list[int]]
    exact: list[list[float]]

    def moved(self, giver: int, taker: int) -> bool:
        """Whether a row went from part to part, if need be by way of the third."""
        third = sum(range(len(self.parts))) - giver - taker
        for chain in (giver, taker), (giver, third, taker):
            steps = list(pairwise(chain))
            places = [self._class_of(*step) for step in steps]
            if -1 not in places:
                for (one, other), place in zip(steps, places, strict=True):
                    self.parts[one][place] -= 1
                    self.parts[other][place] += 1
                return True
        return False

    def _class_of(self, giver: int, taker: int) -> int:
        """The class whose shares gain most by a row that is moved; -1 if none can."""
        gains = {
            place: given - share + other - taken
            for place, (given, share, taken, other) in enumerate(
                zip(
                    self.parts[giver],
                    self.exact[giver],
                    self.parts[taker],
                    self.exact[taker],
                    strict=True,
                )
            )
            # Some rows of every class must train.
            if given > max(giver == _TRAIN, _floor(share)) and taken < _ceil(other)
        }
        return max(gains, key=lambda place: gains[place], default=-1)


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
