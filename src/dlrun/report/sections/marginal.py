"""How the metric goes with each setting, over all groups that share a value."""

from __future__ import annotations

from dataclasses import asdict

from dlrun.comparison import Comparison
from dlrun.comparison.comparison import Marginal
from dlrun.estimates import mean_text, places_of
from dlrun.report.drawing.frame import Frame
from dlrun.report.drawing.markup import Content, Markup, element, render_grid
from dlrun.report.drawing.whisker import draw_whisker, whisker_axis, whisker_frame
from dlrun.report.sections.effect import EFFECTS
from dlrun.report.sections.section import (
    NOT_PASTED,
    ReportSection,
    Silent,
    View,
    headed,
)
from dlrun.writing import Column, layout, one_line

_NOTE = "Means over all groups that share a value, whatever else they are:"


def _text(view: View) -> list[str] | Silent:
    if not view.is_long:
        return Silent("of a few groups the terminal tells each change alone")
    lines = _lines(view.comparison)
    return headed("means over all groups that share a value", lines, view.style)


def _lines(comparison: Comparison) -> list[str]:
    rows: list[tuple[str, str, str, str, str]] = []
    for marginal in comparison.marginals:
        scores, gaps = _decimals(marginal)
        for index, level in enumerate(marginal.levels):
            head = one_line(marginal.head) if index == 0 else ""
            score = mean_text(level.score, scores)
            gap = mean_text(level.gap, gaps, signed=True)
            rows.append((head, level.value, score, gap, str(level.groups)))
    if not rows:
        return []
    heads, values, scored, gapped, groups = zip(*rows, strict=True)
    return layout(
        [
            Column("key", heads),
            Column("value", values),
            Column(one_line(comparison.heading), scored, is_number=True),
            Column("gap", gapped, is_number=True),
            Column("groups", groups, is_number=True),
        ]
    )


def _decimals(marginal: Marginal) -> tuple[int | None, int | None]:
    """Of the scores of a setting, and of its gaps."""
    return (
        places_of([level.score for level in marginal.levels]),
        places_of([level.gap for level in marginal.levels]),
    )


def _page(view: View) -> list[Content]:
    marginals = view.comparison.marginals
    if not marginals:
        return []
    levels = [level for marginal in marginals for level in marginal.levels]
    frame = whisker_frame(level.score for level in levels)
    mean = f"mean {one_line(view.comparison.heading)}"
    heads = [
        element("th", "setting", scope="col"),
        element("th", "value", scope="col"),
        element("th", "groups", scope="col", class_="num"),
        element("th", "", whisker_axis(frame), scope="col"),
        element("th", mean, scope="col"),
        element("th", "mean gap", scope="col"),
    ]
    bodies = [_body(marginal, frame) for marginal in marginals]
    caption = "The metric by the value of each setting"
    return [
        element("p", _NOTE, class_="note below"),
        render_grid(caption, heads, bodies, kind="effects marginals"),
    ]


def _body(marginal: Marginal, frame: Frame) -> Markup:
    """The rows of one setting."""
    scores, gaps = _decimals(marginal)
    name = element("span", marginal.head, class_="label", title=marginal.path)
    span = len(marginal.levels)
    rows = [
        element(
            "tr",
            element("th", name, scope="rowgroup", rowspan=span) if index == 0 else None,
            element("td", level.value),
            element("td", f"{level.groups:,}", class_="num"),
            element("td", draw_whisker(frame, level.score), class_="picture"),
            element("td", mean_text(level.score, scores)),
            element("td", mean_text(level.gap, gaps, signed=True)),
        )
        for index, level in enumerate(marginal.levels)
    ]
    return element("tbody", rows)


def _json(view: View) -> dict[str, object]:
    return {"marginals": [asdict(marginal) for marginal in view.comparison.marginals]}


MARGINALS = ReportSection(
    name="marginals",
    heading=EFFECTS.heading,
    text=_text,
    page=_page,
    markdown=NOT_PASTED,
    json=_json,
)
