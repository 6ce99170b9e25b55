"""Text and tables that Markdown shows as they are."""

from __future__ import annotations

from collections.abc import Sequence

from dlrun.writing.table import Column
from dlrun.writing.terminal import one_line

_MARKS = str.maketrans({mark: f"\\{mark}" for mark in "\\`*_{}[]<>|#&"})


def plain(text: str) -> str:
    """Text that Markdown shows as it is: no links, no HTML, no further cells."""
    return one_line(text).translate(_MARKS)


def markdown_table(columns: Sequence[Column]) -> str:
    """Columns as a table; numbers stand to the right."""
    lines = [
        _line([plain(column.head) for column in columns]),
        _line(["---:" if column.is_number else "---" for column in columns]),
    ]
    rows = zip(*(column.cells for column in columns), strict=True)
    lines += [_line([plain(cell) for cell in row]) for row in rows]
    return "\n".join(lines)


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
