"""The arrow file → config: what kind of file it is, and who looks at it."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import Path

from dlrun.errors import DataError, RunError

_PARQUET = frozenset({".parquet", ".pq", ".parq"})
_CURES = {
    **dict.fromkeys((".xlsx", ".xls", ".ods"), "save the table as CSV in UTF-8"),
    **dict.fromkeys((".json", ".jsonl", ".ndjson"), "write the rows as CSV or Parquet"),
    **dict.fromkeys((".gz", ".zip", ".bz2", ".xz", ".tar"), "unpack it first"),
    **dict.fromkeys(
        (".pkl", ".pickle", ".joblib", ".pt", ".pth", ".mat", ".npy", ".h5", ".hdf5"),
        "save arrays with numpy.savez(file, x=..., y=...), or a table as CSV",
    ),
    **dict.fromkeys(
        (".feather", ".arrow", ".dta", ".sav", ".rda", ".rds", ".sqlite", ".db"),
        "write the rows as CSV or Parquet",
    ),
}


def propose(data: Path, labels: Sequence[str], out: Path) -> str:
    """Write a config that trains, by what a file or a folder holds.

    Args:
        data: a table, an `.npz` file, or a folder of images.
        labels: what is to be learned: columns of a table, or an array.
        out: where the config will be, from which its paths begin.

    Raises:
        RunError: with what could be meant, or why nothing can be learned.
    """
    try:
        return _propose(data, labels, out)
    except DataError as error:
        problem = error.problems[0]
        raise RunError(problem.message, hint=problem.hint) from error


def _propose(data: Path, labels: Sequence[str], out: Path) -> str:
    path = _from(data, out)
    name = experiment_name(data)
    if data.is_dir():
        raise RunError(f"{data} is a folder")
    return _of_table(data, labels, path, name)


def _of_table(data: Path, labels: Sequence[str], path: str, name: str) -> str:
    from dlrun.components.sources.files import find_files
    from dlrun.components.sources.parquet_table import Parquet
    from dlrun.components.sources.text_table import Csv
    from dlrun.proposal.table import plan_table
    from dlrun.proposal.written import write_table

    kind = Parquet if data.suffix.lower() in _PARQUET else Csv
    cure = _CURES.get(data.suffix.lower())
    if cure is not None and data.exists():
        raise RunError(f"{data.name} is no table that dlrun reads", hint=cure)
    source = kind(path=data.absolute())
    (file,) = find_files(source, data.absolute())
    return write_table(plan_table(source, file, labels, data), path, name)


def _from(data: Path, out: Path) -> str:
    """The path of a file, from the folder of the config on."""
    return Path(os.path.relpath(data, out.parent)).as_posix()


def experiment_name(data: Path) -> str:
    """A name for an experiment on a file."""
    stem = re.sub(r"[^A-Za-z0-9._-]+", "_", data.absolute().stem).strip("._-")
    return stem[:60] or "first"
