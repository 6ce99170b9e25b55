from __future__ import annotations

import math

from dlrun.comparison.gain import find_gains
from dlrun.comparison.reading import Gain, read_gain
from dlrun.runs import Metrics, RoundsResult


def gain(baseline: float, kept: float, measure: str = "test_accuracy") -> Gain:
    return Gain({measure: baseline}, {measure: kept - baseline}, int(kept != baseline))


def test_each_group_has_its_mean_gain_and_what_it_won():
    runs = [(1, gain(0.8, 0.9)), (1, gain(0.8, 0.8)), (2, None), (3, gain(0.7, 0.6))]

    first, last = find_gains(runs)

    assert (first.group, first.runs, first.won, first.baseline_kept) == (1, 2, 1, 1)
    assert math.isclose(first.gain.mean, 0.05)
    assert (last.group, last.won) == (3, 0)


def test_runs_without_test_rows_are_measured_on_validation_rows_together():
    both = {"test_accuracy": 0.8, "val_accuracy": 0.9}
    runs = [(1, Gain(both, both, 1)), (1, gain(0.8, 0.9, "val_accuracy"))]

    (found,) = find_gains(runs)

    assert (found.measure, found.runs) == ("val_accuracy", 2)


def test_a_run_that_lacks_the_measure_is_left_out():
    runs = [(1, gain(0.8, 0.9)), (2, gain(0.8, 0.9, "val_accuracy"))]

    assert [found.group for found in find_gains(runs)] == [2]


def test_what_is_no_number_is_no_gain():
    rounds = RoundsResult(
        kept_round=1,
        rounds=1,
        ended="all 1 rounds are over",
        baseline={"val_accuracy": math.nan, "test_accuracy": 0.8},
        kept={},
        gain={"val_accuracy": 0.1, "test_accuracy": 0.1},
    )

    assert read_gain(Metrics(rounds=rounds)) == Gain(
        {"test_accuracy": 0.8}, {"test_accuracy": 0.1}, 1
    )
    assert read_gain(Metrics()) is None
