"""Where the data of a run are now, when they no longer are where they were."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path, PurePath

from dlrun.data.walk import EndlessWalkError, Walk, is_there
from dlrun.errors import RunError

_current: ContextVar[DataRoot | None] = ContextVar("data root", default=None)


@dataclass(frozen=True, slots=True)
class DataRoot:
    """The folder below which a person says that the data of a run are."""

    directory: Path
    """Absolute."""
    written: Sequence[str] = ()
    """The texts of the config as it was written, relative paths among them."""
    places: dict[Path, Path] = field(default_factory=dict)
    """Where each path of the run has been found, or was looked for last."""

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


def current_root() -> DataRoot | None:
    """The folder that stands in for those of the paths that are read; None: none."""
    return _current.get()


@contextmanager
def data_below(root: DataRoot | None) -> Iterator[None]:
    """Let the paths of a run be read as places below a folder, in the block."""
    token = _current.set(root)
    try:
        yield
    finally:
        _current.reset(token)
