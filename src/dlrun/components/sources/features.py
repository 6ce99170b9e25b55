"""What holds of features, whatever source they come from."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from dlrun.errors import DataError, Problem

if TYPE_CHECKING:
    from dlrun.components.sources.source import Source
    from dlrun.data import Array


def require_equal_length(
    source: Source, features: int, labels: int, path: Sequence[str] = ("labels",)
) -> None:
    """Refuse features and labels of different length.

    Args:
        source: for the path of the problem.
        features: rows of features.
        labels: rows of labels.
        path: the way to the labels inside the source.

    Raises:
        DataError: with both lengths.
    """
    if features != labels:
        message = f"there are {features:,} rows of features, but {labels:,} labels"
        raise DataError(source.problem(*path, message=message, code="length-mismatch"))


def require_equal_rows(source: Source, counts: Mapping[str, int]) -> int:
    """The number of rows, which is that of every input.

    Raises:
        DataError: two inputs have different numbers of rows.
    """
    (first, rows), *others = counts.items()
    for name, count in others:
        if count != rows:
            message = f"`{first}` has {rows} rows, but `{name}` has {count}"
            raise DataError(
                source.problem(
                    "features",
                    name,
                    message=message,
                    hint="give every input a row for each sample",
                    code="length-mismatch",
                )
            )
    return rows


def require_finite(
    source: Source,
    features: Array,
    place: Callable[[int], str],
    path: Sequence[str] = ("features",),
) -> None:
    """Refuse features that are NaN or infinite.

    Args:
        source: for the path of the problem.
        features: `(samples, ...)`.
        place: where a person finds a row.
        path: the way to the features inside the source.

    Raises:
        DataError: with the first such row, and how many there are.
    """
    import numpy as np

    wrong = ~np.isfinite(features).reshape(len(features), -1).all(axis=1)
    if wrong.any():
        row = int(wrong.argmax())
        where = np.argwhere(~np.isfinite(features[row]))[0].tolist()
        feature = features[row][tuple(where)]
        bits = " in 32 bits" if np.isinf(feature) else ""
        message = f"{place(row)}: the feature at {where} is {feature}{bits}"
        more = int(wrong.sum()) - 1
        hint = f"remove or fill the row{f', and {more} more like it' if more else ''}"
        problem = Problem((source.key, *path), message, hint=hint, code="not-finite")
        raise DataError(problem)
