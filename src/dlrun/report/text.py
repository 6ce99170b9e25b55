"""A comparison for people, in lines of text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlrun.report.sections import SECTIONS
from dlrun.report.sections.section import Style, View

if TYPE_CHECKING:
    from dlrun.comparison import Comparison
    from dlrun.studies.search.result import SearchResult

_PLAIN = str.maketrans(
    {"±": "+/-", "…": "~", "─": "-", "●": "O", "░": ":"}
    | dict(zip("▁▂▃▄▅▆▇█", "_.,-=+*#", strict=True))
)


def render_text(
    comparison: Comparison,
    style: Style | None = None,
    search: SearchResult | None = None,
) -> str:
    """Write a comparison: verdict, warnings, table, curves, and what follows from it.

    Args:
        comparison: What to write.
        style: How; None: for a pipe.
        search: The search whose trials are compared; None: they are no trials of one.
    """
    view = View(comparison, style or Style(), search)
    blocks = (section.text(view) for section in SECTIONS)
    text = "\n\n".join("\n".join(block) for block in blocks if block) + "\n"
    return to_ascii(text) if view.style.ascii else text


def to_ascii(text: str) -> str:
    """Plain characters for a terminal that has no others."""
    plain = text.translate(_PLAIN)
    return plain.encode("ascii", "replace").decode()
