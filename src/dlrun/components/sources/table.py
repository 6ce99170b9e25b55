"""What sources of tables share: columns, labels, names and weights of rows."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Literal, Self

from pydantic import PrivateAttr
from typing_extensions import override

from dlrun.components.column_names import (
    ColumnName,
    Columns,
    GapTexts,
    as_tuple,
)
from dlrun.components.sources.beside import Beside
from dlrun.components.sources.by_output import with_labels
from dlrun.components.sources.cells import column_problems
from dlrun.components.sources.files import LocalPaths, find_files, unchanged
from dlrun.components.sources.label_encoders import LabelColumns, label_paths
from dlrun.components.sources.source import NewRows, Past, Source
from dlrun.components.sources.table_columns import (
    WINDOW,
    TableColumns,
    choose_columns,
    columns_in_past,
    key_of,
    labelled_rows,
)
from dlrun.components.sources.table_labels import TableLabels
from dlrun.components.sources.wanted import ClassLists, WantedLabels
from dlrun.components.sources.weight import weigh
from dlrun.components.words import choices
from dlrun.data import INPUT, ColumnType, Dataset, Facts, Keep
from dlrun.data.class_names import READ_AT_MOST
from dlrun.data.keep import NOTHING_KEPT
from dlrun.data.table_file import RowPlace, TableFile
from dlrun.data.typed import NoNumbersError, number_rows, typed_columns
from dlrun.errors import DataError, Location, Problem

if TYPE_CHECKING:
    pass

_SHORT = 10_000_000
"""Bytes of files that are read through where a light command asks for categories, and
the seconds that this may take."""
_SECONDS = 0.3


class Table(Source, abstract=True):
    """A table in one or several files, whose columns have names.

    A row is identified by its number, from 0, counted through all files.
    """

    may_lack_labels: ClassVar[bool] = True
    has_columns: ClassVar[bool] = True
    takes_outputs: ClassVar[bool] = True
    gap_texts: ClassVar[frozenset[str]]
    """What marks a gap, unless `missing` says otherwise."""

    path: LocalPaths
    """A file, a list of files, or a pattern with `*`; all have the same columns."""
    labels: LabelColumns | None = None
    """The column of the labels, or several for several numbers; or what makes labels of
    one: `{bins: {column: price, boundaries: [100, 200]}}`, `{multi_hot: tags}`; of
    several outputs a mapping by their names. By default none."""
    features: Columns | None = None
    """The columns of the features, in this order; by default all others."""
    ids: ColumnName | None = None
    """The column that names the rows; it is no feature, and stands beside predictions.
    By default rows are called by their number."""
    weights: ColumnName | None = None
    """The column that says how much each train row counts in the loss, a number of at
    least 0; it is no feature. By default all count alike."""
    missing: GapTexts | None = None
    """The texts that mean a gap in features."""
    missing_labels: Literal["error", "drop"] | None = None
    """What a row is whose label is a gap: an error, by default, or (`drop`) left out.
    Under `drop` a gap is what it is in features."""

    @abstractmethod
    def read_file(self, file: Path) -> TableFile:
        """What the header of one of the files tells.

        Raises:
            DataError: it is no table.
        """

    def file_notes(self, file: TableFile) -> tuple[str, ...]:  # noqa: ARG002
        """What a person should know of how the files are read, a sentence each."""
        return ()

    _types: Mapping[str, ColumnType] = PrivateAttr(default_factory=dict)
    _keep: Keep = PrivateAttr(default=NOTHING_KEPT)
    _dividing: Mapping[str, str] = PrivateAttr(default_factory=dict)
    _past: Past | None = PrivateAttr(default=None)
    _are_new: bool = PrivateAttr(default=False)

    @override
    def describe(self) -> Facts:
        table, labels = self._table(), self._labels
        return Facts(
            row_shapes={INPUT: (len(table.features),)},
            feature_names=table.features,
            label_columns=labels.known_columns(),
            label_encoders={name: one.key for name, one in labels.encoders.items()},
            several_labels=labels.several,
            classes=labels.known_classes(),
            roles=table.roles,
            files=tuple(header.file for header in table.headers),
            notes=self.file_notes(table.headers[0]),
        )

    @override
    def load(
        self,
        classes: ClassLists = None,
        *,
        task: WantedLabels,
        partly: bool = False,
    ) -> Dataset:
        table = self._table()
        weigh(self, table, is_encoded=bool(self._types), are_new=self._are_new)
        with unchanged(self, [header.file for header in table.headers]):
            return self._loaded(table, classes, task, partly=partly)

    def _loaded(
        self,
        table: TableColumns,
        classes: ClassLists,
        task: WantedLabels,
        *,
        partly: bool,
    ) -> Dataset:
        """The rows of files whose columns are known."""
        beside = Beside(self, table, hashes_rows=bool(self._types))
        try:
            rows = self._features(table, beside)
        except NoNumbersError:
            return self._of_the_others(table, classes, task, partly=partly)
        rows = replace(
            rows,
            ids=beside.named_rows(),
            weights=beside.row_weights(),
            split_cells=beside.dividing_cells(),
            split_names=self._dividing,
            digests=beside.row_digests(),
            kept=beside.kept,
            feature_names=table.features,
            places=beside.places() if rows.columns or self._dividing else None,
            warnings=tuple(beside.warnings),
        )
        if table.labels:
            cells = dict(zip(table.labels, beside.labels, strict=True))
            places = beside.places()
            kept = labelled_rows(self, table, cells)
            if kept is not None:
                rows, places = rows.take(kept), places.take(kept)
                cells = {
                    name: [one[row] for row in kept.tolist()]
                    for name, one in cells.items()
                }
            labels = self._labels.read(
                cells, places, classes=classes, task=task, partly=partly
            )
            rows = with_labels(rows, labels)
        return rows

    @property
    def _labels(self) -> TableLabels:
        return TableLabels(self, self.labels)

    def _features(self, table: TableColumns, beside: Beside) -> Dataset:
        """The features as numbers, or their columns as they are to be encoded."""
        types = self._types or dict[str, ColumnType].fromkeys(table.features, "numbers")
        gaps = self._gaps if self._types else frozenset[str]()
        blocks = beside.blocks(list(types.values()), gaps)
        places = table.number(list(types))
        about = sum(header.rows_about() for header in table.headers)
        if self._types:
            columns = typed_columns(types, places, blocks, gaps, about)
            return Dataset({}, columns=columns)
        return Dataset({INPUT: number_rows(places, blocks, about)})

    def _of_the_others(
        self,
        table: TableColumns,
        classes: ClassLists,
        task: WantedLabels,
        *,
        partly: bool,
    ) -> Dataset:
        """Rows without the columns of which cells are no numbers, and what these are.

        Raises:
            DataError: no other column is encoded, or there are other mistakes.
        """
        mistakes = tuple(self._explained(table))
        wrong = {problem.path[-1] for problem in mistakes}
        others = {name: one for name, one in self._types.items() if name not in wrong}
        if not others:
            raise DataError(*mistakes)
        try:
            rows = self.reading_columns(others).load(classes, task=task, partly=partly)
        except DataError as error:
            raise DataError(*mistakes, *error.problems) from error
        return replace(rows, mistakes=mistakes)

    @property
    def _gaps(self) -> frozenset[str]:
        return (
            self.gap_texts if self.missing is None else frozenset({*self.missing, ""})
        )

    @override
    def reading_columns(self, types: Mapping[str, ColumnType]) -> Self:
        able = self.model_copy()
        able._types = dict(types)  # noqa: SLF001 - of its own class
        return able

    @override
    def keeping(self, keep: Keep) -> Self:
        able = self.model_copy()
        able._keep = keep  # noqa: SLF001 - of its own class
        return able

    @override
    def divided_by(self, columns: Mapping[str, str]) -> Self:
        able = self.model_copy()
        able._dividing = dict(columns)  # noqa: SLF001 - of its own class
        return able

    @property
    @override
    def following(self) -> Mapping[str, str]:
        columns = self._dividing.items()
        return {key: name for key, name in columns if key.startswith(WINDOW)}

    @property
    @override
    def learns_past(self) -> bool:
        return self._past is not None

    @override
    def with_past(self, past: Past) -> Self:
        able = self.model_copy()
        able._past = past  # noqa: SLF001 - of its own class
        return able

    @override
    def find_categories(
        self, columns: Sequence[str]
    ) -> Mapping[str, tuple[str, ...]] | None:
        found, gaps = (
            self._table().find_texts(self, columns, _SHORT, _SECONDS),
            self._gaps,
        )
        if found is None:
            return None
        return {
            name: tuple(sorted({"" if text in gaps else text for text in texts}))
            for name, texts in zip(columns, found, strict=True)
        }

    @property
    @override
    def is_labelled(self) -> bool:
        return self.labels is not None

    @override
    def for_output(self, output: str) -> Self:
        return self.model_copy(update={"labels": self._labels.by_output[output]})

    @override
    def without_labels(self) -> Self:
        return self.model_copy(update={"labels": None})

    @override
    def labels_cure(self, facts: Facts) -> str:
        if not facts.feature_names:
            return super().labels_cure(facts)
        *others, last = facts.feature_names
        cure = f"add labels: {last}"
        return f"{cure}, or another column: {choices(others)}" if others else cure

    @classmethod
    @override
    def of_new_rows(cls, new_rows: NewRows) -> Self:
        """A table whose columns are found by the names of training."""
        stated = new_rows.stated
        bare = cls(path=new_rows.file)
        if isinstance(stated, Table):
            same = {key: getattr(stated, key) for key in ("missing", "missing_labels")}
            bare = bare.model_copy(update=same)
        if isinstance(stated, cls):
            roles = dict.fromkeys(("labels", "features", "ids", "weights"))
            bare = stated.model_copy(update={**roles, "path": bare.path})
        bare = bare.divided_by(stated.following)
        headers = [bare.read_file(part) for part in find_files(bare, bare.path)]
        columns = set(headers[0].columns)
        labels = ids = None
        if isinstance(stated, Table):
            labels, ids = stated.labels, stated.ids
        has_all = columns.issuperset(label_paths(labels))
        if not new_rows.is_labelled and (stated.learns_past or not has_all):
            labels = None
        known = {"labels": labels, "ids": ids if ids in columns else None}
        table = bare.model_copy(update=known)
        table._past = stated._past if isinstance(stated, Table) else None  # noqa: SLF001
        table._are_new = True  # noqa: SLF001 - of its own class
        if new_rows.types:
            return table.reading_columns(new_rows.types)
        expected = new_rows.feature_names or ()
        features = expected if expected and columns.issuperset(expected) else None
        return table.model_copy(update={"features": features})

    @override
    def place(self, row: int) -> str:
        found = self._row(row)
        return super().place(row) if found is None else str(found)

    @override
    def locate_label(self, row: int) -> Location | None:
        found, table = self._row(row), self._table()
        if found is None:
            return None
        places = table.number(table.labels)
        return found.locate(places[0] if len(places) == 1 else None)

    def _row(self, row: int) -> RowPlace | None:
        for header in self._table().headers:
            for line, _cells in header.rows_with(self, ()):
                if row == 0:
                    return RowPlace(header, line)
                row -= 1
        return None

    @override
    def find_classes(self, output: str) -> tuple[str, ...] | None:
        known = self._labels.known_classes().get(output)
        columns = self._labels.columns_of(output)
        if known is not None or len(columns) != 1:
            return known
        texts = self._table().find_texts(self, columns, READ_AT_MOST)
        return None if texts is None else self._labels.names_of(output, texts[0])

    @override
    def find_labels(self, output: str) -> tuple[str, ...] | None:
        texts = self._table().find_texts(
            self, self._labels.columns_of(output), _SHORT, _SECONDS
        )
        return None if texts is None else self._labels.names_of(output, texts[0])

    def _table(self) -> TableColumns:
        """Read the headers and find the columns.

        Raises:
            DataError: a file or a column is missing, or the columns of files differ.
        """
        headers = tuple(map(self.read_file, find_files(self, self.path)))
        stated = tuple(self._types) or self.features
        features = None if stated is None else as_tuple(stated)
        labels = label_paths(self.labels)
        dividing = {key_of(key): name for key, name in self._dividing.items()}
        named = {"ids": self.ids, "weights": self.weights, **dividing}
        kept = self._keep.choose(headers[0].columns)
        if self._past is not None and not self._types:
            others = {*filter(None, named.values())}
            features = columns_in_past(
                self._past, headers[0].columns, features, labels, others
            )
        table = choose_columns(self, headers, features, labels, named, kept)
        if self.missing_labels != "drop":
            return table
        required = tuple(sorted(self._labels.needed))
        return replace(table, required=required, gaps=self._gaps)

    def _explained(self, table: TableColumns) -> Iterator[Problem]:
        """Read once more, slowly: each column at fault, and its first such row."""
        types = self._types or dict.fromkeys(table.features, "numbers")
        numbers = [name for name, one in types.items() if one == "numbers"]
        columns = dict(zip(numbers, table.number(numbers), strict=True))
        rows = (
            (RowPlace(header, line), cells)
            for header in table.headers
            for line, cells in header.rows_with(self, list(columns.values()))
        )
        if self._types:
            return column_problems(("columns",), columns, rows, self._gaps)
        # Without a list of features the file says by itself which columns there are.
        field = "path" if self.features is None else "features"
        return column_problems((self.key, field), columns, rows)
