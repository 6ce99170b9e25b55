"""Columns of a table before they are encoded: what their cells are, and where."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

from typing_extensions import override

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


BOOLEANS = {"true": 1.0, "false": 0.0}
"""What pandas, R and spreadsheets write for a yes and a no, in lower case."""
ColumnType: TypeAlias = Literal["numbers", "texts", "images"]
"""What the cells of a column are taken for; those of `images` name files."""
TypedColumn: TypeAlias = (
    "NDArray[np.float64] | NDArray[np.object_] | NDArray[np.float32]"
)
"""`(rows,)`: numbers as float64, with NaN for a gap, or texts, with "" for a gap.
Images are `(rows, height, width, channels)` as float32, NaN for a gap, once they are
read; a source gives the texts that name them."""
ColumnGift: TypeAlias = Literal["numbers", "array", "tokens"]
"""What a column becomes: numbers with names, which stand beside those of others; an
array of a shape of its own; or tokens, whole numbers of words that are no magnitudes.
"""
TypedColumns: TypeAlias = Mapping[str, TypedColumn]
"""The columns of a table by their names."""


def column_places(columns: Sequence[str]) -> dict[str, int]:
    """Where each column stands; of a name that is there twice, the first place."""
    return {name: at for at, name in reversed([*enumerate(columns)])}


@dataclass(frozen=True, slots=True, eq=False)
class TakenColumns(Mapping[str, "TypedColumn"]):
    """Some rows of columns, each of which is copied when somebody asks for it.

    So the rows of all parts take no more memory than the table does.
    """

    columns: TypedColumns
    """Of all rows."""
    numbers: NDArray[np.int64]
    """The rows that are taken, in this order."""

    @override
    def __getitem__(self, name: str) -> TypedColumn:
        return self.columns[name][self.numbers]

    @override
    def __iter__(self) -> Iterator[str]:
        return iter(self.columns)

    @override
    def __len__(self) -> int:
        return len(self.columns)


def take_rows(columns: TypedColumns, numbers: NDArray[np.int64]) -> TypedColumns:
    """Some rows of columns, in this order; nothing is copied yet."""
    if isinstance(columns, TakenColumns):
        return TakenColumns(columns.columns, columns.numbers[numbers])
    return TakenColumns(columns, numbers) if columns else columns


@dataclass(frozen=True, slots=True)
class ColumnFacts:
    """What becomes of a column, as far as that is known without its rows."""

    column: str
    entry: str | None
    """The name or pattern in `data.columns` that holds for it; `None`: none does."""
    encoders: str
    """What is done to it, in a few words."""
    names: tuple[str, ...] | None
    """What the numbers are called that it becomes; `None`: its categories tell, or
    they have no names."""
    inputs: tuple[str, ...]
    """The inputs of the model that get them."""
    shape: tuple[int, ...] | None
    """The shape of what a row of it becomes; `None`: its categories tell."""
    gives: ColumnGift = "numbers"
    num_tokens: int | None = None
    """How many different tokens there may be, from 0; `None`: any number, or none."""

    @property
    def has_own_input(self) -> bool:
        """Whether it stands beside no other column in an input."""
        return self.gives != "numbers"
