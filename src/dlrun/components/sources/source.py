"""The kind `Source`: where rows come from, and what they must be."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import ClassVar, Self, TypeAlias

from dlrun.components.component import Component
from dlrun.components.sources.wanted import ClassLists, WantedLabels
from dlrun.data import ColumnType, Dataset, Facts, ImageDecoder, Keep
from dlrun.data.keep import NOTHING_KEPT
from dlrun.errors import DataError, Location, Problem

Past: TypeAlias = Callable[[str], bool]
"""Whether the past of a column is a feature."""


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
    types: Mapping[str, ColumnType] = field(default_factory=dict)
    """The columns that are to be encoded, and what their cells are taken for."""
    keep: Keep = NOTHING_KEPT
    """The columns that are carried along."""
    time_format: str | None = None
    """How the dates of a series are written that are not ISO 8601."""


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

    has_columns: ClassVar[bool] = False
    """Whether its features are columns with names and cells, which may be encoded."""
    takes_outputs: ClassVar[bool] = False
    """Whether its labels may be those of several outputs, by their names."""

    @property
    def label_outputs(self) -> Collection[str] | None:
        """The outputs that its labels are for; `None`: of the only one."""
        labels = getattr(self, "labels", None)
        return tuple(labels) if isinstance(labels, Mapping) else None

    @property
    def knows_outputs(self) -> bool:
        """Whether it is known which outputs its labels are for."""
        return True

    def for_output(self, output: str) -> Self:  # noqa: ARG002
        """The same source, of whose labels only those of an output count."""
        return self

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

    def find_labels(self, output: str) -> tuple[str, ...] | None:  # noqa: ARG002
        """What several labels are called of which each holds or not, in their order.

        Returns:
            None where to read them takes too long: more than 10 MB, or 0.3 CPU s.

        Raises:
            DataError: a file cannot be read.
        """
        return None

    def reading_columns(self, types: Mapping[str, ColumnType]) -> Self:  # noqa: ARG002
        """The same source, which gives columns to encode; only one that `has_columns`.

        Args:
            types: the columns, and what their cells are taken for.
        """
        return self

    def keeping(self, keep: Keep) -> Self:
        """The same source, which carries columns along beside its rows.

        Raises:
            DataError: it has no columns with names, but some were asked for.
        """
        if keep.asked:
            message = f"the rows of {self.key} have no columns that could be kept"
            hint = "keep columns of a table, or of rows that name them, or none"
            raise DataError(self.problem(message=message, hint=hint, code="no-columns"))
        return self

    def divided_by(self, columns: Mapping[str, str]) -> Self:  # noqa: ARG002
        """The same source, which gives the cells of columns that divide its rows.

        Only one that `has_columns`.

        Args:
            columns: by the key of `split` that names each, or by one of `window` with
                that before it, as in `window.time`.
        """
        return self

    @property
    def following(self) -> Mapping[str, str]:
        """The columns by which rows follow each other, as `divided_by` has them."""
        return {}

    @property
    def learns_past(self) -> bool:
        """Whether labels may be features, too: those of earlier rows."""
        return False

    def with_past(self, past: Past) -> Self:  # noqa: ARG002
        """The same source, whose features are those of earlier rows.

        Only one that `has_columns`.

        Args:
            past: whether that of a column is a feature.
        """
        return self

    def find_categories(
        self,
        columns: Sequence[str],  # noqa: ARG002
    ) -> Mapping[str, tuple[str, ...]] | None:
        """The texts of columns in all rows, sorted, and "" for gaps.

        Returns:
            `None` where that would take long: more than 10 MB, or 0.3 CPU s.

        Raises:
            DataError: a file cannot be read.
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
        source = cls.of_new_rows(new_rows).keeping(new_rows.keep)
        source = source.decoding_with(new_rows.decode)
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
    return left_out(rows, error)


def left_out(rows: Dataset, error: DataError) -> Dataset:
    """Rows without labels, which are warned of: an error was found in those."""
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
