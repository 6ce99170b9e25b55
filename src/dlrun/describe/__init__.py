"""What configs and classes are, without a run: summaries, and every name explained."""

from __future__ import annotations

from dlrun.describe.summary import render_sizes, render_summary, summary_values

__all__ = [
    "render_sizes",
    "render_summary",
    "summary_values",
]
