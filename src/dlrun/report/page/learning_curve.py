"""The page of a learning curve: its points, the law through them, and what is said."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from dlrun.report.drawing.frame import Frame, legend
from dlrun.report.drawing.markup import Content, Markup, element, render_grid
from dlrun.report.drawing.scale import Scale, fit_scale
from dlrun.report.learning_curve import (
    curve_columns,
    curve_sentences,
    curve_title,
    size_text,
    twice_text,
)
from dlrun.report.page.document import render_document, section
from dlrun.report.sections.section import Heading
from dlrun.studies.learning_curve import TWICE
from dlrun.writing import one_line

if TYPE_CHECKING:
    from dlrun.estimates import Estimate
    from dlrun.studies.learning_curve import CurvePoint, LearningCurve

_WIDTH, _HEIGHT = 640, 360
_LEFT, _RIGHT, _TOP, _FOOT = 52, 628, 22, 316
_PARTS = 24
"""So many pieces draw the law."""
_WHISKER = 4


def render_curve_page(curve: LearningCurve) -> str:
    """Write a learning curve as one self-contained page, the same each time."""
    first, *others = [*curve_sentences(curve), ""]
    better = "higher" if curve.highest_is_best else "lower"
    kicker = element(
        "p",
        element("b", f"dlrun study --over {curve.axis}"),
        f" · {one_line(curve.heading)}, {better} is better",
        class_="kicker",
    )
    head = [kicker, element("h1", first or curve_title(curve))]
    head.append(element("p", curve_title(curve), class_="lead"))
    main: list[Content] = []
    if curve.points:
        picture = element("figure", _picture(curve), class_="curve")
        drawn = [picture, legend(_legend(curve))]
        main.append(section(Heading("curve", "The curve"), drawn))
        main.append(section(Heading("points", "Its points"), _table(curve)))
        notes = [element("p", text, class_="note") for text in others if text]
        main.append(section(Heading("reading", "How to read it"), notes))
    body = [element("header", head), element("main", main)]
    return render_document(f"{one_line(curve.name)} over {curve.axis}", body)


def _picture(curve: LearningCurve) -> Markup:
    """Points with intervals on a logarithmic scale, and the law beyond them."""
    frame = _frame(curve)
    labels = {math.log2(one.size): size_text(curve, one) for one in curve.points}
    parts: list[Content] = []
    if curve.more is not None:
        parts.append(_law(frame, curve))
        labels[frame.x.high] = twice_text(curve)
    parts += _points(frame, [(one, one.train) for one in curve.points], "train")
    parts += _points(frame, [(one, one.score) for one in curve.points], "validation")
    axes = frame.axes(
        curve.axis,
        one_line(curve.heading),
        x_ticks=[*labels],
        x_text=lambda place, _: labels[place],
    )
    words = "; ".join(
        f"{size_text(curve, one)} {curve.axis}: {one.score.mean:.4g}"
        for one in curve.points
    )
    alternative = f"{one_line(curve.heading)} over {curve.axis}: {words}"
    return frame.picture([axes, *parts], kind="plot", alternative=alternative)


def _frame(curve: LearningCurve) -> Frame:
    low, high = (math.log2(curve.points[end].size) for end in (0, -1))
    high += math.log2(TWICE) if curve.more is not None else 0.0
    values = [
        end
        for point in curve.points
        for one in (point.score, point.train)
        if one is not None
        for end in (one.low, one.mean, one.high)
        if end is not None
    ]
    if curve.more is not None:
        values += [*_expected(curve)]
    x = Scale(low, max(high, low + 1), _LEFT + 18, _RIGHT - 18)
    return Frame(_WIDTH, _HEIGHT, x, fit_scale(values, _FOOT, _TOP))


def _points(
    frame: Frame, points: Sequence[tuple[CurvePoint, Estimate | None]], kind: str
) -> list[Content]:
    """A line through the means, and at each its interval."""
    known = [(math.log2(one.size), value) for one, value in points if value is not None]
    parts: list[Content] = []
    if kind == "train":
        means = [value.mean for _, value in known]
        parts.append(frame.line([x for x, _ in known], means, kind))
    for x, value in known:
        if value.low is not None and value.high is not None:
            parts.append(_whisker(frame, x, (value.low, value.high), kind))
        parts.append(frame.dot(x, value.mean, f"point {kind}"))
    return parts


def _law(frame: Frame, curve: LearningCurve) -> list[Content]:
    """The law with its band, up to twice as much, and what is expected there."""
    assert curve.more is not None  # noqa: S101 - the caller has asked
    low, high = frame.x.low, frame.x.high
    places = [low + (high - low) * part / _PARTS for part in range(_PARTS + 1)]
    scores = [curve.more.score(2.0**place) for place in places]
    middles, lows, highs = zip(*scores, strict=True)
    below, above = _expected(curve)
    return [
        frame.band(places, lows, highs, "validation"),
        frame.line(places, middles, "validation"),
        _whisker(frame, high, (below, above), "expected"),
        frame.dot(high, middles[-1], "mark"),
    ]


def _expected(curve: LearningCurve) -> tuple[float, float]:
    """Between what as many seeds would measure with twice as much."""
    assert curve.more is not None  # noqa: S101 - the caller has asked
    gain, mean = curve.more.measured(TWICE), curve.points[-1].score.mean
    sign = 1 if curve.highest_is_best else -1
    ends = sorted(mean + sign * end for end in (gain.low, gain.high))
    return ends[0], ends[1]


def _whisker(frame: Frame, x: float, ends: tuple[float, float], kind: str) -> Markup:
    place = frame.x.place(x)
    low, high = (frame.y.place(end) for end in ends)
    left = place - _WHISKER
    caps = "".join(f"M{left:g} {end:g}h{2 * _WHISKER}" for end in (low, high))
    return element(
        "path", class_=f"whisker {kind}", d=f"M{place:g} {low:g}V{high:g}{caps}"
    )


def _legend(curve: LearningCurve) -> list[tuple[str, str]]:
    entries = [("point validation", f"{one_line(curve.heading)}, 95 % interval")]
    if any(point.train is not None for point in curve.points):
        entries.append(("train", "the same on train rows"))
    if curve.more is not None:
        entries += [
            ("validation", "power law"),
            ("band validation", "where it lies, 95 %"),
            (
                "mark",
                "with twice as much; dashed: what as many seeds would measure, 95 %",
            ),
        ]
    return entries


def _table(curve: LearningCurve) -> Markup:
    columns = curve_columns(curve)
    heads = [
        element("th", one.head, scope="col", class_="num" if one.is_number else None)
        for one in columns
    ]
    rows = [
        element(
            "tr",
            element("th", cells[0], scope="row", class_="num"),
            [
                element("td", cell, class_="num" if column.is_number else None)
                for column, cell in zip(columns[1:], cells[1:], strict=True)
            ],
        )
        for cells in zip(*(one.cells for one in columns), strict=True)
    ]
    return render_grid("The points of the curve", heads, element("tbody", rows))
