"""Where the data of a run are now, when they no longer are where they were."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path, PurePath
from typing import Protocol

from dlrun.data.walk import EndlessWalkError, Walk, is_there
from dlrun.errors import RunError

_current: ContextVar[Places | None] = ContextVar("data root", default=None)


class Places(Protocol):
    """Where the paths of a config lead to."""

    @property
    def named(self) -> Path | None:
        """The folder that a person has named for data that were moved; None: none."""

    @property
    def takes_written(self) -> bool:
        """Whether also paths are meant that a person writes, and not those of runs."""

    def place(self, path: Path) -> Path:
        """Where a file, a folder, or what a pattern stands for is.

        Args:
            path: as the config has it, absolute.
        """

    def recorded(self, values: dict[str, object]) -> dict[str, object]:
        """A config with its own paths, in place of where they lead to."""


@dataclass(frozen=True, slots=True)
class DataRoot:
    """The folder below which a person says that the data of a run are."""

    directory: Path
    """Absolute."""
    written: Sequence[str] = ()
    """The texts of the config as it was written, relative paths among them."""
    places: dict[Path, Path] = field(default_factory=dict)
    """Where each path of the run has been found, or was looked for last."""

    @property
    def named(self) -> Path:
        """The folder."""
        return self.directory

    @property
    def takes_written(self) -> bool:
        """Only the paths of runs are meant."""
        return False

    def place(self, path: Path) -> Path:
        """Where a file, a folder, or what a pattern stands for is now.

        A relative path is taken as it was written, from the folder on; else the longest
        end of the path counts that is there. Only what was written with `..` may lie
        beside the folder, and comes last.

        Args:
            path: as the run has it, absolute.

        Raises:
            RunError: another path of the run has the same place.
        """
        if path not in self.places:
            found = (place for place in self._candidates(path) if _is_there(place))
            self.places[path] = next(found, self.directory / path.name)
            self._require_own(path)
        return self.places[path]

    def recorded(self, values: dict[str, object]) -> dict[str, object]:
        """A config with the paths that the run has, in place of where they are now."""
        before = {str(now): str(path) for path, now in self.places.items()}
        return {key: _replaced(value, before) for key, value in values.items()}

    @property
    def missing(self) -> list[Path]:
        """The paths of the run of which nothing was found."""
        return [path for path, now in self.places.items() if not _is_there(now)]

    def _candidates(self, path: Path) -> Iterator[Path]:
        ends = [path.parts[index:] for index in range(1, len(path.parts))]
        written = {
            _own_parts(one): one
            for one in map(PurePath, self.written)
            if not one.is_absolute()
        }
        stated = [written[end] for end in ends if end in written]
        inside = [one for one in stated if ".." not in one.parts]
        beside = [one for one in stated if ".." in one.parts]
        for place in (*inside, *(PurePath(*end) for end in ends), *beside):
            yield Path(os.path.normpath(self.directory / place))

    def _require_own(self, path: Path) -> None:
        place = self.places[path]
        for other, taken in self.places.items():
            if taken == place and other != path and _is_there(place):
                message = f"{place} would stand for two files of the run: "
                message += f"{other} and {path}"
                hint = "give a folder that holds both, by the ends of their paths"
                raise RunError(message, hint=f"{hint}, with --data-root")


@dataclass(frozen=True, slots=True)
class SeenPaths:
    """Keeps every path of the configs that are read, and leaves it as it is."""

    paths: list[Path] = field(default_factory=list)

    @property
    def named(self) -> None:
        """Nothing was moved."""
        return

    @property
    def takes_written(self) -> bool:
        """All paths are seen."""
        return True

    def place(self, path: Path) -> Path:
        """The path itself."""
        self.paths.append(path)
        return path

    def recorded(self, values: dict[str, object]) -> dict[str, object]:
        """The config as it is."""
        return values


@dataclass(frozen=True, slots=True)
class SentFiles:
    """A folder that holds the files of another machine, below their whole paths."""

    directory: Path
    """Absolute."""
    home: Path
    """What lies below is of this machine: its copies of runs, with their code."""

    @property
    def named(self) -> None:
        """Nothing was moved: the other machine has it where it was."""
        return

    @property
    def takes_written(self) -> bool:
        """The configs are of the other machine, too."""
        return True

    def place(self, path: Path) -> Path:
        """Where the copy of a path is."""
        if path.is_relative_to(self.home):
            return path
        return self.directory / path.relative_to(path.anchor)

    def recorded(self, values: dict[str, object]) -> dict[str, object]:
        """A config with the paths of the other machine."""
        return {key: self._told(value) for key, value in values.items()}

    def words(self, text: str) -> str:
        """A text with the paths of the other machine."""
        return text.replace(str(self.directory), "")

    def _told(self, value: object) -> object:
        if isinstance(value, str):
            is_here = Path(value).is_relative_to(self.directory)
            return value.removeprefix(str(self.directory)) if is_here else value
        if isinstance(value, dict):
            return {key: self._told(item) for key, item in value.items()}
        return (
            [self._told(item) for item in value] if isinstance(value, list) else value
        )


def _replaced(value: object, texts: Mapping[str, str]) -> object:
    """The same value, with other texts in place of whole ones, wherever they stand."""
    if isinstance(value, str):
        return texts.get(value, value)
    if isinstance(value, dict):
        return {key: _replaced(item, texts) for key, item in value.items()}
    if isinstance(value, list):
        return [_replaced(item, texts) for item in value]
    return value


def _own_parts(path: PurePath) -> tuple[str, ...]:
    return tuple(part for part in path.parts if part != "..")


def _is_there(path: Path) -> bool:
    if is_there(path):
        return True
    try:
        return any(char in str(path) for char in "*?[") and bool(Walk().matching(path))
    except EndlessWalkError:
        return False


def current_root() -> Places | None:
    """Where the paths that are read lead to; None: where they say."""
    return _current.get()


def as_recorded(path: Path) -> Path:
    """What a config calls a place that one of its paths leads to."""
    root = _current.get()
    return path if root is None else Path(str(root.recorded({"": str(path)})[""]))


@contextmanager
def data_below(root: Places | None) -> Iterator[None]:
    """Let the paths of a run be read as places below a folder, in the block."""
    token = _current.set(root)
    try:
        yield
    finally:
        _current.reset(token)
