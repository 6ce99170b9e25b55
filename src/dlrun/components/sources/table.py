"""Rows in text files: columns with commas, semicolons or tabs between them."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from operator import itemgetter
from typing import Annotated, ClassVar, NoReturn

from pydantic import PlainValidator
from typing_extensions import override

from dlrun.components.sources.by_output import labelled, read_by_output
from dlrun.components.sources.cells import column_problems
from dlrun.components.sources.class_names import BOOLEANS, READ_AT_MOST, name_classes
from dlrun.components.sources.files import LocalPaths, find_files
from dlrun.components.sources.header import Header, RowPlace, read_header
from dlrun.components.sources.source import NewRows, Source
from dlrun.components.sources.wanted import ClassLists, WantedLabels
from dlrun.components.words import choices, invalid, nearest, shown
from dlrun.data import INPUT, OUTPUT, Dataset, Facts
from dlrun.data.records import Record, is_odd, looks_like_rows
from dlrun.errors import DataError, Location, Problem
from dlrun.writing import did_you_mean, in_order, number_of


def _one_or_several(value: object) -> str | tuple[str, ...]:
    names = value if isinstance(value, (list, tuple)) else [value]
    if not names or not all(isinstance(name, (str, int)) for name in names):
        message = (
            f"expected the name of a column, or a list of names, found {shown(value)}"
        )
        raise invalid("wrong-type", message, hint="write age, or [age, height]")
    truth = next((name for name in names if isinstance(name, bool)), None)
    if truth is not None:
        message = f"expected the name of a column, found {shown(truth)}"
        hint = f'a column of this name is written "{str(truth).lower()}"'
        raise invalid("wrong-type", message, hint=hint)
    texts = tuple(str(name) for name in names)
    times = Counter(texts)
    twice = next((name for name in texts if times[name] > 1), None)
    if twice is not None:
        message = f"the column {shown(twice)} is listed twice"
        raise invalid("duplicate-column", message, hint="list each column once")
    return texts if isinstance(value, (list, tuple)) else texts[0]


Columns = Annotated[str | tuple[str, ...], PlainValidator(_one_or_several)]
"""The name of a column, or a list of names."""


@dataclass(frozen=True, slots=True)
class _Table:
    """What was found in the headers, and which columns are which."""

    headers: tuple[Header, ...]
    features: tuple[str, ...]
    labels: tuple[str, ...]

    def number(self, names: Sequence[str]) -> list[int]:
        """The places of columns in a row."""
        columns = self.headers[0].columns
        return [columns.index(name) for name in names]


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

    path: LocalPaths
    """A file, a list of files, or a pattern with `*`; all have the same columns."""
    labels: Columns | None = None
    """The column of the labels, or several for several numbers; by default none."""
    features: Columns | None = None
    """The columns of the features, in this order; by default all others."""

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
        numbers, texts, warnings = self._cells(table)
        features = np.frombuffer(numbers, dtype="float32").reshape(
            -1, len(table.features)
        )
        if not np.isfinite(features).all():
            self._explain(table)
        if not table.labels:
            return Dataset(
                {INPUT: features}, feature_names=table.features, warnings=warnings
            )
        raw = texts[0] if len(texts) == 1 else np.array(texts).T
        labels = read_by_output(
            self,
            {OUTPUT: raw},
            classes=classes,
            task=task,
            columns={OUTPUT: table.labels},
            partly=partly,
        )
        rows = labelled({INPUT: features}, labels)
        return replace(
            rows,
            feature_names=table.features,
            warnings=(*warnings, *rows.warnings),
        )

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
        labels = _as_tuple(stated.labels) if isinstance(stated, cls) else ()
        if not new_rows.is_labelled and not columns.issuperset(labels):
            labels = ()
        expected = new_rows.feature_names or ()
        features = expected if expected and columns.issuperset(expected) else None
        return cls(path=file, labels=labels or None, features=features)

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

    def _table(self) -> _Table:
        """Read the headers and find the columns.

        Raises:
            DataError: a file or a column is missing, or the columns of files differ.
        """
        headers = tuple(read_header(self, file) for file in find_files(self, self.path))
        columns = headers[0].columns
        for header in headers[1:]:
            if header.columns != columns:
                message = (
                    f"{header.file.name} has the columns {', '.join(header.columns)}, "
                    f"but {headers[0].file.name} has {', '.join(columns)}"
                )
                raise DataError(
                    self.problem("path", message=message, code="other-columns")
                )
        labels = _as_tuple(self.labels)
        others = frozenset(labels)
        rest = tuple(name for name in columns if name not in others)
        features = _as_tuple(self.features) if self.features is not None else rest
        problems = [
            *self._missing("labels", labels, columns),
            *self._missing("features", features, columns),
            *self._unfit(labels, features),
            *self._ambiguous({*labels, *features}, headers[0]),
        ]
        if problems:
            raise DataError(*problems)
        return _Table(headers, features, labels)

    def _missing(
        self, field: str, names: tuple[str, ...], columns: tuple[str, ...]
    ) -> Iterator[Problem]:
        known = frozenset(columns)
        there = f"its columns are {choices(columns, most=20)}"
        for index, name in enumerate(names):
            if name not in known:
                meant = did_you_mean([nearest(name, columns)])
                hint = f"{meant} {there}".lstrip()
                message = f"there is no column {shown(name)}"
                path = (
                    (field, index)
                    if isinstance(getattr(self, field), tuple)
                    else (field,)
                )
                yield self.problem(
                    *path, message=message, hint=hint, code="missing-column"
                )

    def _unfit(
        self, labels: tuple[str, ...], features: tuple[str, ...]
    ) -> Iterator[Problem]:
        """Columns that cannot be features."""
        targets = frozenset(labels)
        for name in features:
            if name in targets:
                message = f"the column {shown(name)} is both a feature and the label"
                hint = "remove it from features: the model would only copy it"
                yield self.problem(
                    "features", message=message, hint=hint, code="label-as-feature"
                )
            if not name:
                message = (
                    "a column has no name; it may be the row numbers that pandas writes"
                )
                hint = "name it in the first line, or list the columns under features"
                yield self.problem(
                    "path", message=message, hint=hint, code="unnamed-column"
                )
        if not features:
            message = "there is no column left for the features"
            yield self.problem("path", message=message, code="missing-column")

    def _ambiguous(self, used: set[str], header: Header) -> Iterator[Problem]:
        """A name that two columns have; one that nothing asks for does no harm."""
        counts = Counter(header.columns)
        several = (name for name in header.columns if name in used)
        twice = next((name for name in several if name and counts[name] > 1), None)
        if twice is not None:
            message = f"{header.file.name} has two columns {shown(twice)}"
            hint = "give each column its own name"
            yield self.problem("path", message=message, hint=hint, code="not-a-table")

    def _cells(
        self, table: _Table
    ) -> tuple[array[float], list[list[str]], tuple[Problem, ...]]:
        """All features row by row, the texts of each label column, and doubts."""
        from dlrun.progress.reading import counted

        pick = _picker(table.number(table.features))
        places = table.number(table.labels)
        numbers, texts = array("f"), [list[str]() for _ in places]
        warnings: list[Problem] = []
        booleans: Counter[int] = Counter()
        for header in table.headers:
            record = Record()
            rows = counted(header.rows(self, record), header.file.name, "rows")
            for _line, cells in rows:
                numbers.fromlist(self._values(pick(cells), record, booleans, table))
                for place, column in zip(places, texts, strict=True):
                    column.append(cells[place].strip())
                if record.lines:
                    warnings += self._several_lines(header, record)
        if not numbers:
            message = f"{table.headers[0].file.name} has a first line, but no rows"
            raise DataError(self.problem("path", message=message, code="no-rows"))
        length = len(numbers) // len(table.features)
        if any(count != length for count in booleans.values()):
            self._explain(table)
        return numbers, texts, tuple(warnings)

    def _values(
        self,
        cells: Sequence[str],
        record: Record,
        booleans: Counter[int],
        table: _Table,
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

    def _several_lines(self, header: Header, record: Record) -> Iterator[Problem]:
        """A row of several lines, each of which could be a row of its own."""
        if looks_like_rows(record, header.separator, len(header.columns)):
            last = record.first_line + len(record.lines) - 1
            lines = f"lines {record.first_line} to {last}"
            message = (
                f"{header.file.name}: {lines} are read as one row, by their quotes"
            )
            hint = "look for a quote that closes some lines too late"
            problem = self.problem(
                "path", message=message, hint=hint, code="line-break"
            )
            yield replace(problem, severity="warning")

    def _explain(self, table: _Table) -> NoReturn:
        """Read once more, slowly: each column at fault, and its first such row."""
        columns = dict(zip(table.features, table.number(table.features), strict=True))
        rows = (
            (RowPlace(header, line), cells)
            for header in table.headers
            for line, cells in header.rows(self)
        )
        # Without a list of features the file says by itself which columns there are.
        field = "path" if self.features is None else "features"
        raise DataError(*column_problems((self.key, field), columns, rows))


def _as_tuple(names: str | tuple[str, ...] | None) -> tuple[str, ...]:
    if names is None:
        return ()
    return names if isinstance(names, tuple) else (names,)


def _picker(places: list[int]) -> Callable[[list[str]], tuple[str, ...]]:
    """A function that picks several cells of a row; always a tuple."""
    if len(places) == 1:
        return lambda cells: (cells[places[0]],)
    return itemgetter(*places)
