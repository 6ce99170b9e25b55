"""Images in a folder per class."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from math import inf, prod
from pathlib import Path
from stat import S_ISDIR
from typing import TYPE_CHECKING, ClassVar, Literal, Self

from pydantic import PrivateAttr
from typing_extensions import override

from dlrun.components.fields import Pair
from dlrun.components.sources.files import LocalPath, require
from dlrun.components.sources.source import NewRows, Source
from dlrun.components.sources.wanted import ClassLists, WantedLabels, of_output
from dlrun.components.words import choices, shown
from dlrun.data import INPUT, OUTPUT, Dataset, Facts, ImageDecoder
from dlrun.data.encoding import require_text
from dlrun.data.image import CHANNELS, ImageShape
from dlrun.data.image_file import ImageFileError, read_image
from dlrun.data.walk import EndlessWalkError, Walk
from dlrun.errors import DataError, Problem
from dlrun.writing import in_order

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_FOLDERS = "put the images of each class into a folder with the name of the class"
_ENDINGS = frozenset({".png", ".jpg", ".jpeg"})


@dataclass(frozen=True, slots=True)
class _Listing:
    """The images of each class, both in order, and how many other files there were."""

    files: dict[str, list[Path]]
    skipped: int


class ImageFolder(Source):
    """PNG and JPEG images in a folder per class; its name is the name of the class.

    Images are resized (bilinear, as in `keras.utils.image_dataset_from_directory`) and
    keep their values, 0 to 255. A row is identified by the path below `directory`.
    """

    key: ClassVar[str] = "image_folder"
    example: ClassVar[str] = "{directory: images}"
    unlabelled_example: ClassVar[str] = "{directory: more}"
    synonyms: ClassVar[tuple[str, ...]] = ("folder", "images")
    location: ClassVar[str] = "directory"
    endings: ClassVar[frozenset[str]] = _ENDINGS
    reads_folders: ClassVar[bool] = True

    directory: LocalPath
    """The folder that holds the folders of the classes."""
    image_size: Pair = (256, 256)
    """Height and width that every image gets."""
    color_mode: Literal["grayscale", "rgb", "rgba"] = "rgb"
    """The channels that every image gets: 1, 3 or 4."""

    _decode: ImageDecoder | None = PrivateAttr(default=None)

    @override
    def decoding_with(self, decode: ImageDecoder) -> Self:
        able = self.model_copy()
        able._decode = decode  # noqa: SLF001 - of its own class
        return able

    @property
    def row_shape(self) -> ImageShape:
        """`(height, width, channels)`."""
        return (*self.image_size, CHANNELS[self.color_mode])

    @override
    def describe(self) -> Facts:
        try:
            listing = self._find(Walk())
        except EndlessWalkError:
            return self._glance()
        files = f"{listing.skipped} file{' is' if listing.skipped == 1 else 's are'}"
        note = f"{files} left out of {self.directory.name}: not PNG or JPEG by name"
        return Facts(
            row_shapes={INPUT: self.row_shape},
            classes={OUTPUT: tuple(listing.files)},
            num_rows=sum(map(len, listing.files.values())),
            label_columns={OUTPUT: ("class",)},
            label_shapes={OUTPUT: ()},
            files=(self.directory,),
            notes=(note,) if listing.skipped else (),
        )

    @override
    def load(
        self,
        classes: ClassLists = None,
        *,
        task: WantedLabels,
        partly: bool = False,
    ) -> Dataset:
        import numpy as np

        images = self._find(Walk(inf)).files
        if task == "regression":
            message = "the folders of images are classes, but the loss predicts numbers"
            hint = "use sparse_categorical_crossentropy"
            raise DataError(self.problem("directory", message=message, hint=hint))
        known = of_output(classes, OUTPUT)
        class_names = tuple(images if known is None else known)
        self._require_known(images, class_names)
        rows = [
            (file, class_names.index(name))
            for name, files in images.items()
            for file in files
        ]
        return Dataset(
            {INPUT: self._images([file for file, _ in rows])},
            {OUTPUT: np.array([index for _, index in rows], dtype="int32")},
            ids=tuple(file.relative_to(self.directory).as_posix() for file, _ in rows),
            classes={OUTPUT: class_names},
        )

    @override
    def describe_pool(self) -> Facts:
        require(self, ("directory",), self.directory, S_ISDIR)
        return Facts(row_shapes={INPUT: self.row_shape}, files=(self.directory,))

    @override
    def load_pool(self, classes: Sequence[str]) -> Dataset:
        """Images in folders of classes have their labels; others have none."""
        if self.is_sorted(classes):
            return self.load(classes, task="classification")
        return self.load_unlabelled()

    @classmethod
    @override
    def reads_new_rows(cls, file: Path) -> bool:
        return file.is_dir() or file.suffix.lower() in cls.endings

    @classmethod
    @override
    def of_new_rows(cls, new_rows: NewRows) -> Source:
        """The folder, or that of a single image."""
        file = new_rows.file
        folder = file if file.is_dir() else file.parent
        return super().of_new_rows(replace(new_rows, file=folder))

    @classmethod
    @override
    def load_new_rows(cls, new_rows: NewRows) -> Dataset:
        source = cls.of_new_rows(new_rows).keeping(new_rows.keep)
        source = source.decoding_with(new_rows.decode)
        assert isinstance(source, cls)  # noqa: S101 - made of this class
        if not new_rows.file.is_dir():
            return source.load_unlabelled(new_rows.file.absolute())
        known = of_output(new_rows.classes, OUTPUT) or ()
        if new_rows.is_labelled or source.is_sorted(known):
            return source.load(new_rows.classes, task=new_rows.task)
        return source.load_unlabelled()

    def is_sorted(self, classes: Sequence[str]) -> bool:
        """Whether images lie in folders of classes; else they have no labels."""
        names = {entry.name for entry in self.directory.iterdir() if entry.is_dir()}
        return len(names) > 1 and names <= set(classes)

    def load_unlabelled(self, only: Path | None = None) -> Dataset:
        """Every image below the folder, wherever it lies, without labels.

        Args:
            only: this one of its images; by default all.

        Raises:
            DataError: there is none, or one cannot be read.
        """
        require(self, ("directory",), self.directory, S_ISDIR)
        files = _images(Walk(inf).files(self.directory))[0] if only is None else [only]
        for file in files:
            require_text((self.key, "directory"), file)
        if not files:
            message = f"no PNG or JPEG images in {self.directory}"
            hint = "name a folder that holds images"
            raise DataError(self.problem("directory", message=message, hint=hint))
        ids = (file.relative_to(self.directory).as_posix() for file in files)
        return Dataset({INPUT: self._images(files)}, ids=tuple(ids))

    def _glance(self) -> Facts:
        """What is told without counting the images: one of each class is there.

        Raises:
            DataError: a class has none, as far as it may be looked for.
        """
        names = self._class_names()
        walk = Walk()
        for name in names:
            try:
                if any(map(_is_image, walk.files(self.directory / name))):
                    continue
            except EndlessWalkError:
                pass
            message = (
                f"{self.directory} holds more than 100,000 files and folders, "
                f"and no PNG or JPEG image of class {shown(name)} among the first"
            )
            hint = "name the folder that holds the folders of the classes"
            raise DataError(
                self.problem(
                    "directory", message=message, hint=hint, code="endless-walk"
                )
            )
        return Facts(
            row_shapes={INPUT: self.row_shape},
            classes={OUTPUT: tuple(names)},
            label_columns={OUTPUT: ("class",)},
            label_shapes={OUTPUT: ()},
            files=(self.directory,),
        )

    def _class_names(self) -> list[str]:
        """The names of the folders of classes, in order.

        Raises:
            DataError: there are fewer than two.
        """
        require(self, ("directory",), self.directory, S_ISDIR)
        names = [
            entry.name
            for entry in os.scandir(self.directory)
            if entry.is_dir() and not entry.name.startswith(".")
        ]
        for name in names:
            require_text((self.key, "directory"), self.directory / name)
        if len(names) < 2:
            inside = f"only the folder {names[0]}" if names else "no folders"
            message = f"{self.directory} holds {inside}, but each class needs one"
            problem = self.problem(
                "directory", message=message, hint=_FOLDERS, code="no-classes"
            )
            raise DataError(problem)
        return list(in_order(set(names)))

    def _find(self, walk: Walk) -> _Listing:
        """The images of each class, without opening them.

        Raises:
            DataError: there are no folders of classes, or one of them has no images.
            EndlessWalkError: there are more files than the walk may look at.
        """
        names = self._class_names()
        found = {name: _images(walk.files(self.directory / name)) for name in names}
        if walk.closed:
            message = f"{walk.closed[0]} may not be read"
            hint = "check its permissions: its images would be missing"
            raise DataError(self.problem("directory", message=message, hint=hint))
        images = {name: there for name, (there, _) in found.items()}
        for there in images.values():
            for file in there:
                require_text((self.key, "directory"), file)
        empty = [name for name, there in images.items() if not there]
        if empty:
            message = (
                f"no PNG or JPEG images of class {choices(empty)} in {self.directory}"
            )
            problem = self.problem(
                "directory", message=message, hint=_FOLDERS, code="empty-class"
            )
            raise DataError(problem)
        return _Listing(images, sum(others for _, others in found.values()))

    def _require_known(
        self, images: dict[str, list[Path]], classes: tuple[str, ...]
    ) -> None:
        unknown = [name for name in images if name not in classes]
        if unknown:
            message = f"the folder {shown(unknown[0])} is not in {choices(classes)}"
            hint = "remove the folder, or add it to classes"
            problem = self.problem(
                "directory", message=message, hint=hint, code="invalid-label"
            )
            raise DataError(problem)

    def _images(self, files: Sequence[Path]) -> NDArray[np.float32]:
        """`(samples, height, width, channels)`.

        Raises:
            DataError: naming every image that cannot be read.
        """
        import numpy as np

        from dlrun.progress.reading import counted

        try:
            images = np.empty((len(files), *self.row_shape), dtype="float32")
        except MemoryError as error:
            size = len(files) * prod(self.row_shape) * 4 / 2**30
            message = (
                f"{len(files)} images of {list(self.row_shape)} need {size:,.1f} GiB"
            )
            problem = self.problem(
                "image_size", message=message, hint="use a smaller image_size"
            )
            raise DataError(problem) from error
        problems = []
        name = self.directory.name
        for index, file in enumerate(counted(files, name, "images", len(files))):
            image = self._read(file)
            if isinstance(image, Problem):
                problems.append(image)
            else:
                images[index] = image
        if problems:
            raise DataError(*problems)
        return images

    def _read(self, file: Path) -> NDArray[np.float32] | Problem:
        """`(height, width, channels)`, 0 to 255; else why there is no such image."""
        assert self._decode is not None  # noqa: S101 - `decoding_with` comes first
        try:
            return read_image(file, self.row_shape, self._decode).values
        except ImageFileError as error:
            message = f"{file.relative_to(self.directory)} {error.words}"
            code = "too-large" if error.code == "too-large" else "damaged-image"
            return self.problem(
                "directory", message=message, hint=error.hint, code=code
            )


def _images(entries: Iterable[os.DirEntry[str]]) -> tuple[list[Path], int]:
    """The images among files, and how many are none."""
    images, others = [], 0
    for entry in entries:
        if _is_image(entry):
            images.append(Path(entry.path))
        else:
            others += 1
    return images, others


def _is_image(entry: os.DirEntry[str]) -> bool:
    """Whether a name is that of an image; so is a link to a file that is not here."""
    if not entry.name.lower().endswith(tuple(_ENDINGS)):
        return False
    try:
        return entry.is_file() or not Path(entry.path).exists()
    except OSError:
        return True
