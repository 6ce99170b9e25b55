"""Whether another machine has the same folder of runs, and locks that hold there, too.

A lock of a folder is `flock`: the kernel frees it however its process ends, and Linux
passes it on to the server of a shared folder (NFS since 2.6.12, as a lock of the whole
file; see flock(2)). A folder that was mounted without that has locks that hold on one
machine alone, which nobody would notice: so it is tried.
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from dlrun.runs.catalog import HIDDEN
from dlrun.runs.storage import write_error

if TYPE_CHECKING:
    from io import TextIOWrapper


_PREFIX = "sharing-"
_NEW_SECONDS = 60.0
"""One that is newer may be about to be locked."""


@contextmanager
def mark_folder(root: Path) -> Iterator[tuple[Path, str]]:
    """Keep a file in a folder of runs, and its lock, while the block lasts.

    Args:
        root: The folder, which may not be there yet.

    Yields:
        The file, and what it says.

    Raises:
        RunError: The disk refuses.
    """
    token = os.urandom(16).hex()
    file = root.resolve() / HIDDEN / f"{_PREFIX}{token[:12]}"
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        _sweep(file.parent)
        stream = _held(file, token)
    except OSError as error:
        raise write_error(file, error) from error
    try:
        yield file, token
    finally:
        stream.close()
        with suppress(OSError):
            file.unlink()
            file.parent.rmdir()  # There may be other files.


def _sweep(folder: Path) -> None:
    """Remove what processes have left that were killed."""
    for left in folder.glob(f"{_PREFIX}*"):
        with suppress(OSError):
            is_old = time.time() - left.stat().st_mtime > _NEW_SECONDS
            if is_old and not is_locked(left):
                left.unlink()


def _held(file: Path, token: str) -> TextIOWrapper:
    stream = file.open("x+", encoding="utf-8")
    stream.write(token)
    stream.flush()
    os.fsync(stream.fileno())
    with suppress(OSError):  # Whoever looks finds that there is none.
        fcntl.flock(stream, fcntl.LOCK_EX)
    return stream


def is_shared(marker: Path, token: str) -> bool:
    """Whether the folder of another process is that of this one, and may be written."""
    try:
        is_same = marker.read_text(encoding="utf-8") == token
    except OSError:
        return False
    return is_same and os.access(marker.parent, os.W_OK)


def is_locked(marker: Path) -> bool:
    """Whether the lock of another process holds here, too."""
    try:
        descriptor = os.open(marker, os.O_RDWR)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:  # There are no locks here at all.
        return False
    finally:
        os.close(descriptor)
    return False
