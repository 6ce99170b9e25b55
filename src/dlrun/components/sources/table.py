"""Rows in text files: columns with commas, semicolons or tabs between them."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from time import process_time
from typing import ClassVar, NoReturn, Self

from pydantic import PrivateAttr
from typing_extensions import override

from dlrun.components.sources.beside import Beside
from dlrun.components.sources.by_output import read_by_output, with_labels
from dlrun.components.sources.cells import column_problems
from dlrun.components.sources.column_names import (
    ColumnName,
    Columns,
    GapTexts,
    as_tuple,
)
from dlrun.components.sources.files import LocalPaths, find_files
from dlrun.components.sources.label_encoders import (
    LabelColumns,
    LabelEncoder,
    encode_labels,
    label_columns,
)
from dlrun.components.sources.source import NewRows, Source
from dlrun.components.sources.table_columns import (
    TableColumns,
    choose_columns,
)
from dlrun.components.sources.wanted import ClassLists, WantedLabels
from dlrun.components.words import choices, shown
from dlrun.data import INPUT, OUTPUT, ColumnType, Dataset, Facts
from dlrun.data.class_names import READ_AT_MOST, name_classes
from dlrun.data.columns import BOOLEANS
from dlrun.data.header import RowPlace, read_header
from dlrun.data.records import Record, is_odd
from dlrun.data.typed import GAPS, NoNumbersError, typed_columns
from dlrun.errors import DataError, Location
from dlrun.writing import in_order, number_of

_SHORT = 10_000_000
"""Bytes of files that are read through where a light command asks for categories, and
the seconds that this may take."""
_SECONDS = 0.3
_STRIDE = 1000
"""So many rows between two looks at the clock."""


class Csv(Source):
    """A table in one or several text files; the first line names the columns.

    Commas, semicolons, tabs or bars between the cells are told apart by the first line.
    A row is identified by its number, from 0, counted through all files.
    """

    key: ClassVar[str] = "csv"
    may_lack_labels: ClassVar[bool] = True
    example_name: ClassVar[str] = "csv"
    example: ClassVar[str] = "{path: data.csv, labels: y}"
    unlabelled_example: ClassVar[str] = "{path: more.csv}"
    synonyms: ClassVar[tuple[str, ...]] = ("table", "tsv")
    replaces: ClassVar[tuple[str, ...]] = ("excel", "parquet", "xlsx")
    replacing: ClassVar[str] = "save the table as CSV"
    reads_any_file: ClassVar[bool] = True
    has_columns: ClassVar[bool] = True

    path: LocalPaths
    """A file, a list of files, or a pattern with `*`; all have the same columns."""
    labels: LabelColumns | None = None
    """The column of the labels, or several for several numbers; or what makes classes
    of one: `{bins: {column: price, boundaries: [100, 200]}}`. By default none."""
    features: Columns | None = None
    """The columns of the features, in this order; by default all others."""
    ids: ColumnName | None = None
    """The column that names the rows; it is no feature, and stands beside predictions.
    By default rows are called by their number."""
    weights: ColumnName | None = None
    """The column that says how much each train row counts in the loss, a number of at
    least 0; it is no feature. By default all count alike."""
    missing: GapTexts | None = None
    """The texts that mean a gap in features, where `columns` encodes them; an empty
    cell always does. By default those of pandas: NA, NaN, null and the like."""

    _types: Mapping[str, ColumnType] = PrivateAttr(default_factory=dict)

    @override
    def describe(self) -> Facts:
        table = self._table()
        separator = table.headers[0].separator
        file = table.headers[0].file.name
        names = {";": "semicolons", "\t": "tabs", "|": "bars"}
        note = f"the cells of {file} are separated by {names.get(separator)}"
        return Facts(
            row_shapes={INPUT: (len(table.features),)},
            feature_names=table.features,
            label_columns={OUTPUT: table.labels} if table.labels else {},
            classes={} if self._encoder is None else {OUTPUT: self._encoder.classes},
            roles=table.roles,
            files=tuple(header.file for header in table.headers),
            notes=(note,) if separator in names else (),
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

        table = self._table()
        beside = Beside(self, table, hashes_rows=bool(self._types))
        rows = self._features(table, beside)
        rows = replace(
            rows,
            ids=beside.named_rows(),
            weights=beside.row_weights(),
            digests=beside.row_digests(),
            feature_names=table.features,
            places=beside.places() if rows.columns else None,
            warnings=tuple(beside.warnings),
        )
        if table.labels:
            texts = beside.labels
            raw = texts[0] if len(texts) == 1 else np.array(texts).T
            if self._encoder is not None:
                raw = self._classes_of(self._encoder, texts[0], partly=partly)
                classes = self._encoder.classes
            labels = read_by_output(
                self,
                {OUTPUT: raw},
                classes=classes,
                task=task,
                columns={OUTPUT: table.labels},
                partly=partly,
            )
            rows = with_labels(rows, labels)
        return rows

    @property
    def _encoder(self) -> LabelEncoder | None:
        return self.labels if isinstance(self.labels, LabelEncoder) else None

    def _classes_of(
        self, encoder: LabelEncoder, cells: Sequence[str], *, partly: bool
    ) -> list[str]:
        """The classes that an encoder makes of cells.

        Raises:
            DataError: a cell has none.
        """
        found, wrong = encode_labels(encoder, cells, partly=partly)
        if wrong is not None:
            cell = shown(cells[wrong])
            problem = self.problem(
                "labels",
                message=f"{self.place(wrong)}: label {cell} is not {encoder.takes}",
                hint="repair it, or remove the row",
                code="invalid-label",
            )
            raise DataError(replace(problem, location=self.locate_label(wrong)))
        return found

    def _features(self, table: TableColumns, beside: Beside) -> Dataset:
        """The features as numbers, or their columns as they are to be encoded."""
        import numpy as np

        if not self._types:
            numbers = self._cells(table, beside)
            features = np.frombuffer(numbers, dtype="float32").reshape(
                -1, len(table.features)
            )
            if not np.isfinite(features).all():
                self._explain(table)
            return Dataset({INPUT: features})
        rows = (cells for cells, _record in beside.rows())
        try:
            columns = typed_columns(self._types, rows, self._gaps)
        except NoNumbersError:
            self._explain(table)
        return Dataset({}, columns=columns)

    @property
    def _gaps(self) -> frozenset[str]:
        return GAPS if self.missing is None else frozenset({*self.missing, ""})

    @override
    def reading_columns(self, types: Mapping[str, ColumnType]) -> Self:
        able = self.model_copy()
        able._types = dict(types)  # noqa: SLF001 - of its own class
        return able

    @override
    def find_categories(
        self, columns: Sequence[str]
    ) -> Mapping[str, tuple[str, ...]] | None:
        table = self._table()
        if sum(header.file.stat().st_size for header in table.headers) > _SHORT:
            return None
        gaps, end = self._gaps, process_time() + _SECONDS
        found = {name: set[str]() for name in columns}
        sets = [*zip(table.number(columns), found.values(), strict=True)]
        for header in table.headers:
            for number, (_line, cells) in enumerate(header.rows(self)):
                for place, texts in sets:
                    texts.add(cells[place])
                if number % _STRIDE == 0 and process_time() > end:
                    return None
        return {
            name: tuple(sorted({"" if cell in gaps else cell for cell in cells}))
            for name, texts in found.items()
            for cells in [{text.strip() for text in texts}]
        }

    @property
    @override
    def is_labelled(self) -> bool:
        return self.labels is not None

    @override
    def without_labels(self) -> Csv:
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
    def of_new_rows(cls, new_rows: NewRows) -> Csv:
        """A table whose columns are found by the names of training."""
        file, stated = new_rows.file, new_rows.stated
        bare = cls(path=file)
        headers = [read_header(bare, part) for part in find_files(bare, bare.path)]
        columns = set(headers[0].columns)
        labels = stated.labels if isinstance(stated, cls) else None
        if not new_rows.is_labelled and not columns.issuperset(label_columns(labels)):
            labels = None
        same = stated if isinstance(stated, cls) else bare
        table = cls(
            path=file,
            labels=labels,
            ids=same.ids if same.ids in columns else None,
            missing=same.missing,
        )
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
            for line, _cells in header.rows(self):
                if row == 0:
                    return RowPlace(header, line)
                row -= 1
        return None

    @override
    def find_classes(self, output: str) -> tuple[str, ...] | None:
        if self._encoder is not None:
            return self._encoder.classes
        table = self._table()
        size = sum(header.file.stat().st_size for header in table.headers)
        if len(table.labels) != 1 or size > READ_AT_MOST:
            return None
        (place,) = table.number(table.labels)
        labels = {
            cells[place].strip()
            for header in table.headers
            for _line, cells in header.rows(self, Record())
        }
        named = name_classes(sorted(labels - {""}))
        return in_order(set(named.names)) if named.names and not named.wrong else None

    def _table(self) -> TableColumns:
        """Read the headers and find the columns.

        Raises:
            DataError: a file or a column is missing, or the columns of files differ.
        """
        headers = tuple(read_header(self, file) for file in find_files(self, self.path))
        stated = tuple(self._types) or self.features
        features = None if stated is None else as_tuple(stated)
        labels = label_columns(self.labels)
        named = {"ids": self.ids, "weights": self.weights}
        return choose_columns(self, headers, features, labels, named)

    def _cells(self, table: TableColumns, beside: Beside) -> array[float]:
        """All features row by row."""
        numbers = array("f")
        booleans: Counter[int] = Counter()
        for cells, record in beside.rows():
            numbers.fromlist(self._values(cells, record, booleans, table))
        length = len(numbers) // len(table.features)
        if any(count != length for count in booleans.values()):
            self._explain(table)
        return numbers

    def _values(
        self,
        cells: Sequence[str],
        record: Record,
        booleans: Counter[int],
        table: TableColumns,
    ) -> list[float]:
        """The numbers of a row; True is 1, False is 0, and both are counted."""
        if not booleans and not (record.is_odd and is_odd("".join(cells))):
            try:
                return list(map(float, cells))
            except ValueError:
                pass  # True or False, or a mistake
        values = []
        for place, cell in enumerate(cells):
            value = BOOLEANS.get(cell.strip().lower())
            if value is None:
                value = number_of(cell)
            else:
                booleans[place] += 1
            if value is None:
                self._explain(table)
            values.append(value)
        return values

    def _explain(self, table: TableColumns) -> NoReturn:
        """Read once more, slowly: each column at fault, and its first such row."""
        types = self._types or dict.fromkeys(table.features, "numbers")
        numbers = [name for name, one in types.items() if one == "numbers"]
        columns = dict(zip(numbers, table.number(numbers), strict=True))
        rows = (
            (RowPlace(header, line), cells)
            for header in table.headers
            for line, cells in header.rows(self)
        )
        if self._types:
            raise DataError(*column_problems(("columns",), columns, rows, self._gaps))
        # Without a list of features the file says by itself which columns there are.
        field = "path" if self.features is None else "features"
        raise DataError(*column_problems((self.key, field), columns, rows))
