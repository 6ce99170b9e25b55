"""A disk that refuses, at every call that a checkpoint makes of it."""

from __future__ import annotations

import errno
import os
import resource
import signal

import pytest

from dlrun.errors import RunError

FULL = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


class Broken:
    """Refuses the call of a number, and every later one if it lasts."""

    def __init__(self, name, number, error, *, lasts):
        self._real = getattr(os, name)
        self._left = number
        self._error = error
        self._lasts = lasts
        self.refused = 0

    def __call__(self, *given, **named):
        self._left -= 1
        if self._left == -1 or (self._lasts and self._left < 0):
            self.refused += 1
            raise self._error
        return self._real(*given, **named)


def names(folder):
    return sorted(path.name for path in (folder.path / "checkpoints").iterdir())


@pytest.mark.parametrize("lasts", [False, True], ids=["once", "for good"])
@pytest.mark.parametrize(
    ("call", "error"),
    [
        ("write", FULL),
        ("fsync", OSError(errno.EIO, os.strerror(errno.EIO))),
        ("rename", OSError(errno.EXDEV, os.strerror(errno.EXDEV))),
        ("mkdir", OSError(errno.EACCES, os.strerror(errno.EACCES))),
        ("open", OSError(errno.EMFILE, os.strerror(errno.EMFILE))),
    ],
    ids=["disk full", "fsync", "rename", "mkdir", "no descriptors"],
)
def test_a_disk_that_refuses_costs_at_most_this_epoch(
    request, folder, monkeypatch, call, error, lasts
):
    end_epoch, require_whole = map(
        request.getfixturevalue, ("end_epoch", "require_whole")
    )
    number, refused, epoch = 0, 1, 3
    told = set()

    while refused:
        broken = Broken(call, number, error, lasts=lasts)
        with monkeypatch.context() as patch:
            patch.setattr(os, call, broken)
            try:
                end_epoch(folder, epoch + 1)
            except RunError as found:
                told.add((error.strerror in found.message, bool(found.hint)))
        refused, number = broken.refused, number + 1
        epoch = require_whole(folder, epoch, epoch + 1)
        assert not [name for name in names(folder) if name.startswith(".")] or lasts

    assert number > 1
    assert told == {(True, True)}


def test_a_full_disk_names_the_path_and_the_size(folder, monkeypatch):
    from dlrun.runs import Checkpoint, CheckpointState

    def write(*_):
        raise FULL

    folder.append_history({"epoch": 4, "loss": 0.5, "weights_sha256": "ab"})
    monkeypatch.setattr(os, "write", write)

    with pytest.raises(RunError) as caught:
        folder.write_checkpoint(Checkpoint(4, CheckpointState(), {"weights": []}), 1)

    assert "checkpoints/0004" in caught.value.message
    assert "No space left" in caught.value.message
    assert "takes about 0 bytes" in caught.value.message
    assert names(folder) == ["0001", "0002", "0003"]


def test_short_writes_are_gone_on_with(folder, monkeypatch, end_epoch, require_whole):
    real = os.write
    folder.append_history({"epoch": 4, "loss": 0.25, "weights_sha256": "ab"})
    with monkeypatch.context() as patch:
        patch.setattr(os, "write", lambda file, data: real(file, bytes(data[:7])))
        folder.return_to(folder.find_checkpoint().checkpoint)
    end_epoch(folder, 4)

    require_whole(folder, 4)


def test_a_file_size_limit_leaves_the_checkpoint_before(
    folder, end_epoch, require_whole
):
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (300, limits[1]))
        with pytest.raises(RunError, match=r"cannot write .*0004: File too large"):
            end_epoch(folder, 4)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, before)

    require_whole(folder, 3)
    assert names(folder) == ["0001", "0002", "0003"]


def test_a_run_folder_that_is_gone_is_named(folder, end_epoch):
    import shutil

    shutil.rmtree(folder.path)

    with pytest.raises(RunError, match=r"cannot write .*diagnostics"):
        end_epoch(folder, 4)
