from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from dlrun.comparison import Question, compare
from dlrun.diagnosis import diagnose_run
from dlrun.errors import RunError
from dlrun.runs import Metrics, RunFolder

PROGRAM = """
import json, sys
from collections import Counter
from pathlib import Path

from dlrun.comparison import compare
from dlrun.runs import find_runs

root, opened = sys.argv[1], Counter()
sys.addaudithook(
    lambda event, arguments: event == "open"
    and str(arguments[0]).startswith(root)
    and opened.update([str(arguments[0]).removeprefix(root)])
)
comparison = compare(find_runs(Path(root)))
advice = len(comparison.recommendations)
print(json.dumps({"opened": opened, "metric": comparison.metric, "advice": advice}))
"""
FILES = {"config", "environment", "status", "summary", "diagnosis", "metrics"}
RISING = (0.9, 0.6, 0.5, 0.45, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.1, 1.2)


def opened_by_compare(directory) -> dict[str, object]:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(directory)],
        capture_output=True,
        check=True,
        text=True,
    )
    return json.loads(done.stdout)


@pytest.mark.parametrize("validation", [True, False])
def test_every_file_of_every_run_is_read_once(make_run, validation):
    folders = [
        make_run(f"base-{seed:03d}", RISING, {"seed": seed}, validation=validation)
        for seed in (1, 2)
    ]
    (folders[0].path / "metrics.json").write_text("{}")

    found = opened_by_compare(folders[0].path.parent)

    assert found["metric"] == ("val_loss" if validation else "train_loss")
    assert set(found["opened"].values()) == {1}
    read = {name.rpartition("/")[2] for name in found["opened"]}
    assert read >= {*(f"{name}.json" for name in FILES), "history.csv"}
    assert found["advice"] > 0


def test_where_no_run_has_what_it_monitors_the_train_loss_is_compared(make_run):
    short = make_run("a-001", (0.5, 0.4), validation=False)
    long = make_run("a-002", (0.9, 0.8, 0.7), {"seed": 1}, validation=False)

    comparison = compare([short, long])

    assert (comparison.metric, comparison.mode) == ("train_loss", "min")
    assert [row.score.best for row in comparison.rows] == pytest.approx([0.6, 0.3])


def test_one_run_with_what_is_monitored_is_enough_to_compare_by_it(make_run):
    blind = make_run("a-001", validation=False, config={"fit/batch_size": 6})
    comparison = compare([blind, make_run("a-002")])

    assert comparison.metric == "val_loss"
    assert {row.run: row.score.best for row in comparison.rows} == {
        "a-001": None,
        "a-002": 0.5,
    }


def test_a_metric_that_grows_is_best_where_it_is_greatest(make_run):
    other = make_run("a-002", (0.4,), config={"fit/batch_size": 6})

    comparison = compare([other, make_run("a-001")], Question(metric="val_accuracy"))

    assert comparison.mode == "max"
    assert [row.run for row in comparison.rows] == ["a-001", "a-002"]


def test_another_metric_is_read_at_the_epoch_that_the_monitor_chose(make_run):
    comparison = compare([make_run("a-001")], Question(metric="val_accuracy"))

    # val_loss is least in epoch 3; the accuracy still grows until epoch 5.
    score = comparison.rows[0].score
    assert (score.best_epoch, score.best) == (3, 0.65)


def test_without_validation_there_is_no_gap(make_run):
    summary = {"monitor": "train_loss"}

    comparison = compare([make_run("a-001", summary=summary, validation=False)])

    score = comparison.rows[0].score
    assert comparison.metric == "train_loss"
    assert (score.gap_at_best, score.gap_at_end) == (None, None)
    assert list(score.curves.validation) == pytest.approx([0.8, 0.5, 0.4, 0.45, 0.6])


def test_without_a_summary_a_run_without_validation_is_still_judged(make_run):
    folder = make_run("a-001", validation=False)
    (folder.path / "summary.json").unlink()
    (folder.path / "config.json").write_text('{"name": "a"}')

    comparison = compare([folder])

    assert comparison.metric == "train_loss"
    assert "summary.json is missing" in comparison.caveats[0]


def test_damaged_runs_are_listed_with_the_reason(make_run):
    good, torn, mute = make_run("a-001"), make_run("a-002"), make_run("a-003")
    (torn.path / "history.csv").write_text("epoch,loss\n1,x\n2,1\n")
    (mute.path / "config.json").unlink()

    comparison = compare([good, torn, mute])

    assert [row.run for row in comparison.rows] == ["a-001"]
    reasons = {skip.run: skip.reason for skip in comparison.skipped}
    assert "line 2" in reasons["a-002"]
    assert "config.json is missing" in reasons["a-003"]


def test_nothing_but_damage_is_an_error_that_says_why(make_run):
    folder = make_run("a-001")
    (folder.path / "status.json").write_text("{")

    with pytest.raises(
        RunError, match=r"no run can be compared:\n  a-001: .*status\.json"
    ):
        compare([folder])


def test_no_run_at_all_is_an_error():
    with pytest.raises(RunError, match="no run to compare"):
        compare([])


