from __future__ import annotations

from pathlib import Path

from dlrun.comparison import compare
from dlrun.report.markdown import render_markdown

GOLDEN = Path(__file__).parents[1] / "golden" / "compare"


def test_markdown_reads_like_this(seeds, golden):
    golden(GOLDEN / "seeds.md", render_markdown(compare(seeds)).rstrip())
