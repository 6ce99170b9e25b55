"""Where rows stand in their series: which of them follow each other."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from dlrun.components.words import shown
from dlrun.data import SEASON_AGO
from dlrun.data.date_text import COMPACT, are_compact
from dlrun.errors import DataError, Problem
from dlrun.rows.splits.grouped import groups_of
from dlrun.rows.splits.in_time import SERIES, times_of
from dlrun.rows.splits.problems import cells_problem
from dlrun.writing import number_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from dlrun.components.windows import WindowSpec
    from dlrun.data import Array, Arrays, Dataset

TIME, BY = "window.time", SERIES
"""Under which keys rows have the cells that say when they are, and of which series."""
_ROUNDING = 1e-9


def in_series(window: WindowSpec, rows: Dataset) -> Dataset:
    """The rows with their positions, and with the labels of a season ago.

    Of two rows that follow each other in a series the second has the next position; it
    is further where another series begins, or where there is a gap.

    Raises:
        DataError: a row has no series or no time, two of a series have one time, or
            `max_gap` is no time as they have it.
    """
    import numpy as np

    groups = np.zeros(len(rows), "int64")
    if window.by is not None:
        groups = groups_of(rows, BY)
    times = np.arange(len(rows), dtype="float64")
    if window.time is not None:
        times = times_of(rows, window.format, TIME)
    order = np.lexsort((times, groups))
    is_first = np.ones(len(rows), dtype=bool)
    is_first[1:] = np.diff(groups[order]) != 0
    passed = np.diff(times[order], prepend=0.0)
    if window.time is not None:
        _require_new_times(window, rows, order[~is_first & (passed <= 0)])
    breaks = is_first.copy()
    longest = _longest_gap(window, rows)
    if longest is not None:
        breaks |= passed > longest * (1 + _ROUNDING)
    positions = np.empty(len(rows), "int64")
    positions[order] = np.arange(len(rows)) + np.cumsum(breaks)
    return replace(
        rows, positions=positions, baselines=_season_ago(window, rows, order, is_first)
    )


def _require_new_times(
    window: WindowSpec, rows: Dataset, repeated: NDArray[np.int64]
) -> None:
    """Refuse rows that have the time of another one of their series."""
    import numpy as np

    if not len(repeated):
        return
    at = np.sort(repeated)
    words = f"has {shown(rows.split_cells[TIME][at[0]])} again"
    hint = "remove the rows that repeat"
    if window.by is None:
        hint += ", or add by: the column that tells series apart"
    else:
        words += f" in the series {shown(rows.split_cells[BY][at[0]])}"
    raise cells_problem(TIME, rows, at, words, hint)


def _longest_gap(window: WindowSpec, rows: Dataset) -> float | None:
    """The longest time between two rows that follow each other; `None`: any.

    Raises:
        DataError: it is a number where times are dates, or the other way round.
    """
    if window.max_gap is None:
        return None
    first = str(rows.split_cells[TIME][0])
    if window.format is None and are_compact(map(str, rows.split_cells[TIME])):
        raise DataError(_compact_problem(window, first))
    are_dates = window.format is not None or number_of(first) is None
    seconds = window.max_seconds
    if are_dates == (seconds is not None):
        return float(window.max_gap) if seconds is None else seconds
    kind = "dates" if are_dates else "numbers"
    cure = f"{window.max_gap:g}d" if are_dates else (str(window.max_gap)[:-1] or "1")
    message = f"the times of {window.time} are {kind}, as {shown(first)}"
    hint = f"write max_gap: {cure}, or another stretch of time"
    if not are_dates:
        hint = "write a number, in the unit of the times, as in max_gap: 1"
    raise DataError(
        Problem(("window", "max_gap"), message, hint=hint, code="wrong-type")
    )


def _compact_problem(window: WindowSpec, first: str) -> Problem:
    """Between the last day of a month and the next such numbers leap."""
    message = f"the times of {window.time} are dates that are numbers, too, as "
    message += f"{shown(first)}: how far they are apart is no number of days"
    hint = f'write format: "{COMPACT}" beside time'
    if window.max_seconds is None:
        hint += f", and max_gap: {window.max_gap:g}d or another stretch of time"
    return Problem(("window", "max_gap"), message, hint=hint, code="wrong-type")


def _season_ago(
    window: WindowSpec,
    rows: Dataset,
    order: NDArray[np.int64],
    is_first: NDArray[np.bool_],
) -> dict[str, Arrays]:
    """The labels of the rows a season before each; NaN or -1 where there are none."""
    import numpy as np

    if window.season is None or rows.labels is None:
        return {}
    begins = np.maximum.accumulate(np.where(is_first, np.arange(len(order)), 0))
    then = np.arange(len(order)) - window.season
    is_there = then >= begins
    found = {}
    for name, labels in rows.labels.items():
        ago: Array = np.full_like(labels, np.nan if labels.dtype.kind == "f" else -1)
        ago[order[is_there]] = labels[order[then[is_there]]]
        found[name] = ago
    return {SEASON_AGO: found}
