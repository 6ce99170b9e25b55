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
)
from dlrun.writing import bold, one_line, wrap, wrap_command


def _text(view: View) -> list[str]:
    lines = list(_lines(view.comparison, view.style.width))
    head = bold("what to try next", color=view.style.color)
    return [head, *lines] if lines else []


def _lines(comparison: Comparison, width: int | None) -> Iterator[str]:
    """The commands are broken so that they can be pasted, all else between words."""
    told: set[str] = set()
    for number, advice in enumerate(comparison.recommendations, 1):
        yield from wrap(f"{number}. {one_line(advice.sentence)}", width)
        if advice.evidence and advice.evidence not in told:
            yield from wrap(f"   because: {one_line(advice.evidence)}", width)
        told.add(advice.evidence)
        yield from wrap_command(one_line(advice.command), width, "   ")


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
