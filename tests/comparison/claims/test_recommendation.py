from __future__ import annotations

import shlex

import pytest

from dlrun.comparison import compare
from dlrun.report.text import render_text
from dlrun.runs import RecordedDiagnosis

RISING = (0.9, 0.6, 0.5, 0.45, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.1, 1.2)
FALLING = (0.9, 0.8, 0.7, 0.65, 0.62, 0.6, 0.59, 0.585, 0.58, 0.579, 0.578, 0.577)


@pytest.fixture
def overfitting(make_run):
    return [
        make_run(f"base-{seed:03d}", RISING, config={"name": "base", "seed": seed})
        for seed in (1, 2)
    ]


def test_a_group_that_overfits_gets_at_most_three_changes_to_try(overfitting):
    comparison = compare(overfitting)

    assert 1 <= len(comparison.recommendations) <= 3
    for one in comparison.recommendations:
        words = shlex.split(one.command)
        assert one.group == 1
        assert words[:2] == ["dlrun", "train"]
        assert words[2].endswith("base-001/config.yaml")
        assert "-s" in words
        assert words[words.index("--seeds") + 1] == "5"
    assert "what to try next\n1. base: " in render_text(comparison)


def test_where_nothing_is_wrong_nothing_is_advised(make_run):
    run = make_run("base-001", FALLING)
    run.write_diagnosis(RecordedDiagnosis(verdict="GOOD_FIT", tag="ok"))

    assert compare([run]).recommendations == ()
    assert "what to try next" not in render_text(compare([run]))


def test_damaged_evidence_is_no_reason_to_stop(overfitting):
    (overfitting[0].path / "summary.json").write_text("{")

    assert compare(overfitting).recommendations == ()
