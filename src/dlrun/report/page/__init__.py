"""A comparison as one self-contained HTML page."""

from __future__ import annotations

from dlrun.report.page.document import render_page

__all__ = ["render_page"]
