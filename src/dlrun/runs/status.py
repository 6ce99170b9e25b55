"""The state of a run, and the lock that tells a living run from a killed one."""

from __future__ import annotations

import errno
import fcntl
import hashlib
import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal, TypeAlias, get_args

from dlrun.errors import RunError
from dlrun.runs.hash_list import STATUS, DamagedError, HashedFiles
from dlrun.runs.reading import (
    JsonObject,
    decoded,
    parse_object,
    read_bytes,
    read_object,
    read_text,
    require_no_link,
)
from dlrun.runs.storage import write_error
from dlrun.writing import duration

State: TypeAlias = Literal[
    "running", "finished", "failed", "diverged", "interrupted", "terminated"
]
_STATES: Mapping[str, State] = {state: state for state in get_args(State)}
FORMAT = 1
"""The format of the runs that this dlrun writes: a number, counted up when a reader of
the format before would take a file for something else."""
KILLED = "the process ended without saying why"
ALONE = ".alone.lock"
"""Stands in a directory that cannot be locked itself."""
_TRIES = 20
_PAUSE_SECONDS = 0.01


@dataclass(frozen=True, slots=True)
class Status:
    """What a run says of itself; times are ISO-8601 in UTC."""

    state: State
    reason: str | None
    """Why it stopped; None while it runs, and when it ended as planned."""
    pid: int
    host: str
    started: str
    finished: str | None
    heartbeat: str
    """When the run last wrote its status."""
    format: int = FORMAT
    """Of the files of the run; 0: it was written by 0.1.0, which states none."""
    vouched: bool = False
    """Whether `SHA256SUMS` has the hashes of its files; older runs have none."""

    @property
    def seconds(self) -> float | None:
        """From its start to its end, or to its last sign of life, with every pause."""
        try:
            end = datetime.fromisoformat(self.finished or self.heartbeat)
            return (end - datetime.fromisoformat(self.started)).total_seconds()
        except (ValueError, TypeError):
            return None

    @classmethod
    def read(cls, values: JsonObject) -> Status:
        """Read the file, whatever process it speaks of.

        Raises:
            NewerFormatError: Only a newer dlrun knows the format of the run.
            RunError: A value has another type than its key.
        """
        number = _format_of(values)
        state = values.values.get("state")
        if not isinstance(state, str) or state not in _STATES:
            hint = f"expected one of {', '.join(_STATES)}"
            message = f"{values.file} is damaged: the state is {state!r}"
            raise RunError(message, hint=hint)
        return cls(
            state=_STATES[state],
            reason=values.text("reason"),
            pid=values.whole("pid") or 0,
            host=values.text("host") or "",
            started=values.text("started") or "",
            finished=values.text("finished"),
            heartbeat=values.text("heartbeat") or "",
            format=number,
            vouched=bool(values.flag("vouched")),
        )

    def to_json(self) -> dict[str, object]:
        """The file as JSON has it."""
        return {
            "format": self.format,
            "vouched": self.vouched,
            "state": self.state,
            "reason": self.reason,
            "pid": self.pid,
            "host": self.host,
            "started": self.started,
            "finished": self.finished,
            "heartbeat": self.heartbeat,
        }


class NewerFormatError(RunError):
    """A run that a newer dlrun has written."""


def _format_of(values: JsonObject) -> int:
    """The format of a run, which its status states.

    Raises:
        NewerFormatError: Only a newer dlrun knows it.
    """
    number = values.whole("format") or 0
    if number > FORMAT:
        message = f"{values.file.parent} was written by a newer dlrun: it has format "
        message += f"{number}, and this one reads formats up to {FORMAT}"
        hint = "install the newest dlrun: pip install --upgrade dlrun"
        raise NewerFormatError(message, hint=hint)
    return number


def require_known_format(file: Path) -> None:
    """Refuse a run of which this dlrun would take one thing for another.

    A status that is missing or damaged is told of by whoever needs it.

    Raises:
        NewerFormatError: Only a newer dlrun knows its format.
    """
    try:
        _format_of(read_object(file))
    except NewerFormatError:
        raise
    except RunError:
        return


