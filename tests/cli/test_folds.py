"""A run for each fold, told together at the end."""

from __future__ import annotations

import csv
import json

import pytest

from dlrun.cli.app import run

FOLDS = ["train", "people.yaml", "--folds", "4", "-q"]


def test_without_training_each_fold_is_checked(here, capsys):
    assert run([*FOLDS, "--dry-run", "--seeds", "2"]) == 0

    told = capsys.readouterr()
    assert "folds validate in place of data.split.validation: 0.25" in told.err
    lines = told.out.splitlines()
    assert len(lines) == 8
    assert lines[1].startswith("people with seed 3, fold 2: ready to train on 9 train")


def test_one_run_has_one_fold(here, capsys):
    assert run(["study", "people.yaml", "-s", "data.split={folds: 3}", "-q"]) != 0

    told = capsys.readouterr().err
    assert (
        run(["study", "people.yaml", "-s", "data.split={folds: 3}", "--dry-run"]) != 0
    )
    assert "3 folds are 3 runs, and none is chosen" in told
    assert "data.split.fold=1" in told


@pytest.mark.heavy
def test_folds_are_runs_that_are_told_together(here, capsys):
    assert run([*FOLDS, "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)

    (folds,) = answer["folds"]
    assert [one["run"] for one in folds["runs"]] == [
        f"people-00{number}" for number in range(1, 5)
    ]
    assert [one["fold"] for one in folds["runs"]] == [1, 2, 3, 4]
    assert {one["train"] for one in folds["runs"]} == {9}
    assert folds["overlap"] == pytest.approx(1 / 3)
    losses = [one["metrics"]["val_loss"] for one in folds["runs"]]
    assert folds["mean"]["val_loss"]["mean"] == pytest.approx(sum(losses) / 4)
    kept = here / "runs/people.folds-001"
    assert json.loads((kept / "folds.json").read_text())["runs"] == folds["runs"]
    with (kept / "predictions.csv").open() as stream:
        rows = list(csv.DictReader(stream))
    assert len(rows) == len({row["id"] for row in rows}) == 12
    assert folds["pooled"]["output"]["rows"] == 12


@pytest.mark.heavy
def test_a_fold_is_a_run_like_others(here, capsys):
    assert run([*FOLDS[:3], "2", "-q"]) == 0
    assert run(["verify", "people-002", "-q"]) == 0
    assert run(["resume", "people-002", "--epochs", "4", "-q"]) == 0
    assert run(["evaluate", "people-001", "--json"]) == 0
    again = ["train", "runs/people-002/config.yaml", "-q"]
    assert run(again) == 0

    capsys.readouterr()
    assert run([*again, "--folds", "2"]) == 0
    told = capsys.readouterr().out
    assert "people: 2 folds, each at its best epoch" in told
    assert "(2 folds)" in told
    assert "corrected variance of Nadeau and Bengio, 2003" in told
    assert "predictions out of fold, 12 rows: accuracy" in told
    assert (here / "runs/people.folds-002").is_dir()
