"""What a run has made, by its exact names: nothing else is removed from a folder."""

from __future__ import annotations

import re
import stat
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from dlrun.runs.reading import require_no_link
from dlrun.runs.storage import write_error

METRICS = "metrics.json"
HISTORY = "history.csv"
TABLES = (HISTORY, "diagnostics/layers.csv", "diagnostics/outputs.csv")
"""The tables of a run that grow by a row."""
FINDING = "finding.json"
PREDICTION_ARRAYS = "predictions.npz"
RESULTS = (
    *TABLES,
    METRICS,
    "diagnosis.json",
    FINDING,
    "model.keras",
    "predictions.csv",
    PREDICTION_ARRAYS,
    "log.txt",
)
"""What training writes, and what is said of it afterwards."""
ORIGIN = (
    "config.yaml",
    "config.json",
    "environment.json",
    "split.json",
    "preprocessing.json",
    "summary.json",
)
"""What a run starts from."""
OF_A_ROUND = ("selected.csv", "pool.csv", "round.json", "SHA256SUMS")
_STEMS = "|".join(
    sorted({Path(name).stem for name in (*RESULTS, *ORIGIN, *OF_A_ROUND, "status")})
)
_TEMPORARY = re.compile(rf"\.({_STEMS})-[0-9a-f]{{12}}(\.[a-z]+)?")
_EPOCH = re.compile(r"[0-9]{4,}")
_HIDDEN_EPOCH = re.compile(r"\.[0-9]{4,}-[0-9a-f]{12}")
_OF_A_CHECKPOINT = re.compile(
    r"(weights|optimizer|best|probed|callback_[0-9]+)\.npz|(state|manifest)\.json"
)


def remove_files(directory: Path, names: Iterable[str]) -> None:
    """Remove files of a run, then the directories below that this has emptied.

    Raises:
        RunError: One of them is a link, or the disk refuses.
    """
    parents: set[Path] = set()
    try:
        for name in names:
            path = directory / name
            for parent in reversed(path.relative_to(directory).parents):
                require_no_link(directory / parent)
            require_no_link(path)
            path.unlink(missing_ok=True)
            if path.parent != directory:
                parents.add(path.parent)
        for parent in parents:
            with suppress(OSError):
                parent.rmdir()
    except OSError as error:
        raise write_error(directory, error) from error


def remove_leftovers(directory: Path) -> None:
    """Remove the temporary files of a process that was killed while it wrote."""
    for path in list(directory.iterdir()):
        if _TEMPORARY.fullmatch(path.name) and _is_file(path):
            path.unlink(missing_ok=True)


def remove_checkpoints(directory: Path) -> None:
    """Remove every checkpoint, and the directory if it is empty then.

    Raises:
        RunError: The directory is a link.
    """
    require_no_link(directory)
    for path in [*checkpoints(directory).values(), *hidden_checkpoints(directory)]:
        remove_checkpoint(path)
    with suppress(OSError):
        directory.rmdir()


def checkpoints(directory: Path) -> dict[int, Path]:
    """The committed checkpoints by their epochs; what else lies there is not ours.

    Raises:
        RunError: The directory is a link.
    """
    require_no_link(directory)
    return {
        int(path.name): path
        for path in _entries(directory)
        if _EPOCH.fullmatch(path.name)
        and f"{int(path.name):04d}" == path.name
        and _is_checkpoint(path)
    }


def hidden_checkpoints(directory: Path) -> list[Path]:
    """What is half written or half removed."""
    return [
        path
        for path in _entries(directory)
        if _HIDDEN_EPOCH.fullmatch(path.name) and _is_checkpoint(path)
    ]


def remove_checkpoint(path: Path) -> None:
    """Remove the files of a checkpoint, then its directory; a failure leaves a rest."""
    with suppress(OSError):
        for file in _entries(path):
            if _OF_A_CHECKPOINT.fullmatch(file.name):
                file.unlink()
        path.rmdir()


def _is_checkpoint(path: Path) -> bool:
    """Whether a directory, no link, holds files of a checkpoint and nothing else."""
    try:
        if not stat.S_ISDIR(path.lstat().st_mode):
            return False
        return all(
            _OF_A_CHECKPOINT.fullmatch(file.name) and _is_file(file)
            for file in path.iterdir()
        )
    except OSError:
        return False


def _is_file(path: Path) -> bool:
    try:
        return stat.S_ISREG(path.lstat().st_mode)
    except OSError:
        return False


def _entries(directory: Path) -> list[Path]:
    try:
        return list(directory.iterdir())
    except OSError:
        return []
