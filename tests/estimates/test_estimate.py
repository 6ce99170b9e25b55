from __future__ import annotations

import random

import pytest

from dlrun.estimates import estimate, quantile


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
