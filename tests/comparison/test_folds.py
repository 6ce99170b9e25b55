"""Runs that differ in fold and seed are one group, and folds are not independent."""

from __future__ import annotations

import math

import pytest

from dlrun.comparison import compare
from dlrun.estimates import t_quantile

LOSSES = (0.50, 0.56, 0.47, 0.53, 0.58)


@pytest.fixture
def make_folds(make_run):
    """Write a run per seed and fold, of partitions that the seeds draw."""

    def make(name, shift=0.0, seeds=(0,), folds=range(1, 6), wiggle=0.0, **split):
        return [
            make_run(
                f"{name}-{seed}{fold}",
                (0.9, LOSSES[fold - 1] + shift + wiggle * (fold % 2) + seed / 100),
                config={
                    "name": name,
                    "seed": seed,
                    "data": {
                        "split": {"folds": 5, "repeats": 1, "fold": fold, **split}
                    },
                    "fit/epochs": 2,
                    "fit/batch_size": 4 + round(100 * abs(shift)),
                },
                summary={
                    "split_hash": f"{'' if 'time' in split else seed} {fold}",
                    "validation_hash": f"{'' if 'time' in split else seed} {fold}",
                    "num_train": 40,
                    "num_validation": 10,
                },
            )
            for seed in seeds
            for fold in folds
        ]

    return make


def half_width(values, overlap):
    n, mean = len(values), sum(values) / len(values)
    spread = math.sqrt(sum((one - mean) ** 2 for one in values) / (n - 1))
    return t_quantile(0.975, n - 1) * spread * math.sqrt(1 / n + overlap)


def test_folds_of_one_config_are_a_row_with_the_corrected_interval(make_folds):
    (group,) = compare(make_folds("base")).groups

    assert group.n == 5
    assert group.score.size_text == "5 folds"
    assert group.score.half_width == pytest.approx(half_width(LOSSES, 0.25))
    assert group.seeds == (0,)


def test_folds_of_two_configs_are_pairs(make_folds):
    runs = [*make_folds("base"), *make_folds("less", -0.1, wiggle=0.02)]

    comparison = compare(runs)

    change = comparison.groups[1].difference
    assert change.is_paired
    assert change.n == 5
    changes = [-0.1 + 0.02 * (fold % 2) for fold in range(1, 6)]
    half = (change.high - change.low) / 2
    assert half == pytest.approx(half_width(changes, 0.25))
    first, *_, last = comparison.verdict
    assert "better in 5 of 5 folds" in first
    assert "not independent" in last
    assert "Nadeau and Bengio" in last
    assert not comparison.caveats


def test_seeds_repeat_the_folds(make_folds):
    (group,) = compare(make_folds("base", seeds=(0, 1, 2))).groups

    assert group.score.size_text == "15 folds"
    assert group.seeds == (0, 1, 2)


def test_folds_in_time_are_counted_once_for_all_seeds(make_folds):
    comparison = compare(make_folds("base", seeds=(0, 1), time="day"))

    assert comparison.groups[0].n == 5
    (caveat,) = comparison.caveats
    assert caveat.startswith("base: folds in time are the same at every seed")


def test_other_partitions_are_no_pairs_and_that_is_said(make_folds):
    runs = [*make_folds("base"), *make_folds("less", -0.1, seeds=(7,))]

    comparison = compare(runs)

    assert not comparison.groups[1].difference.is_paired
    (caveat,) = comparison.caveats
    assert "no fold is a pair" in caveat


def test_folds_that_are_missing_are_told(make_folds):
    comparison = compare(make_folds("base", folds=[1, 2, 4]))

    assert comparison.caveats == ("base: 3 of 5 folds have a value",)


def test_what_folds_cannot_tell_more_rows_might(make_folds):
    runs = [*make_folds("base"), *make_folds("other", 0.01, wiggle=-0.02)]

    (first, *_) = compare(runs).verdict

    assert first.startswith("No difference is shown")
    assert (
        "folds of these rows would not tell, however often they are repeated" in first
    )


def test_a_change_is_tried_over_folds_again(make_folds):
    advice = compare(make_folds("base")).recommendations

    for one in advice:
        assert "--folds 5" in one.command
        assert "--seeds" not in one.command
