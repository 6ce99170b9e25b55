"""What vouches for the history of a run that no hash lists: its checkpoints."""

from __future__ import annotations

import hashlib
from contextlib import suppress
from typing import TYPE_CHECKING

from dlrun.errors import RunError
from dlrun.runs.checkpoint_state import CheckpointState
from dlrun.runs.hash_list import DamagedError
from dlrun.runs.manifest import read_state
from dlrun.runs.reading import MissingError, read_bytes
from dlrun.runs.removal import checkpoints

if TYPE_CHECKING:
    from pathlib import Path

    from dlrun.runs.folder import RunFolder


def require_history(folder: RunFolder, directory: Path, file: Path) -> None:
    """Refuse the history of a run without a seal, if its newest checkpoint may.

    Args:
        folder: The run, or the round.
        directory: Where its checkpoints are; each knows the first rows by their hash.
        file: The table.

    Raises:
        DamagedError: It does not begin with the rows that it had at the checkpoint.
    """
    data = _content(file)
    while not _is_known(directory, data or b""):
        again = _content(file)
        if again == data:
            words = "is missing"
            if data is not None:
                words = "is damaged or foreign: it does not begin with the rows of "
                words += "the newest checkpoint"
            raise DamagedError(f"{file} {words}", hint=_cure(folder))
        data = again  # It has grown meanwhile.


def _content(file: Path) -> bytes | None:
    """What it holds; None: there is no such file."""
    try:
        return read_bytes(file)
    except MissingError:
        return None


def _is_known(directory: Path, history: bytes) -> bool:
    """Whether the newest checkpoint knows these rows; true if none can say."""
    names = checkpoints(directory)
    for epoch in sorted(names, reverse=True):
        with suppress(RunError):
            facts = read_state(names[epoch]).object("facts")
            known = CheckpointState.read(facts).history
            begin = hashlib.sha256(history[: known.bytes]).hexdigest()
            return known.sha256 in {"", begin}
    return True


def _cure(folder: RunFolder) -> str:
    """A run that may go on does so before the damage; one that is over is trained."""
    if _state(folder) in {"finished", "diverged"}:
        return folder.hashes.cure
    run = folder.hashes.run or folder.path
    return f"put the file back, or go on before that: dlrun resume {run}"


def _state(folder: RunFolder) -> str | None:
    """How the run stands, as far as can be told."""
    with suppress(RunError):
        return folder.status().state
    return None
