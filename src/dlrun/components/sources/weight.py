"""Large tables are no surprise: what they take is said before they are read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlrun.data.table_size import table_size
from dlrun.errors import DataError
from dlrun.progress.reading import warn_before

if TYPE_CHECKING:
    from dlrun.components.sources.source import Source
    from dlrun.components.sources.table_columns import TableColumns

_FEWER_COLUMNS = (
    "list fewer columns under features, or drop some under data.columns; "
    "split: {train: 0.1} trains on fewer rows, and takes a third less"
)
_LESS = "list fewer columns under features, or take a part of the file"
_IN_PARTS = "divide the file, and give one part after the other"


def weigh(
    source: Source, table: TableColumns, *, is_encoded: bool, are_new: bool
) -> None:
    """Warn of a table that takes more than half of the memory that is free.

    Args:
        source: for the words of problems.
        table: its files and columns.
        is_encoded: whether columns are encoded one by one.
        are_new: whether a trained model is asked about the rows.

    Raises:
        DataError: the numbers alone are more than the memory of the machine.
    """
    size = table_size(table.headers, len(table.features), is_encoded=is_encoded)
    words = size.excess
    if words is None:
        return
    name, others = table.headers[0].file.name, len(table.headers) - 1
    message = f"{name}{f' and {others} more' if others else ''}: {words}"
    if size.is_too_large:
        hint = _IN_PARTS if are_new else _LESS
        raise DataError(
            source.problem("path", message=message, hint=hint, code="too-much-memory")
        )
    warn_before(message, _IN_PARTS if are_new else _FEWER_COLUMNS)
