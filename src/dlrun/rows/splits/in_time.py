"""The latest rows are held out: what is predicted later is later, too."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from math import isfinite
from typing import TYPE_CHECKING

from dlrun.components.words import shown
from dlrun.data import Dataset, Fold
from dlrun.data.date_text import ISO, formats_of
from dlrun.errors import DataError
from dlrun.rows.splits.drawn import least_share, rounded
from dlrun.rows.splits.problems import cells_problem, require_cells, split_problem
from dlrun.writing import number_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from dlrun.components.splits import HoldoutSplit


def latest_rows(split: HoldoutSplit, dataset: Dataset) -> Fold:
    """The last rows in time are for the test, those before them validate.

    Rows of one time stay together, in the part that most of them would be in. Between
    two parts `gap` rows are left out, those right before the later one; of `train` rows
    the latest are taken.

    Raises:
        DataError: a time is none, or a part would have no rows.
    """
    import numpy as np

    times = times_of(dataset, split.format)
    order = np.argsort(times, kind="stable")
    sorted_times, rows = times[order], len(order)
    test_at = held_at = rows
    end = order
    if split.test:
        test_at = held_at = cut(sorted_times, rows - rounded(split.test * rows))
        end = before_gap(split, dataset, order[:test_at])
    train = end
    if split.validation:
        held_at = cut(sorted_times, len(end) - rounded(split.validation * rows))
        train = before_gap(split, dataset, order[:held_at])
    if split.train is not None:
        train_from = max(0, len(train) - rounded(split.train * rows))
        train = train[cut(times[train], train_from) :]
    parts = {
        "train": train,
        "validation": end[np.isin(end, order[held_at:])],
        "test": order[test_at:],
    }
    _require_rows(split, {name: len(part) for name, part in parts.items()}, rows)
    return Fold(*map(np.sort, parts.values()))


def before_gap(
    split: HoldoutSplit, dataset: Dataset, rows: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Rows in time without the last `gap` of them; of several series, of each.

    Args:
        split: says how many are left out.
        dataset: all rows.
        rows: the numbers of some of them, in time.
    """
    import numpy as np

    if not split.gap:
        return rows
    if SERIES not in dataset.split_cells:
        return rows[: max(0, len(rows) - split.gap)]
    names = dataset.split_cells[SERIES][rows].astype(str)
    series = np.unique(names, return_inverse=True)[1].reshape(-1)
    by_series = np.argsort(series, kind="stable")
    ends = np.cumsum(np.bincount(series))
    left = ends[series[by_series]] - 1 - np.arange(len(rows))
    kept = np.zeros(len(rows), dtype=bool)
    kept[by_series] = left >= split.gap
    return rows[kept]


SERIES = "window.by"
"""Under which key rows have the cells that say of which series they are."""


def times_of(
    dataset: Dataset, form: str | None, key: str = "time"
) -> NDArray[np.float64]:
    """`(rows,)` the time of each row: its number, or the seconds of its date.

    Args:
        dataset: the rows.
        form: how dates are written; `None`: as ISO 8601 has them.
        key: that names the column.

    Raises:
        DataError: with the cells that are no time.
    """
    import numpy as np

    column = dataset.split_names[key]
    hint = f"fill them, or remove the rows: {column} says when rows are"
    cells = require_cells(key, dataset, hint)
    texts = sorted(set(cells.tolist()))
    readings = _readings(texts, form)
    known, words = max(readings, key=lambda reading: len(reading[0]))
    wrong = [text for text in texts if text not in known]
    if wrong:
        rows = np.flatnonzero(np.isin(cells, wrong))
        found = f"has {shown(cells[rows[0]])}, {words if known else 'which is no time'}"
        raise cells_problem(key, dataset, rows, found, _cure(texts, wrong))
    return np.array([known[text] for text in cells.tolist()], dtype="float64")


def known_times(texts: Sequence[str], form: str | None) -> dict[str, float]:
    """The numbers that texts are, or the seconds of their dates.

    What is no time as most others are is left out.

    Args:
        texts: all of them.
        form: how dates are written; `None`: numbers, or dates of ISO 8601.
    """
    return max((known for known, _ in _readings(texts, form)), key=len)


def _cure(texts: list[str], wrong: list[str]) -> str:
    """What to do about texts that are no time: where it is certain, their format."""
    forms = [form for form in formats_of(texts) if form != ISO]
    if len(forms) == 1:
        return f'write format: "{forms[0]}" beside time'
    if forms:
        either = f'format: "{forms[0]}" or format: "{forms[1]}"'
        return f"write {either} beside time, by whether days or months come first"
    if all(_date(text, None) is not None for text in wrong):
        return "write all of them alike: with the zone, or without; or all as numbers"
    how = 'or say how dates are written, as in format: "%d.%m.%Y"'
    return f"write numbers, or dates of ISO 8601; {how}"


def _readings(
    texts: Sequence[str], form: str | None
) -> Iterator[tuple[dict[str, float], str]]:
    """What texts may be taken for: those that are so, and what is said of others.

    Numbers, dates without a zone, and dates of one, do not mix.
    """
    if form is None:
        numbers = {text: number_of(text) for text in texts}
        yield (
            {
                text: one
                for text, one in numbers.items()
                if one is not None and isfinite(one)
            },
            "which is no number as the others are",
        )
    found = {text: _date(text, form) for text in texts}
    dates = {text: date for text, date in found.items() if date is not None}
    start = datetime(1970, 1, 1, tzinfo=None)
    yield (
        {
            text: (date - start).total_seconds()
            for text, date in dates.items()
            if date.tzinfo is None
        },
        "which is no date without a time zone, as others are",
    )
    yield (
        {text: date.timestamp() for text, date in dates.items() if date.tzinfo},
        "which is no time of a zone, as others are",
    )


def _date(text: str, form: str | None) -> datetime | None:
    try:
        if form is None:
            return datetime.fromisoformat(text)
        return datetime.strptime(text, form)
    except ValueError:
        return None


def cut(times: NDArray[np.float64], place: int) -> int:
    """Where to cut so that rows of one time stay together, as near as may be."""
    import numpy as np

    if not 0 < place < len(times):
        return max(0, min(place, len(times)))
    begin = int(np.searchsorted(times, times[place], side="left"))
    end = int(np.searchsorted(times, times[place], side="right"))
    return begin if place - begin <= end - place else end


def _require_rows(split: HoldoutSplit, counts: dict[str, int], rows: int) -> None:
    asked = {"train": True, "validation": split.validation, "test": split.test}
    for name, count in counts.items():
        if asked[name] and not count:
            message = f"of {rows} rows none is left for the {name} part"
            hint = f"use shares of at least {least_share(rows):g}"
            hint += ", and a smaller gap" if split.gap else ", or times that differ"
            path = (name,) if name != "train" else ()
            raise DataError(split_problem(path, message, hint=hint, code="empty-part"))
