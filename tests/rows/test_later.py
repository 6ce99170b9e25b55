"""The times behind a series go on as those within it do."""

from __future__ import annotations

import calendar
import datetime

import pytest

from dlrun.rows.later import later_times


def month_days(first, step, count, day):
    """Dates months apart, on a day or on the last one of a month without it."""
    for place in range(count):
        year, month = divmod(first + place * step, 12)
        last = calendar.monthrange(year, month + 1)[1]
        yield datetime.date(year, month + 1, min(day, last)).isoformat()


@pytest.mark.parametrize("step", [1, 2, 3, 6])
@pytest.mark.parametrize("day", [1, 15, 28, 29, 30, 31])
@pytest.mark.parametrize("first", range(2023 * 12, 2023 * 12 + 12))
def test_months_stay_months_however_long_they_are(first, day, step):
    dates = [*month_days(first, step, 20, day)]

    assert later_times(dates[:14], None, 6) == dates[14:]


@pytest.mark.parametrize(
    ("dates", "later"),
    [
        (["2024-01-31", "2024-03-31", "2024-05-31", "2024-07-31"], "2024-09-30"),
        (["2023-06-30", "2023-09-30"], "2023-12-31"),
        (["2023-01-30", "2023-01-31"], "2023-02-01"),
        (["2023-01-31", "2023-02-01", "2023-02-02"], "2023-02-03"),
        (["2022-12-31", "2023-12-31"], "2024-12-31"),
        (["20240228", "20240229"], "20240301"),
        (["20240131", "20240229"], "20240331"),
        (["20240228", "20240230"], "20240232"),
        (["2024-01-31T06:00", "2024-02-29T06:00"], "2024-03-31T06:00"),
    ],
)
def test_the_next_date_exists(dates, later):
    assert later_times(dates, None, 1) == [later]
