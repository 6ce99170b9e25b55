"""Rows that are a series: the lines that forecast it from its past."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from dlrun.proposal.division import is_of_a_person, time_split, times_of
from dlrun.proposal.images import shares_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from dlrun.proposal.labels import LabelPlan
    from dlrun.proposal.plan import ColumnPlan
    from dlrun.proposal.sample import SampledColumn, TableSample

_EVEN = 0.9
"""Of the steps between rows so many are equal, where others leave rows out."""
_FEWEST = 40
"""Rows of a series in which a past, and what follows it, come often enough."""
_MOST_SERIES = 1000
_CALLED_TIME = re.compile(
    r"(?i)(?:.*[ _.-])?(?:time|t|year|month|week|day|quarter|period)"
)
_HOUR, _DAY = 3600, 86_400
_LONG_WEEKEND = 5 * _DAY
"""Of working days: from a Thursday to a Tuesday at most, holidays among them."""
_EXACT = 0.01
_MISSING = 1.5
"""So many steps from one row to the next: one is missing between them."""
_LEFT = 0.5
"""The share of the rows of each part that windows lead to, at least, beside gaps."""
_PARTS, _HELD = 3, 0.4
"""Train, validation and test rows; the share of the latter two."""
_UNITS = (("d", _DAY), ("h", _HOUR), ("min", 60), ("s", 1))
_OF_MONTHS = {1: ("month", 12, 12), 3: ("quarter", 8, 4), 12: ("year", 5, None)}
"""Rows of a past, and of a season, where rows are so many months apart."""


@dataclass(frozen=True, slots=True)
class Rhythm:
    """How rows follow each other."""

    told: str
    """In a few words: `a row a day`."""
    length: int
    """The rows that a forecast is first made from."""
    seasons: tuple[int, ...] = ()
    """After how many rows a season may begin anew, the longest first."""
    step: float = 0.0
    """The longest time between two rows of which none is missing between them: seconds
    between dates, else the unit of the times."""
    is_date: bool = True
    """Whether times are dates."""


@dataclass(frozen=True, slots=True)
class SeriesPlan:
    """How a label is forecast from the rows before it."""

    window: Mapping[str, object]
    """As it stands under `window`."""
    split: Mapping[str, object]
    """Rows divided in time, as it stands under `split`."""
    told: str
    """How rows follow each other, for a comment."""
    is_chosen: bool
    """Whether a row has nothing beside its time that could tell the label."""


def plan_series(
    columns: Sequence[ColumnPlan], labels: LabelPlan, sample: TableSample
) -> SeriesPlan | None:
    """Look for times that are evenly apart, in all rows or in those of one value.

    Args:
        columns: what becomes of the features.
        labels: what is learned.
        sample: the rows that were looked at.

    Returns:
        `None` where several things are learned, or none is a number, or rows are no
        series as far as they were looked at.
    """
    is_one_number = labels.kind == "numbers" and len(labels.columns) == 1
    if not (is_one_number and sample.is_whole) or labels.gaps:
        return None
    if any(one.tower is not None for one in columns):
        return None
    for time in _times(columns, sample):
        when = times_of(sample, time)
        for by in (None, *_names(columns, sample)):
            rows = _series(sample, by)
            rhythm = _rhythm(when, rows, is_date=time.is_date)
            if rhythm is not None:
                plan = _plan(columns, sample, (time, by), rows, rhythm)
                return plan and _over_gaps(plan, when, rows, rhythm)
    return None


def _plan(
    columns: Sequence[ColumnPlan],
    sample: TableSample,
    roles: tuple[ColumnPlan, ColumnPlan | None],
    rows: NDArray[np.int64],
    rhythm: Rhythm,
) -> SeriesPlan | None:
    import numpy as np

    (time, by), counts = roles, np.bincount(rows)
    shares = shares_of(sample.total, 0)
    # Of several series each is cut at one time: the shortest may be in one part alone.
    held = int(float(np.median(counts)) * min(shares.values()))
    length = min(rhythm.length, held // 2)
    if length < 2:  # noqa: PLR2004
        return None
    window: dict[str, object] = {"length": length, **time_split(time)}
    if by is not None:
        window["by"] = by.column
    season = next((one for one in rhythm.seasons if 2 * one <= counts.max()), None)
    if season is not None:
        window["season"] = season
    told = rhythm.told
    if by is not None:
        told += f", in {len(counts)} series by {by.column}"
    beside = {one.column for one in columns if one.role == "feature"}
    others = beside - {time.column, by.column if by is not None else ""}
    of_time = {one.column for one in columns if one.is_date}
    split = {**shares, **time_split(time)}
    return SeriesPlan(window, split, told, not others - of_time)


def _over_gaps(
    plan: SeriesPlan,
    times: NDArray[np.float64],
    rows: NDArray[np.int64],
    rhythm: Rhythm,
) -> SeriesPlan:
    """The plan where no window reaches over missing rows, if enough are left so."""
    import numpy as np

    order = np.lexsort((times, rows))
    steps, same = np.diff(times[order]), np.diff(rows[order]) == 0
    is_gap = same & (steps > _MISSING * rhythm.step)
    if not is_gap.any():
        return plan
    borders = np.quantile(times, [1 - _HELD, 1 - _HELD / 2], method="lower")
    parts = np.searchsorted(borders, times[order])
    breaks = np.flatnonzero(~same | is_gap | (np.diff(parts) != 0)) + 1
    length, gaps = int(str(plan.window["length"])), int(is_gap.sum())
    told = f"{plan.told}; rows are missing at {gaps:,} place{'s' * (gaps > 1)}"
    while length >= 2:  # noqa: PLR2004
        if _share_left(breaks, parts, length) >= _LEFT:
            longest = max(rhythm.step, float(steps[same & ~is_gap].max()))
            stated = {"max_gap": _stretch(longest, is_date=rhythm.is_date)}
            window = {**plan.window, "length": length, **stated}
            return replace(plan, window=window, told=told)
        length //= 2
    told += ", too many for windows to leave them out"
    return replace(plan, told=told)


def _share_left(
    breaks: NDArray[np.intp], parts: NDArray[np.intp], length: int
) -> float:
    """The least share of the rows of a part that a window leads to."""
    import numpy as np

    starts = np.concatenate([[0], breaks])
    windows = np.diff([*starts, len(parts)]) - length
    left = np.bincount(parts[starts], np.maximum(windows, 0), minlength=_PARTS)
    return float((left / np.maximum(np.bincount(parts, minlength=_PARTS), 1)).min())


def _stretch(longest: float, *, is_date: bool) -> float | str:
    """A time as `max_gap` has it: `90min`, or a number where times are numbers."""
    if not is_date:
        # A little more, as parts of a year are rounded.
        return int(longest) if longest % 1 == 0 else float(f"{1.01 * longest:.3g}")
    unit, seconds = next(one for one in _UNITS if longest % one[1] == 0)
    return f"{longest / seconds:g}{unit}"


def _times(columns: Sequence[ColumnPlan], sample: TableSample) -> Iterator[ColumnPlan]:
    """The columns that may say when rows are: dates first, then numbers so called."""
    known = [one for one in columns if not sample.columns[one.column].gaps]
    yield from (one for one in known if one.is_date and not is_of_a_person(one))
    for one in known:
        is_number = sample.columns[one.column].numbers is not None
        if is_number and _CALLED_TIME.fullmatch(one.column):
            yield one


def _names(columns: Sequence[ColumnPlan], sample: TableSample) -> list[ColumnPlan]:
    """The columns that may say of which series a row is."""
    return [
        one
        for one in columns
        if not sample.columns[one.column].gaps
        and 1 < len(sample.columns[one.column].texts) <= _MOST_SERIES
        and (one.groups or _is_of_words(sample.columns[one.column]))
    ]


def _is_of_words(column: SampledColumn) -> bool:
    return column.values is None and not column.is_boolean


def _series(sample: TableSample, by: ColumnPlan | None) -> NDArray[np.int64]:
    """`(rows,)` the number of the series of each row."""
    import numpy as np

    if by is None:
        return np.zeros(sample.rows, dtype="int64")
    return sample.columns[by.column].codes


def _rhythm(
    times: NDArray[np.float64], rows: NDArray[np.int64], *, is_date: bool
) -> Rhythm | None:
    """How the rows of each series follow each other; `None`: not evenly."""
    import numpy as np

    if np.isnan(times).any() or np.median(np.bincount(rows)) < _FEWEST:
        return None
    order = np.lexsort((times, rows))
    same = np.diff(rows[order]) == 0
    if not (np.diff(times[order])[same] > 0).all():
        return None  # Two rows of one time are no series.
    return (_of_dates if is_date else _of_numbers)(times[order], same)


def _of_dates(times: NDArray[np.float64], same: NDArray[np.bool]) -> Rhythm | None:
    import numpy as np

    dates = times.astype("int64").astype("M8[s]")
    months = dates.astype("M8[M]")
    days = dates.astype("M8[D]")
    within = dates - months
    if (within == within[0]).all() or (days + 1 == (months + 1).astype("M8[D]")).all():
        step = _commonest(np.diff(months.astype("int64"))[same])
        if step is not None and round(step) in _OF_MONTHS:
            name, length, season = _OF_MONTHS[round(step)]
            seasons = (season,) if season else ()
            return Rhythm(f"a row a {name}", length, seasons, 31 * _DAY * round(step))
    step = _commonest(np.diff(times)[same])
    if step is not None:
        return _of_seconds(step)
    if np.is_busday(days).all() and (dates == days).all():
        working = np.busday_count("1970-01-01", days)
        if _commonest(np.diff(working)[same]) == 1:
            return Rhythm("a row a working day", 10, (5,), _LONG_WEEKEND)
    return None


def _of_seconds(step: float) -> Rhythm:
    if step == _DAY:
        return Rhythm("a row a day", 14, (365, 7), step)
    if step == 7 * _DAY:
        return Rhythm("a row a week", 8, (52,), step)
    seasons = (round(_DAY / step),) if step < _DAY and _DAY % step == 0 else ()
    if step == _HOUR:
        return Rhythm("a row an hour", 24, seasons, step)
    apart = f"{step / 60:g} minutes" if step < _DAY else f"{step / _DAY:g} days"
    return Rhythm(f"a row every {apart}", 24, seasons, step)


def _of_numbers(times: NDArray[np.float64], same: NDArray[np.bool]) -> Rhythm | None:
    """Whole numbers one by one; or parts of a year, as statistical packages have it."""
    import numpy as np

    steps = np.diff(times)[same]
    step = float(np.median(steps))
    if np.mean(np.abs(steps - step) < _EXACT * step) < _EVEN:
        return None
    for months in (1, 3):
        name, length, season = _OF_MONTHS[months]
        if season is not None and abs(step * season - 1) < _EXACT:
            return Rhythm(f"a row a {name}", length, (season,), step, is_date=False)
    return Rhythm("rows that are evenly apart", 5, step=step, is_date=False)


def _commonest(steps: NDArray[np.generic]) -> float | None:
    """The step that nearly all are equal to; `None`: there is none."""
    import numpy as np

    values, counts = np.unique(steps, return_counts=True)
    most = int(counts.argmax())
    return float(values[most]) if counts[most] >= _EVEN * len(steps) else None
