from __future__ import annotations

import random

import pytest

from dlrun.estimates import estimate, expected_best, noise_of_means, shrink


@pytest.mark.parametrize("n", [10, 30])
def test_the_best_of_many_is_as_lucky_as_said(n):
    chance = random.Random(n)

    best = [max(chance.gauss(0, 1) for _ in range(n)) for _ in range(4000)]

    assert expected_best(n) == pytest.approx(sum(best) / len(best), abs=0.05)


def test_noise_is_pooled_over_the_groups():
    found = noise_of_means([estimate([1, 3]), estimate([5.0]), estimate([2, 4])])

    assert found == pytest.approx(1.0)
    assert noise_of_means([estimate([1.0])]) is None


def test_a_winner_moves_back_by_what_noise_explains():
    means = [1.0, 2.0, 3.0]

    assert shrink(3.0, means, 0.0) == 3.0
    assert shrink(3.0, means, 0.5) == pytest.approx(2.75)
    assert shrink(3.0, means, 2.0) == 2.0
