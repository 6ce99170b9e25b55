"""`search:`: what a search tries, and how one trial's config is made."""

from __future__ import annotations

from dlrun.experiment.search.space import Choice, Chosen, Range, Searched, Space
from dlrun.experiment.search.spec import Goal, SearchLimitsSpec, SearchSpec

__all__ = [
    "Choice",
    "Chosen",
    "Goal",
    "Range",
    "SearchLimitsSpec",
    "SearchSpec",
    "Searched",
    "Space",
]
