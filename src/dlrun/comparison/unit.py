"""What the numbers of a metric are in, where that is not the unit of the file."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dlrun.comparison.comparison import Row
    from dlrun.comparison.reading import Reading


def unit_of(readings: Sequence[Reading], metric: str) -> str:
    """`scaled`, `partly scaled`, or nothing."""
    scaled = [reading.label_scales_of(metric) is not None for reading in readings]
    if all(scaled):
        return "scaled"
    return "partly scaled" if any(scaled) else ""


def scaled_experiments(
    readings: Sequence[Reading], rows: Sequence[Row], metric: str
) -> frozenset[int]:
    """The experiments whose metric is that of scaled labels; in one all are alike."""
    scaled = {one.name for one in readings if one.label_scales_of(metric) is not None}
    return frozenset(row.experiment for row in rows if row.run in scaled)
