from __future__ import annotations

import pytest

from dlrun.writing import bytes_text, number


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "-"),
        (0.0, "0.0000"),
        (0.41234, "0.4123"),
        (12.3456, "12.35"),
        (1234.5, "1234"),
        (1e-5, "1.00e-05"),
        (123456789.0, "1.23e+08"),
        (-0.5, "-0.5000"),
    ],
)
def test_numbers_have_four_digits(value, text):
    assert number(value) == text


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (0, "0 bytes"),
        (999, "999 bytes"),
        (11_200, "11.2 kB"),
        (2.5e12, "2.5 TB"),
        (10**400, "a million TB or more"),
    ],
)
def test_bytes_stand_in_the_unit_that_suits_them(count, text):
    assert bytes_text(count) == text
