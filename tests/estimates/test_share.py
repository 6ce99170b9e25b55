from __future__ import annotations

import pytest

from dlrun.estimates import mcnemar, share_above, share_interval, share_won


def test_ties_count_half():
    assert share_won([(1, 0), (1, 1), (0, 1), (1, 0)]) == 0.625


def test_without_pairs_every_value_meets_every_other():
    assert share_above([3, 4], [1, 2, 3]) == 5.5 / 6


def test_the_interval_of_a_share_is_that_of_the_tables():
    # C. J. Clopper, E. S. Pearson (1934); R: binom.test(8, 10)$conf.int
    assert share_interval(0.8, 10) == pytest.approx((0.4439045, 0.9747893), abs=1e-6)
    # With all pairs won, the lower end is the n-th root of 0.025.
    assert share_interval(1, 5) == pytest.approx((0.025**0.2, 1))
    assert share_interval(0, 5) == pytest.approx((0, 1 - 0.025**0.2))


def test_uneven_disagreement_is_rare_between_equals():
    # R: binom.test(3, 15)$p.value
    assert mcnemar(3, 12) == pytest.approx(0.03515625)
    assert mcnemar(4, 4) == 1
    assert mcnemar(0, 0) == 1
