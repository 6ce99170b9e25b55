"""Rows that were made ready once, for configs whose data say the same.

The trials of a search mostly differ in what has nothing to do with rows. What they get
is what they would have read: the same arrays, which nobody changes.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dlrun.components.sources.wanted import WantedLabels
    from dlrun.data import Dataset
    from dlrun.experiment import ExperimentSpec
    from dlrun.rows.dataset import Parts

ROOM = 200_000_000
"""So many bytes of arrays are kept at once; more, if they are those of one config."""


@dataclass(slots=True)
class RowShelf:
    """The rows that were used last, as many as there is room for."""

    room: int = ROOM
    _kept: dict[str, Parts] = field(default_factory=dict)
    """By all that they follow from; what was used last stands last."""

    def rows(
        self, spec: ExperimentSpec, wanted: WantedLabels, read: Callable[[], Parts]
    ) -> Parts:
        """The rows of a config.

        Args:
            spec: The config.
            wanted: What the labels of each output are for.
            read: Reads them, and makes them ready.

        Raises:
            DataError: What `read` raises.
        """
        key = _key(spec, wanted)
        if key is None:
            return read()
        parts = self._kept.pop(key, None)
        if parts is None:
            self._make_room()
            parts = read()
        if not parts.images:  # Else it follows from files that no config names.
            self._kept[key] = parts
        return parts

    def _make_room(self) -> None:
        """Let go of what was not used for the longest time."""
        sizes = {key: _size(parts) for key, parts in self._kept.items()}
        for key in [*sizes]:
            if sum(sizes.values()) <= self.room:
                return
            del sizes[key], self._kept[key]


def _key(spec: ExperimentSpec, wanted: WantedLabels) -> str | None:
    """All that rows follow from; `None`: something that is not known here, too."""
    files = _files(spec.data.model_dump())
    if spec.custom is not None or spec.pseudo_label is not None or files is None:
        return None
    data = spec.data.model_dump_json()
    return json.dumps([data, spec.fit.validation_split, repr(wanted), spec.seed, files])


def _files(values: object) -> list[tuple[str, int, int, int]] | None:
    """The files that data are read from, as they are now; `None`: it is not known."""
    found = []
    for path in _paths(values):
        try:
            stat = path.stat()
        except OSError:
            return None
        if not path.is_file():
            return None
        found.append((str(path), stat.st_ino, stat.st_size, stat.st_mtime_ns))
    return found


def _paths(values: object) -> Iterator[Path]:
    if isinstance(values, Path):
        yield values
    elif isinstance(values, Mapping):
        for value in values.values():
            yield from _paths(value)
    elif isinstance(values, list | tuple):
        for value in values:
            yield from _paths(value)


def _size(parts: Parts) -> int:
    """The bytes of the arrays of all parts."""
    rows = (parts.train, parts.validation, parts.test)
    return sum(_size_of(one) for one in rows if one is not None)


def _size_of(rows: Dataset) -> int:
    arrays = [*rows.features.values(), *(rows.labels or {}).values()]
    return sum(array.nbytes for array in arrays)
