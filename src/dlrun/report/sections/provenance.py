"""Where the numbers come from: libraries, commits, data, looks at the test rows."""

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

_SHOWN = 3
_HASH_CHARACTERS = 8
_HASH_CHARACTERS_ON_PAGE = 12


def _text(view: View) -> list[str]:
    lines = list(_lines(view.comparison))
    return headed("where this comes from", lines, view.style)


def _lines(comparison: Comparison) -> Iterator[str]:
    origin = comparison.provenance
    count = len(comparison.rows)
    places = ", ".join(map(one_line, origin.directories[:_SHOWN]))
    yield f"{count} run{'s' * (count != 1)} in {places}"
    parts = [
        f"{one_line(library)} {' and '.join(map(one_line, versions))}"
        for library, versions in origin.versions.items()
    ]
    data = [one_line(fingerprint)[:_HASH_CHARACTERS] for fingerprint in origin.data]
    if data:
        parts.append(f"data {' and '.join(data[:_SHOWN])}")
    if origin.commits:
        commits = map(one_line, origin.commits[:_SHOWN])
        parts.append(f"commit {' and '.join(commits)}")
    if parts:
        yield ", ".join(parts)
    if origin.test_looks:
        yield f"looks at the test rows of these runs so far: {origin.test_looks}"


def _page(view: View) -> list[Content]:
    origin = view.comparison.provenance
    data = [fingerprint[:_HASH_CHARACTERS_ON_PAGE] for fingerprint in origin.data]
    facts: dict[str, str] = {
        **{library: ", ".join(found) for library, found in origin.versions.items()},
        "commits": ", ".join(origin.commits),
        "data": ", ".join(data),
        "runs in": ", ".join(origin.directories),
        "test rows": _looks(origin.test_looks),
    }
    pairs = [
        element("div", element("dt", name), element("dd", text))
        for name, text in facts.items()
        if text
    ]
    return [element("dl", pairs)]


def _looks(times: int) -> str:
    if times <= 1:
        return "looked at once" if times else "never looked at"
    return f"looked at {times:,} times"


def _json(view: View) -> dict[str, object]:
    return {"provenance": asdict(view.comparison.provenance)}


PROVENANCE = ReportSection(
    name="provenance",
    heading=Heading("origin", "Where this comes from"),
    text=_text,
    page=_page,
    markdown=NOT_PASTED,
    json=_json,
)
