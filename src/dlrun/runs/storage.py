"""Files that are whole or absent: how a run folder writes them."""

from __future__ import annotations

import errno
import math
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from dlrun.errors import RunError
from dlrun.runs.reading import require_no_link
from dlrun.writing import json_text


@contextmanager
def replacement(file: Path) -> Iterator[Path]:
    """Give a temporary path beside `file` that takes its place when the block ends.

    The suffix stays, because Keras chooses its format by it. A reader sees the old file
    or the new one, never half of one, and a loss of power leaves one of the two.

    Raises:
        RunError: The disk refuses; the old file is as it was.
    """
    temporary = file.with_name(f".{file.stem}-{os.urandom(6).hex()}{file.suffix}")
    try:
        yield temporary
        sync(temporary)
        temporary.replace(file)
        sync(file.parent)
    except OSError as error:
        raise write_error(file, error) from error
    finally:
        # A failed clean-up must not hide the error that made it necessary.
        with suppress(OSError):
            temporary.unlink(missing_ok=True)


def write_error(file: Path, error: OSError) -> RunError:
    """Say which file the disk refused, and what to do about it."""
    hint = "look for a full disk, a quota or missing write permission, then try again"
    return RunError(f"cannot write {file}: {error.strerror or error}", hint=hint)


def is_there(path: Path) -> bool:
    """Whether something bears this name, be it a link that leads nowhere."""
    return os.path.lexists(path)


def make_directory(directory: Path) -> None:
    """Make a directory, unless it is there.

    Raises:
        RunError: The disk refuses, or a link has its name.
    """
    require_no_link(directory)
    try:
        directory.mkdir(exist_ok=True)
    except OSError as error:
        raise write_error(directory, error) from error


def write_text(file: Path, text: str) -> None:
    """Replace a text file in one step.

    Raises:
        RunError: The disk refuses.
    """
    write_bytes(file, text.encode("utf-8"))


def write_bytes(file: Path, data: bytes) -> None:
    """Replace a file in one step.

    Raises:
        RunError: The disk refuses.
    """
    with replacement(file) as temporary:
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
        try:
            write_all(descriptor, data)
        finally:
            os.close(descriptor)


def append_text(file: Path, text: str) -> None:
    """Add to a text file, which is no link.

    Raises:
        RunError: The disk refuses.
    """
    require_no_link(file)
    try:
        with file.open("a", encoding="utf-8", errors="backslashreplace") as stream:
            stream.write(text)
    except OSError as error:
        raise write_error(file, error) from error


def write_json(file: Path, value: Mapping[str, object]) -> None:
    """Replace a JSON file in one step; the JSON is strict, so any reader takes it.

    Raises:
        RunError: The value holds a number that JSON does not know, or the disk refuses.
    """
    write_text(file, json_of(file, value))


def json_of(file: Path, value: Mapping[str, object]) -> str:
    """The text of a JSON file.

    Raises:
        RunError: The value holds a number that JSON does not know.
    """
    try:
        text = json_text(value, 1, allow_nan=False)
    except ValueError as error:
        hint = "JSON knows no infinity and no NaN; use finite numbers"
        raise RunError(f"cannot write {file}: {error}", hint=hint) from error
    return f"{text}\n"


def finite(values: Mapping[str, object]) -> dict[str, object]:
    """Replace NaN and infinities by None, at any depth: JSON has no word for them."""
    return {key: _finite(value) for key, value in values.items()}


def _finite(value: object) -> object:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return finite(value)
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        return [_finite(item) for item in value]
    return value


def write_all(descriptor: int, data: bytes | memoryview) -> None:
    """Write every byte, in as many writes as it takes."""
    rest = memoryview(data)
    while rest:
        written = os.write(descriptor, rest)
        if not written:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        rest = rest[written:]


def sync(path: Path) -> None:
    """Wait until a file, or the names in a directory, are on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
