"""The run folder: what a run leaves on disk, and how runs are found again."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from dlrun.runs.catalog import create_run, find_run, find_runs, holds_remains
from dlrun.runs.folder import RunFolder
from dlrun.runs.folds_folder import (
    FoldsFolder,
    find_all_folds,
    find_fold_set,
    find_folds,
    folds_named,
    keep_folds,
)
from dlrun.runs.hash_list import DamagedError
from dlrun.runs.journal import Journal, LineError, scores_of
from dlrun.runs.origin import CODE
from dlrun.runs.plan_folder import MemberRun, PlanFolder, join_plan
from dlrun.runs.reading import MissingError
from dlrun.runs.rounds import (
    RoundFolder,
    can_go_on,
    find_rounds,
    forget_training,
    round_of,
    start_over,
    training_folder,
    training_seconds,
)
from dlrun.runs.search_folder import (
    SearchFolder,
    find_searches,
    search_named,
)
from dlrun.runs.source import code_origin, write_code, written_texts
from dlrun.runs.status import FORMAT, InUseError, NewerFormatError, State, Status
from dlrun.runs.table import History, csv_line, in_unit, label_scales_of

if TYPE_CHECKING:
    from dlrun.runs.checkpoint import Checkpoint, NewestCheckpoint
    from dlrun.runs.checkpoint_state import CallbackState, CheckpointState
    from dlrun.runs.figures import (
        KnownTruth,
        RoundFigures,
        SelectionFigures,
        ValidationFigures,
    )
    from dlrun.runs.finding import (
        RecordedFinding,
        RecordedReference,
        RowGain,
        Standing,
    )
    from dlrun.runs.origin import (
        Commit,
        Environment,
        LayerSummary,
        MonitorMode,
        RecordedVariables,
        Resumption,
        Summary,
    )
    from dlrun.runs.preprocessing import (
        PreparedColumn,
        PreparedOutput,
        Preprocessing,
    )
    from dlrun.runs.result import (
        Finding,
        Measures,
        Metrics,
        RecordedDiagnosis,
        RoundsResult,
    )
    from dlrun.runs.sharing import is_locked, is_shared, mark_folder
    from dlrun.runs.split import RecordedPart, RecordedSplit

__all__ = [
    "CODE",
    "FORMAT",
    "CallbackState",
    "Checkpoint",
    "CheckpointState",
    "Commit",
    "DamagedError",
    "Environment",
    "Finding",
    "FoldsFolder",
    "History",
    "InUseError",
    "Journal",
    "KnownTruth",
    "LayerSummary",
    "LineError",
    "Measures",
    "MemberRun",
    "Metrics",
    "MissingError",
    "MonitorMode",
    "NewerFormatError",
    "NewestCheckpoint",
    "PlanFolder",
    "PreparedColumn",
    "PreparedOutput",
    "Preprocessing",
    "RecordedDiagnosis",
    "RecordedFinding",
    "RecordedPart",
    "RecordedReference",
    "RecordedSplit",
    "RecordedVariables",
    "Resumption",
    "RoundFigures",
    "RoundFolder",
    "RoundsResult",
    "RowGain",
    "RunFolder",
    "SearchFolder",
    "SelectionFigures",
    "Standing",
    "State",
    "Status",
    "Summary",
    "ValidationFigures",
    "can_go_on",
    "code_origin",
    "create_run",
    "csv_line",
    "find_all_folds",
    "find_fold_set",
    "find_folds",
    "find_rounds",
    "find_run",
    "find_runs",
    "find_searches",
    "folds_named",
    "forget_training",
    "holds_remains",
    "in_unit",
    "is_locked",
    "is_shared",
    "join_plan",
    "keep_folds",
    "label_scales_of",
    "mark_folder",
    "round_of",
    "scores_of",
    "search_named",
    "start_over",
    "training_folder",
    "training_seconds",
    "write_code",
    "written_texts",
]

_RECORDS = {
    "Checkpoint": "checkpoint",
    "NewestCheckpoint": "checkpoint",
    "CallbackState": "checkpoint_state",
    "CheckpointState": "checkpoint_state",
    "Commit": "origin",
    "Environment": "origin",
    "Resumption": "origin",
    "KnownTruth": "figures",
    "RoundFigures": "figures",
    "SelectionFigures": "figures",
    "ValidationFigures": "figures",
    "Measures": "result",
    "Metrics": "result",
    "RoundsResult": "result",
    "PreparedColumn": "preprocessing",
    "PreparedOutput": "preprocessing",
    "Preprocessing": "preprocessing",
    "Finding": "result",
    "RecordedFinding": "finding",
    "RecordedReference": "finding",
    "RowGain": "finding",
    "Standing": "finding",
    "RecordedDiagnosis": "result",
    "RecordedPart": "split",
    "RecordedSplit": "split",
    "LayerSummary": "origin",
    "MonitorMode": "origin",
    "Summary": "origin",
    "RecordedVariables": "origin",
    "is_locked": "sharing",
    "is_shared": "sharing",
    "mark_folder": "sharing",
}
"""Where the records are, and what few commands need: each is imported when somebody
names it, because a class costs a light command as much as reading twenty runs."""


def __getattr__(name: str) -> object:
    """Import a record on first use."""
    if name in _RECORDS:
        return getattr(import_module(f"{__name__}.{_RECORDS[name]}"), name)
    message = f"module {__name__!r} has no attribute {name!r}"
    raise AttributeError(message)
