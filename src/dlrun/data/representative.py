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
    classes = dataset.class_indices()
    if classes is not None and dataset.classes is not None:
        return _class_shares(
            classes[fold.train], classes[fold.validation], dataset.classes
        )
    reasons = (
        _means(labels[fold.train], labels[fold.validation])
        for labels in dataset.labels.values()
    )
    return next(filter(None, reasons), None)


def _class_shares(
    train: NDArray[np.int64], validation: NDArray[np.int64], names: tuple[str, ...]
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
            f"none of the {total} {part} rows is of class {name}, "
            f"but {there} {where} row{' is' if there == 1 else 's are'}"
        )
    shares = counts / counts.sum(axis=1, keepdims=True)
    difference = np.abs(shares[0] - shares[1])
    worst = int(difference.argmax())
    if difference[worst] <= _SHARE or not _is_unlikely(counts):
        return None
    return (
        f"class {names[worst]} makes up {shares[0, worst]:.0%} of the train rows, "
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


def _means(train: Array, validation: Array) -> str | None:
    import numpy as np

    means = [
        np.atleast_1d(part.mean(axis=0, dtype="float64"))
        for part in (train, validation)
    ]
    variances = [
        np.atleast_1d(part.var(axis=0, dtype="float64")) for part in (train, validation)
    ]
    difference = np.abs(means[0] - means[1])
    deviation = np.sqrt((variances[0] + variances[1]) / 2)
    error = np.sqrt(variances[0] / len(train) + variances[1] / len(validation))
    far = (difference > 0.5 * deviation) & (difference > 3.3 * error)
    if not far.any():
        return None
    worst = int(far.argmax())
    return (
        f"labels have the mean {means[0][worst]:.4g} in the train rows, "
        f"but {means[1][worst]:.4g} in the validation rows"
    )
