"""Checkpoints of a run: directories that are whole, or are not there.

A checkpoint is written into a directory whose name starts with a dot, synced file by
file, and gets its name, the number of its epoch, as the last step. Its manifest has the
size and the SHA-256 of every other file, so that no damage is taken for numbers.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from dlrun.errors import RunError
from dlrun.runs.checkpoint_state import CheckpointState, FileDigest
from dlrun.runs.diagnostics import probe_digests
from dlrun.runs.manifest import read_whole, write_whole
from dlrun.runs.reading import read_bytes
from dlrun.runs.removal import (
    HISTORY,
    checkpoints,
    hidden_checkpoints,
    remove_checkpoint,
)
from dlrun.runs.storage import make_directory, sync, write_error

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_NEWEST = 2
"""So many of the newest checkpoints are kept: one may be damaged."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """All that a run needs to go on after an epoch as if it had not stopped."""

    epoch: int
    state: CheckpointState
    arrays: Mapping[str, Sequence[NDArray[np.number]]]
    """Weights and the like, by what they are; equal groups are stored once."""


@dataclass(frozen=True, slots=True)
class NewestCheckpoint:
    """The newest checkpoint that is whole, and why newer ones are not taken."""

    checkpoint: Checkpoint | None
    skipped: tuple[str, ...]
    """A sentence for each that is damaged."""


def write_checkpoint(directory: Path, checkpoint: Checkpoint, best_epoch: int) -> None:
    """Commit a checkpoint; then remove older ones, except that of the best epoch.

    Args:
        directory: Where the checkpoints of the run are.
        checkpoint: What to keep.
        best_epoch: The checkpoint of this epoch stays, if there is one.

    Raises:
        RunError: The disk refuses; the checkpoints that were there still are.
    """
    target = directory / f"{checkpoint.epoch:04d}"
    temporary = _hidden(target)
    make_directory(directory)
    try:
        _remove_leftovers(directory)
        temporary.mkdir()
        facts = checkpoint.state.to_json()
        state = {"epoch": checkpoint.epoch, "facts": facts}
        write_whole(temporary, state, checkpoint.arrays)
        sync(temporary)
        if target in checkpoints(directory).values():
            # A damaged one: whole ones are never written twice.
            target.rename(_hidden(target))
        temporary.rename(target)
        sync(directory)
    except OSError as error:
        remove_checkpoint(temporary)
        needed = sum(
            array.nbytes for part in checkpoint.arrays.values() for array in part
        )
        refused = write_error(target, error)
        message = f"{refused.message}; the checkpoint takes about {needed:,} bytes"
        raise RunError(message, hint=refused.hint) from error
    names = checkpoints(directory)
    kept = {*sorted(names)[-_NEWEST:], best_epoch}
    for epoch in names.keys() - kept:
        _remove(names[epoch])


def find_checkpoint(directory: Path, history: Path) -> NewestCheckpoint:
    """Walk the checkpoints from the newest to the oldest until one is whole.

    Args:
        directory: Where the checkpoints of the run are.
        history: The table whose first rows each checkpoint knows by their hash.
    """
    skipped: list[str] = []
    names = checkpoints(directory)
    for epoch in sorted(names, reverse=True):
        try:
            checkpoint = _read(names[epoch], epoch)
            history_until(history, checkpoint)
        except RunError as error:
            skipped.append(
                f"the checkpoint of epoch {epoch} is left out: {error.message}"
            )
        else:
            return NewestCheckpoint(checkpoint, tuple(skipped))
    return NewestCheckpoint(None, tuple(skipped))


def remove_newer(directory: Path, epoch: int) -> None:
    """Remove the checkpoints after an epoch: damaged ones, which must not count."""
    for number, path in checkpoints(directory).items():
        if number > epoch:
            _remove(path)
    _remove_leftovers(directory)


def keep_newest(directory: Path) -> None:
    """Remove all checkpoints but the newest, once training is over."""
    names = checkpoints(directory)
    for epoch in sorted(names)[:-1]:
        _remove(names[epoch])


def with_tables(run: Path, checkpoint: Checkpoint) -> Checkpoint:
    """Bring the tables to the disk, and let a checkpoint know how they begin.

    Raises:
        RunError: The disk refuses, or rows of the history are not there.
    """
    digest = _history_digest(run / HISTORY, checkpoint.epoch)
    probes = probe_digests(run, checkpoint.state.probed_epoch)
    state = replace(checkpoint.state, history=digest, probes=probes)
    return replace(checkpoint, state=state)


def _history_digest(history: Path, epochs: int) -> FileDigest:
    """Bring the history to the disk; return the size and hash of its first rows.

    Raises:
        RunError: The disk refuses, or the rows are not there.
    """
    try:
        sync(history)
    except OSError as error:
        raise write_error(history, error) from error
    lines = read_bytes(history).splitlines(keepends=True)[: epochs + 1]
    data = b"".join(lines)
    if len(lines) <= epochs or not data.endswith(b"\n"):
        raise RunError(f"{history} has lost rows: {epochs} were written")
    return FileDigest.of(data)


def history_until(history: Path, checkpoint: Checkpoint) -> bytes:
    """The history as it was when a checkpoint was written.

    Raises:
        RunError: It is missing, or its rows have changed since.
    """
    known, data = checkpoint.state.history, read_bytes(history)
    if not known.begins(data):
        message = f"{history.name} no longer starts with its {checkpoint.epoch} rows"
        raise RunError(message)
    return data[: known.bytes]


def _read(directory: Path, epoch: int) -> Checkpoint:
    values, arrays = read_whole(directory)
    written = values.whole("epoch")
    if written != epoch:
        raise RunError(f"{directory.name} is that of epoch {written}, renamed")
    return Checkpoint(epoch, CheckpointState.read(values.object("facts")), arrays)


def _hidden(path: Path) -> Path:
    return path.with_name(f".{path.name}-{os.urandom(6).hex()}")


def _remove(path: Path) -> None:
    """Take the name away first, so that half of a checkpoint never bears one."""
    hidden = _hidden(path)
    try:
        path.rename(hidden)
    except OSError:
        return
    remove_checkpoint(hidden)


def _remove_leftovers(directory: Path) -> None:
    """Remove what a killed process left: nobody else writes here, there is a lock."""
    for path in hidden_checkpoints(directory):
        remove_checkpoint(path)
