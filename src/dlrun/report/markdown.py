"""A comparison to paste into a pull request."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlrun.report.sections import SECTIONS
from dlrun.report.sections.section import Style, View

if TYPE_CHECKING:
    from dlrun.comparison import Comparison
    from dlrun.studies.search.result import SearchResult


def render_markdown(
    comparison: Comparison,
    top: int | None = None,
    search: SearchResult | None = None,
) -> str:
    """Write what was found: verdict, warnings, table, gains.

    Args:
        comparison: What to write.
        top: How many groups the table shows; None: all.
        search: The search whose trials are compared; None: they are no trials of one.
    """
    view = View(comparison, Style(top=top), search)
    answers = (section.markdown(view) for section in SECTIONS)
    blocks = [block for answer in answers if answer for block in answer]
    return "\n\n".join(blocks) + "\n"
