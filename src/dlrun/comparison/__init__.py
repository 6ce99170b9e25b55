"""Run folders -> a comparison: numbers and conclusions, no layout."""

from __future__ import annotations

from dlrun.comparison.column import FIELDS, GROUP_COLUMNS, GROUP_FIELDS
from dlrun.comparison.compare import compare
from dlrun.comparison.comparison import Comparison, Group, Row, Skipped
from dlrun.comparison.curve import Band, GroupCurves
from dlrun.comparison.gate import Judged, judge_groups
from dlrun.comparison.read import Question
from dlrun.comparison.score import Mode
from dlrun.comparison.settings.difference import find_settings

__all__ = [
    "FIELDS",
    "GROUP_COLUMNS",
    "GROUP_FIELDS",
    "Band",
    "Comparison",
    "Group",
    "GroupCurves",
    "Judged",
    "Mode",
    "Question",
    "Row",
    "Skipped",
    "compare",
    "find_settings",
    "judge_groups",
]
