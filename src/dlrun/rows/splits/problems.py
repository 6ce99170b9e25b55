"""What is wrong with a division of rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlrun.components.words import shown
from dlrun.errors import DataError, Problem

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from dlrun.data import Dataset

_PLACES_SHOWN = 3


def split_problem(
    path: tuple[str, ...], message: str, *, hint: str, code: str
) -> Problem:
    """A problem with a value of `split`."""
    return Problem(("split", *path), message, hint=hint, code=code)


def cells_problem(
    key: str, dataset: Dataset, rows: NDArray[np.int64], words: str, hint: str
) -> DataError:
    """Cells of the column that a key of `split` names, which say nothing usable.

    Args:
        key: `by`, `time` or `column`; or `window.by`, `window.time`.
        dataset: the rows that are divided.
        rows: those at fault.
        words: what they are, behind the name of the column.
        hint: the cure.
    """
    name = dataset.split_names[key]
    first = [dataset.place(int(row)) for row in rows[:_PLACES_SHOWN]]
    rest = len(rows) - len(first)
    places = ", ".join(first) + (f" and {rest} more" if rest else "")
    return DataError(
        Problem(
            ("split", key) if "." not in key else tuple(key.split(".")),
            f"column {shown(name)} {words}, at {places}",
            hint=hint,
            code="split-cells",
            location=dataset.locate(int(rows[0]), name),
        )
    )


def require_cells(key: str, dataset: Dataset, hint: str) -> NDArray[np.object_]:
    """The cells of the column that a key of `split` names, none of them empty.

    Raises:
        DataError: with the empty ones.
    """
    import numpy as np

    cells = dataset.split_cells[key]
    gaps = np.flatnonzero(cells == "")
    if len(gaps):
        words = f"has {len(gaps)} gap{'' if len(gaps) == 1 else 's'}"
        raise cells_problem(key, dataset, gaps, words, hint)
    return cells
