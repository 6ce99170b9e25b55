from __future__ import annotations

import sys

import dlrun
from dlrun.comparison import Question, compare
from dlrun.report.text import render_text
from dlrun.runs import Metrics, RecordedDiagnosis


def test_one_comparison_enters_few_modules(study):
    entered: set[str] = set()

    def record(frame, event, _):
        if event == "call":
            entered.add(frame.f_globals.get("__name__", ""))

    for folder in study:
        folder.write_diagnosis(RecordedDiagnosis(verdict="GOOD_FIT", tag="ok"))
    compare(study)  # What is imported at first use is not entered.
    sys.setprofile(record)
    try:
        compare(study[:15])
    finally:
        sys.setprofile(None)

    own = {name for name in entered if name.startswith("dlrun.")}
    stages = {"read", "group", "estimate", "contrast", "conclude"}
    assert own >= {f"dlrun.comparison.{stage}" for stage in stages}
    assert not any(name.startswith("dlrun.changes") for name in own)
    assert len(own) <= 25, " ".join(sorted(own))


def test_another_loss_is_another_experiment_without_an_overall_winner(make_group):
    folders = [
        *make_group("base", 0.5),
        *make_group("mse", 0.1, seeds=(1, 2), **{"compile/loss": "mse"}),
    ]

    comparison = compare(folders)

    assert [group.experiment for group in comparison.groups] == [1, 2]
    assert [group.difference for group in comparison.groups] == [None, None]
    assert comparison.effects == ()
    assert "measure 2 different things" in comparison.verdict[0]
    assert not any("is better than" in line for line in comparison.verdict)


def test_test_scores_stay_hidden_unless_asked_for(study):
    for folder in study:
        folder.write_metrics(Metrics(epochs=3))
        folder.count_test_look("evaluate", {"loss": 0.5, "accuracy": 0.8})

    assert "test_loss" not in render_text(compare(study))
    shown = compare(study, Question(test=True))
    assert "test_loss" in render_text(shown)
    assert shown.provenance.test_looks == 20
    assert "looks at the test rows of these runs so far: 20" in render_text(shown)


def test_frames_have_a_row_per_run_and_per_group(study):
    comparison = dlrun.compare(folder.path for folder in study)

    runs, groups = comparison.to_frame(), comparison.groups_frame()

    assert (len(runs), len(groups)) == (20, 4)
    assert groups.loc[0, "name"] == "larger"
    assert groups.loc[0, "word"] == "better"
    assert {"run", "best", "fit.batch_size"} <= set(runs.columns)
