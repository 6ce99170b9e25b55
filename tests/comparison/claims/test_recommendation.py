from __future__ import annotations

import shlex

import pytest

from dlrun.comparison import compare
from dlrun.report.text import render_text
from dlrun.runs import (
    Finding,
    RecordedDiagnosis,
    RecordedFinding,
    RecordedReference,
    RowGain,
)

RISING = (0.9, 0.6, 0.5, 0.45, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.1, 1.2)
FALLING = (0.9, 0.8, 0.7, 0.65, 0.62, 0.6, 0.59, 0.585, 0.58, 0.579, 0.578, 0.577)


@pytest.fixture
def overfitting(make_run):
    return [
        make_run(f"base-{seed:03d}", RISING, config={"name": "base", "seed": seed})
        for seed in (1, 2)
    ]


@pytest.fixture
def judged(overfitting):
    """The same runs, called overfitting."""
    found = Finding("OVERFITTING", 5, 1.0, {}, "The validation loss rises.")
    for folder in overfitting:
        folder.write_diagnosis(
            RecordedDiagnosis(
                verdict="OVERFITTING", tag="overfit@5", findings=(found,), best_epoch=4
            )
        )
    return overfitting


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


def test_what_is_proposed_for_runs_with_code_of_their_own_may_run_it(make_run):
    custom = {"path": "source/custom/own.py", "sha256": "0" * 64}
    runs = [
        make_run(f"{name}-001", RISING, config={"name": name, **others})
        for name, others in (("own", {"custom": custom}), ("plain", {}))
    ]

    own, plain = (compare([run]).recommendations for run in runs)

    assert own
    assert all(one.command.endswith(" --allow-code") for one in own)
    assert not any("--allow-code" in one.command for one in plain)


def test_after_a_check_what_has_helped_is_advised_and_nothing_that_has_not(judged):
    before = compare(judged).recommendations
    judged[0].write_finding(
        RecordedFinding(
            suspicion="OVERFITTING",
            verdict="OVERFITTING",
            standing="confirmed",
            references=tuple(
                RecordedReference(
                    name=name,
                    sentence=name,
                    run=f"base-{name}-001",
                    state="finished",
                    gain=RowGain(0.1, 0.05, 0.15),
                    helps=name == "less_complexity",
                )
                for name in ("dropout_up", "l2_up", "less_complexity")
            ),
        )
    )

    after = compare(judged).recommendations

    assert any("dropout" in one.sentence for one in before)
    assert "half as wide" in after[0].sentence
    assert "base-less_complexity-001 has shown it" in after[0].evidence
    assert not any("dropout" in one.sentence for one in after)


def test_where_a_check_has_shown_that_nothing_helps_nothing_is_advised(judged):
    judged[0].write_finding(
        RecordedFinding(suspicion="OVERFITTING", verdict="GOOD_FIT", standing="refuted")
    )

    assert compare(judged).recommendations == ()


def test_where_nothing_is_wrong_nothing_is_advised(make_run):
    run = make_run("base-001", FALLING)
    run.write_diagnosis(RecordedDiagnosis(verdict="GOOD_FIT", tag="ok"))

    assert compare([run]).recommendations == ()
    assert "what to try next" not in render_text(compare([run]))


def test_damaged_evidence_is_no_reason_to_stop(overfitting):
    (overfitting[0].path / "summary.json").write_text("{")

    assert compare(overfitting).recommendations == ()
