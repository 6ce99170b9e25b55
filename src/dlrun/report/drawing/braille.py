"""Curves in a terminal: train dashed, the other solid, the best epoch marked."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING

from dlrun.estimates import quantile
from dlrun.writing import display_width, number, one_line

if TYPE_CHECKING:
    from dlrun.comparison import Band, GroupCurves

ROWS = 9
_LEAST_CELLS = 16
_MOST_CELLS = 64
_GAP = "   "
_DOTS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))
"""The bit of each dot of a braille character, by row and column."""
_EMPTY = 0x2800
_DASH = 3
_DASHED = 2
_EARLY = 10
_NOTHING = 1e-4


@dataclass(frozen=True, slots=True)
class Pen:
    """How a chart is drawn: in dots, or in plain characters."""

    wide: int
    """Dots of a character from left to right."""
    high: int
    mark: str
    shade: str
    legend: tuple[str, str]
    """Samples of a solid and a dashed line."""


BRAILLE = Pen(2, 4, "●", "░", ("⠒⠒⠒", "⠒ ⠒"))
ASCII = Pen(1, 1, "O", ":", ("***", ". ."))


@dataclass(slots=True)
class _Canvas:
    """Cells of characters, each with its dots."""

    pen: Pen
    cells: int
    low: float
    high: float
    last: float
    dots: dict[tuple[int, int], int] = field(default_factory=dict)
    shaded: set[tuple[int, int]] = field(default_factory=set)
    marks: set[tuple[int, int]] = field(default_factory=set)

    @property
    def width(self) -> int:
        return self.cells * self.pen.wide

    def row(self, value: float) -> int:
        """The row of dots of a value; 0 is at the top."""
        rows = ROWS * self.pen.high
        part = (self.high - value) / (self.high - self.low or 1.0)
        return min(rows - 1, max(0, round(part * (rows - 1))))

    def column(self, epoch: float) -> int:
        part = (epoch - 1) / (self.last - 1) if self.last > 1 else 0.0
        return min(self.width - 1, max(0, round(part * (self.width - 1))))

    def line(self, band: Band, *, is_dashed: bool) -> None:
        """Draw from point to point; without a gap, unless it is dashed."""
        columns = [self.column(epoch) for epoch in band.epochs]
        heights = [self.row(value) for value in band.mean]
        previous: int | None = None
        for x in range(columns[0], columns[-1] + 1):
            y = _between(columns, heights, x)
            start = y if previous is None or is_dashed else previous
            if not is_dashed or x // _DASH % 2 == 0:
                for step in range(min(start, y), max(start, y) + 1):
                    self._dot(x, step, is_dashed=is_dashed)
            previous = y

    def _dot(self, x: int, y: int, *, is_dashed: bool) -> None:
        cell = (y // self.pen.high, x // self.pen.wide)
        bit = _DOTS[y % self.pen.high][x % self.pen.wide] if self.pen.high > 1 else 1
        dots = self.dots.get(cell, 0)
        # In plain characters the solid line hides the dashed one.
        plain = (dots or _DASHED) if is_dashed else 1
        self.dots[cell] = dots | bit if self.pen.high > 1 else plain

    def shade_from(self, epoch: float) -> None:
        first = self.column(epoch) // self.pen.wide
        self.shaded |= {(y, x) for y in range(ROWS) for x in range(first, self.cells)}

    def shade_band(self, band: Band) -> None:
        columns = [self.column(epoch) for epoch in band.epochs]
        tops = [self.row(value) for value in band.high]
        bottoms = [self.row(value) for value in band.low]
        for x in range(columns[0], columns[-1] + 1):
            rows = range(_between(columns, tops, x), _between(columns, bottoms, x) + 1)
            self.shaded |= {(y // self.pen.high, x // self.pen.wide) for y in rows}

    def mark(self, epoch: float, value: float) -> None:
        cell = self.row(value) // self.pen.high, self.column(epoch) // self.pen.wide
        self.marks.add(cell)

    def lines(self) -> list[str]:
        return [
            "".join(self._cell((y, x)) for x in range(self.cells)) for y in range(ROWS)
        ]

    def _cell(self, cell: tuple[int, int]) -> str:
        if cell in self.marks:
            return self.pen.mark
        dots = self.dots.get(cell, 0)
        if not dots:
            return self.pen.shade if cell in self.shaded else " "
        if self.pen.high > 1:
            return chr(_EMPTY + dots)
        return "*" if dots == 1 else "."


def draw_charts(
    titles: Sequence[str],
    curves: Sequence[GroupCurves],
    width: int | None,
    pen: Pen = BRAILLE,
    *,
    with_bands: bool = False,
) -> list[str]:
    """Draw small charts side by side, on one scale.

    Args:
        titles: What stands above each.
        curves: What to draw.
        width: Terminal columns; None: 100.
        pen: In dots, or in plain characters.
        with_bands: Shade the spread of the curve that is compared.
    """
    bands = [
        band for group in curves for band in (group.train, group.validation) if band
    ]
    if not bands:
        return []
    low, high = _range(bands)
    last = max(band.epochs[-1] for band in bands)
    # Beside the range, so small a number is nothing.
    bottom = number(low) if abs(low) > (high - low) * _NOTHING else "0"
    margin = max(len(bottom), len(number(high)))
    space = (width or 100) - margin - 1
    most = (space + len(_GAP)) // (_LEAST_CELLS + len(_GAP))
    abreast = max(1, min(len(curves), most))
    cells = min(_MOST_CELLS, (space + len(_GAP)) // abreast - len(_GAP))
    panels = []
    for title, group in zip(titles, curves, strict=True):
        canvas = _Canvas(pen, max(1, cells), low, high, last)
        _draw(canvas, group, with_bands=with_bands)
        panels.append(_panel(title, canvas))
    lines: list[str] = []
    for start in range(0, len(panels), abreast):
        row = panels[start : start + abreast]
        lines += _beside(row, (bottom, number(high)), margin)
    return [*lines, _legend(pen, curves, with_bands=with_bands)]


def _draw(canvas: _Canvas, curves: GroupCurves, *, with_bands: bool) -> None:
    if curves.validation and with_bands:
        canvas.shade_band(curves.validation)
    if curves.onset is not None:
        canvas.shade_from(curves.onset)
    if curves.train:
        canvas.line(curves.train, is_dashed=True)
    if curves.validation:
        canvas.line(curves.validation, is_dashed=False)
        if curves.best_epoch is not None:
            value = _at(curves.validation, curves.best_epoch)
            canvas.mark(curves.best_epoch, value)


def _panel(title: str, canvas: _Canvas) -> list[str]:
    last = f"epoch {canvas.last:.0f}"
    axis = f"1{last.rjust(canvas.cells - 1)}" if len(last) < canvas.cells else ""
    return [_padded(title, canvas.cells), *canvas.lines(), axis.ljust(canvas.cells)]


def _padded(text: str, width: int) -> str:
    while display_width(text) > width:
        text = text[:-2] + "…" if len(text) > 1 else ""
    return text + " " * (width - display_width(text))


def _beside(
    panels: Sequence[Sequence[str]], ends: tuple[str, str], margin: int
) -> list[str]:
    low, high = ends
    labels = {1: high, ROWS: low}
    return [
        f"{labels.get(row, '').rjust(margin)} {_GAP.join(parts)}".rstrip()
        for row, parts in enumerate(zip(*panels, strict=True))
    ]


def _legend(pen: Pen, curves: Sequence[GroupCurves], *, with_bands: bool) -> str:
    parts = [f"{pen.legend[0]} {one_line(curves[0].name)}"]
    if any(group.train for group in curves):
        parts.append(f"{pen.legend[1]} train")
    if any(group.best_epoch is not None for group in curves):
        parts.append(f"{pen.mark} best epoch")
    if any(group.onset is not None for group in curves):
        parts.append(f"{pen.shade} overfitting")
    if with_bands:
        parts.append(f"{pen.shade} four fifths of the runs")
    return "   ".join(parts)


def _range(bands: Sequence[Band]) -> tuple[float, float]:
    """From the least to the greatest value; wild and early ones do not count."""
    # The first epochs fall from far above; the rest is what people look at.
    values = [
        value for band in bands for value in band.mean[len(band.mean) // _EARLY :]
    ]
    low, high = min(values), max(values)
    middle = [quantile(values, part) for part in (0.05, 0.95)]
    room = 2 * (middle[1] - middle[0])
    if room:
        low, high = max(low, middle[0] - room), min(high, middle[1] + room)
    return low, high


def _between(columns: Sequence[int], heights: Sequence[int], x: int) -> int:
    """The height at `x`, in a straight line between the points beside it."""
    for (left, low), (right, high) in pairwise(zip(columns, heights, strict=True)):
        if left <= x <= right and right > left:
            return round(low + (high - low) * (x - left) / (right - left))
    return heights[-1]


def _at(band: Band, epoch: float) -> float:
    points = zip(band.epochs, band.mean, strict=True)
    _, value = min(points, key=lambda point: abs(point[0] - epoch))
    return value if math.isfinite(value) else 0.0
