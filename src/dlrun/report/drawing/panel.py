"""Curves of one group: train dashed, validation solid, best epoch, onset, seeds."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from dlrun.comparison import Band, GroupCurves, Mode
from dlrun.estimates import epoch_text
from dlrun.report.drawing.frame import Frame
from dlrun.report.drawing.markup import Content, Markup, element
from dlrun.report.drawing.scale import Scale, fit_scale, kept_points
from dlrun.writing import number, one_line

_WIDTH, _HEIGHT = 340, 204
_LEFT, _RIGHT, _TOP, _FOOT = 40, 332, 8, 182
_SPARK_WIDTH, _SPARK_HEIGHT = 92, 24
_SPARK_POINTS = 24
_EARLY_PART = 5
_BAND_POINTS = 52
CLIP = "plot"
"""The name of the clip path that all panels share."""


def panel_frame(shown: Sequence[GroupCurves], mode: Mode) -> Frame:
    """One frame for all panels, so that heights can be compared."""
    ends = [band.epochs[-1] for curves in shown for band in bands(curves)]
    # The first epochs are far from the others, and tell them apart least.
    values = [
        value
        for curves in shown
        for band in bands(curves)
        for value in band.mean[len(band.mean) // _EARLY_PART :]
    ]
    x = Scale(1.0, max([*ends, 2.0]), _LEFT, _RIGHT)
    return Frame(_WIDTH, _HEIGHT, x, fit_scale(values, _FOOT, _TOP, mode=mode))


def panel_axes(frame: Frame) -> Markup:
    """The axes of a panel; epochs are integers and begin at 1."""
    ticks = [tick for tick in frame.x.ticks(5) if tick >= 1 and tick == int(tick)]
    step = ticks[1] - ticks[0] if len(ticks) > 1 else 2.0
    has_room = not ticks or ticks[0] - 1 > step / 2
    return frame.axes(x_ticks=[1.0, *ticks] if has_room else ticks)


def draw_panel(
    frame: Frame, name: str, curves: GroupCurves, reference: GroupCurves | None
) -> Markup:
    """The picture of one group.

    Args:
        frame: The axes that all panels share.
        name: The group's name, for those who do not see the picture.
        curves: What to draw.
        reference: The group whose validation curve stands behind it in grey.
    """
    parts: list[Content] = [_onset(frame, curves)]
    for band, kind in _kinds(curves):
        if max(band.runs) > 1:
            parts.append(_spread(frame, band, kind))
    behind = reference.validation if reference is not None else None
    if behind is not None and behind is not curves.validation:
        parts.append(frame.line(behind.epochs, behind.mean, "reference"))
    for band, kind in _kinds(curves):
        parts.append(frame.line(band.epochs, band.mean, kind))
    parts.append(_mark(frame, curves, 3.5))
    plot = element("g", parts, clip_path=f"url(#{CLIP})")
    content = [panel_axes(frame), plot]
    return frame.picture(content, kind="plot", alternative=describe(name, curves))


def draw_spark(name: str, curves: GroupCurves, mode: Mode) -> Markup:
    """The same curves, small enough for a cell; on a scale of their own."""
    values = [value for band in bands(curves) for value in band.mean]
    ends = [band.epochs[-1] for band in bands(curves)]
    x = Scale(1.0, max([*ends, 2.0]), 3, _SPARK_WIDTH - 4)
    y = fit_scale(values, _SPARK_HEIGHT - 2, 2, mode=mode)
    frame = Frame(_SPARK_WIDTH, _SPARK_HEIGHT, x, y)
    parts: list[Content] = [_onset(frame, curves)]
    for band, kind in _kinds(curves):
        points = kept_points(band.mean, _SPARK_POINTS)
        epochs = [band.epochs[point] for point in points]
        means = [band.mean[point] for point in points]
        parts.append(frame.line(epochs, means, kind))
    parts.append(_mark(frame, curves, 2.5))
    return frame.picture(parts, kind="spark", alternative=describe(name, curves))


def describe(name: str, curves: GroupCurves) -> str:
    """The curves in words, for those who do not see them."""
    words: list[str] = []
    names = {"train": "train", "validation": one_line(curves.name)}
    for band, kind in _kinds(curves):
        ends = [value for value in band.mean if math.isfinite(value)]
        if ends:
            words.append(f"{names[kind]} from {number(ends[0])} to {number(ends[-1])}")
    last = max((band.epochs[-1] for band in bands(curves)), default=0)
    if not words:
        return f"{name}: no values"
    best = value_at(curves.validation, curves.best_epoch)
    if best is not None:
        epoch = epoch_text(curves.best_epoch)
        words.append(f"best {names['validation']} {number(best)} at epoch {epoch}")
    if curves.onset is not None:
        words.append(f"overfitting since epoch {curves.onset:g}")
    return f"{name}, {last:g} epochs: {'; '.join(words)}"


def bands(curves: GroupCurves) -> Iterable[Band]:
    """The curves that have a point at all."""
    return (band for band, _ in _kinds(curves))


def value_at(band: Band | None, epoch: float | None) -> float | None:
    """The mean at an epoch, interpolated between its neighbours; None: not there."""
    if band is None or epoch is None or not band.epochs:
        return None
    after = next((n for n, later in enumerate(band.epochs) if later >= epoch), -1)
    before = max(after - 1, 0) if after >= 0 else len(band.epochs) - 1
    left, right = band.epochs[before], band.epochs[after]
    share = (epoch - left) / (right - left) if right > left else 0.0
    share = min(max(share, 0.0), 1.0)
    value = band.mean[before] + share * (band.mean[after] - band.mean[before])
    return value if math.isfinite(value) else None


def _kinds(curves: GroupCurves) -> Iterable[tuple[Band, str]]:
    for band, kind in ((curves.train, "train"), (curves.validation, "validation")):
        if band is not None and band.epochs:
            yield band, kind


def _spread(frame: Frame, band: Band, kind: str) -> Markup:
    """The spread over seeds; its edges need fewer points than the curve."""
    points = kept_points(band.high, _BAND_POINTS)
    columns = (band.epochs, band.low, band.high)
    epochs, low, high = ([column[point] for point in points] for column in columns)
    return frame.band(epochs, low, high, kind)


def _onset(frame: Frame, curves: GroupCurves) -> Markup | None:
    last = max((band.epochs[-1] for band in bands(curves)), default=0.0)
    if curves.onset is None or curves.onset >= last:
        return None
    return frame.area(max(curves.onset, frame.x.low), last, "onset")


def _mark(frame: Frame, curves: GroupCurves, radius: float) -> Markup | None:
    """The best epoch; at the edge of the picture where its value is beyond it."""
    best = value_at(curves.validation, curves.best_epoch)
    if best is None or curves.best_epoch is None:
        return None
    seen = min(max(best, frame.y.low), frame.y.high)
    return frame.dot(curves.best_epoch, seen, "mark", radius)
