from __future__ import annotations

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlrun.estimates import (
    estimate,
    mean_text,
    places_of,
    quantile,
    t_quantile,
    t_tail,
)
from dlrun.estimates.estimate import beta_quantile, beta_share, normal_quantile


def test_five_values_have_a_mean_and_an_interval():
    found = estimate([0.91, 0.90, 0.92, 0.915, 0.905])

    assert (found.n, found.minimum, found.maximum) == (5, 0.90, 0.92)
    assert found.mean == pytest.approx(0.91)
    # t(0.975, 4) = 2.776445 times 0.0079057 over the root of 5.
    assert found.half_width == pytest.approx(0.0098162, abs=1e-6)
    assert found.low == pytest.approx(0.91 - 0.0098162, abs=1e-6)


def test_one_value_has_no_interval():
    found = estimate([0.5])

    assert (found.mean, found.sd, found.half_width, found.low) == (
        0.5,
        None,
        None,
        None,
    )


def test_the_mean_of_the_middle_half_needs_eight_values():
    assert estimate([1.0] * 7).iqm is None
    assert estimate([-100.0, 0, 1, 2, 3, 4, 5, 900]).iqm == 2.5


def test_a_quarter_that_is_no_whole_number_counts_in_part():
    # Of nine values a quarter is 2.25: the third and the seventh count for 0.75.
    found = estimate([0, 0, 1, 2, 3, 4, 9, 99, 99])

    assert found.iqm == pytest.approx((0.75 * 1 + 2 + 3 + 4 + 0.75 * 9) / 4.5)


@pytest.mark.parametrize("n", [3, 5, 10])
def test_the_interval_holds_the_true_mean_in_95_of_100_cases(n):
    chance = random.Random(n)
    repeats = 10_000

    found = [estimate([chance.gauss(1, 2) for _ in range(n)]) for _ in range(repeats)]

    held = sum(abs(one.mean - 1) < one.half_width for one in found)
    assert 0.94 <= held / repeats <= 0.96


def test_quantiles_lie_between_the_neighbours():
    assert quantile([4.0, 1.0, 3.0, 2.0], 0.5) == 2.5
    assert quantile([7.0], 0.25) == 7.0


# NIST/SEMATECH e-Handbook of Statistical Methods, section 1.3.6.7.2, to three digits;
# further digits from the closed forms for 1, 2 and 4 degrees of freedom.
NIST = {
    1: 12.706,
    2: 4.303,
    3: 3.182,
    4: 2.776,
    5: 2.571,
    7: 2.365,
    9: 2.262,
    19: 2.093,
    30: 2.042,
    100: 1.984,
}
NIST_ONE_IN_200 = {1: 63.657, 2: 9.925, 4: 4.604, 9: 3.250, 30: 2.750, 100: 2.626}


@pytest.mark.parametrize(("df", "value"), NIST.items())
def test_quantiles_are_those_of_the_tables(df, value):
    assert t_quantile(0.975, df) == pytest.approx(value, abs=5.1e-4)


@pytest.mark.parametrize(("df", "value"), NIST_ONE_IN_200.items())
def test_far_quantiles_are_those_of_the_tables(df, value):
    assert t_quantile(0.995, df) == pytest.approx(value, abs=5.1e-4)


def closed_form(p: float, df: int) -> float:
    """W. T. Shaw, Sampling Student's T distribution (2006), equations 35 to 37."""
    if df == 1:
        return math.tan(math.pi * (p - 0.5))
    alpha = 4 * p * (1 - p)
    if df == 2:
        return (2 * p - 1) * math.sqrt(2 / alpha)
    root = math.sqrt(alpha)
    q = 4 / root * math.cos(math.acos(root) / 3)
    return math.copysign(math.sqrt(q - 4), p - 0.5)


@pytest.mark.parametrize("df", [1, 2, 4])
@pytest.mark.parametrize("p", [0.6, 0.9, 0.975, 0.995, 0.99999])
def test_nine_digits_agree_with_the_closed_forms(df, p):
    assert t_quantile(p, df) == pytest.approx(closed_form(p, df), rel=1e-9)


def test_many_degrees_of_freedom_are_the_normal_distribution():
    assert normal_quantile(0.975) == pytest.approx(1.959963984540054, rel=1e-12)
    assert t_quantile(0.975, 1e8) == pytest.approx(1.959963984540054, rel=1e-6)


@given(st.floats(1e-6, 1 - 1e-6), st.floats(1, 500))
def test_a_quantile_has_its_probability_below_it(p, df):
    quantile = t_quantile(p, df)

    below = 1 - t_tail(quantile, df) if quantile >= 0 else t_tail(-quantile, df)
    assert below == pytest.approx(p, rel=1e-7)


@given(st.floats(0.01, 0.99), st.floats(0.5, 50), st.floats(0.5, 50))
def test_a_beta_quantile_has_its_share_below_it(p, a, b):
    assert beta_share(beta_quantile(p, a, b), a, b) == pytest.approx(p, rel=1e-6)


@given(st.floats(1e-9, 1e9), st.lists(st.floats(-1e3, 1e3), min_size=2, max_size=5))
def test_what_one_run_measured_is_not_shown_as_nothing(value, others):
    """The interval of another group says nothing about it."""
    alone = estimate([value])

    text = mean_text(alone, places_of([alone, estimate(others)]))

    assert float(text.replace(",", "")) > 0
