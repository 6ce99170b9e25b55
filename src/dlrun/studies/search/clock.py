"""How long a search was worked on, by the times in its lines.

Time counts by the clock while at least one trial is in somebody's hands: several
workers do not make it pass faster, and between commands it stands still. Of a trial
whose process was killed counts what passed until the last file that it wrote.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

_HOUR = 3600.0


@dataclass(slots=True)
class WorkClock:
    """The spans in which trials were in somebody's hands; seconds since 1970."""

    _spans: list[tuple[float, float]] = field(default_factory=list)
    _open: dict[int, float] = field(default_factory=dict)
    """When each trial was taken that is in hands now, or was when a process died."""

    def hear(self, entry: Mapping[str, object]) -> None:
        """Take in a line of the search; one without a time says nothing of it."""
        at, number = entry.get("at"), int(str(entry["trial"]))
        if not isinstance(at, int | float) or entry.get("same_as") is not None:
            return
        if "chosen" in entry or "promoted_from" in entry:
            self._open[number] = at
        elif "resumed" in entry:
            until = entry["resumed"]
            if number in self._open and isinstance(until, int | float):
                self._close(number, until)
            self._open[number] = at
        elif "died_after" not in entry and number in self._open:
            self._close(number, at)

    def _close(self, number: int, until: float) -> None:
        since = self._open.pop(number)
        self._spans.append((since, max(since, until)))

    def hours(self, now: float) -> float:
        """So much work was done, what is in hands counted until now."""
        spans = [*self._spans, *((since, now) for since in self._open.values())]
        seconds, reached = 0.0, 0.0
        for since, until in sorted(spans):
            seconds += max(0.0, until - max(since, reached))
            reached = max(reached, until)
        return seconds / _HOUR
