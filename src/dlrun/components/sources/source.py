"""The kind `Source`: where rows come from, and what they must be."""

from __future__ import annotations

import stat
from abc import abstractmethod
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, ClassVar, Self

from pydantic import BeforeValidator, PlainValidator, TypeAdapter

from dlrun.components.component import Component
from dlrun.components.fields import DataPath
from dlrun.components.sources.encoding import require_text
from dlrun.components.sources.walk import (
    EndlessWalkError,
    Walk,
    is_there,
    what_is_there,
)
from dlrun.components.sources.wanted import ClassLists, WantedLabels
from dlrun.components.words import invalid, shown
from dlrun.config import is_made_when_read
from dlrun.data import Dataset, Facts, ImageDecoder
from dlrun.errors import DataError, Location, Problem


@dataclass(frozen=True, slots=True)
class NewRows:
    """Rows that a trained model is asked about, and what it was trained on."""

    file: Path
    """A file, or a folder."""
    stated: Source
    """The source of the train rows, which says how such rows are read."""
    decode: ImageDecoder
    is_labelled: bool
    """Whether labels are needed, or only taken along where they are."""
    task: WantedLabels
    classes: ClassLists
    """The classes in the order of their indices; `None`: labels are numbers."""
    row_shapes: Mapping[str, tuple[int, ...]]
    """The shape of one sample for each input, without the batch axis."""
    feature_names: tuple[str, ...] | None
    """The columns of a table, in order; `None` where features have no names."""


