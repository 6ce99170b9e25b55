from __future__ import annotations

import json
from pathlib import Path

import pytest

from dlrun.runs import find_runs

FOLDS = "data.split={folds: 4}"
SHORT = ["-s", "fit.epochs=2", "--points", "3", "--seeds", "2", "-q"]


def test_a_dry_run_lists_the_points_and_trains_nothing(dlrun, here):
    outcome = dlrun("study", "people.yaml", "--over", "rows", "--dry-run")

    assert outcome.code == 0
    assert "rows-0.25: -s data.split.train=0.25" in outcome.out
    assert "left out: rows-0.0312" in outcome.out
    assert not (here / "runs").exists()


@pytest.mark.parametrize(
    ("words", "cure"),
    [
        (("--over", "row"), "did you mean rows?"),
        (("--over", "depth"), "a curve goes over rows, width, epochs"),
        (("--points", "4"), "--over rows --points 9"),
        (("--over", "rows", "--only", "l2"), "--only names variants"),
    ],
)
def test_options_that_mean_nothing_are_refused(dlrun, here, words, cure):
    outcome = dlrun("study", "people.yaml", *words, "--dry-run")

    assert outcome.code == 2
    assert cure in " ".join(outcome.err.replace("│", " ").split())


@pytest.mark.parametrize(
    ("words", "code", "cure"),
    [
        (("--over", "epochs", "-s", "fit.epochs=1"), "too-few-epochs", "fit.epochs=20"),
        (("--over", "rows", "-s", "data.split.train=0.125"), "", "too few rows"),
        (("--over", "rows", "-s", FOLDS), "no-share", "-u data.split.folds"),
        (("--over", "width", "-s", FOLDS), "no-fold", "-s data.split.fold=1"),
    ],
)
def test_a_config_without_such_a_curve_is_refused(dlrun, here, words, code, cure):
    outcome = dlrun("study", "people.yaml", *words)

    assert outcome.code == 3
    assert code in outcome.err
    assert cure in outcome.err
    assert not (here / "runs").exists()


@pytest.mark.heavy
def test_a_curve_over_rows_goes_on_and_is_told_in_all_forms(dlrun, here):
    words = ["study", "people.yaml", "--over", "rows", *SHORT, "-s", "fit.batch_size=2"]

    first = dlrun(*words)
    again = dlrun(*words, "--html", "page.html")
    values = json.loads(dlrun(*words, "--json").out)

    assert first.code == again.code == 0
    assert first.out == again.out
    assert "people over rows, 2 seeds" in first.out
    assert "next: dlrun compare runs/people-*" in first.err
    assert (
        "Whether more rows would help cannot be told"
        in (here / "page.html").read_text()
    )
    assert [point["size"] for point in values["points"]] == [2, 8]
    assert values["twice"] is None
    assert "--points 5" in values["unknown"]
    folders = find_runs(here / "runs")
    assert len(folders) == 4
    for seed in {folder.config()["seed"] for folder in folders}:
        alike = [one for one in folders if one.config()["seed"] == seed]
        assert len({one.summary().validation_hash for one in alike}) == 1


@pytest.mark.heavy
def test_shorter_runs_are_the_beginning_of_a_longer_one_to_the_bit(dlrun, here):
    over = ["study", "people.yaml", "--over", "epochs", "--seeds", "1", "-q", "--json"]

    values = json.loads(dlrun(*over, "-s", "fit.epochs=4").out)
    dlrun("train", "people.yaml", "-s", "fit.epochs=2", "-q")

    assert [point["size"] for point in values["points"]] == [1, 2, 4]
    (longer,) = [one for one in find_runs(here / "runs") if "as-given" in one.name]
    (shorter,) = [one for one in find_runs(here / "runs") if "as-given" not in one.name]
    hashes = [list(one.history()["weights_sha256"]) for one in (longer, shorter)]
    assert len(hashes[1]) in {2, 3}
    assert hashes[0][: len(hashes[1])] == hashes[1]
    losses = shorter.history()["val_accuracy"]
    assert values["points"][1]["score"]["mean"] in [float(value) for value in losses]


@pytest.mark.heavy
def test_the_example_of_the_page_over_rows_trains(dlrun, tmp_path):
    config = Path(__file__).parents[2] / "configs/study/digits.yaml"
    words = ["--over", "rows", "-u", "data.split.train", "-s", "fit.epochs=1"]
    few = ["--seeds", "1", "--points", "2", "--runs", str(tmp_path), "-q", "--json"]

    values = json.loads(dlrun("study", str(config), *words, *few).out)

    assert [point["size"] for point in values["points"]] == [56, 898]
    assert values["twice"] is None
