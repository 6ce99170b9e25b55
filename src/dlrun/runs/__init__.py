"""The run folder: what a run leaves on disk, and how runs are found again."""

from __future__ import annotations

from dlrun.runs.catalog import create_run, find_run, find_runs
from dlrun.runs.checkpoint import Checkpoint, Found
from dlrun.runs.folder import RunFolder
from dlrun.runs.plan_folder import MemberRun, PlanFolder, join_plan
from dlrun.runs.rounds import (
    RoundFolder,
    can_go_on,
    find_rounds,
    round_of,
    training_folder,
)
from dlrun.runs.status import InUseError, State, Status
from dlrun.runs.table import History, csv_line

__all__ = [
    "Checkpoint",
    "Found",
    "History",
    "InUseError",
    "MemberRun",
    "PlanFolder",
    "RoundFolder",
    "RunFolder",
    "State",
    "Status",
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