def new_status(state: State, reason: str | None) -> Status:
    """The status of a run that this process starts, continues or ends now."""
    now = datetime.now(UTC).isoformat(timespec="milliseconds")
    return Status(
        state=state,
        reason=reason,
        pid=os.getpid(),
        host=os.uname().nodename,
        started=now,
        finished=None if state == "running" else now,
        heartbeat=now,
    )


def read_status(files: HashedFiles, lock_file: Path) -> Status:
    """Read the status of a run; one that says `running`, but has no lock, was killed.

    Raises:
        DamagedError: It is not what the run has written.
        RunError: The file is missing or damaged.
    """
    file = files.directory / STATUS
    while True:
        data = read_bytes(file)
        status = Status.read(parse_object(file, decoded(file, data)))
        try:
            if status.vouched:
                files.require_list(is_sealed=status.finished is not None)
            files.require(STATUS, hashlib.sha256(data).hexdigest())
        except DamagedError:
            if read_bytes(file) != data:
                continue  # The run went on meanwhile.
            raise
        return _as_it_is(status, lock_file)


def _as_it_is(status: Status, lock_file: Path) -> Status:
    if status.state == "running" and not _is_alive(status, lock_file):
        lived = status.seconds or 0.0
        since = f", at least {duration(lived)} after its start" if lived > 0 else ""
        return replace(status, state="interrupted", reason=f"{KILLED}{since}")
    return status


class InUseError(RunError):
    """What another process works on."""

    def __init__(
        self, message: str, *, hint: str | None = None, holder: str = ""
    ) -> None:
        super().__init__(message, hint=hint)
        self.holder = holder
        """Such as `process 12 on host`."""


@contextmanager
def hold_lock(file: Path) -> Iterator[None]:
    """Hold the lock of a run; the kernel frees it however the process ends.

    Raises:
        InUseError: Another process holds it.
        RunError: The file cannot be written, or is a link or a pipe.
    """
    require_no_link(file)
    try:
        descriptor = os.open(file, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o666)
    except OSError as error:
        raise write_error(file, error) from error
    try:
        if not _take(descriptor):
            holder = _holder(file)
            message = f"the run {file.parent.name} is in use by {holder}"
            hint = "wait until it ends, or stop it first"
            raise InUseError(message, hint=hint, holder=holder)
        os.ftruncate(descriptor, 0)
        holder = f"process {os.getpid()} on {os.uname().nodename}\n"
        os.write(descriptor, holder.encode())
        yield
    finally:
        os.close(descriptor)


def _holder(file: Path) -> str:
    """Who holds a lock, by his own words."""
    with suppress(RunError):
        return " ".join(read_text(file).split()) or "another process"
    return "another process"


@contextmanager
def alone_in(directory: Path) -> Iterator[None]:
    """Wait for others who read a file to write it again, so that no count is lost.

    On NFS such a lock is one for writing, which no directory can be opened for: there a
    file in it is held (flock(2), "NFS details").
    """
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        except OSError as error:
            if error.errno != errno.EBADF:
                raise
            os.close(descriptor)
            flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW
            descriptor = os.open(directory / ALONE, flags, 0o666)
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _is_alive(status: Status, lock_file: Path) -> bool:
    """Whether a process holds the lock; if that cannot be told, believe the status."""
    try:
        descriptor = os.open(lock_file, os.O_RDONLY | os.O_NONBLOCK)
    except FileNotFoundError:
        # Between the creation of a run and its first lock, only the process can tell.
        return (
            status.host != os.uname().nodename or Path(f"/proc/{status.pid}").exists()
        )
    except OSError:
        return True
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(descriptor)
    return False


def _take(descriptor: int) -> bool:
    """Try for a moment: whoever asks for the status holds it for an instant."""
    for _ in range(_TRIES):
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(_PAUSE_SECONDS)
        else:
            return True
    return False
