"""Files of another machine on a node: each content once, and trees that lead to it.

Of a command, a node has one folder, `dlrun-sent-<command>-<node>` among its temporary
files. `store/` has contents by their SHA-256, which all workers share; each worker has
a folder in `workers/`, with `tree/`, whose paths are those of the other machine, and
`runs/`.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
import time
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from dlrun.errors import RunError
from dlrun.studies.cluster.content import hash_of

_PREFIX = "dlrun-sent-"
_LEFT_SECONDS = 60.0
"""A folder that is older, and that nobody holds, is that of a command that was killed;
where it is not, it is sent again."""


@dataclass(frozen=True, slots=True)
class Depot:
    """What one worker of a command has on a node."""

    path: Path
    """Of the node."""
    worker: Path
    descriptor: int
    """Holds the folder while the worker is there."""
    _arranged: dict[str, str] = field(default_factory=dict)
    """SHA-256 of each path in the tree."""

    @property
    def tree(self) -> Path:
        """The files of the other machine, below their whole paths."""
        return self.worker / "tree"

    @property
    def runs(self) -> Path:
        """The worker's copies of runs."""
        return self.worker / "runs"

    def lacks(self, hashes: Iterable[str]) -> list[str]:
        """Which contents are not here."""
        return [one for one in hashes if not self._stored(one).is_file()]

    def take(self, sha256: str, start: int, data: bytes) -> None:
        """Keep a part of a content.

        Raises:
            RunError: The disk refuses.
        """
        try:
            flags = os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW
            descriptor = os.open(self._coming(sha256), flags, 0o600)
            try:
                os.pwrite(descriptor, data, start)
            finally:
                os.close(descriptor)
        except OSError as error:
            raise no_room(error, self.path) from error

    def keep(self, sha256: str) -> None:
        """Let a content that is whole be one of those that are here.

        Raises:
            RunError: It is something else.
        """
        coming = self._coming(sha256)
        if hash_of(coming) != sha256:
            coming.unlink(missing_ok=True)
            message = "a file has not come to a node as it was sent"
            hint = "it was changed meanwhile: give the same command again"
            raise RunError(message, hint=hint)
        coming.replace(self._stored(sha256))

    def arrange(self, files: Mapping[str, str]) -> None:
        """Let paths lead to contents that are here, and no others do.

        Args:
            files: SHA-256 of each absolute path.

        Raises:
            RunError: The disk refuses.
        """
        try:
            for name in [one for one in self._arranged if one not in files]:
                self._forget(name)
            for name, sha256 in files.items():
                if self._arranged.get(name) == sha256:
                    continue
                path = self._place(name)
                path.parent.mkdir(parents=True, exist_ok=True)
                path.unlink(missing_ok=True)
                path.hardlink_to(self._stored(sha256))
                self._arranged[name] = sha256
        except OSError as error:
            raise no_room(error, self.path) from error

    def _forget(self, name: str) -> None:
        """Remove a path: patterns and folders stand for what is there."""
        path = self._place(name)
        path.unlink(missing_ok=True)
        del self._arranged[name]
        with suppress(OSError):  # Others may be there.
            path.parent.rmdir()

    def _place(self, name: str) -> Path:
        return self.tree / name.lstrip("/")

    def leave(self) -> None:
        """Remove what is this worker's alone."""
        shutil.rmtree(self.worker, ignore_errors=True)
        os.close(self.descriptor)

    def _stored(self, sha256: str) -> Path:
        return self.path / "store" / sha256

    def _coming(self, sha256: str) -> Path:
        return self.path / "store" / f".{sha256}"


def no_room(error: OSError, folder: Path) -> RunError:
    """Say that this node cannot keep what is sent, and what to do about it."""
    message = f"node {os.uname().nodename} cannot keep what is sent to it below "
    message += f"{folder}: {error.strerror or error}"
    hint = "let it have room there, or start its Ray with another TMPDIR"
    return RunError(message, hint=hint)


def open_depot(command: str, node: str) -> Depot:
    """Make a place for a worker of a command on this node.

    Args:
        command: What tells it from others.
        node: What tells this node from others on the same machine.

    Raises:
        RunError: The disk refuses.
    """
    _sweep()
    path = _folder(command, node)
    worker = path / "workers" / os.urandom(6).hex()
    try:
        descriptor = _held(path)
        for folder in (path / "store", worker / "tree", worker / "runs"):
            folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise no_room(error, path) from error
    return Depot(path, worker, descriptor)


def _held(path: Path) -> int:
    """Make a folder, unless it is there, and hold it; return what holds it."""
    while True:
        path.mkdir(exist_ok=True, mode=0o700)
        descriptor = os.open(path, os.O_RDONLY)
        fcntl.flock(descriptor, fcntl.LOCK_SH)
        with suppress(FileNotFoundError):  # Another command may have swept it away.
            if os.path.samestat(os.fstat(descriptor), path.stat()):
                return descriptor
        os.close(descriptor)


def remove_depot(command: str, node: str) -> dict[str, object]:
    """Remove all that a command has on this node."""
    shutil.rmtree(_folder(command, node), ignore_errors=True)
    return {}


def _folder(command: str, node: str) -> Path:
    return Path(tempfile.gettempdir()) / f"{_PREFIX}{command}-{node[:16]}"


def _sweep() -> None:
    """Remove what commands have left here that were killed."""
    for left in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        with suppress(OSError):
            if time.time() - left.stat().st_mtime < _LEFT_SECONDS:
                continue
            descriptor = os.open(left, os.O_RDONLY)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(left, ignore_errors=True)
            finally:
                os.close(descriptor)
