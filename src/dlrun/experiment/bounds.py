"""How far a run is trained at a time; its config and its bits know nothing of it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Bounds:
    """Where training ends, or stops for a while, before the last epoch of a run."""

    seconds: float | None = None
    """The run ends with the epoch in which so much training is over; `None`: never."""
    pause: int | None = None
    """After this epoch the run stops as one that a signal stops, and can go on."""

    @property
    def reason(self) -> str:
        """Why a run has ended that took its seconds; empty: it may take any."""
        if self.seconds is None:
            return ""
        return f"the {self.seconds:g} seconds of its limit are over"


UNBOUND = Bounds()
"""To the last epoch."""
