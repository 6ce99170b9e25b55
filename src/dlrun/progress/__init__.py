"""Whom the loop tells how far it is, and how that is shown."""

from __future__ import annotations

from dlrun.progress.board import Board, LiveBoard, make_board, make_lines_board
from dlrun.progress.display import make_display
from dlrun.progress.progress import Progress

__all__ = [
    "Board",
    "LiveBoard",
    "Progress",
    "make_board",
    "make_display",
    "make_lines_board",
]
