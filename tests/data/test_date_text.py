"""A text says how dates are written only where it leaves no choice."""

from __future__ import annotations

import pytest

from dlrun.data.date_text import ISO, date_formats, year_first


@pytest.mark.parametrize(
    ("text", "formats"),
    [
        ("2024-03-09", {ISO, "%Y-%m-%d"}),
        ("2024-03-09T17:30", {ISO, "%Y-%m-%dT%H:%M"}),
        ("2024/3/9", {"%Y/%m/%d"}),
        ("2024.03.09 7:30:05", {"%Y.%m.%d %H:%M:%S"}),
        ("09/03/2024", set()),
        ("03-09-24", set()),
        ("2023/02/29", set()),
        ("2024/13/09", set()),
        ("2024/03-09", set()),
        ("blue", set()),
    ],
)
def test_a_date_that_begins_with_its_year_is_certain(text, formats):
    assert date_formats(text) == formats


def test_iso_is_what_two_texts_have_in_common():
    assert min(date_formats("2024-03-09") & date_formats("2023-01-01")) == ISO
    assert date_formats("2024-03-09") & date_formats("2024-3-9") == {"%Y-%m-%d"}
    assert year_first("9.3.2024") is None
