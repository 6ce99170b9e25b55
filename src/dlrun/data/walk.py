"""Looking for files below a folder, without looking for ever."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatch
from itertools import islice
from pathlib import Path

from dlrun.writing import choices, did_you_mean, nearest

_ENTRIES_AT_MOST = 100_000
_LONGEST_PART = 1_000
"""Characters for one name, which has up to 255: longer patterns take long to read."""
_ANY_FOLDERS = "**"
_WILD = frozenset("*?[")


class EndlessWalkError(Exception):
    """More files and folders lie there than a walk may look at."""


@dataclass(slots=True)
class Walk:
    """Looks at files and folders, in one order on all machines, up to a number."""

    left: float = _ENTRIES_AT_MOST
    """How many it may still look at."""
    closed: list[Path] = field(default_factory=list)
    """The folders that it was not allowed to look into."""

    def files(self, folder: Path) -> Iterator[os.DirEntry[str]]:
        """Every file below a folder but hidden ones; follows no links to folders.

        Raises:
            EndlessWalkError: there are too many.
        """
        waiting = [folder]
        while waiting:
            folders = []
            for entry in self._visible(waiting.pop()):
                if not _is_folder(entry):
                    yield entry
                elif not entry.is_symlink():
                    folders.append(Path(entry.path))
            waiting += reversed(folders)

    def matching(self, pattern: Path) -> list[Path]:
        """What an absolute pattern stands for, sorted, as `glob.glob` has it.

        Raises:
            EndlessWalkError: the way there leads past too many.
        """
        root, *parts = pattern.parts
        if any(len(part) > _LONGEST_PART for part in parts):
            return []
        return sorted(set(self._below(Path(root), parts)))

    def _below(self, folder: Path, parts: Sequence[str]) -> Iterator[Path]:
        if not parts:
            yield folder
            return
        part, rest = parts[0], parts[1:]
        if part == _ANY_FOLDERS:
            yield from self._anywhere(folder, parts)
        elif not _WILD.intersection(part):
            if is_there(folder / part):
                yield from self._below(folder / part, rest)
        else:
            entries = self._entries if part.startswith(".") else self._visible
            for entry in entries(folder):
                if fnmatch(entry.name, part) and (not rest or _is_folder(entry)):
                    yield from self._below(Path(entry.path), rest)

    def _anywhere(self, folder: Path, parts: Sequence[str]) -> Iterator[Path]:
        """What the parts behind `**` stand for, here and in every folder below."""
        rest = parts[1:]
        yield from self._below(folder, rest)
        for entry in self._visible(folder):
            if _is_folder(entry):
                yield from self._below(Path(entry.path), parts)
            elif not rest:
                yield Path(entry.path)

    def _visible(self, folder: Path) -> list[os.DirEntry[str]]:
        return [
            entry for entry in self._entries(folder) if not entry.name.startswith(".")
        ]

    def _entries(self, folder: Path) -> list[os.DirEntry[str]]:
        """What a folder holds, by name; nothing of one that cannot be read."""
        found = []
        try:
            with os.scandir(folder) as entries:
                for entry in entries:
                    self.left -= 1
                    if self.left < 0:
                        raise EndlessWalkError
                    found.append(entry)
        except OSError as error:
            if isinstance(error, PermissionError):
                self.closed.append(folder)
        return sorted(found, key=lambda entry: entry.name)


def _is_folder(entry: os.DirEntry[str]) -> bool:
    """Whether it is one, or a link to one; a link in a circle is none."""
    try:
        return entry.is_dir()
    except OSError:
        return False


def is_there(path: Path) -> bool:
    """Whether there is something; a name that no file can have is not there."""
    try:
        return path.exists()
    except OSError:
        return False


_NAMES_AT_MOST = 10_000
"""Beside a file that is missing, not more than these are looked at."""


def what_is_there(path: Path) -> str:
    """The nearest name beside a path that is missing, and what else there is."""
    try:
        there = islice(path.parent.iterdir(), _NAMES_AT_MOST)
        names = [entry.name for entry in there]
    except OSError:
        return f"there is no folder {path.parent} either"
    holds = (
        f"{path.parent} holds {choices(names)}" if names else f"{path.parent} is empty"
    )
    alike = [Path(name).stem for name in names if Path(name).suffix == path.suffix]
    meant = nearest(path.stem, alike)
    return did_you_mean([f"{meant}{path.suffix}"]) if meant else holds
