"""The groups: who is best, how sure that is, and who overfits since when."""

from __future__ import annotations

from dataclasses import asdict

from dlrun.comparison import GROUP_FIELDS, Group
from dlrun.report.sections.group.page import group_markup
from dlrun.report.sections.group.text import group_lines, terminal_columns
from dlrun.report.sections.section import Heading, ReportSection, View
from dlrun.writing.markdown import markdown_table


def _markdown(view: View) -> list[str]:
    groups = view.comparison.groups
    shown = groups[: view.style.top]
    columns = [column for _, column in terminal_columns(view, shown)]
    rest = len(groups) - len(shown)
    return [markdown_table(columns), *([f"and {rest} more"] if rest else [])]


def _json(view: View) -> dict[str, object]:
    comparison = view.comparison
    return {
        "baseline": comparison.baseline,
        "groups": [_values(group) for group in comparison.groups],
    }


def _values(group: Group) -> dict[str, object]:
    """Every number of a group in full, its runs and its settings."""
    return {name: value(group) for name, value in GROUP_FIELDS.items()} | {
        "seeds": group.seeds,
        "folds": group.n if group.has_folds else None,
        "runs": group.runs,
        "difference": group.difference and asdict(group.difference),
        "settings": dict(group.settings),
    }


GROUPS = ReportSection(
    name="groups",
    heading=Heading("groups", "Groups"),
    text=group_lines,
    page=group_markup,
    markdown=_markdown,
    json=_json,
)
