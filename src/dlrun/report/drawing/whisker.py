"""A mean as a dot and its interval as a line, all on one scale."""

from __future__ import annotations

from collections.abc import Iterable

from dlrun.comparison import Mode
from dlrun.estimates import Difference, Estimate, quantile
from dlrun.report.drawing.frame import Frame
from dlrun.report.drawing.markup import Content, Markup, element
from dlrun.report.drawing.scale import Scale, fit_scale, tick_text

_WIDTH, _HEIGHT = 124, 20
_MARGIN = 6
_MIDDLE = _HEIGHT / 2
_AXIS_HEIGHT = 14
_FAR_REACH = 3.0


def whisker_frame(
    intervals: Iterable[Estimate | Difference | None],
    *,
    holds_zero: bool = False,
    mode: Mode | None = None,
) -> Frame:
    """One frame for all rows of a column.

    Args:
        intervals: What the rows will show.
        holds_zero: Whether 0, no difference, must lie on the scale.
        mode: Which values are good; a few that are far worse may lie outside.
    """
    known = [interval for interval in intervals if interval is not None]
    halves = [
        interval.high - interval.mean for interval in known if interval.high is not None
    ]
    # Two seeds can give an interval so wide that nothing else could be seen.
    reach = _FAR_REACH * quantile(halves, 0.5) if halves else 0.0
    values: list[float] = [0.0] if holds_zero else []
    for interval in known:
        mean = interval.mean
        ends = (interval.low, mean, interval.high)
        near = [end for end in ends if end is not None and abs(end - mean) <= reach]
        values += near or [mean]
    x = fit_scale(values, _MARGIN, _WIDTH - _MARGIN, mode=mode)
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
        line = _line(frame.x, interval.low, interval.high)
        parts.append(element("path", class_="whisker", d=line))
    parts.append(_dot(frame.x, interval.mean))
    return element(
        "svg",
        parts,
        class_=f"interval {kind}".rstrip(),
        viewBox=f"0 0 {_WIDTH} {_HEIGHT}",
        # The same numbers stand in words beside it.
        aria_hidden="true",
    )


def _line(x: Scale, low: float, high: float) -> str:
    """From end to end; an end outside the scale has the tip of an arrow."""
    left, right = (x.place(min(max(end, x.low), x.high)) for end in (low, high))
    line = f"M{left:g} {_MIDDLE:g}H{right:g}"
    if low < x.low:
        line += f"M{left + 4:g} {_MIDDLE - 3:g}l-4 3l4 3"
    if high > x.high:
        line += f"M{right - 4:g} {_MIDDLE - 3:g}l4 3l-4 3"
    return line


def _dot(x: Scale, mean: float) -> Markup:
    """A dot; where the mean lies outside, an arrow that points there."""
    if x.holds(mean):
        place = f"{x.place(mean):g}"
        return element("circle", class_="dot", cx=place, cy=f"{_MIDDLE:g}", r=3.5)
    edge, turn = (x.end, -1) if mean > x.high else (x.start, 1)
    outline = f"M{edge:g} {_MIDDLE:g}l{turn * 7} -4v8z"
    return element("path", class_="dot", d=outline)


def whisker_axis(frame: Frame) -> Markup:
    """The least and the greatest tick of a column of intervals, for its head."""
    ticks = next(
        ticks for wanted in (2, 3, 4, 6) if len(ticks := frame.x.ticks(wanted)) > 1
    )
    marks = [
        element(
            "text",
            tick_text(tick, ticks),
            class_="tick",
            x=frame.x.place(tick),
            y=_AXIS_HEIGHT - 3,
            text_anchor="middle",
        )
        for tick in ticks
    ]
    return element(
        "svg",
        marks,
        class_="interval axis",
        viewBox=f"0 0 {_WIDTH} {_AXIS_HEIGHT}",
        aria_hidden="true",
    )
