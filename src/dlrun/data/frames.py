"""Rows as a notebook has them: frames and rows of pandas, arrays, mappings of columns.

What they are is asked of themselves, so that nobody needs pandas who has none.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from dlrun.data.columns import column_places
from dlrun.data.keep import Keep
from dlrun.errors import DataError, Problem, RunError
from dlrun.writing import choices, json_text

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True)
class RowFrame:
    """A DataFrame of pandas, whose rows are to be predicted."""

    frame: pd.DataFrame

    @classmethod
    def of(cls, rows: object, names: Sequence[str] | None) -> RowFrame | None:
        """The frame that rows are, or that has them as its only row; `None`: neither.

        Args:
            rows: as a notebook has them.
            names: the columns that they need; `None`: they have no names.

        Raises:
            DataError: it is a single column, or values of it.
        """
        if hasattr(rows, "to_dict") and hasattr(rows, "columns"):
            return cls(cast("pd.DataFrame", rows))
        if not (hasattr(rows, "to_frame") and hasattr(rows, "index")):
            return None
        series = cast("pd.Series", rows)
        if names is not None and frozenset(names) <= {*map(str, series.index)}:
            return cls(series.to_frame().T)
        message = "a Series is given, which is no row with all columns"
        hint = "give a DataFrame: frame[[column]] is one of a single column"
        if names is not None:
            hint += f"; the columns are {choices(names, most=20)}"
        raise DataError(Problem((), message, hint=hint, code="other-columns"))

    @property
    def names(self) -> tuple[str, ...]:
        """The names of its columns, as texts."""
        return tuple(map(str, self.frame.columns))

    def records(self, needed: Iterable[str]) -> list[dict[str, object]]:
        """Its rows by the names of their columns.

        Raises:
            DataError: a column that is needed stands there twice.
        """
        names = self.names
        wanted = frozenset(needed)
        counts = Counter(names)
        for name in names:
            if name in wanted and counts[name] > 1:
                message = f"the frame has two columns {json_text(name)}"
                hint = "give each column its own name"
                raise DataError(Problem((), message, hint=hint, code="not-a-table"))
        columns = [self.frame.iloc[:, place].tolist() for place in range(len(names))]
        rows = zip(*columns, strict=True) if columns else ()
        return [dict(zip(names, row, strict=True)) for row in rows]

    def values(self) -> object:
        """Its rows as lists, where the train rows have no names."""
        return self.frame.to_numpy().tolist()

    def kept(self, keep: Keep) -> pd.DataFrame:
        """A frame of the columns that are carried along, with the types they have.

        Raises:
            DataError: there is no such column, or two of one name.
        """
        chosen = keep.choose(self.names)
        self.records(chosen)  # Refuses two of one name.
        places = column_places(self.names)
        return self.frame.iloc[:, [places[name] for name in chosen]]


def beside(kept: pd.DataFrame, table: pd.DataFrame) -> pd.DataFrame:
    """Predictions with what is kept of their rows before them.

    Raises:
        RunError: a kept column is called as a prediction is.
    """
    import pandas as pd

    clash = next((str(one) for one in kept.columns if str(one) in table), None)
    if clash is not None:
        message = f"the column {clash} cannot be kept: predictions have one"
        raise RunError(message, hint="rename it, or do not keep it")
    table.index = kept.index
    return pd.concat([kept, table], axis=1)


def by_row(columns: Mapping[str, object]) -> list[dict[str, object]]:
    """A mapping per row, of a mapping of names to columns or to arrays.

    Raises:
        DataError: they are not equally long.
    """
    given = {name: listed(column) for name, column in columns.items()}
    lengths = {
        name: len(column) if isinstance(column, list | tuple) else None
        for name, column in given.items()
    }
    if len(set(lengths.values())) != 1 or None in lengths.values():
        told = ", ".join(
            f"{name} {'is no list' if length is None else f'has {length}'}"
            for name, length in lengths.items()
        )
        message = f"the columns must hold as many rows each: {told}"
        hint = "give a list or an array for each, all equally long"
        raise DataError(Problem((), message, hint=hint, code="ragged-row"))
    rows = zip(*(cast("list[object]", one) for one in given.values()), strict=True)
    return [dict(zip(given, row, strict=True)) for row in rows]


def listed(rows: object) -> object:
    """Rows as nested lists, whatever array they are."""
    return getattr(rows, "tolist", lambda: rows)()
