"""The way back of a run to one of its checkpoints, before it goes on from there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlrun.runs.checkpoint import history_until, remove_newer
from dlrun.runs.diagnostics import kept_probes
from dlrun.runs.removal import (
    FINDING,
    HISTORY,
    TABLES,
    remove_files,
    remove_leftovers,
)
from dlrun.runs.storage import write_bytes

if TYPE_CHECKING:
    from pathlib import Path

    from dlrun.runs.checkpoint import Checkpoint
    from dlrun.runs.hashes import Hashes


def return_to(hashes: Hashes, directory: Path, checkpoint: Checkpoint) -> list[str]:
    """Cut the tables back to a checkpoint; remove what is damaged or half written.

    What was found of the run goes, too: it was about a run that had ended.

    Args:
        hashes: Of the run.
        directory: Where its checkpoints are.
        checkpoint: Where it goes on.

    Returns:
        A sentence for each table that is begun anew, because it was damaged.

    Raises:
        RunError: The disk refuses.
    """
    run = hashes.directory
    kept = history_until(run / HISTORY, checkpoint)
    probes, told = kept_probes(hashes, checkpoint.state)
    hashes.unseal(TABLES)
    hashes.forget([FINDING])
    remove_files(run, [FINDING])
    for table, text in [(run / HISTORY, kept), *probes.items()]:
        write_bytes(table, text)
    remove_newer(directory, checkpoint.epoch)
    remove_leftovers(run)
    return told