class Source(Component, kind="data source", home="data"):
    """Rows with features, and mostly labels.

    A source does not know where in a config it stands: the paths of its problems start
    with its own key, and `under` puts the rest before them. What others say of sources,
    in cures and about files of new rows, they ask of every class of the kind.
    """

    traits = ("holds_rows",)
    holds_rows: ClassVar[bool] = False
    """Whether its rows stand in the config itself, where `$` has no meaning."""
    may_lack_labels: ClassVar[bool] = False
    """Whether a row may lack its label though others have one."""

    example: ClassVar[str] = "{...}"
    """Arguments for rows with labels, as YAML that a cure shows."""

    unlabelled_example: ClassVar[str] = "{...}"
    """Arguments for more rows, without labels, as YAML that a cure shows."""

    replaces: ClassVar[tuple[str, ...]] = ()
    """Formats that are not offered, which this source can be used for."""
    replacing: ClassVar[str] = ""
    """What must be done first to use it for them, as in `save the table as CSV`."""

    location: ClassVar[str] = "path"
    """The key that says in which file or folder the rows are."""
    endings: ClassVar[frozenset[str]] = frozenset()
    """The endings of the files that it reads as new rows, as in `.npz`."""
    reads_folders: ClassVar[bool] = False
    """Whether it reads a folder as new rows."""
    reads_any_file: ClassVar[bool] = False
    """Whether it reads files of new rows that no other source claims; true of one."""

    @classmethod
    def reads_new_rows(cls, file: Path) -> bool:
        """Whether a file or folder of new rows is one of those that it reads."""
        return cls.reads_folders if file.is_dir() else file.suffix in cls.endings

    @property
    def is_labelled(self) -> bool:
        """Whether its rows have labels to learn from, as far as the config tells."""
        return True

    takes_outputs: ClassVar[bool] = False
    """Whether its labels may be those of several outputs, by their names."""

    @property
    def label_outputs(self) -> Collection[str] | None:
        """The outputs that its labels are for; `None`: of the only one."""
        labels = getattr(self, "labels", None)
        return tuple(labels) if isinstance(labels, Mapping) else None

    def without_labels(self) -> Self | None:
        """The same rows, their labels unread; None: it cannot leave them out."""
        return None

    @classmethod
    def classes(cls) -> list[type[Source]]:
        """Every source, that which an example names first."""
        sources = (
            source for source in cls.types.values() if issubclass(source, Source)
        )
        return sorted(sources, key=lambda source: not source.example_name)

    @classmethod
    def preferred(cls) -> type[Source]:
        """The source that a cure names where any would do."""
        return cls.classes()[0]

    @classmethod
    def written_example(cls) -> str:
        """How the source is written for rows with labels, as a cure shows it."""
        return f"{cls.key}: {cls.example}"

    @abstractmethod
    def describe(self) -> Facts:
        """What the headers tell, without a numeric library.

        Raises:
            DataError: what is there cannot be read, or lacks what is named here.
        """

    @abstractmethod
    def load(
        self,
        classes: ClassLists = None,
        *,
        task: WantedLabels,
        partly: bool = False,
    ) -> Dataset:
        """Read and check the rows.

        Args:
            classes: the names of the classes in the order of their indices; by default
                those that occur, sorted. A label that is none of them is an error.
            task: whether labels are classes, 0 or 1 by themselves, or numbers.
            partly: a row whose label is empty is no error, and gets the class -1; only
                where rows `may_lack_labels`.

        Raises:
            DataError: naming the row, the column, or the file.
        """

    def decoding_with(self, decode: ImageDecoder) -> Self:  # noqa: ARG002
        """The same source, able to read images; those of numbers are so anyway."""
        return self

    def find_classes(self, output: str) -> tuple[str, ...] | None:  # noqa: ARG002
        """The classes of an output that `describe` leaves out, in their order.

        Returns:
            None where it has none, or to read them takes too long.

        Raises:
            DataError: a file cannot be read, or its labels name no classes.
        """
        return None

    def describe_pool(self) -> Facts:
        """What the headers of rows tell that need no labels.

        Raises:
            DataError: what is there cannot be read, or lacks what is named here.
        """
        return self.describe()

    def load_pool(self, classes: Sequence[str]) -> Dataset:
        """Read rows that need no labels; those that are there are of `classes`.

        Raises:
            DataError: naming the row, the column, or the file.
        """
        return self.load(classes, task="classification", partly=True)

    def may_share_rows(self, other: Source) -> bool:  # noqa: ARG002
        """Whether another source of the same file may give the same rows."""
        return True

    def labels_cure(self, facts: Facts) -> str:  # noqa: ARG002
        """How to give labels to rows that have none.

        Args:
            facts: what the headers of the train rows tell.
        """
        return "add labels, one per row"

    @classmethod
    def of_new_rows(cls, new_rows: NewRows) -> Source:
        """The source of new rows: as the train rows were, but for the file.

        Raises:
            DataError: the file cannot be read at all.
        """
        stated, place = new_rows.stated, {cls.location: new_rows.file.absolute()}
        if isinstance(stated, cls):
            return stated.model_copy(update=place)
        source: Source = Source.model_validate({cls.key: place})
        return source

    @classmethod
    def load_new_rows(cls, new_rows: NewRows) -> Dataset:
        """Read new rows from a file or folder that `reads_new_rows` is true of.

        Raises:
            DataError: naming the row, the column, or the file.
        """
        source = cls.of_new_rows(new_rows).decoding_with(new_rows.decode)
        try:
            return source.load(new_rows.classes, task=new_rows.task)
        except DataError as error:
            bare = None if new_rows.is_labelled else source.without_labels()
            if bare is None:
                raise
            return _left_out(bare, new_rows.task, error)

    def problem(
        self,
        *path: str | int,
        message: str,
        hint: str | None = None,
        code: str = "invalid-data",
    ) -> Problem:
        """A problem with the value at `path` inside this source."""
        return Problem((self.key, *path), message, hint=hint, code=code)

    def label_path(self, row: int) -> tuple[str | int, ...]:  # noqa: ARG002 - of one
        """Where the config says what the label of a row is; rows count from 0."""
        return ("labels",)

    def place(self, row: int) -> str:
        """Where a person finds a row; rows count from 0."""
        return f"row {row}"

    def locate_label(self, row: int) -> Location | None:  # noqa: ARG002 - of tables
        """Where the label of a row stands in a text; `None`: in none."""
        return None


def _left_out(bare: Source, task: WantedLabels, error: DataError) -> Dataset:
    """Rows without the labels that an error was found in.

    Raises:
        DataError: it was found elsewhere.
    """
    try:
        rows = bare.load(task=task)
    except DataError:
        raise error from None
    hint = "the predictions need none"
    doubts = tuple(
        replace(
            problem,
            message=f"the labels are left out: {problem.message}",
            hint=hint,
            severity="warning",
        )
        for problem in error.problems
    )
    return replace(rows, warnings=(*rows.warnings, *doubts))


@contextmanager
def under(*prefix: str | int) -> Iterator[None]:
    """Put a prefix before the path of each problem that leaves the block.

    Raises:
        DataError: with the longer paths.
    """
    try:
        yield
    except DataError as error:
        longer = [replace(item, path=(*prefix, *item.path)) for item in error.problems]
        raise DataError(*longer) from error


