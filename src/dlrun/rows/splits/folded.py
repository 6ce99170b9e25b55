"""Cross-validation: every row validates in one fold, and trains in the others."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dlrun.data import Dataset, Fold
from dlrun.errors import DataError, Problem
from dlrun.rows.splits.drawn import STREAM, draw_rows
from dlrun.rows.splits.grouped import assign_groups, draw_groups, groups_of
from dlrun.rows.splits.in_time import before_gap, cut, latest_rows, times_of
from dlrun.rows.splits.problems import split_problem

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from dlrun.components.splits import HoldoutSplit

_FOLDS = tuple(b"folds")
"""Keeps the draw of folds apart from that of test rows."""


@dataclass(frozen=True, slots=True)
class _Place:
    """Which of which folds."""

    folds: int
    fold: int
    """From 0, within its repeat."""
    repeat: int
    """From 0."""

    def order(self, count: int, seed: int) -> NDArray[np.int64]:
        """Numbers below `count`, in the order of this repeat."""
        import numpy as np

        stream = [seed, *STREAM, *_FOLDS, self.repeat]
        return np.random.default_rng(stream).permutation(count)


def fold_rows(split: HoldoutSplit, dataset: Dataset, seed: int) -> Fold:
    """The rows of one fold: the first, where the config names none; all, after a refit.

    Test rows are divided off first, and are the same in every fold.

    Raises:
        DataError: there are fewer rows, groups, times, or rows of a class, than folds.
    """
    import numpy as np

    repeat, fold = divmod((split.fold or 1) - 1, split.folds or 1)
    place = _Place(split.folds or 1, fold, repeat)
    every, test = _without_test(split, dataset, seed)
    if split.refit is not None:
        return Fold(every, every[:0], test)
    if split.time is not None:
        return _walk_forward(split, place, dataset, every, test)
    if split.by is not None:
        numbers = _by_group(place, dataset, every, seed)
    else:
        numbers = _at_random(place, dataset.take(every), seed)
    validates = numbers == place.fold
    return Fold(every[~validates], np.sort(every[validates]), test)


def _without_test(
    split: HoldoutSplit, dataset: Dataset, seed: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The rows that are divided into folds, and those that are kept for a test."""
    import numpy as np

    rows = np.arange(len(dataset))
    if not split.test:
        return rows, rows[:0]
    once = split.model_copy(update={"folds": None, "fold": None, "repeats": 1})
    if split.by is not None:
        divided = draw_groups(once, dataset, seed)
    elif split.time is not None:
        divided = latest_rows(once, dataset)
    else:
        divided = draw_rows(once, dataset, seed)
    return divided.train, divided.test


def _at_random(place: _Place, rows: Dataset, seed: int) -> NDArray[np.int64]:
    """`(rows,)` the fold of each, from 0; each has its share of every class.

    The numbers of rows of two folds, and of rows of one class, differ by one at most.
    """
    import numpy as np

    _require_rows(place, rows)
    classes = rows.class_groups()
    kinds = np.zeros(len(rows), "int64") if classes is None else classes
    order = place.order(len(rows), seed)
    # Class after class, dealt out in turn.
    dealt = order[np.argsort(kinds[order], kind="stable")]
    numbers = np.empty(len(rows), "int64")
    numbers[dealt] = np.arange(len(rows)) % place.folds
    return numbers


def _require_rows(place: _Place, rows: Dataset) -> None:
    """Refuse more folds than rows, and classes that cannot be in every fold."""
    counts = [
        (f"class {name} has", count)
        for output in rows.labels or ()
        for name, count in rows.class_counts(output).items()
        if count
    ]
    least = min((count for _, count in counts), default=len(rows))
    hint = "add rows, or remove the class from the data"
    hint = f"write folds: {least}" if least > 1 else hint
    problems = [
        split_problem(
            ("folds",),
            f"{words} {count} row{'' if count == 1 else 's'}, too few for "
            f"{place.folds} folds",
            hint=hint,
            code="small-class" if words.startswith("class") else "few-rows",
        )
        for words, count in (counts or [("there are", len(rows))])
        if count < place.folds
    ]
    if problems:
        raise DataError(*problems)


def _by_group(
    place: _Place,
    dataset: Dataset,
    every: NDArray[np.int64],
    seed: int,
) -> NDArray[np.int64]:
    """`(rows,)` the fold of each, from 0; rows of one group have one."""
    import numpy as np

    present, groups = np.unique(groups_of(dataset)[every], return_inverse=True)
    if len(present) < place.folds:
        noun = "value" if len(present) == 1 else "values"
        message = f"column {dataset.split_names['by']} has {len(present)} {noun}, "
        message += f"too few for {place.folds} folds"
        hint = "divide by another column"
        if len(present) > 1:
            hint = f"write folds: {len(present)}, or {hint}"
        raise DataError(
            split_problem(("folds",), message, hint=hint, code="few-groups")
        )
    shares = [1 / place.folds] * place.folds
    order = place.order(len(present), seed)
    return assign_groups(groups, dataset.take(every), shares, order)[groups]


def _walk_forward(
    split: HoldoutSplit,
    place: _Place,
    dataset: Dataset,
    every: NDArray[np.int64],
    test: NDArray[np.int64],
) -> Fold:
    """Of one part more than folds, each but the first validates what is before it.

    Rows of one time stay together; `gap` rows right before a part are left out.

    Raises:
        DataError: a part would have no rows.
    """
    import numpy as np

    times = times_of(dataset, split.format)[every]
    order = np.argsort(times, kind="stable")
    at, ordered = times[order], every[order]
    parts = place.folds + 1
    ends = [cut(at, round(len(at) * part / parts)) for part in range(parts)]
    ends.append(len(at))
    begin, end = ends[place.fold + 1], ends[place.fold + 2]
    train = before_gap(split, dataset, ordered[:begin])
    if not len(train) or begin == end:
        which = "train" if not len(train) else "validate"
        message = f"fold {place.fold + 1} of {place.folds} in time has no rows that "
        hint = _fewer_folds(len(np.unique(at)), place.folds)
        hint += ", or a smaller gap" if split.gap else ""
        raise DataError(
            split_problem(("folds",), message + which, hint=hint, code="empty-part")
        )
    return Fold(np.sort(train), np.sort(ordered[begin:end]), test)


def _fewer_folds(times: int, folds: int) -> str:
    """What helps where parts in time have no rows; two folds need three times."""
    if times > folds:
        return "write fewer folds"
    if times > 2:  # noqa: PLR2004
        return f"write folds: {times - 1}, as there are {times} different times"
    found = "all rows have one time" if times == 1 else "there are 2 different times"
    return f"{found}: divide by another column"


def uneven_folds(
    split: HoldoutSplit, dataset: Dataset, fold: Fold
) -> Iterator[Problem]:
    """Classes that whole groups, or an order in time, keep out of a part of a fold."""
    for output in dataset.labels or ():
        counts = {
            name: dataset.take(rows).class_counts(output)
            for name, rows in (("train", fold.train), ("validation", fold.validation))
        }
        for name, total in dataset.class_counts(output).items():
            for part, found in counts.items():
                if total and not found[name]:
                    key = "by" if split.by is not None else "time"
                    yield Problem(
                        ("data", "split", key),
                        f"fold {split.fold or 1} has no {part} rows of class {name}: "
                        f"rows are divided by {dataset.split_names[key]} first",
                        hint="write fewer folds",
                        code="uneven-folds",
                        severity="warning",
                    )
