"""A curve in a few characters of a table."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

_BARS = "▁▂▃▄▅▆▇█"
_NOT_A_NUMBER = "x"


def sparkline(curve: Sequence[float | None], cells: int) -> str:
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


def resample(curve: Sequence[float | None], cells: int) -> list[float | None]:
    """Shorten a curve to at most `cells` means; None where a part has no number."""
    size = min(len(curve), cells)
    ends = [cell * len(curve) // size for cell in range(size + 1)] if size else []
    return [_mean(curve[start:end]) for start, end in pairwise(ends)]


def _mean(part: Sequence[float | None]) -> float | None:
    numbers = [value for value in part if value is not None]
    return sum(numbers) / len(numbers) if numbers else None
