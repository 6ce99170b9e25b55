from __future__ import annotations

import pytest

from dlrun.comparison import compare


def test_curves_of_a_group_are_a_mean_and_a_band(make_group):
    comparison = compare(make_group("base", 0.5, (1, 2, 3)))

    curves = comparison.curves(comparison.groups[0])

    assert curves.validation.epochs == (1, 2, 3)
    assert curves.validation.runs == (3, 3, 3)
    assert curves.validation.low[1] == pytest.approx(0.5)
    assert curves.validation.high[1] == pytest.approx(0.52)
    assert curves.train.mean[0] == pytest.approx(0.6)
    assert curves.onset is None


def test_long_curves_are_kept_in_a_hundred_points(make_run):
    losses = tuple(1 + epoch / 100 for epoch in range(250))

    comparison = compare([make_run("a-001", losses, config={"fit/epochs": 250})])

    band = comparison.curves(comparison.groups[0]).validation
    assert len(band.mean) == 84
    assert (band.epochs[0], band.mean[0]) == (2, pytest.approx(1.01))
