from __future__ import annotations

import pytest

from dlrun.report import compare
from dlrun.report.gain import gain_lines


@pytest.fixture
def semi(make_run):
    """Write a finished run with pseudo-labels: `semi(1, 0.85, 0.90)`."""

    def make(seed, baseline, kept, name="semi", measure="test_accuracy", **config):
        folder = make_run(f"{name}-{seed:03d}", config={"seed": seed, **config})
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

    lines = gain_lines(compare(folders), folders)

    assert lines[0] == ("pseudo-labels against the supervised baseline (test_accuracy)")
    head, row = (line.split() for line in lines[1:])
    assert head == ["runs", "n", "baseline", "gain", "won", "round", "0", "kept"]
    assert row == [
        "semi-001", "...", "3", "0.8500", "+0.0333", "±", "0.0759", "2/3", "1/3",
    ]  # fmt: skip


def test_configs_stand_apart_and_one_run_has_no_interval(semi):
    folders = [semi(1, 0.84, 0.90), semi(2, 0.8, 0.7, "capped", **{"fit/epochs": 9})]

    lines = gain_lines(compare(folders), folders)

    assert len(lines) == 4
    assert "±" not in "".join(lines)
    assert "-0.1000" in "".join(lines)


def test_validation_rows_are_named_where_nothing_was_tested(semi):
    folders = [semi(1, 0.84, 0.90, measure="val_accuracy")]

    lines = gain_lines(compare(folders), folders)

    assert "(val_accuracy, by which rounds were chosen)" in lines[0]


def test_runs_without_rounds_have_no_such_table(make_run):
    folders = [make_run("gender-001")]

    assert gain_lines(compare(folders), folders) == []
