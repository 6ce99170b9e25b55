"""Rows that a person writes out: their names, labels, and what is carried along."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar, Self

from pydantic import PrivateAttr
from typing_extensions import override

from dlrun.components.sources.by_output import with_labels
from dlrun.components.sources.label_encoders import label_paths
from dlrun.components.sources.source import left_out
from dlrun.components.sources.table_labels import TableLabels
from dlrun.components.sources.text_table import Csv
from dlrun.components.words import choices, shown
from dlrun.data import Dataset, RowPlaces
from dlrun.data.typed import GAPS
from dlrun.data.typed_rows import NUMBERED, names_in, plain_text
from dlrun.errors import DataError, Location, Problem

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from dlrun.components.sources.source import NewRows


class _Written(Csv, abstract=True):
    """Such rows, as the source of their labels."""

    key: ClassVar[str] = Csv.key

    _places: RowPlaces = PrivateAttr(default=NUMBERED)

    def at(self, places: RowPlaces) -> Self:
        """The same, of rows that stand somewhere."""
        able = self.model_copy()
        able._places = places  # noqa: SLF001 - of its own class
        return able

    @override
    def place(self, row: int) -> str:
        return self._places.of(row)

    @override
    def locate_label(self, row: int) -> Location | None:
        return self._places.locate(row, "")


_EMPTY = frozenset({""})
"""In labels and names of rows only an empty cell is a gap, as in a table."""


def gaps_of(new_rows: NewRows) -> frozenset[str]:
    """The texts that mean a gap, as the source of the train rows has them."""
    missing = getattr(new_rows.stated, "missing", None)
    usual: frozenset[str] = getattr(new_rows.stated, "gap_texts", GAPS)
    return usual if missing is None else frozenset({*missing, ""})


def with_others(
    features: Dataset,
    rows: Sequence[object],
    new_rows: NewRows,
    places: RowPlaces,
) -> Dataset:
    """Rows with their names, their labels, and what is carried along.

    Args:
        features: of the rows.
        rows: as they were written; those that are mappings tell the rest.
        new_rows: what is asked for, and how the train rows call it.
        places: where the rows stand.

    Raises:
        DataError: there is no such column, or rows lack labels that they must have.
    """
    named = [row for row in rows if isinstance(row, Mapping)]
    if len(named) < len(rows):
        names: Sequence[str] = new_rows.feature_names or ()
        named = [
            row if isinstance(row, Mapping) else _in_order(names, row) for row in rows
        ]
    following = new_rows.stated.following
    found = replace(
        features,
        split_cells={
            key: _times_or_names(named, name, new_rows, places)
            for key, name in following.items()
        },
        split_names=following,
        ids=_ids(named, new_rows, places) or features.ids,
        kept={
            name: [row.get(name) for row in named]
            for name in new_rows.keep.choose(names_in(named))
        },
    )
    if new_rows.stated.learns_past and not new_rows.is_labelled:
        return found
    return _labelled(found, named, new_rows, places)


def _times_or_names(
    rows: Sequence[Mapping[str, object]],
    column: str,
    new_rows: NewRows,
    places: RowPlaces,
) -> NDArray[np.object_]:
    """`(rows,)` the cells of a column by which rows follow each other.

    Raises:
        DataError: the rows have no such column, or a cell is a list.
    """
    import numpy as np

    if column not in names_in(rows):
        message = f"there is no column {shown(column)}, by which rows follow each other"
        hint = f"the rows have {choices(names_in(rows), most=20)}"
        raise DataError(Problem((), message, hint=hint, code="missing-column"))
    form, found = new_rows.time_format, []
    for number, row in enumerate(rows):
        value = row.get(column)
        text = plain_text(value, _EMPTY)
        if text is None:
            message = f"{places.of(number)}: {shown(column)} is a list"
            raise DataError(Problem((), message, hint="write one", code="wrong-type"))
        if form is not None and hasattr(value, "strftime"):
            text = str(value.strftime(form))
        found.append(text)
    return np.array(found, dtype=object)


def _in_order(names: Sequence[str], row: object) -> Mapping[str, object]:
    """The values of a list by the names of its columns, where they have some."""
    values = row if isinstance(row, list | tuple) and len(row) == len(names) else ()
    return dict(zip(names, values, strict=False))


def _ids(
    rows: Sequence[Mapping[str, object]], new_rows: NewRows, places: RowPlaces
) -> tuple[str | int, ...]:
    """What names the rows, by the column that names train rows; none: nothing does."""
    column = getattr(new_rows.stated, "ids", None)
    if column not in names_in(rows):
        return ()
    ids = [plain_text(row.get(column), _EMPTY) for row in rows]
    for number, name in enumerate(ids):
        if not name:
            message = f"{places.of(number)} has no name in the column {column}"
            hint = "name the row, or leave the column out of all"
            raise DataError(Problem((), message, hint=hint, code="no-id"))
    return tuple(map(str, ids))


def _labelled(
    found: Dataset,
    rows: Sequence[Mapping[str, object]],
    new_rows: NewRows,
    places: RowPlaces,
) -> Dataset:
    """The rows with labels, where they have them and they are those of training.

    Raises:
        DataError: labels are needed, and there are none, or others.
    """
    stated = getattr(new_rows.stated, "labels", None)
    columns = tuple(label_paths(stated)) if new_rows.stated.has_columns else ()
    there = frozenset(names_in(rows))
    if not columns or not there.issuperset(columns):
        if new_rows.is_labelled:
            raise _no_labels([name for name in columns if name not in there], there)
        return found
    try:
        source = _Written(path=new_rows.file, labels=stated).at(places)
        labels = TableLabels(source, stated).read(
            {name: _cells(rows, name, places) for name in columns},
            places,
            classes=new_rows.classes,
            task=new_rows.task,
            partly=False,
        )
    except DataError as error:
        if new_rows.is_labelled:
            raise
        return left_out(found, error)
    return with_labels(found, labels)


def _cells(
    rows: Sequence[Mapping[str, object]], column: str, places: RowPlaces
) -> list[str]:
    texts = [plain_text(row.get(column), _EMPTY) for row in rows]
    for number, text in enumerate(texts):
        if text is None:
            message = f"{places.of(number)}: the label {shown(column)} is a list"
            hint = "write one text or number"
            raise DataError(Problem((), message, hint=hint, code="invalid-label"))
    return [str(text) for text in texts]


def _no_labels(missing: Sequence[str], there: frozenset[str]) -> DataError:
    message = "the rows have no labels, and nothing can be measured without"
    hint = "write arrays of features and labels into an .npz file"
    if missing:
        message = f"there is no column {choices(missing)} with the labels"
        hint = f"the columns are {choices(there, most=20)}"
        hint += "; labels are measured against, dlrun predict needs none"
    return DataError(Problem((), message, hint=hint, code="missing-labels"))
