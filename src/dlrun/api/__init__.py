"""What a notebook calls: train, find and compare runs.

import dlrun

run = dlrun.train("configs/gender.yaml", set={"fit.epochs": 5})
run.history          # a DataFrame, a row per epoch
run.predict([[150, 67]])
"""

from __future__ import annotations

from dlrun.api.comparison import NotebookComparison, compare
from dlrun.api.folds import Folds, open_folds
from dlrun.api.run import Run, find_runs, open_run
from dlrun.api.searching import Search, open_search, search
from dlrun.api.training import train

__all__ = [
    "Folds",
    "NotebookComparison",
    "Run",
    "Search",
    "compare",
    "find_runs",
    "open_folds",
    "open_run",
    "open_search",
    "search",
    "train",
]
