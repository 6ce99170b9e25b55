"""The parts that every picture is made of: lines, bands and axes, in SVG."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from dlrun.report.page.markup import Content, Markup, element, join
from dlrun.report.page.scale import Scale, tick_text

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
        self, *, x_name: str, y_name: str = "", x_ticks: Sequence[float] = ()
    ) -> Markup:
        """Fine horizontal lines with their values, and the values along the foot."""
        rows = self.y.ticks()
        columns = x_ticks or self.x.ticks(5)
        left, right, foot = self.x.start, self.x.end, self.y.start
        grid = "".join(f"M{left:g} {self.y.place(row):g}H{right:g}" for row in rows)
        parts: list[Content] = [element("path", class_="grid", d=grid)]
        for row in rows:
            y = self.y.place(row) + _BASELINE
            text = tick_text(row, rows)
            parts.append(_label(left - _TICK_GAP, y, text, anchor="end"))
        for column in columns:
            text = tick_text(column, columns)
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

    def band(self, xs: Sequence[float], low: Sequence[float], high: Sequence[float], kind: str) -> Markup:
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
        height = self.y.start - self.y.end
        size = {"width": f"{right - left:.1f}", "height": height}
        return element("rect", class_=kind, x=left, y=self.y.end, **size)

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


def _sample(kind: str) -> Markup:
    size = {"width": 26, "height": 12, "viewBox": "0 0 26 12", "aria_hidden": "true"}
    if kind.startswith(("band", "onset")):
        mark = element("rect", class_=kind, x=2, y=1, width=22, height=10)
    elif kind.startswith("mark"):
        mark = element("circle", class_=kind, cx=13, cy=6, r=4)
    else:
        mark = element("path", class_=f"line {kind}", d="M1 6H25")
    return element("svg", mark, class_="sample", **size)


def _label(x: float, y: float, text: str, *, anchor: str, kind: str = "") -> Markup:
    return element(
        "text", text, class_=f"tick {kind}".rstrip(), x=x, y=y, text_anchor=anchor
    )
