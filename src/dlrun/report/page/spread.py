"""Very many groups: how their scores are spread, and their curves."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from dlrun.comparison import Comparison
from dlrun.comparison.comparison import Band, GroupCurves
from dlrun.comparison.curve import quantile
from dlrun.report.drawing.frame import Frame, legend
from dlrun.report.drawing.markup import Content, Markup, element
from dlrun.report.drawing.scale import Scale, fit_scale
from dlrun.report.page.table import best_group
from dlrun.writing import number, one_line

_WIDTH, _HEIGHT = 340, 240
_LEFT, _RIGHT, _TOP, _FOOT = 40, 332, 22, 204
_BINS = 24
_CLIP = "spread"


@dataclass(frozen=True, slots=True)
class Plot:
    """A picture with its title, and what stands below it."""

    title: str
    picture: Markup
    legend: Markup | None = None


def score_histogram(comparison: Comparison) -> Plot | None:
    """How many groups have which score."""
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
    marks = [number(quantile(scores, part)) for part in (0.25, 0.5, 0.75)]
    metric = one_line(comparison.metric)
    words = f"Quartiles {', '.join(marks)}"
    content = [frame.axes(metric, "groups"), bars]
    picture = frame.picture(content, kind="plot", alternative=f"{metric}: {words}")
    note = element("p", words, class_="note small")
    return Plot(f"{metric} of {len(scores):,} groups", picture, note)


def curve_spread(
    comparison: Comparison, curves: Mapping[int, GroupCurves]
) -> Plot | None:
    """Quantiles of all validation curves, with the best group's on top."""
    found = _values_by_epoch(one.validation for one in curves.values())
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
        frame.axes("epoch", one_line(comparison.metric)),
        element("g", parts, clip_path=f"url(#{_CLIP})"),
    ]
    title = "Validation over all groups"
    ends = [number(levels[0.5][at]) for at in (0, -1)]
    words = f"{title}: median from {' to '.join(ends)}"
    picture = frame.picture(content, kind="plot", alternative=words)
    return Plot(title, picture, _keys())


def _values_by_epoch(bands: Iterable[Band | None]) -> dict[float, list[float]]:
    found: dict[float, list[float]] = {}
    for band in bands:
        if band is not None:
            for epoch, mean in zip(band.epochs, band.mean, strict=True):
                if math.isfinite(mean):
                    found.setdefault(epoch, []).append(mean)
    return found


def _keys() -> Markup:
    return legend(
        [
            ("validation", "the best group"),
            ("median", "median"),
            ("band inner", "middle half"),
            ("band outer", "middle 80 %"),
        ]
    )
