"""All groups at a glance: score against gap and size; of very many, their spread."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from dlrun.report.comparison import Comparison, Group, GroupCurves
from dlrun.report.curve import quantile
from dlrun.report.layout import count, number, one_line
from dlrun.report.page.chart import Frame, legend, shape
from dlrun.report.page.field import tag_kind
from dlrun.report.page.markup import Content, Markup, element
from dlrun.report.page.scale import Scale, fit_scale
from dlrun.report.page.table import best_group

_WIDTH, _HEIGHT = 340, 240
_LEFT, _RIGHT, _TOP, _FOOT = 40, 332, 22, 204
_MOST_TICKS = 6
_FEWEST_POINTS = 3
_BINS = 24
_MOST_NAMED_POINTS = 200
_WORDS = {
    "fine": "fits well",
    "warned": "has a finding",
    "broken": "failed to learn",
    "unknown": "not judged",
}


@dataclass(frozen=True, slots=True)
class Plot:
    """A picture with its title."""

    title: str
    picture: Markup
    legend: Markup | None = None


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
        _histogram(comparison) if curves else None,
        _spread(comparison, curves) if curves else None,
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


def _histogram(comparison: Comparison) -> Plot | None:
    scores = [group.score.mean for group in comparison.groups if group.score]
    if not scores:
        return None
    x = fit_scale(scores, _LEFT, _RIGHT, mode=comparison.mode)
    bins = [0] * _BINS
    for score in scores:
        if x.holds(score):
            at = int((score - x.low) / (x.high - x.low) * _BINS)
            bins[min(at, _BINS - 1)] += 1
    frame = Frame(_WIDTH, _HEIGHT, x, Scale(0.0, max(bins) * 1.08, _FOOT, _TOP))
    width = (_RIGHT - _LEFT) / _BINS
    bars = [
        element(
            "rect",
            class_="bar",
            x=f"{_LEFT + at * width + 1:.1f}",
            y=frame.y.place(many),
            width=f"{width - 2:.1f}",
            height=f"{_FOOT - frame.y.place(many):.1f}",
        )
        for at, many in enumerate(bins)
        if many
    ]
    quarters = [number(quantile(scores, part)) for part in (0.25, 0.5, 0.75)]
    title = f"{len(scores):,} groups, quartiles {' / '.join(quarters)}"
    axes = frame.axes(x_name=one_line(comparison.metric), y_name="groups")
    picture = frame.picture([axes, bars], kind="plot", alternative=title)
    return Plot(title, picture)


def _spread(comparison: Comparison, curves: Mapping[int, GroupCurves]) -> Plot | None:
    """Quantiles of all validation curves, with the best group's on top."""
    found: dict[float, list[float]] = {}
    for one in curves.values():
        if one.validation is not None:
            for epoch, mean in zip(
                one.validation.epochs, one.validation.mean, strict=True
            ):
                if math.isfinite(mean):
                    found.setdefault(epoch, []).append(mean)
    most = max(map(len, found.values()), default=0)
    epochs = sorted(epoch for epoch, means in found.items() if len(means) * 2 > most)
    if not epochs:
        return None
    levels = {
        part: [quantile(found[epoch], part) for epoch in epochs]
        for part in (0.1, 0.25, 0.5, 0.75, 0.9)
    }
    winner = best_group(comparison)
    best = curves[winner.number].validation if winner else None
    values = [value for level in levels.values() for value in level]
    values += best.mean if best else ()
    y = fit_scale(values, _FOOT, _TOP, mode=comparison.mode)
    frame = Frame(_WIDTH, _HEIGHT, Scale(1.0, max(epochs[-1], 2.0), _LEFT, _RIGHT), y)
    parts: list[Content] = [
        frame.axes(x_name="epoch", y_name=one_line(comparison.metric)),
        frame.band(epochs, levels[0.1], levels[0.9], "outer"),
        frame.band(epochs, levels[0.25], levels[0.75], "inner"),
        frame.line(epochs, levels[0.5], "median"),
    ]
    if best:
        parts.append(frame.line(best.epochs, best.mean, "validation"))
    title = "Validation over all groups"
    words = (
        f"{title}: median from {number(levels[0.5][0])} to {number(levels[0.5][-1])}"
    )
    return Plot(title, frame.picture(parts, kind="plot", alternative=words), _keys())


def _keys() -> Markup:
    return legend(
        [
            ("validation", "the best group"),
            ("median", "median"),
            ("band inner", "middle half"),
            ("band outer", "middle 80 %"),
        ]
    )


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
