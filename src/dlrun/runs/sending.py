"""A run on its way to another machine: what has changed of its folder, in pieces."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from dlrun.errors import RunError
from dlrun.runs.folder import RunFolder
from dlrun.runs.reading import require_no_link

PIECE_BYTES = 4 * 2**20
"""No more of a file is in memory, or on its way at once."""
LOCK = "run.lock"
"""Stays where it is: a lock holds on one machine."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a file; those of one file follow each other."""

    name: str
    """Of the file, by its path in the folder."""
    data: bytes


@dataclass(frozen=True, slots=True)
class Listing:
    """The end of what has changed: what the folder holds."""

    names: tuple[str, ...]
    """Every file that there is, in the order in which they were written."""


@dataclass(slots=True)
class RunSender:
    """Tells what has changed of a run since it was asked last; at first: everything.

    Nobody writes in the folder meanwhile.
    """

    folder: RunFolder
    _sent: dict[str, tuple[int, int, int]] = field(default_factory=dict)

    def knows(self) -> None:
        """Take what is there for known to the other machine."""
        files = files_of(self.folder.path)
        self._sent = {name: _state(one) for name, one in files.items()}

    def changes(self) -> Iterator[Piece | Listing]:
        """Each piece of what is new, and then what the folder holds.

        Raises:
            RunError: A file cannot be read, or a link stands where dlrun makes none.
        """
        files = files_of(self.folder.path)
        written = sorted(files, key=lambda name: (files[name].st_mtime_ns, name))
        for name in written:
            state = _state(files[name])
            if self._sent.get(name) != state:
                yield from _pieces(self.folder.path, name)
                self._sent[name] = state
        for name in self._sent.keys() - files.keys():
            del self._sent[name]
        yield Listing(tuple(written))


def _state(found: os.stat_result) -> tuple[int, int, int]:
    return (found.st_ino, found.st_size, found.st_mtime_ns)


def files_of(folder: Path) -> dict[str, os.stat_result]:
    """The files of a run by their paths in it, without its lock and what is hidden."""
    found: dict[str, os.stat_result] = {}
    for place, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in names:
            path = Path(place, name)
            if not name.startswith(".") and name != LOCK:
                with suppress(FileNotFoundError):
                    found[path.relative_to(folder).as_posix()] = path.lstat()
    return found


def _pieces(folder: Path, name: str) -> Iterator[Piece]:
    file = folder / name
    require_no_link(file)
    try:
        with file.open("rb") as stream:
            data = stream.read(PIECE_BYTES)
            yield Piece(name, data)
            while len(data) == PIECE_BYTES:
                data = stream.read(PIECE_BYTES)
                if data:
                    yield Piece(name, data)
    except OSError as error:
        raise RunError(f"cannot read {file}: {error.strerror or error}") from error
