from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st

from dlrun.report.drawing.scale import Scale, fit_scale, kept_points, tick_text

NUMBERS = st.floats(-1e9, 1e9, allow_subnormal=False)


@given(st.lists(NUMBERS, min_size=1))
def test_a_scale_holds_every_value_and_its_ticks(values):
    scale = fit_scale(values, 0, 100)

    assert all(scale.holds(value) for value in values)
    assert all(-0.1 <= scale.place(tick) <= 100.1 for tick in scale.ticks())


def test_a_run_that_diverged_does_not_flatten_the_others():
    scale = fit_scale([*[0.3 + at / 100 for at in range(40)], 1e6], 0, 100, mode="min")

    assert scale.holds(0.69)
    assert scale.high < 10


def test_a_scale_of_accuracies_leaves_out_low_ones():
    scale = fit_scale([0.01, *[0.9 + at / 1000 for at in range(40)]], 0, 1, mode="max")

    assert scale.low > 0.5


def test_ticks_are_round_and_show_only_the_decimals_they_need():
    ticks = Scale(0.07, 0.93, 0, 100).ticks()

    assert [tick_text(tick, ticks) for tick in ticks] == ["0.25", "0.50", "0.75"]


def test_a_scale_without_a_number_is_that_of_a_share():
    scale = fit_scale([math.nan], 0, 1)

    assert (scale.low, scale.high) == (0.0, 1.0)


@given(st.lists(NUMBERS, min_size=1, max_size=500), st.integers(10, 100))
def test_few_places_keep_both_ends_and_the_extremes(curve, most):
    places = kept_points(curve, most)

    assert len(places) <= most
    assert places == sorted(set(places))
    assert {0, len(curve) - 1} <= set(places)
    kept = [curve[at] for at in places]
    assert (min(kept), max(kept)) == (min(curve), max(curve))
