"""The config of a table: what each column becomes, what is learned, how."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from math import ceil
from pathlib import Path
from typing import TYPE_CHECKING

from dlrun.data.class_names import READ_AT_MOST
from dlrun.data.header_doubt import header_doubt
from dlrun.data.parquet_file import ParquetFile
from dlrun.errors import RunError
from dlrun.proposal.candidates import require_labels
from dlrun.proposal.division import DivisionPlan, plan_division
from dlrun.proposal.doubts import (
    adds_up,
    copies,
    gives_away,
    nearly_told,
    repeated_rows,
    tells_label,
)
from dlrun.proposal.judge import judge, without_marks
from dlrun.proposal.labelled import labelled_rows
from dlrun.proposal.labels import LabelPlan, plan_labels, without_single_rows
from dlrun.proposal.numeric import PLAIN
from dlrun.proposal.plan import ColumnPlan, dropped
from dlrun.proposal.sample import SampledColumn, TableSample, read_column, read_sample
from dlrun.proposal.series import SeriesPlan, plan_series
from dlrun.proposal.sum_row import sum_notes
from dlrun.proposal.thousands import find_thousands
from dlrun.writing import listing

if TYPE_CHECKING:
    from dlrun.components.sources.table import Table
    from dlrun.data.table_file import TableFile

_FEWEST = 5
"""Rows of which one can validate."""
_PLAIN_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*", re.ASCII)


@dataclass(frozen=True, slots=True)
class TablePlan:
    """All that a config of a table says."""

    key: str
    """Of the source: `csv` or `parquet`."""
    sample: TableSample
    labels: LabelPlan
    columns: tuple[ColumnPlan, ...]
    """The features, in the order of the table."""
    division: DivisionPlan
    series: SeriesPlan | None
    """How it could be forecast from its past, or is; `None`: rows are no series."""
    features: tuple[str, ...] | None
    """Those that the config must list, where a column cannot be named; `None`: all."""
    missing: tuple[str, ...] | None
    """The texts that mean a gap, where these are not those of pandas."""
    notes: tuple[str, ...]
    """What a person should know of the whole table, a sentence each."""
    dialect: Mapping[str, object]
    """How a text is written that is not written as most are, by the keys for it."""

    @property
    def kept(self) -> list[ColumnPlan]:
        """The columns that go into the model."""
        return [one for one in self.columns if one.role == "feature"]

    @property
    def has_default(self) -> bool:
        """Whether `"*"` may stand for all columns that are plain numbers."""
        starred = any("*" in one.column for one in self.columns)
        return not starred and any(one.encoders == PLAIN for one in self.columns)

    @property
    def past_entry(self) -> str | None:
        """The label of a series, where no other entry says how its past is scaled."""
        is_scaled = self.series is None or self.has_default
        return None if is_scaled else self.labels.columns[0]

    @property
    def input_names(self) -> dict[str, str]:
        """The columns that have an input of their own, and what it is called."""
        found: dict[str, str] = {}
        for one in self.kept:
            if one.tower is None:
                continue
            name = one.column if _PLAIN_NAME.fullmatch(one.column) else one.tower
            taken = {*found.values(), "numbers", "input"}
            while name in taken:
                name += "_"
            found[one.column] = name
        return found


def plan_table(
    source: Table, file: Path, labels: Sequence[str], typed: Path
) -> TablePlan:
    """Look at a table, and say what is to become of it.

    Args:
        source: of the file, without labels.
        file: the table.
        labels: the columns to learn.
        typed: the table as a person has named it.

    Raises:
        DataError: the file cannot be read.
        RunError: there is no such label, or nothing to learn.
    """
    source, table, sample, unusable = _read(source, file)
    doubt = header_doubt(table, source)
    require_labels(labels, sample, typed, doubt)
    ended = [*sum_notes(sample, labels), *_told_doubt(doubt, list(sample.columns))]
    with _doubting(doubt):
        plan, label_marks = _learned(sample, labels, file.name)
    plan = _of_all_rows(plan, sample, table, source)
    sample, strays = labelled_rows(sample, labels)
    learned = [sample.columns[name] for name in labels]
    columns, marks = _features(sample, labels, file.parent)
    plans = [
        _doubted(one, sample.columns[one.column], learned, plan) for one in columns
    ]
    plans = _without_told(_without_copies(plans, sample), sample, learned, plan)
    marks |= label_marks | strays
    series = plan_series(plans, plan, sample)
    if series is None and not any(one.role == "feature" for one in plans):
        said = [*unusable, *(f"{one.column}: {one.why}" for one in plans)]
        reasons = "; ".join(said[:5])
        message = f"{file.name} has no column to learn {', '.join(labels)} from"
        raise RunError(message, hint=reasons or None)
    return TablePlan(
        source.key,
        sample,
        plan,
        tuple(plans),
        plan_division(plans, plan, sample),
        series,
        tuple(one.column for one in plans) if unusable else None,
        tuple(sorted(marks | _used_marks(table))) if marks else None,
        tuple(_notes(sample, plans, learned, [*ended, *unusable])),
        _dialect(source),
    )


def _read(source: Table, file: Path) -> tuple[Table, TableFile, TableSample, list[str]]:
    """Some rows, by a source that knows of marks in numbers; and unusable columns."""
    table = source.read_file(file)
    names, unusable = _usable(source, table)
    sample = read_sample(table, source, names, source.gap_texts)
    if not sample.rows:
        raise RunError(f"{file.name} has a first line, but no rows")
    thousands = find_thousands(sample.columns.values())
    if thousands is not None:
        source = source.model_copy(update={"thousands": thousands})
        table = source.read_file(file)
        sample = read_sample(table, source, names, source.gap_texts)
    return source, table, sample, unusable


def _dialect(source: Table) -> dict[str, object]:
    """How a text is written, as far as that was found and has to be stated."""
    found = {key: getattr(source, key, None) for key in ("encoding", "thousands")}
    return {key: value for key, value in found.items() if value is not None}


@contextmanager
def _doubting(doubt: str | None) -> Iterator[None]:
    """Say of labels that cannot be learned what is doubtful of the first line, too."""
    try:
        yield
    except RunError as error:
        if doubt is None:
            raise
        raise RunError(error.message, hint=f"{error.hint}; {doubt}") from error


def _learned(
    sample: TableSample, labels: Sequence[str], file: str
) -> tuple[LabelPlan, frozenset[str]]:
    """What the labels are, and which of their texts are to mean a gap."""
    marks: frozenset[str] = frozenset()
    for name in labels:
        sample.columns[name], more = without_marks(sample.columns[name])
        marks |= more
    learned = [sample.columns[name] for name in labels]
    # Before what the labels are: of few rows each seems to have a name of its own.
    _require_rows(min(one.known for one in learned), file)
    plan = plan_labels(learned, file)
    _require_rows(sample.rows - plan.gaps, file)
    if not sample.is_whole or marks:
        return plan, marks
    others = [one for name, one in sample.columns.items() if name not in labels]
    used = {text for one in others for text in one.texts}
    return without_single_rows(plan, learned[0], used)


def _require_rows(rows: int, file: str) -> None:
    """Refuse a table of which too few rows have a label."""
    if rows < _FEWEST:
        word = "row" if rows == 1 else "rows"
        message = (
            f"{file} has {rows} {word} with a label: too few to train and validate"
        )
        raise RunError(message, hint=f"collect at least {_FEWEST}")


def _of_all_rows(
    plan: LabelPlan, sample: TableSample, table: TableFile, source: Table
) -> LabelPlan:
    """Count classes in all rows of a table that `units: classes` cannot ask.

    A class that some thousand rows lack would be one too many for the model. Counts
    stay those of as many rows as the sample has.
    """
    if plan.kind == "numbers" or len(plan.columns) > 1:
        return plan
    (name,) = plan.columns
    if not sample.is_whole:
        column = read_column(table, source, name, source.gap_texts)
        plan = plan_labels([without_marks(column)[0]], table.file.name)
        counts = {
            one: max(1, round(count / sample.scale))
            for one, count in plan.counts.items()
        }
        gaps = ceil(plan.gaps / sample.scale)
        plan = replace(plan, counts=counts, gaps=gaps)
    is_large = table.bytes_of([table.columns.index(name)]) > READ_AT_MOST
    return replace(plan, units=len(plan.counts) or None) if is_large else plan


def _usable(source: Table, table: TableFile) -> tuple[list[str], list[str]]:
    """The columns that can be named, and why others cannot."""
    counts = Counter(table.columns)
    nested = table.nested_columns(source) if isinstance(table, ParquetFile) else ()
    unusable = []
    if "" in counts:
        unusable.append("a column without a name is left out")
    unusable += [
        f"{count} columns are called {name!r}, and are left out: name each otherwise"
        for name, count in counts.items()
        if count > 1 and name
    ]
    unusable += [f"{name!r} holds lists, and is left out" for name in nested]
    names = [
        name
        for name in table.columns
        if name and counts[name] == 1 and name not in nested
    ]
    return names, unusable


def _features(
    sample: TableSample, labels: Sequence[str], folder: Path
) -> tuple[list[ColumnPlan], frozenset[str]]:
    """What becomes of all other columns; and the texts that mark a gap in them."""
    others = [one for name, one in sample.columns.items() if name not in labels]
    marks: frozenset[str] = frozenset()
    for column in others:
        marks |= without_marks(column)[1]
    plans = []
    for column in others:
        plain = column.without(marks)
        sample.columns[column.name] = plain
        plans.append(judge(plain, folder))
    return plans, marks


def _used_marks(table: TableFile) -> frozenset[str]:
    """What pandas takes for a gap, as far as people write it."""
    if isinstance(table, ParquetFile):
        return frozenset()
    return frozenset({"NA", "NaN", "nan", "null", "NULL", "None", "N/A", "n/a"})


def _doubted(
    plan: ColumnPlan,
    column: SampledColumn,
    labels: Sequence[SampledColumn],
    learned: LabelPlan,
) -> ColumnPlan:
    """A column that gives the label away is left out."""
    if plan.role != "feature":
        return plan
    why = gives_away(column, labels, learned)
    if why is not None:
        return dropped(plan.column, why)
    if tells_label(column, labels, learned):
        doubt = f"{plan.why}; each goes with one class alone: is it known before?"
        return replace(plan, why=doubt)
    return plan


def _without_told(
    plans: Sequence[ColumnPlan],
    sample: TableSample,
    labels: Sequence[SampledColumn],
    learned: LabelPlan,
) -> list[ColumnPlan]:
    """Columns that tell the label alone are left out, unless nothing else is there."""
    told = {
        one.column: why
        for one in plans
        if one.role == "feature"
        and (why := nearly_told(sample.columns[one.column], labels, learned))
    }
    others = [one for one in plans if one.role == "feature" and one.column not in told]
    if not others:
        return [
            replace(one, why=f"{one.why}; {told[one.column]}: is it known before?")
            if one.column in told
            else one
            for one in plans
        ]
    cure = "remove this line if it is known before"
    return [
        # What it says of when rows are, and of whom, still divides them.
        replace(
            one,
            encoders="drop",
            why=f"{told[one.column]}; {cure}",
            role="dropped",
            width=0,
            codes=0,
        )
        if one.column in told
        else one
        for one in plans
    ]


def _without_copies(
    plans: Sequence[ColumnPlan], sample: TableSample
) -> list[ColumnPlan]:
    """Columns that say again what one before them says are left out."""
    kept = [sample.columns[one.column] for one in plans if one.role == "feature"]
    said = copies(kept)
    return [
        dropped(one.column, said[one.column]) if one.column in said else one
        for one in plans
    ]


def _told_doubt(doubt: str | None, names: Sequence[str]) -> list[str]:
    """What is doubtful of the first line; columns may well be called by years."""
    are_years = any(name.isdecimal() for name in names)
    return [] if doubt is None or are_years else [doubt]


def _told_nones(sample: TableSample) -> Iterator[str]:
    """Of what columns of words the word None may be a category, and no gap."""
    for column in sample.columns.values():
        if column.nones and column.texts and column.values is None:
            yield (
                f"None is a gap in {column.name} ({column.nones:,} rows); if it is a "
                f'category, list what else is a gap: missing: ["", NA, NaN]'
            )


def _notes(
    sample: TableSample,
    plans: Sequence[ColumnPlan],
    labels: Sequence[SampledColumn],
    unusable: Sequence[str],
) -> list[str]:
    notes = [*unusable, *_told_nones(sample)]
    kept = [sample.columns[one.column] for one in plans if one.role == "feature"]
    for label in labels:
        parts = adds_up(kept, label)
        if parts:
            notes.append(
                f"{label.name} is a sum of {listing(parts)}, each times a factor: "
                "write drop for what nobody knows before"
            )
    repeated = repeated_rows(sample)
    if repeated is not None:
        notes.append(repeated)
    return notes