def _refuse_remote(value: object) -> object:
    """A path is a place on this machine; dlrun opens no connection."""
    if isinstance(value, str) and "://" in value:
        message = f"expected a local file, found the address {shown(value)}"
        raise invalid(
            "not-a-file", message, hint="download it, and write the path of the file"
        )
    if isinstance(value, str) and value.startswith("~"):
        message = f"`~` is not expanded in paths, found {shown(value)}"
        raise invalid(
            "not-a-file", message, hint="write the path out, or relative to this config"
        )
    if isinstance(value, str) and ("\0" in value or not value):
        message = f"expected a path, found {shown(value)}"
        raise invalid("not-a-file", message, hint="write a path, as in data.csv")
    return value


LocalPath = Annotated[DataPath, BeforeValidator(_refuse_remote)]
"""A path on this machine, absolute."""
_LOCAL_PATH: TypeAdapter[Path] = TypeAdapter(LocalPath)


def _one_or_several(value: object) -> Path | tuple[Path, ...]:
    if isinstance(value, (list, tuple)):
        if not value:
            hint = "write at least one path, as in [data.csv]"
            raise invalid("wrong-type", "`path` is an empty list", hint=hint)
        return tuple(_LOCAL_PATH.validate_python(item) for item in value)
    return _LOCAL_PATH.validate_python(value)


LocalPaths = Annotated[Path | tuple[Path, ...], PlainValidator(_one_or_several)]
"""One path, a list of them, or a pattern with `*`."""


def find_files(source: Source, stated: Path | tuple[Path, ...]) -> tuple[Path, ...]:
    """The regular files that a `path` stands for; those of a pattern are sorted.

    Raises:
        DataError: a file is missing, or is no regular file.
    """
    if isinstance(stated, tuple):
        named = [(("path", index), path) for index, path in enumerate(stated)]
        return tuple(
            file for place, path in named for file in _matching(source, place, path)
        )
    return tuple(_matching(source, ("path",), stated))


def _matching(source: Source, place: tuple[str | int, ...], path: Path) -> list[Path]:
    files = [path]
    if not is_there(path) and any(char in str(path) for char in "*?["):
        try:
            files = Walk().matching(path)
        except EndlessWalkError as error:
            message = f"{path} leads past more than 100,000 files and folders"
            hint = "begin the pattern nearer to the files, or list them"
            raise DataError(
                source.problem(*place, message=message, hint=hint, code="endless-walk")
            ) from error
        if not files:
            hint = "check the pattern; `**` stands for any number of folders"
            message = f"no file matches {path}"
            raise DataError(
                source.problem(*place, message=message, hint=hint, code="missing-file")
            )
    for file in files:
        require(source, place, file, stat.S_ISREG)
    return files


def require(
    source: Source,
    place: tuple[str | int, ...],
    path: Path,
    is_kind: Callable[[int], bool],
) -> None:
    """Refuse a path that is not there, or is something else than expected.

    Args:
        source: for the path of the problem.
        place: the way to the value inside the source.
        path: what must be there.
        is_kind: `stat.S_ISREG` for a file, `stat.S_ISDIR` for a folder.

    Raises:
        DataError: with the nearest name that is there.
    """
    require_text((source.key, *place), path)
    wanted = "folder" if is_kind is stat.S_ISDIR else "file"
    try:
        mode = path.stat().st_mode
        if stat.S_ISREG(mode) and is_made_when_read(path):
            mode = 0
    except OSError as error:
        code = f"missing-{wanted}"
        message = f"there is no {wanted} {path}"
        if not isinstance(error, (FileNotFoundError, NotADirectoryError)):
            message = f"cannot read {path}: {error.strerror}"
        hint = what_is_there(path)
        raise DataError(
            source.problem(*place, message=message, hint=hint, code=code)
        ) from error
    if not is_kind(mode):
        kinds = {
            stat.S_ISDIR: "a folder",
            stat.S_ISREG: "a file",
            stat.S_ISFIFO: "a pipe",
            stat.S_ISCHR: "a device",
            stat.S_ISBLK: "a device",
            stat.S_ISSOCK: "a socket",
        }
        kind = next(
            (words for test, words in kinds.items() if test(mode)),
            "written by the kernel",
        )
        message = f"expected a {wanted}, but {path} is {kind}"
        hint = f"write the path of a {wanted}"
        raise DataError(
            source.problem(*place, message=message, hint=hint, code="not-a-file")
        )
