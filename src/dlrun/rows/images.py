"""Cells that name images become the images, read once."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from math import prod
from pathlib import Path
from typing import TYPE_CHECKING

from dlrun.components.words import shown
from dlrun.data.image_file import ImageFaultCode, ImageFileError, read_image
from dlrun.data.moved import current_root
from dlrun.errors import DataError, Problem
from dlrun.progress.reading import counted

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from dlrun.components.encoders import Chain
    from dlrun.components.sources import Source
    from dlrun.data import Dataset
    from dlrun.data.image import ImageShape
    from dlrun.rows.door import Door
COLUMNS = "columns"
"""The first step of the path of a problem with a column; its name is the second."""
_PLACES_SHOWN = 3
_UNREADABLE = "cannot be read: "
_THAT: Mapping[ImageFaultCode, tuple[str, str]] = {
    "missing-image": ("that is not there", "that are not there"),
    "unreadable-image": ("that cannot be read", "that cannot be read"),
    "damaged-image": (
        "that is no PNG or JPEG, or is damaged",
        "that are no PNG or JPEG, or are damaged",
    ),
    "too-large": ("that is too large to decode", "that are too large to decode"),
}
"""What is wrong with one image, and with several."""


@dataclass(frozen=True, slots=True)
class _Fault:
    row: int
    text: str
    error: ImageFileError


@dataclass(slots=True)
class ImageColumns:
    """The columns of a table that name images, and how these are read."""

    shapes: Mapping[str, ImageShape]
    """What the images of each column become."""
    door: Door
    hashes: dict[str, list[bytes]] = field(default_factory=dict)
    """SHA-256 of each file that was read for a column, in the order of the rows; empty
    for a gap."""
    problems: list[Problem] = field(default_factory=list)
    """The images that could not be read."""

    @classmethod
    def of(cls, chains: Sequence[Chain], door: Door) -> ImageColumns:
        """The columns that encoders say hold images."""
        outlines = {
            chain.column: chain.outlines(None)[-1]
            for chain in chains
            if chain.type == "images"
        }
        shapes: dict[str, ImageShape] = {}
        for name, outline in outlines.items():
            height, width, channels = outline.shape or (0, 0, 0)
            shapes[name] = height, width, channels
        return cls(shapes, door)

    def read_of(self, source: Source, rows: Dataset) -> Dataset:
        """The same rows, of which the columns are images, as `read` gives them."""
        if not self.shapes or rows.places is not None:
            return self.read(rows)
        file, *_ = (*source.describe().files, Path())
        return self.read(rows, file.parent)

    def read(self, rows: Dataset, folder: Path | None = None) -> Dataset:
        """The same rows, of which the columns are images.

        Args:
            rows: with the texts that name them; "" is a gap, and becomes NaN. What
                cannot be read becomes zeros, and is told by `told_together`.
            folder: where paths start; by default at the text file of a row.
        """
        texts = {
            name: column.tolist()
            for name, column in rows.columns.items()
            if name in self.shapes and column.ndim == 1
        }
        read: dict[str, NDArray[np.float32]] = {}
        for name, cells in texts.items():
            read[name], faults = self._images(name, cells, rows, folder)
            self.problems += _told(name, faults, rows, folder)
        return replace(rows, columns={**rows.columns, **read}) if read else rows

    @contextmanager
    def told_together(self) -> Iterator[None]:
        """Tell of images that could not be read beside all other cells at fault.

        Raises:
            DataError: with both.
        """
        try:
            yield
        except DataError as error:
            raise DataError(*self.problems, *error.problems) from error
        if self.problems:
            raise DataError(*self.problems)

    def fingerprints(self) -> dict[str, str]:
        """For each column a SHA-256 over all its images, in the order of the rows."""
        return {
            name: hashlib.sha256(
                "\n".join(one.hex() for one in self.hashes.get(name, ())).encode()
            ).hexdigest()
            for name in self.shapes
        }

    def _images(
        self, name: str, cells: Sequence[str], rows: Dataset, folder: Path | None
    ) -> tuple[NDArray[np.float32], list[_Fault]]:
        """The images of a column, and those that cannot be read; each file once."""
        images = self._room(name, len(cells))
        hashes, faults = self.hashes.setdefault(name, []), list[_Fault]()
        known, broken = dict[Path, int](), dict[Path, ImageFileError]()
        start = len(hashes)
        for row, text in enumerate(counted(cells, name, "images", len(cells))):
            file = place_of(_start(rows, row, folder), text)
            if file in known:
                images[row] = images[known[file]]
                hashes.append(hashes[start + known[file]])
                continue
            images[row] = 0 if text else float("nan")
            hashes.append(b"")
            try:
                if text and file not in broken:
                    found = read_image(file, self.shapes[name], self.door.decode_image)
                    images[row], hashes[-1] = found.values, found.sha256
                    known[file] = row
            except ImageFileError as error:
                broken[file] = error
            if text and file in broken:
                faults.append(_Fault(row, text, broken[file]))
        return images, faults

    def _room(self, name: str, rows: int) -> NDArray[np.float32]:
        import numpy as np

        shape = self.shapes[name]
        try:
            return np.empty((rows, *shape), dtype="float32")
        except MemoryError as error:
            size = rows * prod(shape) * 4 / 2**30
            message = f"{rows} images of {list(shape)} need {size:,.1f} GiB"
            hint = "write a smaller image_size"
            path = (COLUMNS, name)
            raise DataError(Problem(path, message, hint=hint)) from error


def place_of(folder: Path, text: str) -> Path:
    """Where the image of a cell is: a whole path may be one of another machine.

    Args:
        folder: where paths start.
        text: of the cell.
    """
    root = current_root()
    if root is None or not root.takes_written or not Path(text).is_absolute():
        return folder / text
    return root.place(Path(text))


def _start(rows: Dataset, row: int, folder: Path | None) -> Path:
    """Where the paths of a row start."""
    if folder is not None or rows.places is None:
        return folder or Path()
    return rows.places.folder(row)


def _missing_cure(text: str) -> str:
    """What to do about a path at which no image is, by how it is written."""
    if "://" in text:
        return "download the images, and write the paths of the files into the cells"
    if "\\" in text:
        of_drive = "leave out the drive and the folders above, and " * (
            text[1:2] == ":"
        )
        return f"{of_drive}write / for \\ in the cells, as in pictures/1.png"
    return "bring the files there, or repair the cells"


def _told(
    name: str, faults: Sequence[_Fault], rows: Dataset, folder: Path | None
) -> Iterator[Problem]:
    """A problem for each kind of fault: how many, the first of them, and the cure."""
    by_code: dict[ImageFaultCode, list[_Fault]] = {}
    for fault in faults:
        by_code.setdefault(fault.error.code, []).append(fault)
    for code, alike in by_code.items():
        first = alike[0]
        told = [f"{one.text} at {rows.place(one.row)}" for one in alike[:_PLACES_SHOWN]]
        rest = len(alike) - len(told)
        listed = ", ".join(told) + (f" and {rest} more" if rest else "")
        noun = "an image" if len(alike) == 1 else f"{len(alike)} images"
        that = _THAT[code][len(alike) > 1]
        hint = first.error.hint
        start = _start(rows, first.row, folder).absolute()
        if code == "missing-image":
            hint = f"{_missing_cure(first.text)}; paths start at {start}"
        elif code == "unreadable-image":
            that += f" ({first.error.words.removeprefix(_UNREADABLE)})"
            hint = f"name a file that may be read; paths start at {start}"
        yield Problem(
            (COLUMNS, name),
            f"column {shown(name)} names {noun} {that}: {listed}",
            hint=hint,
            code=code,
            location=rows.locate(first.row, name),
        )
