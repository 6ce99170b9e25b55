"""What vouches for tables that grow, and that no hash lists yet: the checkpoints."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from dlrun.errors import RunError
from dlrun.runs.checkpoint_state import CheckpointState
from dlrun.runs.hash_list import DamagedError
from dlrun.runs.manifest import read_state
from dlrun.runs.reading import MissingError, read_bytes
from dlrun.runs.removal import checkpoints
from dlrun.writing import command_line

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from dlrun.runs.hash_list import HashedFiles
    from dlrun.runs.status import Status


def require_table(
    hashes: HashedFiles, directory: Path, name: str, status: Callable[[], Status]
) -> None:
    """Refuse a table of a run without a seal, if its newest checkpoint may.

    Args:
        hashes: Of the run, or the round.
        directory: Where its checkpoints are; each knows the first rows by their hash.
        name: That of the table.
        status: How the run stands; it is asked only for the cure.

    Raises:
        DamagedError: It does not begin with the rows that it had at the checkpoint.
    """
    file = hashes.directory / name
    data = _content(file)
    while not _is_known(directory, name, data or b""):
        again = _content(file)
        if again == data:
            words = "is missing"
            if data is not None:
                words = "is damaged or foreign: it does not begin with the rows of "
                words += "the newest checkpoint"
            raise DamagedError(f"{file} {words}", hint=_cure(hashes, status))
        data = again  # It has grown meanwhile.


def _content(file: Path) -> bytes | None:
    """What it holds; None: there is no such file."""
    try:
        return read_bytes(file)
    except MissingError:
        return None


def _is_known(directory: Path, name: str, data: bytes) -> bool:
    """Whether the newest checkpoint knows these rows; true if none can say."""
    names = checkpoints(directory)
    for epoch in sorted(names, reverse=True):
        with suppress(RunError):
            facts = read_state(names[epoch]).object("facts")
            known = CheckpointState.read(facts).tables.get(name)
            return known is None or known.begins(data)
    return True


def _cure(hashes: HashedFiles, status: Callable[[], Status]) -> str:
    """A run that may go on does so before the damage; one that is over is trained."""
    with suppress(RunError):
        if status().state in {"finished", "diverged"}:
            return hashes.cure
    run = hashes.run or hashes.directory
    command = command_line("resume", run)
    return f"put the file back, or go on before that: {command}"
