"""The parts that every picture is made of: lines, bands and axes, in SVG."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from dlrun.report.drawing.markup import Content, Markup, element, join
from dlrun.report.drawing.scale import Scale, tick_text

_TICK_GAP = 6
_BASELINE = 4


@dataclass(frozen=True, slots=True)
class Frame:
    """A picture's size and its two scales, in pixels from the top left corner."""

    width: int
    height: int
    x: Scale
    y: Scale

    def axes(
        self,
        x_name: str = "",
        y_name: str = "",
        *,
        x_ticks: Sequence[float] = (),
        y_ticks: Sequence[float] = (),
        x_text: Callable[[float, Sequence[float]], str] = tick_text,
    ) -> Markup:
        """Fine horizontal lines with their values, and the values along the foot."""
        rows = y_ticks or self.y.ticks()
        columns = x_ticks or self.x.ticks(5)
        left, right, foot = self.x.start, self.x.end, self.y.start
        grid = "".join(f"M{left:g} {self.y.place(row):g}H{right:g}" for row in rows)
        parts: list[Content] = [element("path", class_="grid", d=grid)]
        for row in rows:
            y = self.y.place(row) + _BASELINE
            text = tick_text(row, rows)
            parts.append(_label(left - _TICK_GAP, y, text, anchor="end"))
        for column in columns:
            text = x_text(column, columns)
            x = self.x.place(column)
            parts.append(_label(x, foot + 16, text, anchor="middle"))
        if x_name:
            parts.append(_label(right, foot + 30, x_name, anchor="end", kind="name"))
        if y_name:
            parts.append(_label(2, 11, y_name, anchor="start", kind="name"))
        return join(parts)

    def line(self, xs: Sequence[float], ys: Sequence[float], kind: str) -> Markup:
        """A curve, interrupted where it has no value."""
        return element("path", class_=f"line {kind}", d=self._trace(xs, ys))

    def band(
        self,
        xs: Sequence[float],
        low: Sequence[float],
        high: Sequence[float],
        kind: str,
    ) -> Markup:
        """The area between two curves, as far as both have values."""
        there, back = [], []
        for x, below, above in zip(xs, low, high, strict=True):
            if math.isfinite(below) and math.isfinite(above):
                there.append(self._point(x, above))
                back.append(self._point(x, below))
        outline = " ".join([*there, *reversed(back)])
        return element("polygon", class_=f"band {kind}", points=outline)

    def area(self, start: float, end: float, kind: str) -> Markup:
        """All that lies between two places on the x axis."""
        left, right = self.x.place(start), self.x.place(end)
        return element(
            "rect",
            class_=kind,
            x=left,
            y=self.y.end,
            width=f"{right - left:.1f}",
            height=self.y.start - self.y.end,
        )

    def dot(self, x: float, y: float, kind: str, radius: float = 3.5) -> Markup:
        """A mark at one point."""
        return element(
            "circle", class_=kind, cx=self.x.place(x), cy=self.y.place(y), r=radius
        )

    def picture(self, content: Content, *, kind: str, alternative: str) -> Markup:
        """The whole picture with its text alternative."""
        return element(
            "svg",
            content,
            class_=kind,
            viewBox=f"0 0 {self.width} {self.height}",
            role="img",
            aria_label=alternative,
        )

    def clip(self, name: str) -> Markup:
        """What cuts curves off at the edge of the axes; named for `clip-path`."""
        top = self.y.end
        area = element(
            "rect",
            x=self.x.start,
            y=top - 1,
            width=self.x.end - self.x.start + 4,
            height=self.y.start - top + 2,
        )
        return element("clipPath", area, id=name)

    def _trace(self, xs: Sequence[float], ys: Sequence[float]) -> str:
        steps: list[str] = []
        pen = "M"
        for x, y in zip(xs, ys, strict=True):
            if not math.isfinite(y):
                pen = "M"
                continue
            steps.append(f"{pen}{self._point(x, y)}")
            pen = "L" if pen == "M" else " "
        return "".join(steps)

    def _point(self, x: float, y: float) -> str:
        return f"{self.x.place(x):g} {self.y.place(y):g}"


def legend(entries: Iterable[tuple[str, str]]) -> Markup:
    """What the lines and marks of a picture mean: pairs of a kind and its words."""
    items = [
        element("li", _sample(kind), element("span", words)) for kind, words in entries
    ]
    return element("ul", items, class_="legend")


def shape(kind: str, x: float, y: float, *, small: bool = False) -> str:
    """The outline of a mark: a shape for each colour, for those who see none."""
    if small:
        return _small_shape(kind, x, y)
    if kind == "warned":
        return f"M{x:g} {y - 5:g}l5 8.6h-10z"
    if kind == "broken":
        return f"M{x - 4:g} {y - 4:g}l8 8m0 -8l-8 8"
    if kind == "unknown":
        return f"M{x - 4:g} {y - 4:g}h8v8h-8z"
    return f"M{x - 4.5:g} {y:g}a4.5 4.5 0 1 0 9 0a4.5 4.5 0 1 0 -9 0"


def _small_shape(kind: str, x: float, y: float) -> str:
    if kind == "warned":
        return f"M{x:g} {y - 3:g}l3 5h-6z"
    if kind == "broken":
        return f"M{x - 2:g} {y - 2:g}l4 4m0 -4l-4 4"
    return (
        f"M{x - 2:g} {y - 2:g}h4v4h-4z"
        if kind == "unknown"
        else f"M{x - 2:g} {y:g}a2 2 0 1 0 4 0a2 2 0 1 0 -4 0"
    )


def _sample(kind: str) -> Markup:
    if kind.startswith(("band", "onset")):
        mark = element("rect", class_=kind, x=2, y=1, width=22, height=10)
    elif kind.startswith("mark"):
        mark = element("circle", class_=kind, cx=13, cy=6, r=4)
    elif kind.startswith("point"):
        mark = element("path", class_=kind, d=shape(kind.removeprefix("point "), 13, 6))
    else:
        mark = element("path", class_=f"line {kind}", d="M1 6H25")
    return element(
        "svg", mark, class_="sample", width=26, height=12, aria_hidden="true"
    )


def _label(x: float, y: float, text: str, *, anchor: str, kind: str = "") -> Markup:
    return element(
        "text", text, class_=f"tick {kind}".rstrip(), x=x, y=y, text_anchor=anchor
    )
