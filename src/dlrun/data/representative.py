"""Whether held-out rows stand for the rows that train."""

from __future__ import annotations

from math import sqrt
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from dlrun.data.arrays import Array
    from dlrun.data.dataset import Dataset
    from dlrun.data.fold import Fold

_SHARE = 0.1
_TABLE_AXES = 2
_ONCE_IN_A_THOUSAND = 3.09
"""The value that a standard normal number exceeds with probability 0.001."""


def representative(fold: Fold, dataset: Dataset) -> str | None:
    """Say why the validation rows do not stand for the train rows; `None`: they do.

    Classes: one is missing on one side; or the shares of one differ by more than 0.1
    and by more than chance allows (chi-squared test of homogeneity at 0.001). Numbers:
    the means differ by more than half a standard deviation and by more than 3.3
    standard errors (Welch's test at about 0.001).

    Source: Pearson (1900), On the criterion that a given system of deviations ... can
    be reasonably supposed to have arisen from random sampling; Wilson and Hilferty
    (1931), The distribution of chi-square; Cohen (1988), Statistical power analysis for
    the behavioral sciences: half a standard deviation is a medium effect.
    """
    if dataset.labels is None or not len(fold.validation):
        return None
    reasons = (_of_output(fold, dataset, name) for name in sorted(dataset.labels))
    return next(filter(None, reasons), None)


def _of_output(fold: Fold, dataset: Dataset, name: str) -> str | None:
    """What speaks against the labels of one output."""
    assert dataset.labels is not None  # noqa: S101 - the caller has looked
    indices, labels = dataset.class_indices(name), dataset.labels[name]
    of = f" of `{name}`" if len(dataset.labels) > 1 else ""
    if indices is None:
        if name in dataset.classes or labels.ndim > _TABLE_AXES:
            return None  # of so many places some differ by chance
        return _means(labels[fold.train], labels[fold.validation], of)
    train, validation = indices[fold.train], indices[fold.validation]
    return _class_shares(train, validation, dataset.classes[name], of)


def _class_shares(
    train: NDArray[np.int64],
    validation: NDArray[np.int64],
    names: tuple[str, ...],
    of: str,
) -> str | None:
    import numpy as np

    counts = np.stack(
        [np.bincount(part, minlength=len(names)) for part in (train, validation)]
    )
    for index, name in enumerate(names):
        if counts[:, index].all() or not counts[:, index].any():
            continue
        part, other = ("train", 1) if counts[0, index] == 0 else ("validation", 0)
        there = int(counts[other, index])
        where = "validation" if other else "train"
        total = int(counts[1 - other].sum())
        return (
            f"none of the {total} {part} rows is of class {name}{of}, "
            f"but {there} {where} row{' is' if there == 1 else 's are'}"
        )
    shares = counts / counts.sum(axis=1, keepdims=True)
    difference = np.abs(shares[0] - shares[1])
    worst = int(difference.argmax())
    if difference[worst] <= _SHARE or not _is_unlikely(counts):
        return None
    return (
        f"class {names[worst]}{of} makes up {shares[0, worst]:.0%} of the train rows, "
        f"but {shares[1, worst]:.0%} of the validation rows"
    )


def _is_unlikely(counts: NDArray[np.int64]) -> bool:
    """Whether two rows of counts differ by more than chance does once in a thousand."""
    counts = counts[:, counts.any(axis=0)]
    expected = counts.sum(axis=1, keepdims=True) * counts.sum(axis=0) / counts.sum()
    statistic = float(((counts - expected) ** 2 / expected).sum())
    freedom = counts.shape[1] - 1
    spread = 2 / (9 * freedom)
    normal = ((statistic / freedom) ** (1 / 3) - (1 - spread)) / sqrt(spread)
    return bool(normal > _ONCE_IN_A_THOUSAND)


def _means(train: Array, validation: Array, of: str) -> str | None:
    import numpy as np

    means = [
        np.atleast_1d(part.mean(axis=0, dtype="float64"))
        for part in (train, validation)
    ]
    variances = [
        np.atleast_1d(part.var(axis=0, dtype="float64")) for part in (train, validation)
    ]
    means = [mean.reshape(-1) for mean in means]
    variances = [variance.reshape(-1) for variance in variances]
    difference = np.abs(means[0] - means[1])
    deviation = np.sqrt((variances[0] + variances[1]) / 2)
    error = np.sqrt(variances[0] / len(train) + variances[1] / len(validation))
    far = (difference > 0.5 * deviation) & (difference > 3.3 * error)
    if not far.any():
        return None
    worst = int(far.argmax())
    return (
        f"labels{of} have the mean {means[0][worst]:.4g} in the train rows, "
        f"but {means[1][worst]:.4g} in the validation rows"
    )
