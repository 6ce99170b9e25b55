"""All groups at a glance: score against gap and size; of very many, their spread."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from dlrun.comparison import Band, Comparison, Group
from dlrun.estimates import quantile
from dlrun.report.drawing.frame import Frame, legend, shape
from dlrun.report.drawing.markup import Content, Markup, element, escape
from dlrun.report.drawing.scale import Scale, fit_scale, log_ticks
from dlrun.report.drawing.tag import tag_kind
from dlrun.report.sections.section import (
    NOT_PASTED,
    Heading,
    ReportSection,
    View,
    silent,
)
from dlrun.writing import count, number, one_line

_WIDTH, _HEIGHT = 340, 240
_LEFT, _RIGHT, _TOP, _FOOT = 40, 332, 22, 204
_FEWEST_POINTS = 3
_MOST_NAMED_POINTS = 200
_FEWEST_OF_MANY = 61
_BINS = 24
_CLIP = "spread"
_WORDS = {
    "fine": "fits well",
    "warned": "has a finding",
    "broken": "failed to learn",
    "unknown": "not judged",
}


@dataclass(frozen=True, slots=True)
class Plot:
    """A picture with its title, and what stands below it."""

    title: str
    picture: Markup
    legend: Markup | None = None


def _page(view: View) -> list[Content]:
    """The pictures that these groups allow; none of fewer than three groups."""
    comparison = view.comparison
    plots = [_against_gap(comparison), _against_size(comparison)]
    if len(comparison.groups) >= _FEWEST_OF_MANY:
        plots += [_score_histogram(comparison), _curve_spread(view)]
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

    metric = one_line(comparison.heading)
    return _scatter(comparison, gap, f"{metric} against the gap", f"gap of {metric}")


def _against_size(comparison: Comparison) -> Plot | None:
    """The score of small and large models; powers of ten, if sizes differ much."""

    def size(group: Group) -> float | None:
        return math.log10(group.parameters) if group.parameters else None

    sizes = {group.parameters for group in comparison.groups if group.parameters}
    if len(sizes) < _FEWEST_POINTS:
        return None
    title = f"{one_line(comparison.heading)} against parameters"
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
    metric = one_line(comparison.heading)
    if x_name == "parameters":
        ticks = log_ticks(frame.x)
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
        left, top = frame.x.place(x), frame.y.place(y)
        outlines.setdefault(kind, []).append(shape(kind, left, top, small=True))
    return [
        element("path", class_=f"point {kind}", d="".join(outline))
        for kind, outline in outlines.items()
    ]


def _point(frame: Frame, x: float, y: float, group: Group) -> Markup:
    kind = tag_kind(group.verdict)
    left, top = frame.x.place(x), frame.y.place(y)
    mark = element("path", class_=f"point {kind}", d=shape(kind, left, top))
    title = f"{group.name}: {number(y)}" + (f", {group.tag}" if group.tag else "")
    return element(
        "g", element("title", Markup(escape(title))), mark, data_g=group.number
    )


def _ends(comparison: Comparison) -> str:
    scores = [group.score.mean for group in comparison.groups if group.score]
    return f"{number(min(scores))} to {number(max(scores))}"


def _size_text(value: float, _: Sequence[float]) -> str:
    return count(round(10**value))


def _score_histogram(comparison: Comparison) -> Plot | None:
    """How many groups have which score."""
    scores = [group.score.mean for group in comparison.groups if group.score]
    if not scores:
        return None
    x = fit_scale(scores, _LEFT, _RIGHT, mode=comparison.mode)
    bins = [0] * _BINS
    for score in scores:
        if x.holds(score):
            index = int((score - x.low) / (x.high - x.low) * _BINS)
            bins[min(index, _BINS - 1)] += 1
    frame = Frame(_WIDTH, _HEIGHT, x, Scale(0.0, max(bins) * 1.08, _FOOT, _TOP))
    width = (_RIGHT - _LEFT) / _BINS
    bars = [
        element(
            "rect",
            class_="bar",
            x=f"{_LEFT + index * width + 1:.1f}",
            y=frame.y.place(groups),
            width=f"{width - 2:.1f}",
            height=f"{_FOOT - frame.y.place(groups):.1f}",
        )
        for index, groups in enumerate(bins)
        if groups
    ]
    marks = [number(quantile(scores, part)) for part in (0.25, 0.5, 0.75)]
    metric = one_line(comparison.heading)
    words = f"Quartiles {', '.join(marks)}"
    content = [frame.axes(metric, "groups"), bars]
    picture = frame.picture(content, kind="plot", alternative=f"{metric}: {words}")
    note = element("p", words, class_="note small")
    return Plot(f"{metric} of {len(scores):,} groups", picture, note)


def _curve_spread(view: View) -> Plot | None:
    """Quantiles of the compared curves of all groups, the best group's on top."""
    comparison, curves = view.comparison, view.curves
    means = _means_by_epoch(group.validation for group in curves.values())
    most = max(map(len, means.values()), default=0)
    epochs = sorted(epoch for epoch, values in means.items() if len(values) * 2 > most)
    if not epochs:
        return None
    levels = {
        part: [quantile(means[epoch], part) for epoch in epochs]
        for part in (0.1, 0.25, 0.5, 0.75, 0.9)
    }
    winner = comparison.best_group
    best = curves[winner.number].validation if winner else None
    early = len(epochs) // 10
    values = [value for level in levels.values() for value in level[early:]]
    y = fit_scale(values, _FOOT, _TOP, mode=comparison.mode)
    frame = Frame(_WIDTH, _HEIGHT, Scale(1.0, max(epochs[-1], 2.0), _LEFT, _RIGHT), y)
    parts: list[Content] = [
        frame.band(epochs, levels[0.1], levels[0.9], "outer"),
        frame.band(epochs, levels[0.25], levels[0.75], "inner"),
        frame.line(epochs, levels[0.5], "median"),
        frame.line(best.epochs, best.mean, "validation") if best else None,
    ]
    content = [
        element("defs", frame.clip(_CLIP)),
        frame.axes("epoch", one_line(comparison.heading)),
        element("g", parts, clip_path=f"url(#{_CLIP})"),
    ]
    name = one_line(comparison.curve_name)
    words = "Validation" if name == "validation" else name
    title = f"{words} over all groups"
    ends = [number(levels[0.5][end]) for end in (0, -1)]
    words = f"{title}: median from {' to '.join(ends)}"
    picture = frame.picture(content, kind="plot", alternative=words)
    return Plot(title, picture, _keys())


def _means_by_epoch(bands: Iterable[Band | None]) -> dict[float, list[float]]:
    means: dict[float, list[float]] = {}
    for band in bands:
        if band is not None:
            for epoch, mean in zip(band.epochs, band.mean, strict=True):
                if math.isfinite(mean):
                    means.setdefault(epoch, []).append(mean)
    return means


def _keys() -> Markup:
    return legend(
        [
            ("validation", "the best group"),
            ("median", "median"),
            ("band inner", "middle half"),
            ("band outer", "middle 80 %"),
        ]
    )


LANDSCAPE = ReportSection(
    name="landscape",
    heading=Heading("landscape", "At a glance"),
    text=silent("its points are the numbers of the table"),
    page=_page,
    markdown=NOT_PASTED,
    json=silent("its points are the numbers of the groups"),
)
