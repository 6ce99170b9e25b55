"""A column of a table as the rules of the linter look at it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from dlrun.components.encoders import ColumnEncoder
    from dlrun.data import Array, TypedColumn


@dataclass(frozen=True)
class LintedColumn:
    """The cells of a column, and what a model gets of them."""

    name: str
    train: TypedColumn
    """`(train rows,)` numbers with NaN for a gap, or texts with "" for one."""
    held: TypedColumn
    """`(validation rows,)` the same of the validation rows."""
    sample: NDArray[np.int64]
    """Which of the train and validation rows, one behind the other, rules look at that
    need not see all of them; ascending."""
    encoded: Array | None = None
    """`(train rows, width)` what a model gets of it; None: nobody has encoded it."""
    encoders: tuple[ColumnEncoder, ...] = ()

    @property
    def is_text(self) -> bool:
        """Whether its cells are texts."""
        return self.train.dtype.kind == "O"

    @cached_property
    def sampled(self) -> TypedColumn:
        """`(sampled rows,)` cells."""
        import numpy as np

        rows, border = self.sample, len(self.train)
        if not len(self.held):
            return self.train if len(rows) == border else self.train[rows]
        cells = (
            self.train[rows[rows < border]],
            self.held[rows[rows >= border] - border],
        )
        return cast("TypedColumn", np.concatenate(cells))

    @cached_property
    def numbers(self) -> NDArray[np.float64]:
        """`(sampled rows,)` the cells of a column of numbers, NaN for a gap."""
        return self.sampled.astype("float64", copy=False)

    @cached_property
    def codes(self) -> NDArray[np.int64]:
        """`(sampled rows,)` the number of each category or value, 0 for a gap.

        Numbers are counted in their order, texts in that in which they come.
        """
        import numpy as np

        cells = self.sampled
        if self.is_text:
            known = {"": 0}
            places = (known.setdefault(cell, len(known)) for cell in cells.tolist())
            return np.fromiter(places, dtype="int64", count=len(cells))
        codes = np.zeros(len(cells), dtype="int64")
        is_there = ~np.isnan(cells)
        codes[is_there] = 1 + np.unique(cells[is_there], return_inverse=True)[1]
        return codes

    @cached_property
    def num_codes(self) -> int:
        """One above the highest of `codes`."""
        return int(self.codes.max(initial=0)) + 1

    @cached_property
    def num_others(self) -> int:
        """The sampled rows that have another value than most have."""
        import numpy as np

        counts = np.bincount(self.codes)
        return int(counts.sum() - counts.max(initial=0))

    @cached_property
    def gaps(self) -> NDArray[np.bool_]:
        """`(train rows,)` where it is empty."""
        return is_gap(self.train)


def is_gap(cells: TypedColumn) -> NDArray[np.bool_]:
    """`(rows,)` which cells are empty."""
    import numpy as np

    if cells.dtype.kind != "O":
        return np.isnan(cells)
    return np.fromiter((not cell for cell in cells.tolist()), "bool", count=len(cells))


def mid_ranks(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """`(rows,)` the rank of each value, from 0 to 1; equal ones have their mean."""
    import numpy as np

    _, places, counts = np.unique(values, return_inverse=True, return_counts=True)
    ranks = np.cumsum(counts) - (counts + 1) / 2
    return ranks[places] / max(1, len(values) - 1)
