from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from dlrun.runs import Checkpoint, CheckpointState, RunFolder, create_run

CALLS = (
    "open", "write", "fsync", "close", "mkdir", "rename", "replace", "ftruncate",
    "unlink", "rmdir",
)  # fmt: skip
"""What a run asks of the operating system to change a disk."""
PROBED = (
    "grad_norm", "grad_mean_abs", "weight_norm", "update_ratio", "step_update_ratio",
    "dead_share", "zero_share", "saturated_share",
)  # fmt: skip


def kill_at_call(number: int) -> None:
    """Let this process die at a later call of `CALLS`; of a write, half is done.

    Args:
        number: So many calls go well before.
    """
    left = number

    def counted(real, name, /, *given, **named):
        nonlocal left
        if not left:
            if name == "write":
                real(given[0], bytes(given[1])[: len(given[1]) // 2])
            os._exit(137)
        left -= 1
        return real(*given, **named)

    for name in CALLS:
        setattr(os, name, partial(counted, getattr(os, name), name))


def values_of(epoch: int) -> np.ndarray:
    return np.random.default_rng(epoch).normal(size=(4, 3)).astype("float32")


def checkpoint_of(epoch: int) -> Checkpoint:
    arrays = {
        "weights": [values_of(epoch), np.float32(epoch).reshape(())],
        "optimizer": [np.array(epoch), values_of(epoch + 100)],
        "best": [values_of(epoch), np.float32(epoch).reshape(())],
    }
    return Checkpoint(
        epoch, CheckpointState(best_epoch=epoch, probed_epoch=epoch), arrays
    )


def end_epoch(folder: RunFolder, epoch: int) -> None:
    """What a run writes at the end of an epoch with a probe and a checkpoint."""
    layer = {"epoch": epoch, "layer": "a"} | dict.fromkeys(PROBED)
    outputs = {"epoch": epoch, "regularisation_loss": None, "nonfinite": False}
    folder.append_probe([layer | {"weight_norm": 1 / epoch}], outputs)
    folder.append_history({"epoch": epoch, "loss": 1 / epoch, "weights_sha256": "ab"})
    folder.write_checkpoint(checkpoint_of(epoch), best_epoch=1)


def require_whole(folder: RunFolder, *allowed: int) -> int:
    """Read the folder as a resumed run does; what is read must be what was written."""
    found = folder.find_checkpoint().checkpoint
    assert found is not None
    assert found.epoch in allowed
    expected = checkpoint_of(found.epoch)
    assert found.arrays.keys() == expected.arrays.keys()
    for group, arrays in expected.arrays.items():
        for ours, theirs in zip(arrays, found.arrays[group], strict=True):
            assert (ours.dtype, ours.shape) == (theirs.dtype, theirs.shape)
            assert ours.tobytes() == theirs.tobytes()
    folder.return_to(found)
    epochs = list(range(1, found.epoch + 1))
    assert folder.history()["epoch"] == epochs
    assert [probe["epoch"] for probe in folder.probes()] == epochs
    return found.epoch


@pytest.fixture(name="end_epoch")
def end_epoch_of_a_run() -> Callable[[RunFolder, int], None]:
    return end_epoch


@pytest.fixture(name="require_whole")
def require_a_whole_run() -> Callable[..., int]:
    return require_whole


@pytest.fixture
def folder(tmp_path: Path) -> RunFolder:
    """A run after three epochs with a checkpoint each."""
    made = create_run(tmp_path, "faulty")
    for epoch in (1, 2, 3):
        end_epoch(made, epoch)
    return made
