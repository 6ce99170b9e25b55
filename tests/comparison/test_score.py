from __future__ import annotations

import math

import pytest

from dlrun.comparison.score import find_best, guess_mode, to_curve


def test_the_best_is_the_earliest_of_equals():
    assert find_best([3.0, 1.0, 1.0], "min") == 1
    assert find_best([3.0, 1.0, 3.0], "max") == 0
    assert find_best([None, None], "min") is None


def test_only_finite_numbers_are_kept():
    assert to_curve([1, 0.5, math.nan, math.inf, None, "x"]) == [
        1,
        0.5,
        None,
        None,
        None,
        None,
    ]


@pytest.mark.parametrize(
    ("metric", "mode"),
    [
        ("val_loss", "min"),
        ("val_accuracy", "max"),
        ("val_auc", "max"),
        ("val_mae", "min"),
    ],
)
def test_a_metric_tells_its_direction(metric, mode):
    assert guess_mode(metric) == mode
