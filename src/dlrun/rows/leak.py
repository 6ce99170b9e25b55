"""Rows that are in two parts of the data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import chain
from typing import TYPE_CHECKING

from dlrun.data.row_hash import hash_rows
from dlrun.errors import ConfigPath, Problem

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from dlrun.data import Dataset, TypedColumn

_LEAKED_SHARE = 0.01
_TIMES_CHANCE = 3


def leaks(
    parts: Mapping[str, Dataset], origins: Mapping[str, ConfigPath]
) -> Iterator[Problem]:
    """Rows of training that are held out as well, with equal features and labels.

    Args:
        parts: by their names.
        origins: what in the config gives each part its rows.
    """
    for name in ("validation", "test"):
        leaked = leaked_rows(parts["train"], parts[name]) if name in parts else 0
        if leaked:
            message = f"{leaked} of {len(parts[name])} {name} rows are train rows"
            hint = "remove the copies: scores on rows that were trained on are too good"
            yield Problem(
                origins[name],
                f"{message} as well",
                hint=hint,
                code="leaked-rows",
                severity="warning",
            )


def leaked_rows(train: Dataset, held: Dataset) -> int:
    """How many held-out rows are train rows as well, with equal features and labels.

    It is 0 for fewer than 1 in 100, and where chance explains a third of them: people
    of the same age are no copies of each other.
    """
    import numpy as np

    leaked = int(np.isin(held.row_hashes(), train.row_hashes()).sum())
    share = leaked / len(held)
    if share >= _LEAKED_SHARE and share > _TIMES_CHANCE * _chance(train):
        return leaked
    return 0


def _chance(train: Dataset) -> float:
    """How likely a new row equals a train row if its columns are independent."""
    import numpy as np

    arrays = [*train.features.values(), *(train.labels or {}).values()]
    numbers = (column for array in arrays for column in array.reshape(len(train), -1).T)
    expected = float(len(train))
    for column in chain(numbers, map(_cells, train.columns.values())):
        shares = np.unique(column, return_counts=True)[1] / len(train)
        expected *= float((shares**2).sum())
        if expected < _LEAKED_SHARE / _TIMES_CHANCE:
            break
    return min(1.0, expected)


def _cells(column: TypedColumn) -> TypedColumn | NDArray[np.uint64]:
    """`(rows,)` the cells of a column, or a number for each of its images."""
    return column if column.ndim == 1 else hash_rows(len(column), [], [column])
