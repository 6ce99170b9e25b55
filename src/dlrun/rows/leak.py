"""Rows that are in two parts of the data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from dlrun.data.row_hash import are_among, hash_rows
from dlrun.errors import ConfigPath, Problem

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from dlrun.data import Dataset, TypedColumn

_LEAKED_SHARE = 0.01
_TIMES_CHANCE = 3
_TIMES_NEIGHBOURS = 2
_COLUMNS_AT_MOST = 200
"""Rows of more, as of images, are not equal by chance."""
_SEED = tuple(b"pairs")
_PAIRS = 20_000
_ENOUGH_PAIRS = 100
_HELD_AT_MOST = 2000
"""Held-out rows that tell whether rows have neighbours."""


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
    leaked = int(are_among(held.row_hashes(), train.row_hashes()).sum())
    if leaked < _LEAKED_SHARE * len(held):
        return 0
    columns = [*_columns(train)]
    if leaked <= _TIMES_CHANCE * _chance(columns) * len(held):
        return 0
    if len(columns) <= _COLUMNS_AT_MOST and _are_neighbours(columns, [*_columns(held)]):
        return 0
    return leaked


def _columns(rows: Dataset) -> Iterator[NDArray[np.generic]]:
    """All that rows are compared by: numbers, texts, and a number for each image."""
    for array in (*rows.features.values(), *(rows.labels or {}).values()):
        yield from array.reshape(len(rows), -1).T
    yield from map(_cells, rows.columns.values())


def _chance(columns: Sequence[NDArray[np.generic]]) -> float:
    """How likely a new row equals a train row if its columns are independent."""
    import numpy as np

    rows = len(columns[0])
    expected = float(rows)
    for column in columns:
        shares = np.unique(column, return_counts=True)[1] / rows
        expected *= float((shares**2).sum())
        if expected < _LEAKED_SHARE / _TIMES_CHANCE:
            break
    return min(1.0, expected)


def _are_neighbours(
    train: Sequence[NDArray[np.generic]], held: Sequence[NDArray[np.generic]]
) -> bool:
    """Whether equal rows are to be expected of rows that differ in one column alone.

    Of rows that are equal but for a column whose values are equal by chance with the
    probability p, p / (1 - p) as many are equal throughout. Copies have no such
    neighbours.
    """
    import numpy as np

    some = [column[:_HELD_AT_MOST] for column in held]
    pairs = zip(train, some, strict=True)
    hashes = [_hashes(*both, salt) for salt, both in enumerate(pairs)]
    wholes = [np.sum(of_part, axis=0) for of_part in zip(*hashes, strict=True)]
    distinct, first = np.unique(wholes[0], return_index=True)
    equal = _times(distinct, wholes[1])
    chances = _alike([of_train[first] for of_train, _ in hashes])
    for (of_train, of_held), chance in zip(hashes, chances, strict=True):
        others = _times(distinct - of_train[first], wholes[1] - of_held) - equal
        expected = np.minimum(1, others * chance / max(1e-9, 1 - chance)).sum()
        if chance < 1 and np.count_nonzero(equal) <= _TIMES_NEIGHBOURS * expected:
            return True
    return False


def _alike(columns: Sequence[NDArray[np.uint64]]) -> list[float]:
    """How often two rows are equal in a column that are equal in another one.

    Of the other columns the one counts that tells most.
    """
    import numpy as np

    drawn = np.random.default_rng(_SEED).integers(0, len(columns[0]), (2, _PAIRS))
    drawn = drawn[:, drawn[0] != drawn[1]]
    alike = np.stack([column[drawn[0]] == column[drawn[1]] for column in columns])
    both = alike.astype("float32") @ alike.T.astype("float32")
    counts = np.diag(both).copy()
    shares = both / np.maximum(1, counts)
    shares[:, counts < _ENOUGH_PAIRS] = 0
    np.fill_diagonal(shares, counts / max(1, alike.shape[1]))
    return [float(share) for share in shares.max(axis=1)]


def _hashes(
    train: NDArray[np.generic], held: NDArray[np.generic], salt: int
) -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
    """A number for each cell, equal for equal cells of one column; gaps are equal.

    Those of two columns are mixed differently, so that sums of them hardly meet.
    """
    import numpy as np

    cells = np.concatenate([train, held])
    of_column = np.random.default_rng(salt).integers(1, 2**62, dtype="uint64")
    columns = [cells] if cells.dtype.kind in "fO" else []
    arrays = [] if columns else [cells]
    plain = hash_rows(len(cells), arrays, columns)
    mixed = hash_rows(len(cells), [plain ^ of_column])
    return mixed[: len(train)], mixed[len(train) :]


def _times(train: NDArray[np.uint64], held: NDArray[np.uint64]) -> NDArray[np.int64]:
    """`(held-out rows,)` how many train rows are equal to each."""
    import numpy as np

    known = np.sort(train)
    first, last = (np.searchsorted(known, held, side) for side in ("left", "right"))
    return last - first


def _cells(column: TypedColumn) -> TypedColumn | NDArray[np.uint64]:
    """`(rows,)` the cells of a column, or a number for each of its images."""
    return column if column.ndim == 1 else hash_rows(len(column), [], [column])
