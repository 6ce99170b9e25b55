from __future__ import annotations

import json
import os

import pytest

from dlrun.comparison import Question, compare
from dlrun.errors import RunError
from dlrun.report.text import render_text
from dlrun.runs import RunFolder


def test_the_best_run_comes_first_with_its_gap(make_run):
    better = {"fit/batch_size": 6}
    folders = [make_run("a-001"), make_run("a-002", (0.4, 0.3, 0.35), config=better)]

    comparison = compare(folders)

    first = comparison.rows[0]
    assert (first.run, first.score.best, first.score.best_epoch) == ("a-002", 0.3, 2)
    assert first.score.train_at_best == pytest.approx(0.2)
    assert first.score.gap_at_best == pytest.approx(0.1)
    assert first.score.gap_at_end == pytest.approx(0.1)
    assert first.score.at_best("val_accuracy") == 0.6
    assert first.score.seconds_per_epoch == 1.5


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


@pytest.mark.parametrize(
    "sort", ["units", "layers[0].Dense.units", "model.layers[0].Dense.units"]
)
def test_a_setting_sorts_by_any_ending_of_its_path(make_run, sort):
    path = "model/layers/0/Dense/units"
    units = {"a-001": 64, "a-002": 8, "a-003": 16}
    folders = [make_run(name, config={path: value}) for name, value in units.items()]

    comparison = compare(folders, Question(sort=sort))

    assert [row.run for row in comparison.rows] == ["a-002", "a-003", "a-001"]


@pytest.mark.parametrize(
    "sort", ["parameters", "gap", "run", "seconds_per_epoch", "val_loss"]
)
def test_every_column_sorts(make_run, sort):
    empty = make_run(
        "a-002", (), summary={"parameters": None}, config={"fit/batch_size": 6}
    )
    folders = [empty, make_run("a-001")]

    assert [row.run for row in compare(folders, Question(sort=sort)).rows] == [
        "a-001",
        "a-002",
    ]


def test_an_unknown_column_gets_the_nearest_name(make_run):
    with pytest.raises(RunError, match="no run has the column 'paramters'") as caught:
        compare([make_run("a-001")], Question(sort="paramters"))

    assert "did you mean parameters?" in str(caught.value.hint)


def test_an_unknown_metric_gets_the_nearest_name(make_run):
    with pytest.raises(RunError, match="no run has the metric 'val_acc'") as caught:
        compare([make_run("a-001")], Question(metric="val_acc"))

    assert "did you mean val_accuracy?" in str(caught.value.hint)


def test_runs_that_differ_in_the_seed_alone_are_one_group(make_run):
    folders = [
        make_run("a-001"),
        make_run("a-002", config={"seed": 43, "name": "other"}),
        make_run("a-003", config={"fit/batch_size": 6}),
    ]

    groups = {row.run: row.group for row in compare(folders).rows}

    assert groups["a-001"] == groups["a-002"] != groups["a-003"]


def test_runs_of_one_name_show_their_directories(make_run, tmp_path):
    one = make_run("a-001")
    (tmp_path / "other").mkdir()
    twin = RunFolder(one.path.rename(tmp_path / "other" / "a-001"))
    one = make_run("a-001")

    names = {row.run for row in compare([one, twin, twin]).rows}

    assert names == {str(one.path), str(twin.path)}


@pytest.mark.parametrize(
    ("summary", "config", "words"),
    [
        ({"data_fingerprint": "other"}, {}, "a-003: other data: fingerprint other"),
        (
            {"validation_hash": "other"},
            {},
            "a-003: other validation rows at seed 42, so no pair",
        ),
        (
            {"split_hash": "other"},
            {},
            "a-003: other train and validation rows at seed 42",
        ),
        ({"monitor": "val_auc"}, {}, "a-003: monitors val_auc, not val_loss"),
        ({}, {"compile/loss": "mse"}, "a-003: another loss: mse"),
    ],
)
def test_what_does_not_compare_is_said_first(make_run, summary, config, words):
    same = {"validation_hash": "same"}
    folders = [make_run(f"a-{number:03d}", summary=same) for number in (1, 2)]

    comparison = compare([*folders, make_run("a-003", summary=summary, config=config)])

    assert any(words in caveat for caveat in comparison.caveats)


def test_another_split_at_another_seed_is_as_it_should_be(make_run):
    other = make_run("a-002", summary={"split_hash": "other"}, config={"seed": 43})

    assert compare([make_run("a-001"), other]).caveats == ()


def test_a_repeated_seed_counts_once(make_run):
    comparison = compare([make_run("a-001"), make_run("a-002")])

    assert comparison.groups[0].score.n == 1
    assert "a-001 and 1 more" not in render_text(comparison)
    assert any("trained more than once" in caveat for caveat in comparison.caveats)


def test_other_versions_and_unfinished_runs_are_said(make_run):
    folders = [make_run("a-001"), make_run("a-002"), make_run("a-003", state="running")]
    environment = {"versions": {"keras": "3.14.0", "tensorflow": "2.21.0"}}
    (folders[1].path / "environment.json").write_text(json.dumps(environment))

    caveats = compare(folders).caveats

    assert "a-002: keras 3.14.0, elsewhere 3.15.0" in caveats
    assert any(caveat.startswith("a-003: ") for caveat in caveats)


def test_a_diverged_run_stands_last_and_has_no_gap(make_run):
    diverged = make_run(
        "a-001", (float("nan"),), state="diverged", config={"fit/batch_size": 6}
    )
    folders = [diverged, make_run("a-002")]

    rows = compare(folders).rows

    assert [row.run for row in rows] == ["a-002", "a-001"]
    assert rows[1].score.best is None


def test_a_score_is_sorted_highest_first(make_run):
    short = make_run("short-001", (0.9,), config={"fit/batch_size": 6})
    long = make_run("long-001", (0.9, 0.8, 0.7))

    comparison = compare([short, long], Question(sort="val_accuracy"))

    assert [row.run for row in comparison.rows] == ["long-001", "short-001"]
