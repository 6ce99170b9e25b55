from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlrun.comparison.curve import (
    find_best,
    guess_mode,
    quantile,
    resample,
    sparkline,
    to_curve,
)

NUMBERS = st.lists(st.one_of(st.none(), st.floats(-1e9, 1e9)), max_size=200)


def test_the_best_is_the_earliest_of_equals():
    assert find_best([3.0, 1.0, 1.0], "min") == 1
    assert find_best([3.0, 1.0, 3.0], "max") == 0
    assert find_best([None, None], "min") is None


def test_only_finite_numbers_are_kept():
    assert to_curve([1, 0.5, math.nan, math.inf, None, "x"]) == [
        1,
        0.5,
        None,
        None,
        None,
        None,
    ]


@pytest.mark.parametrize(
    ("metric", "mode"),
    [
        ("val_loss", "min"),
        ("val_accuracy", "max"),
        ("val_auc", "max"),
        ("val_mae", "min"),
    ],
)
def test_a_metric_tells_its_direction(metric, mode):
    assert guess_mode(metric) == mode


def test_quantiles_lie_between_the_neighbours():
    assert quantile([4.0, 1.0, 3.0, 2.0], 0.5) == 2.5
    assert quantile([7.0], 0.25) == 7.0


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
