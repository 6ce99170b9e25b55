"""What is known of columns as they are encoded: names, shapes, types, encoders."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from pydantic import ValidationError

from dlrun.components.encoders import Chain, ColumnEncoder, types_of
from dlrun.errors import DataError, Problem
from dlrun.rows.images import ImageColumns
from dlrun.runs import PreparedColumn
from dlrun.writing import json_text

if TYPE_CHECKING:
    from dlrun.data import ColumnType
    from dlrun.rows.door import Door
    from dlrun.runs import Preprocessing


def names_of(
    columns: Mapping[str, PreparedColumn], inputs: Mapping[str, Sequence[str]]
) -> dict[str, tuple[str, ...]]:
    """What the numbers are called of each input that has names, in their order."""
    return {
        name: tuple(one for column in within for one in columns[column].names)
        for name, within in inputs.items()
        if not any(columns[column].row_shape for column in within)
    }


def shapes_of(
    columns: Mapping[str, PreparedColumn], inputs: Mapping[str, Sequence[str]]
) -> dict[str, tuple[int, ...]]:
    """The shape of a row of each input."""
    names = names_of(columns, inputs)
    return {
        name: (len(names[name]),)
        if name in names
        else columns[within[0]].row_shape or ()
        for name, within in inputs.items()
    }


def encoders_of(prepared: PreparedColumn) -> list[ColumnEncoder]:
    """The encoders of a column.

    Raises:
        DataError: there is no such encoder.
    """
    try:
        return [_encoder(json_text(one)) for one in prepared.encoders]
    except ValidationError as error:
        message = f"the encoders {list(prepared.encoders)} are damaged"
        raise DataError(Problem((), message, code="damaged-state")) from error


@lru_cache(maxsize=256)
def _encoder(written: str) -> ColumnEncoder:
    """An encoder by its text: a thousand columns mostly have the same."""
    return ColumnEncoder.model_validate_json(written)


def types_read(preprocessing: Preprocessing) -> dict[str, ColumnType]:
    """The columns that are encoded, and what their cells are taken for."""
    return in_order(types_of(_chains(preprocessing)), preprocessing.table_columns)


def _chains(preprocessing: Preprocessing) -> list[Chain]:
    columns = preprocessing.columns.items()
    return [Chain(name, None, tuple(encoders_of(one))) for name, one in columns]


def in_order(
    types: Mapping[str, ColumnType], columns: Sequence[str]
) -> dict[str, ColumnType]:
    """The types of columns in the order of a table."""
    return {name: types[name] for name in (*columns, *types) if name in types}


def images_of(preprocessing: Preprocessing, door: Door) -> ImageColumns:
    """The columns that name images, and how these are read."""
    return ImageColumns.of(_chains(preprocessing), door)
