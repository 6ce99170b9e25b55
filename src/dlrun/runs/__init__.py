"""The run folder: what a run leaves on disk, and how runs are found again."""

from __future__ import annotations

from dlrun.runs.catalog import create_run, find_run, find_runs
from dlrun.runs.checkpoint import Checkpoint, Found
from dlrun.runs.checkpoint_state import CallbackState, CheckpointState
from dlrun.runs.environment import Commit, Environment, Resumption
from dlrun.runs.figures import (
    KnownTruth,
    RoundFigures,
    SelectionFigures,
    ValidationFigures,
)
from dlrun.runs.folder import RunFolder
from dlrun.runs.metrics import Measures, Metrics, RoundsResult
from dlrun.runs.plan_folder import MemberRun, PlanFolder, join_plan
from dlrun.runs.preprocessing import Preprocessing
from dlrun.runs.rounds import (
    RoundFolder,
    can_go_on,
    find_rounds,
    round_of,
    training_folder,
)
from dlrun.runs.split import RecordedPart, RecordedSplit
from dlrun.runs.status import FORMAT, InUseError, State, Status
from dlrun.runs.summary import LayerSummary, MonitorMode, Summary
from dlrun.runs.table import History, csv_line

__all__ = [
    "FORMAT",
    "CallbackState",
    "Checkpoint",
    "CheckpointState",
    "Commit",
    "Environment",
    "Found",
    "History",
    "InUseError",
    "KnownTruth",
    "LayerSummary",
    "Measures",
    "MemberRun",
    "Metrics",
    "MonitorMode",
    "PlanFolder",
    "Preprocessing",
    "RecordedPart",
    "RecordedSplit",
    "Resumption",
    "RoundFigures",
    "RoundFolder",
    "RoundsResult",
    "RunFolder",
    "SelectionFigures",
    "State",
    "Status",
    "Summary",
    "ValidationFigures",
    "can_go_on",
    "create_run",
    "csv_line",
    "find_rounds",
    "find_run",
    "find_runs",
    "join_plan",
    "round_of",
    "training_folder",
]
