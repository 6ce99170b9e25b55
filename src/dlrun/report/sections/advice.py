"""What to try next: at most three changes, each with its evidence and its command."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict

from dlrun.comparison import Comparison
from dlrun.report.drawing.markup import Content, element
from dlrun.report.sections.section import (
    NOT_PASTED,
    Heading,
    ReportSection,
    View,
    headed,
)
from dlrun.writing import one_line


def _text(view: View) -> list[str]:
    lines = list(_lines(view.comparison))
    return headed("what to try next", lines, view.style)


def _lines(comparison: Comparison) -> Iterator[str]:
    told: set[str] = set()
    for number, advice in enumerate(comparison.recommendations, 1):
        yield f"{number}. {one_line(advice.sentence)}"
        if advice.evidence and advice.evidence not in told:
            yield f"   because: {one_line(advice.evidence)}"
        told.add(advice.evidence)
        yield f"   {one_line(advice.command)}"


def _page(view: View) -> list[Content]:
    items = [
        element(
            "li",
            element("p", advice.sentence, class_="label"),
            element("p", advice.evidence, class_="note"),
            element("pre", element("code", advice.command), tabindex=0),
        )
        for advice in view.comparison.recommendations
    ]
    return [element("ol", items, class_="advice")] if items else []


def _json(view: View) -> dict[str, object]:
    advice = view.comparison.recommendations
    return {"recommendations": [asdict(change) for change in advice]}


ADVICE = ReportSection(
    name="advice",
    heading=Heading("advice", "What to try next"),
    text=_text,
    page=_page,
    markdown=NOT_PASTED,
    json=_json,
)
