"""Columns of text that line up in a terminal and in a pipe."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from dlrun.writing.terminal import display_width, escaped

_SEPARATOR = "  "


@dataclass(frozen=True, slots=True)
class Column:
    """A column of cells under its head; numbers stand to the right."""

    head: str
    cells: tuple[str, ...]
    is_number: bool = False

    @property
    def width(self) -> int:
        """The terminal columns that it needs."""
        return max(display_width(text) for text in (self.head, *self.cells))

    def lines(self) -> list[str]:
        """Head and cells, all of one width."""
        width = self.width
        padded: list[str] = []
        for text in (self.head, *self.cells):
            space = " " * (width - display_width(text))
            padded.append(space + text if self.is_number else text + space)
        return padded


def layout(columns: Sequence[Column]) -> list[str]:
    """Set columns side by side, one line per row below the heads."""
    tame = [replace(column, cells=_in_their_lines(column.cells)) for column in columns]
    parts = zip(*(column.lines() for column in tame), strict=True)
    return [_SEPARATOR.join(part).rstrip() for part in parts]


def _in_their_lines(cells: tuple[str, ...]) -> tuple[str, ...]:
    """A text with a line feed would go on where another row should stand."""
    return tuple(escaped(cell) if "\n" in cell else cell for cell in cells)


def fit(
    ranked: Sequence[tuple[int, Column]], width: int | None
) -> tuple[list[Column], int]:
    """Keep the columns that fit into `width`, and count those that do not.

    Args:
        ranked: Columns in their order, with a rank: 0 stays, low ones come first.
        width: Terminal columns; None: no limit.
    """
    kept: set[int] = set()
    for candidate in sorted(range(len(ranked)), key=lambda index: ranked[index][0]):
        rank, _ = ranked[candidate]
        chosen = [ranked[index][1] for index in (*kept, candidate)]
        if rank == 0 or width is None or table_width(chosen) <= width:
            kept.add(candidate)
    return [ranked[index][1] for index in sorted(kept)], len(ranked) - len(kept)


def table_width(columns: Sequence[Column]) -> int:
    """The terminal columns that they need side by side."""
    separators = len(_SEPARATOR) * (len(columns) - 1)
    return sum(column.width for column in columns) + separators
