"""What the checks of runs have found of the verdicts, beside what curves show."""

from __future__ import annotations

from collections.abc import Iterator

from dlrun.comparison import Comparison
from dlrun.report.drawing.markup import Content, element, render_grid
from dlrun.report.finding import finding_head, gain_text
from dlrun.report.sections.section import Heading, ReportSection, View, headed
from dlrun.runs import RecordedFinding
from dlrun.writing import number, one_line
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
            element("p", finding.sentence),
            _grid(finding) if finding.references else None,
            class_="numbers",
            open=True,
        )
        for run, finding in _found(view.comparison)
    ]


def _grid(finding: RecordedFinding) -> Content:
    """A row for the run itself, and one for each reference."""
    heads = ("reference", finding.figure, "gain", "", "run")
    rows = [("(this run)", number(finding.value), "", "", "")]
    rows += [
        (
            item.name,
            number(item.value),
            gain_text(item.gain),
            "helps" if item.helps else "" if item.gain else item.state,
            item.run or "-",
        )
        for item in finding.references
    ]
    body = [
        element(
            "tr",
            element("th", first, scope="row"),
            [element("td", cell) for cell in rest],
        )
        for first, *rest in rows
    ]
    cells = [element("th", head, scope="col") for head in heads]
    return render_grid("What each reference gained", cells, element("tbody", body))


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
