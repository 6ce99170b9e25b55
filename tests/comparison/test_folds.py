"""Runs that differ in fold and seed are one group, and folds are not independent."""

from __future__ import annotations

import math

import pytest

from dlrun.comparison import Question, compare
from dlrun.estimates import t_quantile
from dlrun.report.text import render_text

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


@pytest.fixture
def make_seeds(make_run):
    """Write a run per seed, each with one division of the rows."""

    def make(name, shift, *, is_fixed=False):
        return [
            make_run(
                f"{name}-{seed}",
                (0.9, LOSSES[seed] + shift),
                config={
                    "name": name,
                    "seed": seed,
                    "data": {"split": {"validation": 0.2}},
                    "fit/epochs": 2,
                },
                summary={
                    "validation_hash": "the same" if is_fixed else f"own {seed}",
                    "num_train": 40,
                    "num_validation": 10,
                },
            )
            for seed in range(5)
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
    assert "not independent:" in last
    assert "Nadeau and Bengio" in last
    assert not comparison.caveats


def test_seeds_repeat_the_folds(make_folds):
    (group,) = compare(make_folds("base", seeds=(0, 1, 2))).groups

    assert group.score.size_text == "15 folds"
    assert group.seeds == (0, 1, 2)


@pytest.mark.parametrize(
    ("seeds", "split"), [((0, 1), {}), ((0,), {"repeats": 2})], ids=["seeds", "repeats"]
)
def test_folds_that_are_drawn_again_are_no_more_independent(make_folds, seeds, split):
    comparison = compare(make_folds("base", seeds=seeds, **split))

    assert "nor are those of other seeds or repeats" in comparison.verdict[-1]


@pytest.mark.parametrize("is_fixed", [False, True])
@pytest.mark.parametrize("shift", [-0.3, 0.3])
def test_folds_against_one_division_are_given_no_word(
    make_folds, make_seeds, shift, is_fixed
):
    """Seeds of one division do not tell how the config does on other rows."""
    runs = [*make_folds("folded"), *make_seeds("whole", shift, is_fixed=is_fixed)]

    comparison = compare(runs)

    change = comparison.groups[1].difference
    assert change.is_mixed
    assert (change.word, change.low, change.p) == ("", None, None)
    first, *_ = comparison.verdict
    assert first.startswith("Whether ")
    assert "differ cannot be told" in first
    assert first.endswith(
        "; only one of them has folds: train both over the same folds to tell."
    )
    assert all(not effect.score.word for effect in comparison.effects)
    text = render_text(comparison)
    assert "what each change did (no intervals: only one side has folds)" in text
    for group in comparison.groups:
        assert group.is_tied


def test_a_third_config_does_not_lend_them_a_word(make_folds, make_seeds):
    folded = [*make_folds("base"), *make_folds("less", -0.1, wiggle=0.02)]

    comparison = compare(
        [*folded, *make_seeds("whole", 0.5)], Question(baseline="base")
    )

    said = {
        group.name: group.difference.word
        for group in comparison.groups
        if group.difference
    }
    assert said == {"less": "better", "whole": ""}


def test_what_rounding_alone_makes_of_equal_gaps_is_no_difference(make_folds):
    comparison = compare([*make_folds("a"), *make_folds("b", -0.24, seeds=(7,))])

    (effect,) = comparison.effects
    assert not effect.gap.is_paired
    assert effect.gap.mean == 0
    assert effect.gap.word == "no difference shown"


def test_intervals_of_folds_in_time_are_called_approximations(make_folds):
    drawn = compare(make_folds("base")).verdict
    timed = compare(make_folds("timed", time="day")).verdict

    assert not any("approximation" in sentence for sentence in drawn)
    assert "approximations" in timed[-1]


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


def test_a_fold_that_was_trained_twice_counts_once(make_folds, make_run):
    runs = make_folds("base")
    again = make_run(
        "again-002",
        (0.9, LOSSES[1]),
        config=runs[1].config(),
        summary={
            "split_hash": "0 2",
            "validation_hash": "0 2",
            "num_train": 40,
            "num_validation": 10,
        },
    )

    comparison = compare([*runs, again])

    assert comparison.groups[0].n == 5
    assert comparison.caveats == (
        "base: some folds were trained more than once; each counts once",
    )


def test_what_folds_cannot_tell_more_rows_might(make_folds):
    runs = [*make_folds("base"), *make_folds("other", 0.01, wiggle=-0.02)]

    (first, *_) = compare(runs).verdict

    assert first.startswith("No difference is shown")
    assert "folds of these rows cannot tell, however often they are repeated" in first


def test_a_change_is_tried_over_folds_again(make_folds):
    advice = compare(make_folds("base")).recommendations

    for one in advice:
        assert "--folds 5" in one.command
        assert "--seeds" not in one.command


def test_folds_are_no_seeds_that_others_lack(make_folds, make_seeds):
    runs = [*make_folds("folded"), *make_seeds("whole", 0.3)[:1]]

    caveats = compare(runs).caveats

    assert any("one division of the rows" in one for one in caveats)
    assert not any("one seed only" in one for one in caveats)
