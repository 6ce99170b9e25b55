"""The parts of the page that are words: warnings, advice, provenance."""

from __future__ import annotations

from collections.abc import Mapping

from dlrun.comparison import Comparison
from dlrun.report.drawing.markup import Content, Markup, element, render_grid
from dlrun.writing import number

_OPEN_NOTES = 4
_HASH_CHARACTERS = 12


def render_warnings(comparison: Comparison) -> list[Content]:
    """What to know before any number is trusted; empty if nothing is wrong."""
    skipped = [f"{one.run} is left out: {one.reason}" for one in comparison.skipped]
    notes = [*comparison.caveats, *skipped]
    items = [element("li", note) for note in notes]
    shown: list[Content] = [element("ul", items[:_OPEN_NOTES])] if items else []
    if len(items) > _OPEN_NOTES:
        more = element("summary", f"{len(items) - _OPEN_NOTES} more")
        shown.append(element("details", more, element("ul", items[_OPEN_NOTES:])))
    return shown


def render_advice(comparison: Comparison) -> list[Content]:
    """At most three things to try, each with its evidence and the command."""
    items = [
        element(
            "li",
            element("p", one.sentence, class_="label"),
            element("p", one.evidence, class_="note"),
            element("pre", element("code", one.command), tabindex=0),
        )
        for one in comparison.recommendations
    ]
    return [element("ol", items, class_="advice")] if items else []


def render_provenance(comparison: Comparison) -> list[Content]:
    """Where the numbers come from: libraries, commits, data, and every run."""
    found = comparison.provenance
    entries: dict[str, str] = {
        **{name: ", ".join(several) for name, several in found.versions.items()},
        "commits": ", ".join(found.commits),
        "data": ", ".join(one[:_HASH_CHARACTERS] for one in found.data),
        "runs in": ", ".join(found.directories),
        "test rows": _looks(found.test_looks),
    }
    return [_facts(entries), _runs(comparison)]


def _looks(many: int) -> str:
    if many <= 1:
        return "looked at once" if many else "never looked at"
    return f"looked at {many:,} times"


def _facts(entries: Mapping[str, str]) -> Markup:
    pairs = [
        element("div", element("dt", name), element("dd", text))
        for name, text in entries.items()
        if text
    ]
    return element("dl", pairs)


def _runs(comparison: Comparison) -> Markup:
    """Every run with its own numbers."""
    names = {group.number: group.name for group in comparison.groups}
    heads = ["run", "group", "seed", "status", "epochs", "best", "at epoch", "gap"]
    rows = [
        element(
            "tr",
            element("th", row.run, scope="row"),
            element("td", names.get(row.group, "")),
            element("td", "-" if row.seed is None else str(row.seed)),
            element("td", row.status, f": {row.reason}" if row.reason else None),
            element("td", str(row.score.epochs)),
            element("td", number(row.score.best)),
            element("td", str(row.score.best_epoch or "-")),
            element("td", number(row.score.gap_at_best, signed=True)),
        )
        for row in comparison.rows
    ]
    top = [element("th", one, scope="col") for one in heads]
    box = render_grid("Every run", top, element("tbody", rows))
    runs = len(comparison.rows)
    summary = element("summary", "The run" if runs == 1 else f"All {runs:,} runs")
    return element("details", summary, box, class_="numbers")
