from __future__ import annotations

import json

import pytest

from dlrun.comparison import Question, compare


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
        ({}, {"compile/loss": "mse"}, "a-003: another loss: compile.loss is mse"),
    ],
)
def test_what_does_not_compare_is_said_first(make_run, summary, config, words):
    same = {"validation_hash": "same"}
    folders = [make_run(f"a-{number:03d}", summary=same) for number in (1, 2)]

    comparison = compare([*folders, make_run("a-003", summary=summary, config=config)])

    assert any(words in caveat for caveat in comparison.caveats)


def test_of_trials_that_pause_it_is_only_said_how_many(make_run):
    paused = {"state": "interrupted", "reason": "paused after epoch 4; it can go on"}
    folders = [make_run("a-001"), *(make_run(f"a-00{n}", **paused) for n in (2, 3))]

    searched = compare(folders, Question(metric="val_loss", is_goal=True)).caveats
    others = compare(folders).caveats

    words = "2 runs paused where others were better, and count as far as they got"
    assert words in searched
    assert not any("interrupted" in caveat for caveat in searched)
    assert any("interrupted (paused after epoch 4" in caveat for caveat in others)


def test_runs_with_and_without_images_are_runs_on_one_table(make_run):
    def run(number, of_all, **images):
        own = {"cells_fingerprint": "cells", "images": images} if images else {}
        prints = {"data_fingerprint": of_all, **own}
        return make_run(f"a-{number:03d}", summary=prints)

    folders = [run(1, "cells"), run(2, "x", photo="1"), run(3, "x", photo="1")]
    changed = run(4, "y", photo="2", scan="3")

    before = compare(folders).caveats
    assert not any("other" in caveat for caveat in before)
    caveats = set(compare([*folders, changed]).caveats) - {*before}
    assert caveats == {"a-004: other images in the column photo"}


def test_of_other_cells_it_is_not_said_that_images_are_others(make_run):
    prints = {"data_fingerprint": "x", "cells_fingerprint": "cells"}
    first = [
        make_run(f"a-00{one}", summary={**prints, "images": {"photo": "1"}})
        for one in (1, 2)
    ]
    other = {
        "data_fingerprint": "y",
        "cells_fingerprint": "other",
        "images": {"photo": "2"},
    }

    caveats = compare([*first, make_run("a-003", summary=other)]).caveats

    assert any("other data" in caveat for caveat in caveats)
    assert not any("images" in caveat for caveat in caveats)


def test_another_split_at_another_seed_is_as_it_should_be(make_run):
    other = make_run("a-002", summary={"split_hash": "other"}, config={"seed": 43})

    assert compare([make_run("a-001"), other]).caveats == ()


def test_other_versions_and_unfinished_runs_are_said(make_run):
    folders = [make_run("a-001"), make_run("a-002"), make_run("a-003", state="running")]
    environment = {"versions": {"keras": "3.14.0", "tensorflow": "2.21.0"}}
    (folders[1].path / "environment.json").write_text(json.dumps(environment))

    caveats = compare(folders).caveats

    assert "a-002: keras 3.14.0, elsewhere 3.15.0" in caveats
    assert any(caveat.startswith("a-003: ") for caveat in caveats)


def test_runs_that_stopped_early_had_another_budget(make_group):
    folders = make_group("base", 0.5, (1, 2), **{"fit/epochs": 50})

    (caveat,) = compare(folders).caveats

    assert caveat == "base: stopped early, after 3 of 50 epochs"


@pytest.mark.parametrize(
    ("monitors", "warning"),
    [
        (("val_loss", "val_accuracy"), "a-1: monitors val_loss, not val_accuracy"),
        (("val_accuracy", "val_loss"), "a-2: monitors val_loss, not val_accuracy"),
        (
            ("val_loss", "val_loss", "val_accuracy"),
            "a-1, a-2: monitors val_loss, not val_accuracy",
        ),
        (("val_loss", "val_loss"), "every run monitors val_loss, not val_accuracy"),
    ],
)
def test_the_runs_whose_monitor_is_not_the_metric_are_named(
    make_run, monitors, warning
):
    runs = [
        make_run(f"a-{number}", summary={"monitor": monitor})
        for number, monitor in enumerate(monitors, 1)
    ]

    caveats = compare(runs, Question(metric="val_accuracy")).caveats

    assert [caveat for caveat in caveats if "monitors" in caveat] == [warning]


def test_a_switch_that_only_some_runs_have_is_named(make_run):
    runs = [make_run(f"a-{number}") for number in (1, 2, 3)]
    for run, switches in zip(runs, ({}, {}, {"XLA_FLAGS": "x"}), strict=True):
        text = json.dumps({"versions": {}, "switches": switches})
        (run.path / "environment.json").write_text(text)

    assert "a-3: XLA_FLAGS x, elsewhere not set" in compare(runs).caveats
