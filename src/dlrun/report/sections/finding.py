"""What the checks of runs have found of the verdicts, beside what curves show."""

from __future__ import annotations

from collections.abc import Iterator

from dlrun.comparison import Comparison
from dlrun.report.drawing.markup import Content, element
from dlrun.report.finding import finding_head, render_finding
from dlrun.report.sections.section import Heading, ReportSection, View, headed
from dlrun.runs import RecordedFinding
from dlrun.writing import one_line
from dlrun.writing.markdown import plain


def _found(comparison: Comparison) -> Iterator[tuple[str, RecordedFinding]]:
    """The runs that were checked, in the order of their groups."""
    for row in comparison.rows:
        if row.finding is not None:
            yield row.run, row.finding


def _text(view: View) -> list[str]:
    lines = [
        f"{one_line(run)}: {finding_head(finding)}. {one_line(finding.sentence)}"
        for run, finding in _found(view.comparison)
    ]
    return headed("what references have found", lines, view.style)


def _page(view: View) -> list[Content]:
    return [
        element(
            "details",
            element("summary", f"{run}: {finding_head(finding)}"),
            element("p", finding.sentence, class_="lead"),
            element("pre", render_finding(finding), tabindex=0),
            class_="numbers",
            open=True,
        )
        for run, finding in _found(view.comparison)
    ]


def _markdown(view: View) -> list[str]:
    items = [
        f"- {plain(run)}: {plain(finding_head(finding))}. {plain(finding.sentence)}"
        for run, finding in _found(view.comparison)
    ]
    return ["\n".join(items)] if items else []


def _json(view: View) -> dict[str, object]:
    found = _found(view.comparison)
    return {"findings": [{"run": run} | finding.to_json() for run, finding in found]}


FINDINGS = ReportSection(
    name="findings",
    heading=Heading("findings", "What references have found"),
    text=_text,
    page=_page,
    markdown=_markdown,
    json=_json,
)
