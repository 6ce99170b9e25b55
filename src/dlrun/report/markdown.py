"""A comparison to paste into a pull request."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlrun.report.sections import SECTIONS
from dlrun.report.sections.section import Style, View

if TYPE_CHECKING:
    from dlrun.comparison import Comparison


def render_markdown(comparison: Comparison, top: int | None = None) -> str:
    """Write what was found: verdict, warnings, table, gains.

    Args:
        comparison: What to write.
        top: How many groups the table shows; None: all.
    """
    view = View(comparison, Style(top=top))
    answers = (section.markdown(view) for section in SECTIONS)
    blocks = [block for answer in answers if answer for block in answer]
    return "\n\n".join(blocks) + "\n"
