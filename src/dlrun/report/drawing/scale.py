"""From numbers to places in a picture."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from dlrun.comparison import Mode
from dlrun.estimates import quantile

_STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)
_MARGIN = 0.06
_FAR_PART, _FAR = 0.1, 1.2
_FAR_OUTSIDE = 50.0
_PART_OF_ONE = 0.2
_LARGE, _SMALL = 1e5, 1e-3
_MOST_LOG_TICKS = 6
_INFINITE = 1e100
"""What is larger has no place in a picture, nor has NaN."""


@dataclass(frozen=True, slots=True)
class Scale:
    """A straight line from values to places: `low` lies at `start`, `high` at `end`."""

    low: float
    high: float
    start: float
    end: float

    def place(self, value: float) -> float:
        """The place of a value, in pixels, rounded to a tenth."""
        share = (value - self.low) / (self.high - self.low)
        # Far outside is far enough: pictures are cut off there anyway.
        share = min(max(share, -_FAR_OUTSIDE), _FAR_OUTSIDE)
        return round(self.start + share * (self.end - self.start), 1)

    def holds(self, value: float) -> bool:
        """Whether a value lies on the scale."""
        return self.low <= value <= self.high

    def ticks(self, wanted: int = 4) -> list[float]:
        """Round values on the scale, about as many as wanted."""
        step = _step((self.high - self.low) / max(wanted, 1))
        first = math.ceil(self.low / step - 1e-9)
        last = math.floor(self.high / step + 1e-9)
        return [float(f"{number * step:.12g}") for number in range(first, last + 1)]


def fit_scale(
    values: Iterable[float], start: float, end: float, *, mode: Mode | None = None
) -> Scale:
    """A scale that holds the values, with a margin.

    Args:
        values: Without any that is finite, the scale goes from 0 to 1.
        start: Where the least value lies.
        end: Where the greatest value lies.
        mode: Which values are good; the few that are far worse than most, as of the
            first epochs or of a run that diverged, are left out. None: none is.
    """
    numbers = sorted(value for value in values if abs(value) < _INFINITE)
    if not numbers:
        return Scale(0.0, 1.0, start, end)
    low, high = numbers[0], numbers[-1]
    middle = quantile(numbers, 0.5)
    if mode == "min":
        upper = quantile(numbers, 1 - _FAR_PART)
        high = min(high, upper + _FAR * (upper - middle or abs(upper) or 1.0))
    elif mode == "max":
        lower = quantile(numbers, _FAR_PART)
        low = max(low, lower - _FAR * (middle - lower or abs(lower) or 1.0))
    span = high - low
    if span <= abs(high) / _LARGE:
        span = abs(high) * _PART_OF_ONE or 1.0
        low, high = low - span / 2, high + span / 2
    is_positive = numbers[0] >= 0
    bottom, top = low - _MARGIN * span, high + _MARGIN * span
    # Losses and shares are never below 0; an axis that ends there says so.
    return Scale(max(0.0, bottom) if is_positive else bottom, top, start, end)


def log_ticks(scale: Scale) -> list[float]:
    """Ticks for logarithms: 1, 2 and 5 times each power of ten, not too many."""
    decades = range(math.floor(scale.low), math.ceil(scale.high) + 1)
    for steps in ((1, 2, 5), (1,)):
        ticks = [math.log10(step) + decade for decade in decades for step in steps]
        held = [tick for tick in ticks if scale.holds(tick)]
        if len(held) <= _MOST_LOG_TICKS:
            break
    return held


def tick_text(value: float, ticks: Sequence[float]) -> str:
    """A tick with as many decimals as all of them need."""
    greatest = max(map(abs, ticks), default=0.0)
    if greatest >= _LARGE or 0 < greatest < _SMALL:
        return f"{value:.1e}" if value else "0"
    decimals = max((_decimals(tick) for tick in ticks), default=0)
    return f"{value:,.{decimals}f}"


def kept_points(curve: Sequence[float], most: int) -> list[int]:
    """Choose points of a curve so that its shape stays: least and greatest per part.

    Args:
        curve: A value per epoch.
        most: How many points to keep at most; all where there are no more.

    Returns:
        Their positions in the curve.
    """
    length = len(curve)
    if length <= most:
        return list(range(length))
    parts = (most - 2) // 2
    kept = {0, length - 1}
    for part in range(parts):
        points = range(part * length // parts, (part + 1) * length // parts)
        present = [(curve[n], n) for n in points if math.isfinite(curve[n])]
        if present:
            kept |= {min(present)[1], max(present)[1]}
    return sorted(kept)


def _step(raw: float) -> float:
    size: float = 10.0 ** math.floor(math.log10(raw))
    return next(step * size for step in _STEPS if raw <= step * size * (1 + 1e-9))


def _decimals(value: float) -> int:
    text = f"{value:.6f}".rstrip("0")
    return len(text.split(".")[1])
