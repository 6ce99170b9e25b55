from __future__ import annotations

import random

import pytest

from dlrun.estimates import holm


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
