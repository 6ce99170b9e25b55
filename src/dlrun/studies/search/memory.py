"""How much the memory of a worker has grown over its trials.

What a training leaves behind, of traced functions most of all, is not always given
back. A worker that has grown is replaced by a fresh process.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from dlrun.machine import resident_memory
from dlrun.writing import bytes_text

MOST_GROWTH = 500_000_000
"""In bytes; a worker that has grown by more takes no further trial."""


@dataclass(slots=True)
class MemoryWatch:
    """The memory of this process, since its first trial was over."""

    read: Callable[[], int] = resident_memory
    _first: int | None = None

    def trial_is_over(self) -> int:
        """By how many bytes the process has grown; after its first trial 0."""
        now = self.read()
        if self._first is None:
            self._first = now
        return max(0, now - self._first)


def growth_text(growth: int) -> str:
    """Say that a worker is replaced, and why."""
    size = bytes_text(growth)
    return f"a worker has grown by {size} since its first trial: a fresh one goes on"
