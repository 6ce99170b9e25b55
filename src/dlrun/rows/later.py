"""Times behind the end of a series, written as those within it are."""

from __future__ import annotations

from calendar import monthrange
from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise

from dlrun.data.date_text import COMPACT, are_compact
from dlrun.writing import number_of

_LOOKED_AT = 1000
"""The last rows of a series, whose steps tell how it goes on."""
_MONTHS = 12
_LONGEST_MONTH = 31
_SHORT_TIME = len("00:00")


def later_times(cells: Sequence[str], form: str | None, count: int) -> list[str]:
    """The next times of a series, by its commonest step; months stay months.

    Args:
        cells: its times in order, as they are written; each is one.
        form: how dates are written; `None`: numbers, or dates of ISO 8601.
        count: how many.

    Returns:
        Empty texts for a single row, which has no step.
    """
    last = list(cells[-_LOOKED_AT:])
    if len(last) == 1:
        return [""] * count
    if form is None and are_compact(last):
        form = COMPACT
    numbers = [number_of(cell) for cell in last] if form is None else [None]
    known = [number for number in numbers if number is not None]
    if len(known) == len(last):
        return _later_numbers(known, count)
    dates = [
        datetime.fromisoformat(cell) if form is None else datetime.strptime(cell, form)
        for cell in last
    ]
    written = [_next_date(dates, step) for step in range(1, count + 1)]
    return [_written(date, last[-1], form) for date in written]


def _later_numbers(numbers: Sequence[float], count: int) -> list[str]:
    steps = Counter(
        float(f"{after - before:.9g}") for before, after in pairwise(numbers)
    )
    step = steps.most_common(1)[0][0]
    found = [float(f"{numbers[-1] + step * (one + 1):.12g}") for one in range(count)]
    return [str(int(one)) if one.is_integer() else repr(one) for one in found]


def _next_date(dates: Sequence[datetime], ahead: int) -> datetime:
    """The date so many steps behind the last one."""
    months = {_month(after) - _month(before) for before, after in _pairs(dates)}
    day = _day_of_months(dates)
    if day is not None and len(months) == 1 and months != {0}:
        month = _month(dates[-1]) + ahead * months.pop()
        year, number = month // _MONTHS, month % _MONTHS + 1
        day = min(day, monthrange(year, number)[1])
        return dates[-1].replace(year=year, month=number, day=day)
    steps = Counter(after - before for before, after in _pairs(dates))
    step: timedelta = steps.most_common(1)[0][0]
    return dates[-1] + ahead * step


def _day_of_months(dates: Sequence[datetime]) -> int | None:
    """The day on which all dates are, 31 where all are the last one of their month.

    A month that is shorter has its last day in its place; `None`: there is no such day.
    """
    day = max(date.day for date in dates)
    lengths = [monthrange(date.year, date.month)[1] for date in dates]
    if all(date.day == length for date, length in zip(dates, lengths, strict=True)):
        return _LONGEST_MONTH
    are_on_it = (
        date.day == min(day, length)
        for date, length in zip(dates, lengths, strict=True)
    )
    return day if all(are_on_it) else None


def _pairs(dates: Sequence[datetime]) -> list[tuple[datetime, datetime]]:
    return list(pairwise(dates))


def _month(date: datetime) -> int:
    return date.year * _MONTHS + date.month - 1


def _written(date: datetime, as_in: str, form: str | None) -> str:
    """A date as others are written."""
    if form is not None:
        return date.strftime(form)
    text = date.isoformat()
    day, _, time = as_in.partition("T" if "T" in as_in else " ")
    if not time:
        return text[: len("2000-01-01")]
    between = as_in[len(day)]
    clock = text.partition("T")[2]
    if len(time) == _SHORT_TIME:
        clock = clock[:_SHORT_TIME]
    return f"{text.partition('T')[0]}{between}{clock}"
