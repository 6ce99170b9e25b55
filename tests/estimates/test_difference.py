from __future__ import annotations

import random
from collections import Counter

import pytest

from dlrun.estimates import (
    adjust,
    difference,
    holm,
    mcnemar,
    share_above,
    share_interval,
    share_won,
)

BEFORE = {1: 0.90, 2: 0.91, 3: 0.92, 4: 0.93, 5: 0.90}


def after(*changes: float) -> dict[int, float]:
    pairs = zip(BEFORE.items(), changes, strict=False)
    return {seed: value + change for (seed, value), change in pairs}


def word_of(*changes: float, margin: float | None = None) -> str:
    before = dict(list(BEFORE.items())[: len(changes)])
    found = difference(before, after(*changes), highest_is_best=True)
    return adjust([found], highest_is_best=True, margin=margin)[0].word


def test_equal_seeds_are_compared_with_each_other():
    found = difference(
        BEFORE, after(0.02, 0.03, 0.02, 0.03, 0.02), highest_is_best=True
    )

    assert (found.n, found.is_paired, found.share) == (5, True, 1)
    assert found.mean == pytest.approx(0.024)
    # R: t.test(c(2, 3, 2, 3, 2) / 100)$conf.int
    assert (found.low, found.high) == pytest.approx((0.01719913, 0.03080087), abs=1e-7)
    assert found.share_low == pytest.approx(0.025**0.2)


def test_other_seeds_are_compared_as_they_come():
    ones = dict(enumerate([27.5, 21.0, 19.0, 23.6, 17.0]))
    others = dict(enumerate([27.1, 22.0, 20.8, 23.4, 23.4], 10))

    found = difference(ones, others, highest_is_best=True)

    # By hand: variances 16.772 and 5.598, so the error is 2.1152 and df is 6.40.
    assert not found.is_paired
    assert found.mean == pytest.approx(1.72)
    assert found.error == pytest.approx(2.1152, abs=1e-4)
    assert found.df == pytest.approx(6.4026, abs=1e-3)
    assert found.share_low is None


def test_a_lost_run_leaves_the_other_pairs():
    before = {seed: value for seed, value in BEFORE.items() if seed != 3}

    found = difference(before, after(0.1, 0.1, 0.1, 0.1, 0.1), highest_is_best=True)

    assert (found.n, found.is_paired) == (4, True)


def test_five_clear_seeds_are_better():
    assert word_of(0.02, 0.03, 0.02, 0.03, 0.02) == "better"
    assert word_of(-0.02, -0.03, -0.02, -0.03, -0.02) == "worse"


def test_less_of_a_loss_is_better():
    found = difference(BEFORE, after(*[-0.02, -0.03] * 2, -0.02), highest_is_best=False)

    assert found.word == "better"
    assert found.share == 1


def test_three_seeds_are_at_most_probably_better():
    assert word_of(0.02, 0.021, 0.022) == "probably better"
    assert word_of(0.02, 0.001, 0.09) == "probably better"
    assert word_of(-0.02, -0.021, -0.022) == "probably worse"


def test_five_seeds_with_one_sign_of_both_are_probably_better():
    assert word_of(0.001, 0.001, 0.001, 0.09, 0.001) == "probably better"


def test_what_seeds_may_explain_is_no_difference_shown():
    assert word_of(0.02, -0.03, 0.02, 0.03, -0.02) == "no difference shown"
    assert word_of(0.0, 0.0, 0.0) == "no difference shown"


@pytest.mark.parametrize("count", [1, 2])
def test_one_or_two_seeds_get_no_word(count):
    assert word_of(*[0.3] * count) == ""
    assert word_of(*[0.3] * count, margin=1.0) == ""


def test_equivalent_needs_a_margin_of_the_person():
    changes = (0.001, -0.001, 0.002, 0.0, -0.001)

    assert word_of(*changes) == "no difference shown"
    assert word_of(*changes, margin=0.01) == "equivalent"
    assert word_of(*changes, margin=0.001) == "no difference shown"


