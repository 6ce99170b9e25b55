"""Rows whose part is written in the file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlrun.components.words import shown
from dlrun.data import Dataset, Fold
from dlrun.errors import DataError
from dlrun.rows.splits.problems import cells_problem, require_cells, split_problem

if TYPE_CHECKING:
    from dlrun.components.splits import HoldoutSplit

_PARTS = {
    "train": ("train", "training"),
    "validation": ("validation", "valid", "val", "dev"),
    "test": ("test", "testing"),
}
"""What people call the parts."""


def written_rows(split: HoldoutSplit, dataset: Dataset) -> Fold:
    """The rows of each part, as a column says.

    Raises:
        DataError: a cell is no part, or there are no train or no validation rows.
    """
    import numpy as np

    hint = "write train, validation or test, or remove the rows"
    cells = require_cells("column", dataset, hint)
    part_of = {word: part for part, words in _PARTS.items() for word in words}
    parts = np.array(
        [part_of.get(cell.casefold(), "") for cell in cells.tolist()], dtype="U10"
    )
    wrong = np.flatnonzero(parts == "")
    if len(wrong):
        words = f"has {shown(cells[wrong[0]])}, which is no part"
        raise cells_problem("column", dataset, wrong, words, hint)
    for part in ("train", "validation"):
        if not (parts == part).any():
            message = f"no row of column {shown(split.column)} says {part}"
            hint = f"write {part} for some rows"
            raise DataError(
                split_problem(("column",), message, hint=hint, code="empty-part")
            )
    return Fold(*(np.flatnonzero(parts == part) for part in _PARTS))
