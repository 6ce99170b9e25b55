"""Short series of numbers: medians, noise and tails, in plain Python."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

_MAD_TO_DEVIATION = 1.4826
"""A normal distribution's standard deviation over its median absolute deviation."""
_TURN_VARIANCE = 6
"""1² + 2² + 1²: of a value, twice that before and the one before that."""
_FEW, _SOME = 10, 20


def median(values: Sequence[float]) -> float:
    """The middle of at least one number; the mean of the two middle ones."""
    ordered = sorted(values)
    middle = len(ordered) // 2
    if len(ordered) % 2:
        return ordered[middle]
    return ordered[middle - 1] / 2 + ordered[middle] / 2


def steps(values: Sequence[float]) -> list[float]:
    """How much each number adds to the one before."""
    return [after - before for before, after in pairwise(values)]


def share_of_rises(values: Sequence[float]) -> float:
    """The share of all movement that goes up; 0 without any."""
    changes = steps(values)
    total = math.fsum(abs(change) for change in changes)
    rises = math.fsum(change for change in changes if change > 0)
    return rises / total if total else 0.0


def noise(values: Sequence[float]) -> float:
    """The standard deviation of one value around a smooth curve; 0 if there is none.

    It is taken from the steps between steps, so neither slope nor bend is noise, and
    from medians, so a few jumps are none either.
    """
    turns = steps(steps(values))
    if not turns:
        return 0.0
    middle = median(turns)
    spread = median([abs(turn - middle) for turn in turns])
    return _MAD_TO_DEVIATION * spread / math.sqrt(_TURN_VARIANCE)


def smooth(values: Sequence[float]) -> list[float]:
    """The rolling median; the window is cut off at both ends.

    It spans 3 values, and from 80 values on more, up to 9.
    """
    reach = reach_of(len(values))
    return [
        median(values[max(0, index - reach) : index + reach + 1])
        for index in range(len(values))
    ]


def reach_of(size: int) -> int:
    """How many neighbours on each side the rolling median of `size` values sees."""
    width = min(9, max(3, 2 * (size // 40) + 1))
    return width // 2


def tail_size(size: int) -> int:
    """How many of the last values stand for the end of a series."""
    if size < _FEW:
        return 1
    return 2 if size < _SOME else max(3, round(0.05 * size))


def tail(values: Sequence[float]) -> float | None:
    """The median of the last values; None without any."""
    return median(values[-tail_size(len(values)) :]) if values else None


def lowest(values: Sequence[float]) -> int:
    """The place of the smallest of at least one number, the first of equals."""
    return min(range(len(values)), key=values.__getitem__)


def ratio(value: float, over: float) -> float | None:
    """`value / over`; None where that is no finite number."""
    if over == 0:
        return None
    result = value / over
    return result if math.isfinite(result) else None