def test_a_pipe_instead_of_a_history_is_damage(make_run):
    folder = make_run("a-001")
    (folder.path / "history.csv").unlink()
    os.mkfifo(folder.path / "history.csv")

    with pytest.raises(RunError, match="not a plain file"):
        compare([folder])


def test_an_unknown_metric_gets_the_nearest_name(make_run):
    with pytest.raises(RunError, match="no run has the metric 'val_acc'") as caught:
        compare([make_run("a-001")], Question(metric="val_acc"))

    assert "did you mean val_accuracy?" in str(caught.value.hint)


def test_runs_of_one_name_show_their_directories(make_run, tmp_path):
    one = make_run("a-001")
    (tmp_path / "other").mkdir()
    twin = RunFolder(one.path.rename(tmp_path / "other" / "a-001"))
    one = make_run("a-001")

    names = {row.run for row in compare([one, twin, twin]).rows}

    assert names == {str(one.path), str(twin.path)}


def test_a_loss_with_other_penalties_gives_way_to_the_accuracy(make_run):
    penalty = {"model/layers/0/Dense/kernel_regularizer": {"L2": {"l2": 0.01}}}
    accuracy = {"compile/metrics": ["accuracy"]}
    folders = [
        make_run("a-001", config=accuracy),
        make_run("a-002", config=accuracy | penalty),
    ]

    comparison = compare(folders)

    assert comparison.metric == "val_accuracy"
    assert any("val_accuracy is compared" in one for one in comparison.caveats)
    assert compare(folders, Question(metric="val_loss")).metric == "val_loss"


def test_a_damaged_probe_of_a_run_that_is_not_judged_yet_is_damage(make_run):
    folder = make_run("busy", state="running")
    (folder.path / "diagnostics").mkdir()
    (folder.path / "diagnostics" / "layers.csv").write_text("epoch,layer\n0,\xff\n")
    (folder.path / "diagnostics" / "outputs.csv").write_bytes(b"epoch\n\xff\n")

    comparison = compare([folder, make_run("whole")])

    (skipped,) = comparison.skipped
    assert skipped.run == "busy"
    assert "outputs.csv" in skipped.reason


def test_a_run_without_its_diagnosis_is_judged_as_diagnose_does(make_run):
    metrics = {"epochs": 12, "best_epoch": 3, "monitor": "val_loss"}
    rows = {"loss": 0.5, "error": 0.1, "rise": 0.7, "rise_error": 5.0}
    folder = make_run("base-001", RISING)
    folder.write_metrics(Metrics(**metrics, row_losses=rows))

    (run,) = compare([folder]).rows

    assert run.score.judgement == diagnose_run(folder).to_record()
    assert run.score.judgement.best_epoch == 3
    assert run.score.judgement.verdict != "OVERFITTING"


MAE = {"best": {"val_loss": 0.4, "val_mean_absolute_error": 3.0}}


def measured(make_run, name, scale, **metrics):
    config = {"data": {"csv": {}, **({"scale_labels": scale} if scale else {})}}
    folder = make_run(name, config=config)
    history = folder.path / "history.csv"
    text = history.read_text().replace("val_accuracy", "val_mean_absolute_error")
    history.write_text(text)
    folder.write_metrics(Metrics(epochs=5, **(metrics or MAE)))
    return folder


def test_runs_whose_labels_are_scaled_otherwise_are_compared_by_a_metric(make_run):
    plain = measured(make_run, "a-001", None)
    scaled = measured(make_run, "a-002", "standard")

    comparison = compare([plain, scaled])

    assert comparison.metric == comparison.heading == "val_mean_absolute_error"
    assert {group.experiment for group in comparison.groups} == {1}
    assert any(
        "data.scale_labels is standard, elsewhere none; losses do not compare" in words
        or "data.scale_labels is none, elsewhere standard; losses do not compare"
        in words
        for words in comparison.caveats
    )


def test_without_a_metric_they_are_not_ranked(make_run):
    loss = {"best": {"val_loss": 0.4}}
    plain = measured(make_run, "a-001", None, **loss)
    scaled = measured(make_run, "a-002", "standard", **loss)

    comparison = compare([plain, scaled])

    assert comparison.heading == "val_loss (partly scaled)"
    assert {group.experiment for group in comparison.groups} == {1, 2}
    first, *others = comparison.verdict
    assert first.startswith("These runs measure 2 different things")
    said = {one.partition(" compares")[0]: one for one in others}
    assert "val_loss (scaled) 0." in said["a-002"]
    assert "val_loss 0." in said["a-001"]


def test_a_loss_of_scaled_labels_says_so(make_run):
    folders = [measured(make_run, f"a-00{number}", "log") for number in (1, 2)]

    comparison = compare(folders)

    assert (comparison.metric, comparison.heading) == ("val_loss", "val_loss (scaled)")
    assert "val_loss (scaled) 0." in comparison.verdict[0]
    assert "val_loss 0." not in comparison.verdict[0]
    by_metric = compare(folders, Question(metric="val_mean_absolute_error"))
    assert by_metric.heading == "val_mean_absolute_error"
    assert not any("(scaled)" in sentence for sentence in by_metric.verdict)
