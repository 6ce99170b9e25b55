"""A mean as a dot and its interval as a line, all on one scale."""

from __future__ import annotations

from collections.abc import Iterable

from dlrun.report.layout import number
from dlrun.report.page.chart import Frame
from dlrun.report.page.markup import Content, Markup, element
from dlrun.report.page.scale import Scale, fit_scale, tick_text
from dlrun.statistics import Difference, Estimate

_WIDTH, _HEIGHT = 150, 20
_MARGIN = 6
_MIDDLE = _HEIGHT / 2
_AXIS_HEIGHT = 14


def whisker_frame(
    intervals: Iterable[Estimate | Difference | None], *, holds_zero: bool = False
) -> Frame:
    """One frame for all rows of a column.

    Args:
        intervals: What the rows will show.
        holds_zero: Whether 0, no difference, must lie on the scale.
    """
    values: list[float] = [0.0] if holds_zero else []
    for one in intervals:
        if one is not None:
            ends = (one.low, one.mean, one.high)
            values += [end for end in ends if end is not None]
    x = fit_scale(values, _MARGIN, _WIDTH - _MARGIN, robust=True)
    return Frame(_WIDTH, _HEIGHT, x, Scale(0.0, 1.0, _HEIGHT, 0))


def draw_whisker(
    frame: Frame,
    interval: Estimate | Difference,
    *,
    zero: float | None = None,
    kind: str = "",
) -> Markup:
    """One row of a column of intervals.

    Args:
        frame: From `whisker_frame`.
        interval: The mean and, from two values on, its interval.
        zero: Where to draw the upright line that intervals are held against.
        kind: A class for its colour.
    """
    parts: list[Content] = []
    if zero is not None and frame.x.holds(zero):
        x = frame.x.place(zero)
        parts.append(element("path", class_="zero", d=f"M{x:g} 0V{_HEIGHT}"))
    if interval.low is not None and interval.high is not None:
        left = frame.x.place(max(interval.low, frame.x.low))
        right = frame.x.place(min(interval.high, frame.x.high))
        parts.append(
            element("path", class_="whisker", d=f"M{left:g} {_MIDDLE:g}H{right:g}")
        )
    if frame.x.holds(interval.mean):
        x = frame.x.place(interval.mean)
        parts.append(element("circle", class_="dot", cx=x, cy=f"{_MIDDLE:g}", r=3.5))
    return frame.picture(
        parts, kind=f"interval {kind}".rstrip(), alternative=interval_words(interval)
    )


def whisker_axis(frame: Frame) -> Markup:
    """The least and the greatest tick of a column of intervals, for its head."""
    ticks = frame.x.ticks(3)
    ends = [ticks[0], ticks[-1]] if len(ticks) > 1 else ticks
    marks = [
        element(
            "text",
            tick_text(tick, ticks),
            class_="tick",
            x=frame.x.place(tick),
            y=_AXIS_HEIGHT - 3,
            text_anchor=_anchor(frame, tick),
        )
        for tick in ends
    ]
    return element(
        "svg",
        marks,
        class_="interval axis",
        viewBox=f"0 0 {_WIDTH} {_AXIS_HEIGHT}",
        aria_hidden="true",
    )


def interval_words(interval: Estimate | Difference) -> str:
    """A mean and its interval in words."""
    signed = isinstance(interval, Difference)
    mean = number(interval.mean, signed=signed)
    if interval.low is None or interval.high is None:
        return mean
    return f"{mean} {range_words(interval)}"


def range_words(interval: Estimate | Difference) -> str:
    """An interval as `[low, high]`; empty for a single value."""
    if interval.low is None or interval.high is None:
        return ""
    signed = isinstance(interval, Difference)
    ends = [number(end, signed=signed) for end in (interval.low, interval.high)]
    return f"[{', '.join(ends)}]"


def _anchor(frame: Frame, tick: float) -> str:
    share = frame.x.place(tick) / _WIDTH
    return "start" if share < 0.2 else "end" if share > 0.8 else "middle"

