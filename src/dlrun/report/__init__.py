"""Run folders in, something to read out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlrun.report.column import FIELDS, GROUP_FIELDS, groups_that
from dlrun.report.compare import compare
from dlrun.report.comparison import Comparison, Group, Row, Skipped
from dlrun.report.export import render_csv, render_json, render_markdown
from dlrun.report.gather import Question
from dlrun.report.layout import (
    Column,
    can_draw,
    layout,
    number,
    terminal_width,
    wants_color,
)
from dlrun.report.lesson import Lesson, LessonRow, learn
from dlrun.report.lesson_text import render_lesson
from dlrun.report.run_list import RunEntry, list_runs, render_run_list
from dlrun.report.text import Style, render_text

if TYPE_CHECKING:
    from dlrun.report.summary import render_summary, summary_values

__all__ = [
    "FIELDS",
    "GROUP_FIELDS",
    "Column",
    "Comparison",
    "Group",
    "Lesson",
    "LessonRow",
    "Question",
    "Row",
    "RunEntry",
    "Skipped",
    "Style",
    "can_draw",
    "compare",
    "groups_that",
    "layout",
    "learn",
    "list_runs",
    "number",
    "render_csv",
    "render_json",
    "render_lesson",
    "render_markdown",
    "render_run_list",
    "render_summary",
    "render_text",
    "summary_values",
    "terminal_width",
    "wants_color",
]


def __getattr__(name: str) -> object:
    """Load summaries on first use: they need the components, other reports do not."""
    if name in {"render_summary", "summary_values"}:
        from dlrun.report import summary

        return getattr(summary, name)
    message = f"module {__name__!r} has no attribute {name!r}"
    raise AttributeError(message)
