from __future__ import annotations

import pytest

from dlrun.comparison import compare
from dlrun.comparison.gain import gain_lines
from dlrun.report import render_text


@pytest.fixture
def semi(make_run):
    """Write a finished run with pseudo-labels: `semi(1, 0.85, 0.90)`."""

    def make(seed, baseline, kept, name="semi", measure="test_accuracy", **config):
        folder = make_run(
            f"{name}-{seed:03d}", config={"name": name, "seed": seed, **config}
        )
        folder.write_metrics(
            {
                "round": 0 if kept == baseline else 3,
                "baseline": {measure: baseline},
                "gain": {measure: kept - baseline},
            }
        )
        return folder

    return make


def test_the_gain_over_seeds_has_an_interval_and_the_seeds_won(semi):
    folders = [semi(1, 0.84, 0.90), semi(2, 0.86, 0.90), semi(3, 0.85, 0.85)]

    measure, head, row = gain_lines(compare(folders))

    assert measure == "test_accuracy"
    assert head.split() == ["group", "baseline", "gain", "won", "baseline", "kept"]
    words = ["semi", "0.850", "±", "0.025", "+0.033", "±", "0.076", "2/3", "1/3"]
    assert row.split() == words


def test_configs_stand_apart_and_one_run_has_no_interval(semi):
    folders = [semi(1, 0.84, 0.90), semi(2, 0.8, 0.7, "capped", **{"fit/epochs": 9})]

    lines = gain_lines(compare(folders))

    assert len(lines) == 4
    assert "±" not in "".join(lines)
    assert "-0.100" in "".join(lines)


def test_validation_rows_are_named_where_nothing_was_tested(semi):
    folders = [semi(1, 0.84, 0.90, measure="val_accuracy")]

    first, *_ = gain_lines(compare(folders))

    assert first == "val_accuracy, by which rounds were chosen"


def test_the_gain_stands_in_the_text_of_a_comparison(semi, make_run):
    comparison = compare([semi(1, 0.84, 0.90), make_run("gender-001")])

    assert "pseudo-labels against their supervised baselines" in render_text(comparison)


def test_runs_without_rounds_have_no_such_table(make_run):
    comparison = compare([make_run("gender-001")])

    assert gain_lines(comparison) == []
    assert "pseudo-labels" not in render_text(comparison)
