"""From a file to a first config: what is seen in it, and what a good start is."""

from __future__ import annotations

from dlrun.proposal.propose import propose

__all__ = ["propose"]
