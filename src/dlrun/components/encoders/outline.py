"""What a column is between two encoders, told without reading it as numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

OutlineForm: TypeAlias = Literal["numbers", "texts", "parts", "several", "nothing"]
"""`numbers` and `texts`: one per row; `parts`: several numbers that may be scaled;
`several`: numbers that are done; `nothing`: the column is left out."""


@dataclass(frozen=True, slots=True)
class Outline:
    """What is known of a column before the next encoder.

    The names are made here alone: `island=Biscoe` for a category, `sex:missing` for
    what else is told of a column.
    """

    column: str
    form: OutlineForm
    names: tuple[str, ...] | None
    """What the numbers are called that the column is now; `None`: categories tell."""
    categories: tuple[str, ...] | None = None
    """The texts of all rows, sorted, and "" for gaps; `None`: nobody has read them."""
    beside: tuple[str, ...] = ()
    """The names of columns that encoders have put beside it."""

    @property
    def all_names(self) -> tuple[str, ...] | None:
        """What the numbers are called that go into the model."""
        return None if self.names is None else (*self.names, *self.beside)
