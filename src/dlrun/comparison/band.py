"""The curves of a group: at each epoch the mean over its runs, and their spread."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from dlrun.comparison.comparison import Band, Group, GroupCurves, Row
from dlrun.comparison.curve import quantile
from dlrun.estimates import estimate

if TYPE_CHECKING:
    from array import array

_FEWEST_FOR_INTERVAL = 5
_INNER = (0.1, 0.9)
_MANY = 30


def group_curves(rows: Sequence[Row], group: Group | None) -> GroupCurves:
    """Put the curves of runs on top of each other.

    Args:
        rows: The runs; they plan equally many epochs, or their points are an epoch.
        group: Their group, for its marks; None: they are of several groups.
    """
    return GroupCurves(
        train=_band(rows, [row.score.curves.train for row in rows]),
        validation=_band(rows, [row.score.curves.validation for row in rows]),
        best_epoch=group.best_epoch if group else None,
        onset=group.onset if group else None,
    )


def _band(rows: Sequence[Row], curves: Sequence[array[float]]) -> Band | None:
    longest = max((len(curve) for curve in curves), default=0)
    step = max((row.score.curves.step for row in rows), default=1)
    points = []
    for at in range(longest):
        values = [
            curve[at]
            for curve, row in zip(curves, rows, strict=True)
            if at < len(curve)
            and row.score.curves.step == step
            and not math.isnan(curve[at])
        ]
        if values:
            epoch = at * step + (step + 1) / 2
            points.append((epoch, len(values), *_spread(values)))
    if not points:
        return None
    epochs, runs, mean, low, high = zip(*points, strict=True)
    return Band(epochs, runs, mean, low, high)


def _spread(values: Sequence[float]) -> tuple[float, float, float]:
    """Mean and both ends: of few runs the extremes, of many the inner four fifths."""
    if len(values) >= _MANY:
        low, high = (quantile(values, part) for part in _INNER)
        return quantile(values, 0.5), low, high
    found = estimate(values)
    if found.half_width is None or len(values) < _FEWEST_FOR_INTERVAL:
        return found.mean, found.minimum, found.maximum
    return found.mean, found.mean - found.half_width, found.mean + found.half_width