def test_among_many_comparisons_each_may_claim_less():
    clear = difference(
        BEFORE, after(0.02, 0.05, 0.01, 0.04, 0.03), highest_is_best=True
    )
    vague = difference(BEFORE, after(0.02, -0.05, 0, 0.04, 0), highest_is_best=True)

    found = adjust([clear, *[vague] * 20], highest_is_best=True)

    assert clear.word == "better"
    assert found[0].word == "probably better"
    assert found[0].low < clear.low


def test_the_seeds_missing_would_be_enough():
    found = difference(
        BEFORE, after(0.02, -0.03, 0.02, 0.03, -0.02), highest_is_best=True
    )

    # 2 t(0.975, n - 1) sd / sqrt(n) <= 0.004 with sd = 0.02702 needs n = 704.
    assert found.seeds_missing == 699
    assert found.detectable == pytest.approx(
        2 * 2.776445 * 0.0270185 / 5**0.5, rel=1e-4
    )


def test_a_difference_of_nothing_needs_endless_seeds():
    found = difference(BEFORE, after(0.02, -0.02, 0, 0.01, -0.01), highest_is_best=True)

    assert found.seeds_missing is None


@pytest.mark.slow
@pytest.mark.parametrize("n", [3, 5, 8, 10])
@pytest.mark.parametrize("is_paired", [True, False])
def test_better_is_said_of_equals_in_less_than_one_case_of_forty(n, is_paired):
    chance = random.Random(n)
    repeats = 10_000 if is_paired else 2000
    shift = 0 if is_paired else 100

    words = Counter(
        difference(
            {seed: chance.gauss(0, 1) for seed in range(n)},
            {seed + shift: chance.gauss(0, 1) for seed in range(n)},
            highest_is_best=True,
        ).word
        for _ in range(repeats)
    )

    # Two standard errors of a share of 0.025 over so many repeats.
    most = 0.025 + 2 * (0.025 * 0.975 / repeats) ** 0.5
    assert words["better"] / repeats <= (most if n >= 5 else 0)
    assert words["worse"] / repeats <= (most if n >= 5 else 0)


def test_the_best_of_six_equals_is_seldom_called_better_than_another():
    chance = random.Random(6)
    repeats, groups, seeds = 1000, 6, 5
    false = 0
    for _ in range(repeats):
        samples = [
            {seed: chance.gauss(0, 1) for seed in range(seeds)} for _ in range(groups)
        ]
        best = max(samples, key=lambda sample: sum(sample.values()))
        found = [
            difference(other, best, highest_is_best=True)
            for other in samples
            if other is not best
        ]

        claims = adjust(found, highest_is_best=True, comparisons=15)

        false += any(one.word == "better" for one in claims)

    assert false / repeats <= 0.05


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


def test_the_least_is_held_to_the_most():
    # As p.adjust of R has it, with "holm".
    found = holm([0.01, 0.04, 0.03, 0.005])

    assert [one.p for one in found] == pytest.approx([0.03, 0.06, 0.06, 0.02])


def test_an_interval_says_what_its_p_says():
    found = holm([0.01, 0.04, 0.03, 0.005])

    # 0.03 fails against 0.05 / 2; whatever follows is held to the same.
    levels = [1 - 0.05 / 3, 1 - 0.05 / 2, 1 - 0.05 / 2, 1 - 0.05 / 4]
    assert [one.level for one in found] == pytest.approx(levels)


def test_what_was_picked_from_more_is_held_to_all_of_them():
    found = holm([0.01, 0.001], comparisons=10)

    assert [one.p for one in found] == pytest.approx([0.1, 0.01])
    assert [one.level for one in found] == pytest.approx([0.995, 0.995])


def test_no_comparison_has_nothing_to_adjust():
    assert holm([]) == []


def test_a_false_claim_among_several_stays_rare():
    chance = random.Random(1)
    repeats = 4000

    false = sum(
        min(one.p for one in holm([chance.random() for _ in range(8)])) < 0.05
        for _ in range(repeats)
    )

    assert 0.035 < false / repeats < 0.06
