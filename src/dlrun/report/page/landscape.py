"""All groups at a glance: score against gap and size; of very many, their spread."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence

from dlrun.comparison import Comparison, Group
from dlrun.comparison.comparison import GroupCurves
from dlrun.report.drawing.frame import Frame, legend, shape
from dlrun.report.drawing.markup import Content, Markup, element
from dlrun.report.drawing.scale import Scale, fit_scale
from dlrun.report.page.field import tag_kind
from dlrun.report.page.spread import Plot, curve_spread, score_histogram
from dlrun.writing import count, number, one_line

_WIDTH, _HEIGHT = 340, 240
_LEFT, _RIGHT, _TOP, _FOOT = 40, 332, 22, 204
_MOST_TICKS = 6
_FEWEST_POINTS = 3
_MOST_NAMED_POINTS = 200
_WORDS = {
    "fine": "fits well",
    "warned": "has a finding",
    "broken": "failed to learn",
    "unknown": "not judged",
}


def render_landscape(
    comparison: Comparison, curves: Mapping[int, GroupCurves]
) -> list[Content]:
    """The pictures that these groups allow; none of fewer than three groups.

    Args:
        comparison: The groups.
        curves: Of all groups by their number; only read if there are many.
    """
    plots = [
        _against_gap(comparison),
        _against_size(comparison),
        score_histogram(comparison) if curves else None,
        curve_spread(comparison, curves) if curves else None,
    ]
    figures = [
        element(
            "figure",
            element("figcaption", element("span", plot.title, class_="label")),
            plot.picture,
            plot.legend,
            class_="plate",
        )
        for plot in plots
        if plot is not None
    ]
    return [element("div", figures, class_="plates")] if figures else []


def _against_gap(comparison: Comparison) -> Plot | None:
    """Low and to the good side is best: a good score that holds on new rows."""

    def gap(group: Group) -> float | None:
        return group.gap.mean if group.gap else None

    metric = one_line(comparison.metric)
    return _scatter(comparison, gap, f"{metric} against the gap", f"gap of {metric}")


def _against_size(comparison: Comparison) -> Plot | None:
    """The score of small and large models; powers of ten, if sizes differ much."""

    def size(group: Group) -> float | None:
        return math.log10(group.parameters) if group.parameters else None

    sizes = {group.parameters for group in comparison.groups if group.parameters}
    if len(sizes) < _FEWEST_POINTS:
        return None
    title = f"{one_line(comparison.metric)} against parameters"
    return _scatter(comparison, size, title, "parameters")


def _scatter(
    comparison: Comparison,
    across: Callable[[Group], float | None],
    title: str,
    x_name: str,
) -> Plot | None:
    points = [
        (x, group.score.mean, group)
        for group in comparison.groups
        if group.score is not None and (x := across(group)) is not None
    ]
    if len(points) < _FEWEST_POINTS:
        return None
    frame = Frame(
        _WIDTH,
        _HEIGHT,
        fit_scale((x for x, _, _ in points), _LEFT, _RIGHT),
        fit_scale((y for _, y, _ in points), _FOOT, _TOP, mode=comparison.mode),
    )
    metric = one_line(comparison.metric)
    if x_name == "parameters":
        ticks = _powers(frame.x)
        axes = frame.axes(x_name, metric, x_ticks=ticks, x_text=_size_text)
    else:
        axes = frame.axes(x_name, metric)
    held = [point for point in reversed(points) if frame.y.holds(point[1])]
    marks = _points(frame, held)
    kinds = dict.fromkeys(tag_kind(group.verdict) for _, _, group in points)
    words = f"{title}: {len(points)} groups, from {_ends(comparison)}"
    picture = frame.picture([axes, marks], kind="plot points", alternative=words)
    return Plot(
        title, picture, legend((f"point {kind}", _WORDS[kind]) for kind in kinds)
    )


def _points(
    frame: Frame, points: Sequence[tuple[float, float, Group]]
) -> Iterable[Markup]:
    """A mark for each group; very many are one path for each kind."""
    if len(points) <= _MOST_NAMED_POINTS:
        return [_point(frame, x, y, group) for x, y, group in points]
    outlines: dict[str, list[str]] = {}
    for x, y, group in points:
        kind = tag_kind(group.verdict)
        place = (frame.x.place(x), frame.y.place(y))
        outlines.setdefault(kind, []).append(shape(kind, *place, small=True))
    return [
        element("path", class_=f"point {kind}", d="".join(outline))
        for kind, outline in outlines.items()
    ]


def _point(frame: Frame, x: float, y: float, group: Group) -> Markup:
    kind = tag_kind(group.verdict)
    left, top = frame.x.place(x), frame.y.place(y)
    mark = element("path", class_=f"point {kind}", d=shape(kind, left, top))
    title = f"{group.name}: {number(y)}" + (f", {group.tag}" if group.tag else "")
    return element("g", element("title", title), mark, data_g=group.number)


def _ends(comparison: Comparison) -> str:
    scores = [group.score.mean for group in comparison.groups if group.score]
    return f"{number(min(scores))} to {number(max(scores))}"


def _powers(scale: Scale) -> list[float]:
    """Ticks for logarithms: 1, 2 and 5 times each power of ten, not too many."""
    decades = range(math.floor(scale.low), math.ceil(scale.high) + 1)
    for steps in ((1, 2, 5), (1,)):
        ticks = [math.log10(step) + decade for decade in decades for step in steps]
        held = [tick for tick in ticks if scale.holds(tick)]
        if len(held) <= _MOST_TICKS:
            break
    return held


def _size_text(value: float, _: Sequence[float]) -> str:
    return count(round(10**value))
