from __future__ import annotations

import math
from random import Random

import pytest

from dlrun.estimates.power_law import extrapolate

XS = [50, 100, 200, 400, 800]


def series(law, seeds=5, noise=0.002, *, xs=XS, level=0.02, start=3):
    """The scores of seeds that follow a law, each at a level of its own."""
    random = Random(start)
    levels = [random.gauss(0, level) for _ in range(seeds)]
    return [[law(x) + one + random.gauss(0, noise) for x in xs] for one in levels]


def accuracy(x):
    return 0.9 - 1.2 * x**-0.5


def test_a_power_law_is_found_with_what_twice_as_much_brings():
    found = extrapolate(XS, series(accuracy), highest_is_best=True)

    true = accuracy(1600) - accuracy(800)
    gain = found.gain(2)
    assert found.telling(2) == "helps"
    assert gain.low < true < gain.high
    assert gain.middle == pytest.approx(true, abs=0.003)
    assert found.exponent.low < 0.5 < found.exponent.high
    assert found.limit.low < 0.9 < found.limit.high


def test_a_loss_is_found_like_an_accuracy():
    losses = [[1 - score for score in one] for one in series(accuracy)]

    falling = extrapolate(XS, losses, highest_is_best=False)
    rising = extrapolate(XS, series(accuracy), highest_is_best=True)

    assert falling.gain(2) == pytest.approx(rising.gain(2), abs=1e-9)
    assert falling.score(1600).middle == pytest.approx(
        1 - rising.score(1600).middle, abs=1e-9
    )


def test_the_same_scores_say_the_same_in_any_unit_of_x():
    scores = series(accuracy)

    rows = extrapolate(XS, scores, highest_is_best=True)
    shares = extrapolate([x / 800 for x in XS], scores, highest_is_best=True)

    assert rows.gain(2) == pytest.approx(shares.gain(2))


def test_the_level_of_a_seed_is_no_noise_of_the_curve():
    calm = extrapolate(XS, series(accuracy, level=0.0), highest_is_best=True)
    apart = extrapolate(XS, series(accuracy, level=0.1), highest_is_best=True)

    widths = [one.gain(2).high - one.gain(2).low for one in (calm, apart)]
    assert widths[1] == pytest.approx(widths[0], rel=0.1)


def test_of_a_flat_curve_more_does_hardly_anything():
    found = extrapolate(XS, series(lambda _: 0.8, start=5), highest_is_best=True)

    assert found.telling(2) == "hardly"
    assert found.measured(2).low < 0 < found.measured(2).high


def test_what_noise_hides_cannot_be_told():
    found = extrapolate(XS, series(accuracy, noise=0.05), highest_is_best=True)

    assert found.telling(2) == "unknown"


def test_no_accuracy_exceeds_1_and_no_loss_falls_below_0():
    steep = series(lambda x: 1 - 3 * x**-0.8, level=0.0, noise=0.001)

    found = extrapolate(XS, steep, highest_is_best=True)

    assert found.score(1e9).high <= 1
    assert found.limit.high <= 1


def test_scores_that_never_differ_have_no_gain():
    found = extrapolate(XS, [[1.0] * 5] * 5, highest_is_best=True)

    assert found.telling(2) == "hardly"
    assert found.gain(2).high < 1e-6


@pytest.mark.parametrize(
    ("xs", "scores", "reason"),
    [
        (XS[:3], series(accuracy, xs=XS[:3]), "a law needs 4 points, and there are 3"),
        (XS, series(accuracy, seeds=2), "needs 3 seeds, and 2 have all points"),
        (XS, series(accuracy, seeds=1), "and 1 has all points"),
        (
            XS,
            series(lambda x: 0.9 - x / 9000, noise=0.01),
            "gets no better along the curve",
        ),
        (XS, series(lambda x: 0.7 + (x > 200) / 5), "do not follow a power law"),
    ],
)
def test_what_cannot_be_extrapolated_says_why(xs, scores, reason):
    assert reason in extrapolate(xs, scores, highest_is_best=True)


def test_points_that_scatter_more_than_their_seeds_widen_the_interval():
    calm = series(accuracy, noise=0.003)
    bent = [
        [
            score + off
            for score, off in zip(one, (0, 0.012, -0.012, 0.008, 0), strict=True)
        ]
        for one in calm
    ]

    close, far = (extrapolate(XS, one, highest_is_best=True) for one in (calm, bent))

    widths = [one.gain(2).high - one.gain(2).low for one in (close, far)]
    assert widths[1] > 1.05 * widths[0]


@pytest.mark.parametrize("law", [accuracy, lambda _: 0.8])
def test_the_interval_holds_what_is_then_measured(law):
    random, told, held = Random(8), 0, 0
    for _ in range(60):
        levels = [random.gauss(0, 0.02) for _ in range(5)]
        seen = [
            [law(x) + one + random.gauss(0, 0.3 / math.sqrt(x)) for x in XS]
            for one in levels
        ]
        new = [law(1600) + one + random.gauss(0, 0.3 / 40) for one in levels]
        found = extrapolate(XS, seen, highest_is_best=True)
        if isinstance(found, str):
            continue
        gain = found.measured(2)
        change = math.fsum(new) / 5 - math.fsum(one[-1] for one in seen) / 5
        told += 1
        held += gain.low <= change <= gain.high

    assert told >= 50
    assert held >= 0.93 * told


def test_a_law_that_misses_the_last_point_is_none():
    """Few rows may give losses of hundreds in some seeds, which hide what is known."""
    random = Random(1)
    levels, spreads = (60.0, 3.5, 0.17, 0.08), (90.0, 6.0, 0.06, 0.01)
    losses = [
        [abs(random.gauss(*one)) for one in zip(levels, spreads, strict=True)]
        for _ in range(5)
    ]

    found = extrapolate([18, 108, 288, 648], losses, highest_is_best=False)

    assert found == "the scores do not follow a power law"
