"""What the files of a config hold: on each node the same, or sent there."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import inf
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, NamedTuple

from dlrun.config import Node, located
from dlrun.data.moved import SeenPaths, data_below
from dlrun.data.walk import Walk, is_there
from dlrun.errors import RunError
from dlrun.experiment import parse_spec

if TYPE_CHECKING:
    from dlrun.experiment import Experiment, ExperimentSpec

_BLOCK = 1 << 20


class FileState(NamedTuple):
    """What tells a file from another, or from itself after a change, without a look."""

    inode: int
    size: int
    time: int


@dataclass(frozen=True, slots=True)
class FileContent:
    """What a file holds."""

    sha256: str
    size: int


def state_of(path: Path) -> FileState | None:
    """That of a file; `None`: there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return FileState(found.st_ino, found.st_size, found.st_mtime_ns)


def hash_of(path: Path) -> str:
    """SHA-256 of what a file holds, read block by block.

    Raises:
        RunError: It cannot be read.
    """
    digest = hashlib.sha256()
    try:
        with path.open("rb") as stream:
            while block := stream.read(_BLOCK):
                digest.update(block)
    except OSError as error:
        raise RunError(f"cannot read {path}: {error.strerror or error}") from error
    return digest.hexdigest()


def _named_by(node: Node) -> tuple[Experiment, list[Path]]:
    """A config, and the files that it names."""
    seen = SeenPaths()
    with data_below(seen), located(node):
        experiment = parse_spec(node)
    found = {file: None for path in seen.paths for file in _files_at(path)}
    if (code := experiment.code) is not None:
        found |= {code.path.parent / name: None for name in code.texts}
    return experiment, list(found)


def _files_at(path: Path) -> Iterator[Path]:
    """The file of a path, those below a folder, or those that fit a pattern."""
    if path.is_dir():
        walk, linked = Walk(inf), filter(Path.is_symlink, path.iterdir())
        # The folder of a class may be a link; no other is followed.
        for folder in (path, *filter(Path.is_dir, linked)):
            yield from (Path(entry.path) for entry in walk.files(folder))
    elif is_there(path):
        yield path
    elif any(char in str(path) for char in "*?["):
        yield from Walk().matching(path)


@dataclass(slots=True)
class Contents:
    """Knows which files configs read, and what they hold, also after a change."""

    _known: dict[Path, tuple[FileState, FileContent]] = field(default_factory=dict)
    _images: dict[str, tuple[Path, ...]] = field(default_factory=dict)
    """The images that tables name, by what decides on them."""
    _lock: Lock = field(default_factory=Lock)

    def states_of(self, nodes: Iterable[Node]) -> dict[str, FileState]:
        """The files that configs name, but for the images that their rows name.

        Raises:
            ConfigError: One cannot be read.
            SpecError: One is not valid, or a file is not there.
        """
        files = (file for node in nodes for file in _named_by(node)[1])
        return {str(one): found for one in files if (found := state_of(one))}

    def _files_of(self, node: Node) -> list[Path]:
        """Every file that training a config reads, by its absolute path.

        These are its data, the images that they name, and its code; what the code of a
        config opens by itself is not known.
        """
        experiment, found = _named_by(node)
        images = self._images_of(experiment.spec, found)
        return [file for file in (*found, *images) if file.is_file()]

    def _images_of(self, spec: ExperimentSpec, files: Sequence[Path]) -> Sequence[Path]:
        from dlrun.rows.image_files import images_named

        stated = {"data", "pseudo_label"}
        states = [(str(file), state_of(file)) for file in files]
        key = json.dumps([spec.model_dump(mode="json", include=stated), states])
        if key not in self._images:
            named = images_named(spec)
            # A link keeps its name.
            paths = {Path(os.path.abspath(one)) for one in named}  # noqa: PTH100
            self._images[key] = tuple(sorted(paths))
        return self._images[key]

    def of(self, path: Path) -> FileContent:
        """What a file holds.

        Raises:
            RunError: It cannot be read.
        """
        with self._lock:
            state = state_of(path)
            if state is None:
                raise RunError(f"{path} is no longer there", hint="put it back")
            known = self._known.get(path)
            if known is None or known[0] != state:
                known = self._known[path] = (
                    state,
                    FileContent(hash_of(path), state.size),
                )
            return known[1]

    def of_all(self, node: Node) -> Mapping[Path, FileContent]:
        """What the files of a config hold.

        Raises:
            ConfigError: It cannot be read.
            SpecError: It is not valid, or a file is not there.
            RunError: A file cannot be read.
        """
        return {path: self.of(path) for path in self._files_of(node)}
