"""`search:`: what a search tries, and how one trial's config is made."""

from __future__ import annotations

from dlrun.experiment.search.space import Choice, Chosen, Range, Searched, Space
from dlrun.experiment.search.spec import (
    PARAMETERS,
    Goal,
    Goals,
    HalvingSpec,
    SearchLimitsSpec,
    SearchSpec,
)

__all__ = [
    "PARAMETERS",
    "Choice",
    "Chosen",
    "Goal",
    "Goals",
    "HalvingSpec",
    "Range",
    "SearchLimitsSpec",
    "SearchSpec",
    "Searched",
    "Space",
]
