"""What to know before any number is trusted, and which runs are left out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict

from dlrun.comparison import Comparison
from dlrun.report.drawing.markup import Content, element
from dlrun.report.sections.section import Heading, ReportSection, View
from dlrun.writing import one_line, wrap, yellow
from dlrun.writing.markdown import plain

_SHOWN = 12
_OPEN_ON_PAGE = 4


def _text(view: View) -> list[str]:
    style = view.style
    return [
        yellow(line, color=style.color)
        for warning in _warnings(view.comparison)
        for line in wrap(warning, style.width)
    ]


def _warnings(comparison: Comparison) -> Iterator[str]:
    texts = [
        *(f"skipped: {run.run}: {run.reason}" for run in comparison.skipped),
        *comparison.caveats,
    ]
    yield from (f"warning: {one_line(text)}" for text in texts[:_SHOWN])
    if len(texts) > _SHOWN:
        yield f"and {len(texts) - _SHOWN} more warnings (--json has all)"


def _page(view: View) -> list[Content]:
    comparison = view.comparison
    skipped = [f"{run.run} is left out: {run.reason}" for run in comparison.skipped]
    items = [element("li", note) for note in (*comparison.caveats, *skipped)]
    shown: list[Content] = [element("ul", items[:_OPEN_ON_PAGE])] if items else []
    if len(items) > _OPEN_ON_PAGE:
        more = element("summary", f"{len(items) - _OPEN_ON_PAGE} more")
        shown.append(element("details", more, element("ul", items[_OPEN_ON_PAGE:])))
    return shown


def _markdown(view: View) -> list[str]:
    comparison = view.comparison
    skipped = [f"skipped {run.run}: {run.reason}" for run in comparison.skipped]
    items = [f"- {plain(note)}" for note in (*skipped, *comparison.caveats)]
    return ["\n".join(items)] if items else []


def _json(view: View) -> dict[str, object]:
    comparison = view.comparison
    return {
        "warnings": comparison.caveats,
        "skipped": [asdict(run) for run in comparison.skipped],
    }


CAVEATS = ReportSection(
    name="warnings",
    heading=Heading("warnings", "Before you trust these numbers"),
    text=_text,
    page=_page,
    markdown=_markdown,
    json=_json,
)
