"""Rows that stay together: those of one patient, one house, one day."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from dlrun.components.words import shown
from dlrun.data import Dataset, Fold
from dlrun.errors import DataError, Problem
from dlrun.rows.splits.drawn import STREAM, rounded
from dlrun.rows.splits.problems import require_cells, split_problem
from dlrun.writing import whole_number

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from dlrun.components.splits import HoldoutSplit

_PASSES = 5
_ODD_SHARE = 0.05
"""What a part may differ from its share before it is told."""


def draw_groups(split: HoldoutSplit, dataset: Dataset, seed: int) -> Fold:
    """Whole groups in random order, each to the part that lacks most of its rows.

    Where labels are classes, what a part lacks is counted class by class, so that the
    parts have the shares of the classes as nearly as whole groups allow. Then single
    groups move while that brings the parts nearer to their shares.

    Raises:
        DataError: a row is of no group, or there are fewer groups than parts.
    """
    import numpy as np

    groups = groups_of(dataset)
    number = int(groups.max()) + 1
    shares = np.array([1 - split.validation - split.test, split.validation, split.test])
    parts = np.flatnonzero(shares > 0)
    _require_groups(split, number, len(parts))
    order = np.random.default_rng([seed, *STREAM]).permutation(number)
    part_of = parts[assign_groups(groups, dataset, shares[parts].tolist(), order)]
    train = order[part_of[order] == 0]
    if split.train is not None:
        sizes = np.cumsum(np.bincount(groups)[train])
        wanted = rounded(split.train * len(dataset))
        train = train[: 1 + int(np.abs(sizes - wanted).argmin())]
    validation, test = (np.flatnonzero(part_of == part) for part in (1, 2))
    chosen = (np.isin(groups, part) for part in (train, validation, test))
    return Fold(*map(np.flatnonzero, chosen))


def groups_of(dataset: Dataset, key: str = "by") -> NDArray[np.int64]:
    """`(rows,)` the number of the group of each row.

    `7.0` is the group `7`: pandas writes so the numbers of a column that has gaps.

    Raises:
        DataError: a row is of none.
    """
    import numpy as np

    column = dataset.split_names[key]
    hint = f"fill them, or remove the rows: {column} says which rows stay together"
    cells = require_cells(key, dataset, hint)
    # Texts are compared by Python: NumPy's own drop NULs at the end.
    names = {text: whole_number(text) or text for text in set(cells.tolist())}
    places = {name: place for place, name in enumerate(sorted({*names.values()}))}
    numbers = (places[names[text]] for text in cells.tolist())
    return np.fromiter(numbers, "int64", len(cells))


def _require_groups(split: HoldoutSplit, groups: int, parts: int) -> None:
    if groups >= parts:
        return
    noun = "value" if groups == 1 else "values"
    message = f"column {shown(split.by)} has {groups} {noun}, too few for {parts} parts"
    hint = "divide by another column, or leave a part out"
    raise DataError(split_problem(("by",), message, hint=hint, code="few-groups"))


def _counts(
    groups: NDArray[np.int64], number: int, dataset: Dataset
) -> NDArray[np.float64]:
    """`(groups, classes)` the rows of each; one column where labels are numbers."""
    import numpy as np

    classes = dataset.class_groups()
    kinds = np.zeros(len(groups), "int64") if classes is None else classes
    width = int(kinds.max()) + 1
    counts = np.bincount(groups * width + kinds, minlength=number * width)
    return counts.reshape(number, width).astype("float64")


def assign_groups(
    groups: NDArray[np.int64],
    dataset: Dataset,
    shares: list[float],
    order: NDArray[np.int64],
) -> NDArray[np.int64]:
    """`(groups,)` the part of each group, from 0, by the shares of rows and classes.

    Args:
        groups: `(rows,)` the group of each row, from 0.
        dataset: the rows.
        shares: of each part; together 1.
        order: `(groups,)` in which the groups are dealt out.
    """
    import numpy as np

    counts = _counts(groups, len(order), dataset)
    return _assigned(counts, np.array(shares)[:, None] * counts.sum(axis=0), order)


def _assigned(
    counts: NDArray[np.float64],
    targets: NDArray[np.float64],
    order: NDArray[np.int64],
) -> NDArray[np.int64]:
    """`(groups,)` the part of each group, from 0.

    The sum over parts and classes of (rows - wanted)^2 / rows of the class is made
    small, first group by group and then by moves; every part keeps a group.
    """
    import numpy as np

    weights = 1 / np.maximum(1, targets.sum(axis=0))
    found = np.zeros_like(targets)
    part_of = np.full(len(counts), -1)
    empty = len(targets)
    for place, group in enumerate(order):
        cost = ((found - targets) * weights) @ counts[group]
        if len(order) - place <= empty:
            cost[found.sum(axis=1) > 0] = np.inf
        part = int(cost.argmin())
        empty -= not found[part].any()
        found[part] += counts[group]
        part_of[group] = part
    for _ in range(_PASSES):
        if not _moved(counts, targets, found, part_of, weights):
            break
    return part_of


def _moved(
    counts: NDArray[np.float64],
    targets: NDArray[np.float64],
    found: NDArray[np.float64],
    part_of: NDArray[np.int64],
    weights: NDArray[np.float64],
) -> bool:
    """Move each group to a part where it lowers the sum; whether one has moved."""
    import numpy as np

    members = np.bincount(part_of, minlength=len(targets))
    is_moved = False
    for group, size in enumerate(counts):
        here = part_of[group]
        lacks = (found - targets) * weights
        gain = (lacks[here] - lacks) @ size - (size * weights) @ size
        there = int(gain.argmax())
        if there != here and gain[there] > 1e-9 and members[here] > 1:  # noqa: PLR2004
            found[here] -= size
            found[there] += size
            members[here] -= 1
            members[there] += 1
            part_of[group] = there
            is_moved = True
    return is_moved


def uneven_shares(
    split: HoldoutSplit, dataset: Dataset, fold: Fold
) -> Iterator[Problem]:
    """Parts that whole groups could not bring near to their shares."""
    import numpy as np

    largest = np.bincount(groups_of(dataset)).max()
    wanted = {"validation": split.validation, "test": split.test}
    found = {"validation": len(fold.validation), "test": len(fold.test)}
    for name, share in wanted.items():
        has = found[name] / len(dataset)
        if share and abs(has - share) > _ODD_SHARE:
            message = (
                f"{has:.0%} of the rows are {name} rows, not {share:.0%}: rows of one "
                f"{split.by} stay together, and the largest has {largest:,}"
            )
            yield Problem(
                ("data", "split", name),
                message,
                hint="more groups would divide more evenly",
                code="uneven-groups",
                severity="warning",
            )
