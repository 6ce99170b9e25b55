"""Whom the loop tells how far it is, and how that is shown."""

from __future__ import annotations

from dlrun.training.progress.display import make_display
from dlrun.training.progress.progress import Progress

__all__ = [
    "Progress",
    "make_display",
]
