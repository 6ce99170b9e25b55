from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlrun.writing import comma_cure, in_order, number_of, whole_number


@given(st.integers())
def test_a_whole_number_of_any_length_keeps_its_digits(number):
    assert whole_number(str(number)) == whole_number(f"{number}.0") == str(number)


@pytest.mark.parametrize("text", ["007", "1_1", "1e3", "2E10", "٣", "0x1", "", "1,2"])
def test_a_name_that_only_looks_like_a_number_is_no_whole_number(text):
    assert whole_number(text) is None


@pytest.mark.parametrize(
    ("text", "digits"),
    [("+1", "1"), ("-0.0", "0"), (".0", "0"), ("1.0e+01", "10"), ("3e+00", "3")],
)
def test_numbers_are_recognized_however_programs_write_them(text, digits):
    assert whole_number(text) == digits


@pytest.mark.parametrize("text", ["1_000", "\uff11\uff12", "1,5", "x", ""])
def test_what_only_python_takes_for_a_number_is_none(text):
    assert number_of(text) is None


@given(st.floats(allow_nan=False))
def test_every_float_is_read_as_it_is_written(number):
    assert number_of(f" {number!r} ") == number


@pytest.mark.parametrize(
    ("text", "cure"),
    [
        ("1,200", "write 1200 if the comma groups thousands, or 1.200 if not"),
        ("-12,345", "write -12345 if the comma groups thousands, or -12.345 if not"),
        ("1,5", "write 1.5"),
        ("0,125", "write 0.125"),
        ("1234,567", "write 1234.567"),
        ("1,200,000", "write 1200000"),
        ("1,200.50", "write 1200.50"),
        ("1,2,3", None),
        ("a,b", None),
    ],
)
def test_a_comma_is_only_taken_for_what_it_must_be(text, cure):
    assert comma_cure(text) == cure


def test_numbers_are_ordered_as_numbers_and_equal_ones_by_their_spelling():
    huge = "9" * 5000

    assert in_order({"10", "9", huge, "01", "1"}) == ("01", "1", "9", "10", huge)
    assert in_order({"10", "9", "x"}) == ("10", "9", "x")
