"""The lines of a search: what its trials were given, and what came of them."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from dlrun.errors import RunError
from dlrun.runs.storage import sync, write_all, write_bytes, write_error
from dlrun.writing import command_line

_TRIALS = "trials.jsonl"
_DAMAGED = "trials.damaged.jsonl"


class SearchPlace(Protocol):
    """The folder of a search."""

    @property
    def path(self) -> Path:
        """Its directory."""


class LineError(RunError):
    """A line of a search is damaged, or does not fit the others."""


def scores_of(entry: Mapping[str, object]) -> tuple[float, ...]:
    """The scores of a line, in the order of the goals; empty: it has none."""
    given = entry.get("scores")
    listed = given if isinstance(given, list) else [entry.get("score")]
    return tuple(float(one) for one in listed if isinstance(one, int | float))


@dataclass(slots=True)
class Journal:
    """The lines of a search, read as they grow; written by who holds its lock."""

    folder: SearchPlace
    _read: int = 0
    """So many bytes are known."""
    entries: list[Mapping[str, object]] = field(default_factory=list)
    _inode: int | None = None
    """Of the file that was read; `None`: none was."""

    @property
    def file(self) -> Path:
        """The file with the lines."""
        return self.folder.path / _TRIALS

    def refresh(self) -> list[Mapping[str, object]]:
        """Read what is new; a line that a killed process has half written is none.

        Raises:
            LineError: A line is damaged.
            RunError: The file cannot be read, or is another one than before.
        """
        try:
            with self.file.open("rb") as stream:
                self._require_same(os.fstat(stream.fileno()).st_ino)
                stream.seek(self._read)
                data = stream.read()
        except FileNotFoundError:
            return []
        except OSError as error:
            raise RunError(f"cannot read {self.file}: {error.strerror}") from error
        whole = data[: data.rfind(b"\n") + 1]
        lines = enumerate(whole.splitlines(), len(self.entries) + 1)
        new = [self._required(line, number) for number, line in lines]
        self._read += len(whole)
        self.entries += new
        return new

    def append(self, entry: Mapping[str, object]) -> None:
        """Add a line, and wait until it is on the disk.

        Raises:
            RunError: The disk refuses; then nothing was added.
        """
        line = _line(entry)
        flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW
        try:
            is_new = not self.file.exists()
            descriptor = os.open(self.file, flags, 0o666)
            try:
                self._inode = os.fstat(descriptor).st_ino
                os.ftruncate(descriptor, self._read)  # Half a line of a killed process.
                os.lseek(descriptor, self._read, os.SEEK_SET)
                write_all(descriptor, line)
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
            if is_new:
                sync(self.file.parent)
        except OSError as error:
            raise write_error(self.file, error) from error
        self._read += len(line)
        self.entries.append(json.loads(line))

    def all_lines(self) -> list[Mapping[str, object] | None]:
        """Every line; `None` is one that is damaged.

        Raises:
            RunError: The file cannot be read.
        """
        try:
            data = self.file.read_bytes()
        except FileNotFoundError:
            return []
        except OSError as error:
            raise RunError(f"cannot read {self.file}: {error.strerror}") from error
        return [*map(_parsed, data[: data.rfind(b"\n") + 1].splitlines())]

    def rewrite(self, entries: Sequence[Mapping[str, object]]) -> Path:
        """Take other lines in place of all; return where those before are kept.

        Raises:
            RunError: The disk refuses; then the lines are as they were.
        """
        kept = self.file.with_name(_DAMAGED)
        write_bytes(kept, self.file.read_bytes())
        write_bytes(self.file, b"".join(map(_line, entries)))
        return kept

    def damage(self, what: str) -> LineError:
        """Say that a line cannot be used, and what makes it again.

        Args:
            what: Such as `line 3 is none of a trial`.
        """
        again = command_line("search", self.folder.path)
        hint = f"{again} makes it again from the lines above it and the runs, which "
        hint += "are whole; what is there now is kept beside it"
        return LineError(f"{self.file} is damaged: {what}", hint=hint)

    def _require_same(self, inode: int) -> None:
        """Refuse to read on in a file that has taken the place of the one before."""
        if self._inode not in {None, inode}:
            message = f"{self.file} was replaced while it was in use"
            raise RunError(message, hint="the same command goes on with it")
        self._inode = inode

    def _required(self, line: bytes, number: int) -> Mapping[str, object]:
        entry = _parsed(line)
        if entry is None:
            raise self.damage(f"line {number} is none of a trial")
        return entry


def _line(entry: Mapping[str, object]) -> bytes:
    return json.dumps(entry, allow_nan=False, ensure_ascii=False).encode() + b"\n"


def _parsed(line: bytes) -> Mapping[str, object] | None:
    try:
        entry = json.loads(line)
    except ValueError:
        return None
    is_trial = isinstance(entry, dict) and isinstance(entry.get("trial"), int)
    return entry if is_trial else None
