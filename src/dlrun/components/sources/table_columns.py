"""Which columns of a table are features, labels, or the names of rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import inf
from time import process_time
from typing import TYPE_CHECKING

from dlrun.components.words import choices, nearest, shown
from dlrun.data.columns import column_places
from dlrun.data.header_doubt import header_doubt
from dlrun.errors import ConfigPath, DataError, Problem
from dlrun.writing import did_you_mean
from dlrun.writing.flow import paste

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from dlrun.components.sources.source import Past, Source
    from dlrun.data.table_file import TableFile


_STRIDE = 1000
"""So many rows between two looks at the clock."""
_MOST_LISTED = 30
"""Columns that a cure lists by their names."""
SPLIT, WINDOW = "split.", "window."
"""How the keys begin that name columns which say how rows are divided, or follow each
other."""


def key_of(dividing: str) -> str:
    """The key of `data` that names a column by which rows are divided or ordered.

    Args:
        dividing: the key within `split`, or one of `window` with that before it.
    """
    return dividing if dividing.startswith(WINDOW) else f"{SPLIT}{dividing}"


@dataclass(frozen=True, slots=True)
class TableColumns:
    """What was found in the headers, and which columns are which."""

    headers: tuple[TableFile, ...]
    features: tuple[str, ...]
    labels: tuple[str, ...]
    named: Mapping[str, str | None]
    """The columns that say something else of a row, by the key that names each; `None`:
    there is none."""
    kept: tuple[str, ...] = ()
    """The columns that are carried along."""
    required: tuple[str, ...] = ()
    """Rows in which one of these columns has a gap are left out."""
    gaps: frozenset[str] = frozenset()
    """What a gap is in them."""

    def number(self, names: Sequence[str]) -> list[int]:
        """The places of columns in a row."""
        places = column_places(self.headers[0].columns)
        return [places[name] for name in names]

    def find_texts(
        self, source: Source, columns: Sequence[str], size: int, seconds: float = inf
    ) -> list[set[str]] | None:
        """The cells of columns in all rows.

        Args:
            source: for the words of problems.
            columns: whose cells they are.
            size: the most bytes that are read.
            seconds: the most CPU time that this may take.

        Returns:
            `None` where it would be more.

        Raises:
            DataError: a file is damaged.
        """
        places, end = self.number(columns), process_time() + seconds
        required = self.number(self.required)
        if sum(header.bytes_of(places) for header in self.headers) > size:
            return None
        found = [set[str]() for _ in columns]
        sets = [*zip(places, found, strict=True)]
        for header in self.headers:
            rows = header.rows_with(source, [*places, *required])
            for number, (_line, cells) in enumerate(rows):
                if any(cells[place].strip() in self.gaps for place in required):
                    continue
                for place, texts in sets:
                    texts.add(cells[place])
                if number % _STRIDE == 0 and process_time() > end:
                    return None
        return [{text.strip() for text in texts} for texts in found]

    @property
    def dividing(self) -> dict[str, str]:
        """The columns that say how rows are divided, as `key_of` takes their keys."""
        return {
            key.removeprefix(SPLIT): name
            for key, name in self.named.items()
            if name is not None and key.startswith((SPLIT, WINDOW))
        }

    @property
    def roles(self) -> dict[str, str]:
        """The columns that are no features, with the key that names each."""
        named = {name: key for key, name in self.named.items() if name is not None}
        return {**dict.fromkeys(self.labels, "labels"), **named}


def choose_columns(
    source: Source,
    headers: tuple[TableFile, ...],
    features: tuple[str, ...] | None,
    labels: Mapping[str, ConfigPath],
    named: Mapping[str, str | None],
    kept: tuple[str, ...] = (),
) -> TableColumns:
    """Find the columns in the headers of the files of a table.

    Args:
        source: for the words and paths of problems.
        headers: of each file.
        features: as they were listed; `None`: all that are nothing else.
        labels: the way to each of them inside the source.
        named: the columns that are something else, by the key that names each.
        kept: the columns that are carried along, whatever else they are.

    Raises:
        DataError: a column is missing or cannot be what it is to be, or the columns of
            files differ.
    """
    columns = headers[0].columns
    for header in headers[1:]:
        if header.columns != columns:
            message, hint = _other_columns(header, headers[0])
            problem = source.problem(
                "path", message=message, hint=hint, code="other-columns"
            )
            raise DataError(problem)
    others = {*labels, *named.values()}
    rest = tuple(name for name in columns if name not in others)
    chosen = rest if features is None else features
    single = {key: (name,) for key, name in named.items() if name is not None}
    problems = [
        *_missing(source, labels, headers[0]),
        *(
            problem
            for key, (name,) in single.items()
            for problem in _missing(source, {name: (key,)}, headers[0])
        ),
        *_missing(source, _feature_paths(source, chosen), headers[0]),
        *_two_roles(source, labels, named),
        *_unfit(source, {} if source.learns_past else labels, chosen),
        *([] if chosen or single else [_no_features(source)]),
        *_ambiguous(
            source,
            {*labels, *chosen, *kept, *(one for (one,) in single.values())},
            headers[0],
        ),
    ]
    if problems:
        raise DataError(*map(_where_named, problems))
    return TableColumns(headers, chosen, tuple(labels), named, kept)


def _other_columns(header: TableFile, first: TableFile) -> tuple[str, str]:
    """How the columns of a file differ from those of the first one, and the cure."""
    here, there = header.file.name, first.file.name
    if sorted(header.columns) == sorted(first.columns):
        pairs = zip(header.columns, first.columns, strict=True)
        one, other = next(pair for pair in pairs if pair[0] != pair[1])
        message = f"{here} has the columns of {there} in another order: first "
        message += f"{shown(one)} in place of {shown(other)}"
        return message, f"write {here} again, with its columns in the order of {there}"
    lacking = [name for name in first.columns if name not in {*header.columns}]
    beside = [name for name in header.columns if name not in {*first.columns}]
    told = [f"lacks {choices(lacking, most=5)}"] * bool(lacking)
    told += [f"has {choices(beside, most=5)} beside them"] * bool(beside)
    message = f"{here} has other columns than {there}: it {' and '.join(told)}"
    if not told:
        message = f"{here} has a column more often than {there}"
    return message, "files of one table have the same columns, in the same order"


def _where_named(problem: Problem) -> Problem:
    """The columns that divide rows are named beside the source, under `split`."""
    key = str(problem.path[1])
    if not key.startswith((SPLIT, WINDOW)):
        return problem
    return replace(problem, path=tuple(key.split(".", 1)))


def _feature_paths(source: Source, chosen: Sequence[str]) -> dict[str, ConfigPath]:
    """The way to each feature, where features are listed."""
    is_list = isinstance(getattr(source, "features", None), tuple)
    return {
        name: ("features", index) if is_list else ("features",)
        for index, name in enumerate(chosen)
    }


def _missing(
    source: Source, paths: Mapping[str, ConfigPath], header: TableFile
) -> Iterator[Problem]:
    columns = header.columns
    known, there = frozenset(columns), f"its columns are {choices(columns, most=20)}"
    if not known.issuperset(paths):
        doubt = header_doubt(header, source)
        there += f"; {doubt}" if doubt else ""
    for name, path in paths.items():
        if name not in known:
            meant = did_you_mean([nearest(name, columns)])
            hint = f"{meant} {there}".lstrip()
            message = f"there is no column {shown(name)}"
            yield source.problem(
                *path, message=message, hint=hint, code="missing-column"
            )


def _two_roles(
    source: Source, labels: Collection[str], named: Mapping[str, str | None]
) -> Iterator[Problem]:
    """A column that is to be learned, and says something else of a row."""
    for key, name in named.items():
        if name is not None and name in labels:
            yield source.problem(
                key,
                message=f"the column {shown(name)} is the label, and cannot be `{key}`",
                hint=f"remove {key}, or name another column",
                code="label-as-role",
            )


def _unfit(
    source: Source, labels: Collection[str], features: tuple[str, ...]
) -> Iterator[Problem]:
    """Columns that cannot be features."""
    targets = frozenset(labels)
    for name in features:
        if name in targets:
            message = f"the column {shown(name)} is both a feature and the label"
            hint = "remove it from features: the model would only copy it"
            yield source.problem(
                "features", message=message, hint=hint, code="label-as-feature"
            )
        if not name:
            message = (
                "a column has no name; it may be the row numbers that pandas writes"
            )
            hint = "name it in the first line, or list the columns under features"
            named = [one for one in features if one and one not in targets]
            if 0 < len(named) <= _MOST_LISTED:
                hint = paste(f"data.{source.key}", {"features": named})
            yield source.problem(
                "path", message=message, hint=hint, code="unnamed-column"
            )


def _no_features(source: Source) -> Problem:
    """That no column is a feature, nor has a role beside which it may be one."""
    message = "there is no column left for the features"
    return source.problem("path", message=message, code="missing-column")


def _ambiguous(source: Source, used: set[str], header: TableFile) -> Iterator[Problem]:
    """A name that two columns have; one that nothing asks for does no harm."""
    counts = Counter(header.columns)
    several = (name for name in header.columns if name in used)
    twice = next((name for name in several if name and counts[name] > 1), None)
    if twice is not None:
        message = f"{header.file.name} has two columns {shown(twice)}"
        hint = "give each column its own name"
        yield source.problem("path", message=message, hint=hint, code="not-a-table")


def labelled_rows(
    source: Source, table: TableColumns, cells: Mapping[str, Sequence[str]]
) -> NDArray[np.int64] | None:
    """The rows whose labels are no gaps; `None`: all rows are taken.

    Args:
        source: for the words and paths of problems.
        table: its columns.
        cells: those of the labels.

    Raises:
        DataError: there is none.
    """
    import numpy as np

    if not table.required:
        return None
    columns = [cells[name] for name in table.required]
    kept = [
        row
        for row, labels in enumerate(zip(*columns, strict=True))
        if table.gaps.isdisjoint(labels)
    ]
    if not kept:
        message = f"no row has a label in {choices(table.required)}"
        raise DataError(source.problem("labels", message=message, code="no-rows"))
    return np.array(kept)


def columns_in_past(
    past: Past,
    columns: Sequence[str],
    features: Sequence[str] | None,
    labels: Mapping[str, object],
    others: Collection[str],
) -> tuple[str, ...]:
    """The columns whose past is a feature, those of labels among them.

    Args:
        past: whether it is.
        columns: of the table.
        features: as they were listed; `None`: all that are nothing else.
        labels: the columns of labels.
        others: the columns that say something else of a row.

    Raises:
        DataError: there is none.
    """
    rest = [name for name in columns if name not in others]
    chosen = dict.fromkeys(rest if features is None else [*features, *labels])
    found = tuple(name for name in chosen if past(name))
    if not found:
        message = "no column is one of those whose past is a feature"
        hint = f"the columns are {choices(chosen, most=20)}"
        path = ("window", "columns")
        raise DataError(Problem(path, message, hint=hint, code="no-features"))
    return found
