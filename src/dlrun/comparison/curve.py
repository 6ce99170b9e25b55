"""What a curve says in a few characters: its best place, quantiles, a small picture."""

from __future__ import annotations

import math
from array import array
from collections.abc import Sequence
from itertools import pairwise
from typing import Literal, TypeAlias

Mode: TypeAlias = Literal["min", "max"]
Curve: TypeAlias = Sequence[float | None]
"""A number per epoch; None where there is none that is finite."""

_BARS = "▁▂▃▄▅▆▇█"
_NOT_A_NUMBER = "x"
_GROWING = ("acc", "auc", "precision", "recall", "f1", "score", "iou", "r2", "similar")


def guess_mode(metric: str) -> Mode:
    """Tell from a metric's name whether more of it is better."""
    return "max" if any(word in metric.lower() for word in _GROWING) else "min"


def to_curve(column: Sequence[float | int | str | None]) -> Curve:
    """Take the finite numbers of a column; None where it has none."""
    return [
        value if isinstance(value, int | float) and math.isfinite(value) else None
        for value in column
    ]


def find_best(curve: Curve, mode: Mode) -> int | None:
    """The place of the best value, the earliest of equals; None without any number."""
    numbers = [value for value in curve if value is not None]
    if not numbers:
        return None
    return curve.index(max(numbers) if mode == "max" else min(numbers))


def difference(left: float | None, right: float | None) -> float | None:
    """`left` minus `right`; None where either is missing."""
    return None if left is None or right is None else left - right


def quantile(values: Sequence[float], part: float) -> float:
    """The value below which `part` of the values lie, interpolated between neighbours.

    Args:
        values: At least one number.
        part: From 0 to 1; 0.5 is the median.
    """
    ordered = sorted(values)
    place = part * (len(ordered) - 1)
    below = math.floor(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)


def resample(curve: Curve, cells: int) -> list[float | None]:
    """Shorten a curve to at most `cells` means; None where a part has no number."""
    size = min(len(curve), cells)
    ends = [cell * len(curve) // size for cell in range(size + 1)] if size else []
    return [_mean(curve[start:end]) for start, end in pairwise(ends)]


def _mean(part: Curve) -> float | None:
    numbers = [value for value in part if value is not None and not math.isnan(value)]
    return sum(numbers) / len(numbers) if numbers else None


def thin(curve: Curve, step: int) -> array[float]:
    """Keep a curve in eight bytes a point: means of `step` epochs, NaN for none."""
    points = resample_by(curve, step) if step > 1 else curve
    return array("d", [math.nan if value is None else value for value in points])


def resample_by(curve: Curve, step: int) -> list[float | None]:
    """Shorten a curve to means of `step` epochs; None where a part has no number."""
    parts = [curve[at : at + step] for at in range(0, len(curve), step)]
    return [_mean(part) for part in parts]


def sparkline(curve: Curve, cells: int) -> str:
    """Draw a curve with eight heights, from its own least to its own greatest value."""
    means = resample(curve, cells)
    numbers = [value for value in means if value is not None]
    if not numbers:
        return _NOT_A_NUMBER * len(means)
    low, high = min(numbers), max(numbers)
    span = high - low or 1.0
    top = len(_BARS) - 1
    return "".join(
        _NOT_A_NUMBER if value is None else _BARS[round((value - low) / span * top)]
        for value in means
    )
