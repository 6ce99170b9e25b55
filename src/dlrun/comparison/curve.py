"""The curves of a group: at each epoch the mean over its runs, and their spread."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dlrun.estimates import estimate, quantile

if TYPE_CHECKING:
    from array import array

    from dlrun.comparison.score import Curves

_FEWEST_FOR_INTERVAL = 5
_INNER = (0.1, 0.9)
_MANY = 30


@dataclass(frozen=True, slots=True)
class Band:
    """A curve over the runs of a group: the mean at each epoch, and its spread."""

    epochs: tuple[float, ...]
    """Where each point stands: an epoch, or the middle of the epochs it sums up."""
    runs: tuple[int, ...]
    """How many runs each point is the mean of; runs may end early."""
    mean: tuple[float, ...]
    low: tuple[float, ...]
    """The least of the runs; from 5 on, the end of the 95 % interval of the mean."""
    high: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class GroupCurves:
    """The two curves of a group; None where its histories do not have one."""

    train: Band | None
    validation: Band | None
    best_epoch: float | None
    """Where to put the mark."""
    onset: float | None
    """From here on the curve is shaded; None: no overfitting."""
    name: str = "validation"
    """What the curve that is compared is called."""


def group_curves(
    runs: Sequence[Curves],
    *,
    best_epoch: float | None = None,
    onset: float | None = None,
    name: str = "validation",
    overlap: float = 0.0,
) -> GroupCurves:
    """Put the curves of runs on top of each other.

    Args:
        runs: The curves of each; only those of the coarsest points are drawn.
        best_epoch: Where to put the mark; None: the runs are of several groups.
        onset: From where on they overfit.
        name: What the curve that is compared is called.
        overlap: Of folds, the rows that validate over those that train.
    """
    step = max((curves.step for curves in runs), default=1)
    alike = [curves for curves in runs if curves.step == step]
    return GroupCurves(
        train=_band([curves.train for curves in alike], step, overlap),
        validation=_band([curves.validation for curves in alike], step, overlap),
        best_epoch=best_epoch,
        onset=onset,
        name=name,
    )


def _band(curves: Sequence[array[float]], step: int, overlap: float) -> Band | None:
    points = []
    for index in range(max(map(len, curves), default=0)):
        values = [
            curve[index]
            for curve in curves
            if index < len(curve) and not math.isnan(curve[index])
        ]
        if values:
            epoch = index * step + (step + 1) / 2
            points.append((epoch, len(values), *_spread(values, overlap)))
    if not points:
        return None
    epochs, runs, mean, low, high = zip(*points, strict=True)
    return Band(epochs, runs, mean, low, high)


def _spread(values: Sequence[float], overlap: float) -> tuple[float, float, float]:
    """Mean and both ends: of few runs the extremes, of many the inner four fifths."""
    if len(values) >= _MANY:
        low, high = (quantile(values, part) for part in _INNER)
        return quantile(values, 0.5), low, high
    mean = estimate(values, overlap)
    if mean.half_width is None or len(values) < _FEWEST_FOR_INTERVAL:
        return mean.mean, mean.minimum, mean.maximum
    return mean.mean, mean.mean - mean.half_width, mean.mean + mean.half_width
