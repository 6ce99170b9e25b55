"""What a diagnosis should know of columns of a table: those that stand out, by name."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from dlrun.diagnosis.facts import FEW_ROWS, LARGE_FEATURES, RARE_SHARE

if TYPE_CHECKING:
    from dlrun.data import Array, Dataset
    from dlrun.runs import PreparedColumn, Preprocessing

_CATEGORIES = frozenset({"one_hot", "multi_hot"})
_TOLD = 5
"""Rare categories of a column that are told by name."""
_TABLE_AXES = 2
_KEPT = 100
"""A column of more common categories is not told how to join the others."""


def column_facts(preprocessing: Preprocessing, train: Dataset) -> dict[str, object]:
    """Columns that nothing scales beside others, and categories that few rows have.

    Args:
        preprocessing: what became of the columns.
        train: the train rows, encoded; inputs whose numbers are no sizes are left out.

    Returns:
        Nothing where nothing stands out, and of rows that are no encoded table.
    """
    blocks = list(_blocks(preprocessing, train))
    sizes = {
        name: float(np.sqrt(np.square(block, dtype=np.float64).mean(axis=0)).max())
        for name, _, block in blocks
    }
    large = {name: size for name, size in sizes.items() if size > LARGE_FEATURES}
    found: dict[str, object] = {}
    if (
        large
        and len(large) < len(sizes)
        and not _has_large_arrays(preprocessing, train)
    ):
        ordered = sorted(large, key=lambda name: -large[name])
        found["unscaled_columns"] = {
            name: float(f"{large[name]:.3g}") for name in ordered
        }
    rare = {
        name: told for name, one, block in blocks if (told := _rare(name, one, block))
    }
    count = sum(int(str(told["count"])) for told in rare.values())
    if rare and count >= RARE_SHARE * sum(block.shape[1] for _, _, block in blocks):
        found["rare_categories"] = rare
    return found


def _has_large_arrays(preprocessing: Preprocessing, train: Dataset) -> bool:
    """Whether images are large: then no column of the table is what is to blame."""
    arrays = [
        train.features[name]
        for name, within in preprocessing.input_columns.items()
        if name in train.features and preprocessing.columns[within[0]].row_shape
    ]
    return any(float(np.abs(array).max()) > LARGE_FEATURES for array in arrays)


def _blocks(
    preprocessing: Preprocessing, train: Dataset
) -> Iterator[tuple[str, PreparedColumn, Array]]:
    """Each encoded column, and the numbers that it became."""
    for name, within in preprocessing.input_columns.items():
        start = 0
        if name not in train.features:
            continue
        for column in within:
            one = preprocessing.columns[column]
            end = start + len(one.names)
            if one.row_shape is None and end > start:
                yield column, one, _newest(train.features[name])[:, start:end]
            start = end


def _newest(array: Array) -> Array:
    """`(rows, width)`: of windows the last row of each, so that none counts often."""
    return array if array.ndim == _TABLE_AXES else array[:, -1]


def _rare(name: str, one: PreparedColumn, block: Array) -> dict[str, object]:
    """The categories of a column that few train rows have; none that no row has."""
    if not _CATEGORIES.intersection(one.encoders[-1]):
        return {}
    counts = dict(zip(one.names, block.sum(axis=0).tolist(), strict=True))
    before = f"{name}="
    rows = {
        key.removeprefix(before): int(count)
        for key, count in counts.items()
        if key.startswith(before) and count
    }
    few = {key: count for key, count in rows.items() if count < FEW_ROWS}
    kept = [key for key in rows if key not in few]
    if not few:
        return {}
    told = sorted(few, key=lambda key: few[key])[:_TOLD]
    return {
        "count": len(few),
        "of": len(rows),
        "few": {key: few[key] for key in told},
        "kept": kept if len(kept) <= _KEPT else [],
    }
