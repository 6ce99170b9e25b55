"""What several settings explain: held to sums of squares that were added up by hand."""

from __future__ import annotations

import math
from random import Random

import pytest

from dlrun.estimates import t_tail
from dlrun.estimates.groupings import Grouping, explain, ranks_of

FEWEST = 3


def test_equal_values_share_the_mean_of_their_ranks():
    assert ranks_of([0.5, 0.1, 0.5, 0.5, 9.0]) == [3, 1, 3, 3, 5]


def test_two_levels_are_judged_as_by_the_t_test_of_ranks():
    values = [1.0, 4.0, 2.0, 3.0, 7.0, 5.0, 8.0, 6.0]  # Their own ranks.
    low, high = values[:4], values[4:]

    (found,) = explain(values, [Grouping([0] * 4 + [1] * 4)], fewest_left=FEWEST)

    means = [sum(part) / 4 for part in (low, high)]
    within = sum((v - means[0]) ** 2 for v in low)
    within += sum((v - means[1]) ** 2 for v in high)
    between = 4 * sum((mean - 4.5) ** 2 for mean in means)
    t = (means[1] - means[0]) / math.sqrt(within / 6 * (1 / 4 + 1 / 4))
    assert found.share == pytest.approx(between / (between + within))
    assert found.p == pytest.approx(2 * t_tail(t, 6))


def test_of_two_that_went_together_neither_is_praised():
    levels = [place % 3 for place in range(30)]
    values = [level + place / 100 for place, level in enumerate(levels)]

    together = explain(values, [Grouping(levels)] * 2, fewest_left=FEWEST)
    alone = explain(values, [Grouping(levels)], fewest_left=FEWEST)

    assert [one.share for one in together] == pytest.approx([0, 0])
    assert [one.p for one in together] == [1, 1]
    assert alone[0].share > 0.8


def test_what_stands_below_a_level_does_not_take_its_share():
    random = Random(0)
    kinds = [random.randrange(2) for _ in range(60)]
    rates = [random.randrange(3) if kind else None for kind in kinds]
    values = [kind + (rate or 0) for kind, rate in zip(kinds, rates, strict=True)]
    values = [value + random.random() / 10 for value in values]

    above, below = explain(
        values, [Grouping(kinds, frozenset({1})), Grouping(rates)], fewest_left=FEWEST
    )

    assert above.share > 0.4
    assert below.share > 0.1
    assert max(above.p, below.p) < 0.001


def test_what_is_beside_takes_its_part_and_is_not_judged():
    time = [place // 10 for place in range(40)]
    values = [level + place % 10 / 100 for place, level in enumerate(time)]
    grouping = Grouping([min(1, level) for level in time])

    (alone,) = explain(values, [grouping], fewest_left=FEWEST)
    (beside,) = explain(values, [grouping], [Grouping(time)], fewest_left=FEWEST)

    assert (alone.p < 0.001, beside.p) == (True, 1)


def test_too_few_observations_say_nothing():
    grouping = Grouping([0, 1, 0, 1])

    assert explain([1, 2, 3, 4], [grouping], fewest_left=3) is None
    assert explain([], [grouping], fewest_left=3) is None
    assert explain([1, 2, 3, 4], [grouping], fewest_left=2) is not None


def test_noise_is_seldom_taken_for_an_effect():
    random, taken, sets = Random(3), 0, 400
    for _ in range(sets):
        groupings = [
            Grouping([random.randrange(3) for _ in range(40)]) for _ in range(4)
        ]
        values = [random.gauss(0, 1) for _ in range(40)]
        found = explain(values, groupings, fewest_left=FEWEST)
        taken += any(one.p < 0.05 for one in found)

    assert taken < 0.05 * sets + 3 * math.sqrt(sets * 0.05 * 0.95)
