"""Runs side by side in a notebook."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from typing_extensions import override

from dlrun.api.folds import Folds
from dlrun.api.run import Run, data_frame, find_runs
from dlrun.comparison import Comparison, Question
from dlrun.comparison import compare as compare_folders
from dlrun.runs import RunFolder

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True)
class NotebookComparison(Comparison):
    """A comparison that prints itself, and gives its tables as DataFrames."""

    @override
    def __str__(self) -> str:
        """What `dlrun compare` prints into a pipe."""
        from dlrun.report.text import render_text

        return render_text(self)

    def to_frame(self) -> pd.DataFrame:
        """A row per run: every number, and the settings that differ by their paths."""
        from dlrun.report.export import run_table

        columns, rows = run_table(self)
        return data_frame(rows, columns)

    def groups_frame(self) -> pd.DataFrame:
        """A row per group: means, intervals, differences, words, and the settings."""
        from dlrun.report.export import group_table

        columns, rows = group_table(self)
        return data_frame(rows, columns)


def compare(
    runs: Iterable[Run | Folds | str | Path] | Run | Folds | str | Path = "runs",
    **question: Any,
) -> NotebookComparison:
    """Set runs side by side; `print` it, or take `to_frame()` or `groups_frame()`.

    Args:
        runs: a run, folds, or several of them or of paths of run folders; or one folder
            that holds runs.
        **question: as `dlrun compare` has them: `metric`, a column of the histories;
            `sort`, a column; `group_by`, `baseline`, `margin`, `test`; and `where`, a
            condition such as `"dropout > 0.2"`.
    """
    given: Iterable[Run | Folds | str | Path] = (
        [runs]
        if isinstance(runs, Run | Folds)
        else find_runs(runs)
        if isinstance(runs, str | Path)
        else runs
    )
    folders = [folder for one in given for folder in _folders(one)]
    comparison = compare_folders(folders, Question(**question))
    values = {
        field.name: getattr(comparison, field.name) for field in fields(comparison)
    }
    return NotebookComparison(**values)


def _folders(given: Run | Folds | str | Path) -> list[RunFolder]:
    if isinstance(given, Folds):
        return [run.folder for run in given.runs]
    return [given.folder if isinstance(given, Run) else RunFolder(Path(given))]
