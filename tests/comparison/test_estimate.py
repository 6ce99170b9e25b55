from __future__ import annotations

import pytest

from dlrun.comparison import Question, compare
from dlrun.errors import RunError
from dlrun.report.text import render_text
from dlrun.runs import RecordedDiagnosis


def named(comparison):
    return {group.name: group for group in comparison.groups}


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


def test_the_verdict_of_a_group_is_that_of_most_seeds(study):
    for folder, onset in zip(study[:5], (8, 9, 9, 10, None), strict=True):
        good = RecordedDiagnosis(verdict="GOOD_FIT", tag="ok")
        overfit = RecordedDiagnosis(
            verdict="OVERFITTING", tag=f"overfit@{onset}", onset=onset
        )
        folder.write_diagnosis(overfit if onset else good)

    comparison = compare(study)

    base = named(comparison)["base"]
    assert (base.verdict, base.verdict_runs, base.onset) == ("OVERFITTING", 4, 9)
    assert base.tag == "overfit@9 4/5"
    # The other groups have three epochs.
    assert comparison.verdict[-1] == (
        "base overfits from epoch 9 on; of 3 others it cannot be told."
    )


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


def test_a_score_is_sorted_highest_first(make_run):
    short = make_run("short-001", (0.9,), config={"fit/batch_size": 6})
    long = make_run("long-001", (0.9, 0.8, 0.7))

    comparison = compare([short, long], Question(sort="val_accuracy"))

    assert [row.run for row in comparison.rows] == ["long-001", "short-001"]


def test_a_diverged_run_stands_last_and_has_no_gap(make_run):
    diverged = make_run(
        "a-001", (float("nan"),), state="diverged", config={"fit/batch_size": 6}
    )
    folders = [diverged, make_run("a-002")]

    rows = compare(folders).rows

    assert [row.run for row in rows] == ["a-002", "a-001"]
    assert rows[1].score.best is None


def test_a_repeated_seed_counts_once(make_run):
    comparison = compare([make_run("a-001"), make_run("a-002")])

    assert comparison.groups[0].score.n == 1
    assert "a-001 and 1 more" not in render_text(comparison)
    assert any("trained more than once" in caveat for caveat in comparison.caveats)
