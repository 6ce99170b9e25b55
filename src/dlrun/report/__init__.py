"""A comparison, a list of runs, or a lesson, in something that can be read."""

from __future__ import annotations

from dlrun.report.export import render_csv, render_json
from dlrun.report.lesson import render_lesson
from dlrun.report.markdown import render_markdown
from dlrun.report.run_list import RunEntry, list_runs, render_run_list
from dlrun.report.sections.section import Style
from dlrun.report.text import render_text

__all__ = [
    "RunEntry",
    "Style",
    "list_runs",
    "render_csv",
    "render_json",
    "render_lesson",
    "render_markdown",
    "render_run_list",
    "render_text",
]
