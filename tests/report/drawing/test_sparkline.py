from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from dlrun.report.drawing.sparkline import resample, sparkline

NUMBERS = st.lists(st.one_of(st.none(), st.floats(-1e9, 1e9)), max_size=200)


def test_a_sparkline_goes_from_its_least_to_its_greatest_value():
    assert sparkline([0.0, 1.0, 7.0], 20) == "▁▂█"
    assert sparkline([2.0, 2.0], 20) == "▁▁"
    assert sparkline([1.0, None], 20) == "▁x"
    assert sparkline([None], 20) == "x"
    assert sparkline([], 20) == ""


@given(NUMBERS, st.integers(1, 30))
def test_a_resampled_curve_is_short_and_within_bounds(curve, cells):
    means = resample(curve, cells)

    numbers = [value for value in curve if value is not None]
    assert len(means) == min(len(curve), cells)
    for mean in means:
        assert mean is None or min(numbers) - 1e-3 <= mean <= max(numbers) + 1e-3
    assert len(sparkline(curve, cells)) == len(means)
