"""Run folders -> a comparison: read, group, estimate, contrast, conclude."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from dlrun.comparison.conclude import conclude
from dlrun.comparison.contrast import contrast_groups
from dlrun.comparison.estimate import estimate_groups
from dlrun.comparison.group import group_runs
from dlrun.comparison.read import Question, read_runs

if TYPE_CHECKING:
    from dlrun.comparison.comparison import Comparison
    from dlrun.runs import RunFolder


def compare(
    folders: Sequence[RunFolder], question: Question | None = None
) -> Comparison:
    """Put runs side by side; damaged ones are listed with the reason.

    Args:
        folders: The runs, one or more.
        question: What is asked of them; None: the usual.

    Raises:
        RunError: No run can be read.
        QueryError: The question names what there is not.
    """
    asked = question or Question()
    runs = read_runs(folders, asked)
    grouped = group_runs(runs, asked)
    estimated = estimate_groups(grouped, asked)
    contrasts = contrast_groups(grouped, estimated, asked)
    return conclude(grouped, estimated, contrasts)
