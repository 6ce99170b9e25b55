"""Run folders -> a comparison: numbers and conclusions, no layout."""

from __future__ import annotations

from dlrun.comparison.column import FIELDS, GROUP_COLUMNS, GROUP_FIELDS
from dlrun.comparison.compare import compare
from dlrun.comparison.comparison import Comparison, Group, Row, Skipped
from dlrun.comparison.query import groups_that
from dlrun.comparison.read import Question

__all__ = [
    "FIELDS",
    "GROUP_COLUMNS",
    "GROUP_FIELDS",
    "Comparison",
    "Group",
    "Question",
    "Row",
    "Skipped",
    "compare",
    "groups_that",
]
