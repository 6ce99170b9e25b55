"""The models of all folds, asked together."""

from __future__ import annotations

import csv
import io
import json
import shutil
import sys
from contextlib import chdir

import numpy as np
import pytest

from dlrun.cli.app import run
from dlrun.runs import RunFolder

pytestmark = pytest.mark.heavy

NUMBERS = """\
name: prices
data:
  csv: {path: prices.csv, labels: [price, rooms], ids: house}
  columns: {area: {scale: standard}, age: {scale: standard}}
  scale_labels: standard
  split: {folds: 3}
model: {layers: [{Dense: 8}, {Dense: 2}]}
compile: {loss: mse, metrics: [mae]}
fit: {epochs: 2}
"""


@pytest.fixture(scope="module")
def trained(tmp_path_factory, write_configs):
    """A directory with folds of classes, and of numbers in units of their own."""
    directory = tmp_path_factory.mktemp("folds")
    write_configs(directory)
    (directory / "prices.yaml").write_text(NUMBERS)
    with (directory / "prices.csv").open("w", newline="") as stream:
        table = csv.writer(stream)
        table.writerow(["house", "area", "age", "price", "rooms"])
        for row in range(24):
            area = 40 + 5 * (row * 7 % 24)
            price = 2000 * area + 100 * row
            table.writerow([f"h{row}", area, row, price, area // 20])
    with chdir(directory):
        assert run(["train", "people.yaml", "--folds", "3", "-q"]) == 0
        assert run(["train", "prices.yaml", "-q"]) == 0
    return directory


@pytest.fixture
def here(trained, monkeypatch):
    monkeypatch.chdir(trained)
    return trained


def means(dlrun, name, *words):
    """What the three runs say one by one, on average, and by column."""
    tables = [dlrun("predict", f"{name}-00{one}", *words).table for one in (1, 2, 3)]
    return [
        {
            column: np.mean([float(table[place][column]) for table in tables])
            for column in tables[0][0]
            if column.startswith("prob")
            or (name == "prices" and "prediction" in column)
        }
        for place in range(len(tables[0]))
    ]


@pytest.mark.parametrize("asked", ["people.folds-001", "people-002", "people"])
def test_probabilities_are_the_mean_of_the_folds(dlrun, here, asked):
    rows = ["--rows", "[[150, 67], [171, 70], [185, 90]]", "--proba"]

    outcome = dlrun("predict", asked, "--ensemble", *rows)

    assert outcome.code == 0, outcome.err
    expected = means(dlrun, "people", *rows)
    for row, mean in zip(outcome.table, expected, strict=True):
        assert {name: float(row[name]) for name in mean} == pytest.approx(mean, 1e-4)
        assert row["prediction"] == ("f" if mean["probability_f"] > 0.5 else "m")


def test_numbers_are_averaged_in_the_units_of_the_file(dlrun, here):
    rows = ["--data", "prices.csv", "--keep", "age"]

    outcome = dlrun("predict", "prices", "--ensemble", *rows)

    assert outcome.code == 0, outcome.err
    expected = means(dlrun, "prices", *rows)
    assert [row["id"] for row in outcome.table] == [f"h{row}" for row in range(24)]
    assert [row["age"] for row in outcome.table] == [f"{row}" for row in range(24)]
    for row, mean in zip(outcome.table, expected, strict=True):
        assert {name: float(row[name]) for name in mean} == pytest.approx(mean, 1e-4)


def test_standard_input_is_read_once_for_all(dlrun, here, monkeypatch):
    text = (here / "people.csv").read_bytes()
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text)))

    outcome = dlrun("predict", "people", "--ensemble", "--data", "-", "--json")

    from_file = dlrun(
        "predict", "people", "--ensemble", "--data", "people.csv", "--json"
    )
    assert outcome.code == 0, outcome.err
    assert outcome.out == from_file.out


def test_what_trained_the_models_is_no_test_of_them(dlrun, here):
    for command in ("predict", "evaluate"):
        for words in ([], ["--split", "validation"]):
            outcome = dlrun(command, "people.folds-001", "--ensemble", *words)

            assert outcome.code != 0
            assert "has trained all models but one" in outcome.err
            assert "--split test" in outcome.err


def test_test_rows_are_asked_of_all_and_each_look_is_counted(dlrun, here):
    before = RunFolder(here / "runs/people-001").metrics().test_looks

    words = ["people", "--ensemble", "--split", "test"]
    predicted = dlrun("predict", *words)
    outcome = dlrun("evaluate", *words, "--json")

    values = json.loads(outcome.out)
    hits = [row["label"] == row["prediction"] for row in predicted.table]
    assert values["runs"] == ["people-001", "people-002", "people-003"]
    assert values["metrics"]["accuracy"] == sum(hits) / len(hits)
    assert values["test_looks"] == before + 2


def test_figures_of_numbers_are_those_of_the_mean(dlrun, here):
    outcome = dlrun(
        "evaluate", "prices", "--ensemble", "--data", "prices.csv", "--json"
    )

    table = dlrun("predict", "prices", "--ensemble", "--data", "prices.csv").table
    errors = [
        abs(float(row[f"label_{name}"]) - float(row[f"prediction_{name}"]))
        for row in table
        for name in ("price", "rooms")
    ]
    values = json.loads(outcome.out)
    assert values["metrics"]["mae"] == pytest.approx(np.mean(errors), 1e-5)
    assert "scale_labels" not in values
    assert "warning: 24 of 24 rows have trained these models" in outcome.err


def test_rows_that_are_new_are_not_suspected(dlrun, here):
    (here / "new.csv").write_text("height,weight,sex\n150.5,51.5,f\n191,99,m\n")

    outcome = dlrun("evaluate", "people", "--ensemble", "--data", "new.csv")

    assert outcome.code == 0
    assert "people, 3 folds together, on 2 rows of new.csv: accuracy" in outcome.out
    assert not outcome.err


def test_a_run_that_is_no_fold_says_how_there_are_folds(dlrun, here):
    assert run(["train", "people.yaml", "-s", "name=alone", "-q"]) == 0

    outcome = dlrun("predict", "alone", "--ensemble", "--rows", "[[1, 2]]")

    assert outcome.code != 0
    assert "alone-001 is not one of folds that are all finished" in outcome.err
    assert "dlrun train runs/alone-001/config.yaml --folds 5" in outcome.err


def test_folds_are_no_run_and_that_is_said(dlrun, here):
    for command in ("predict", "diagnose", "verify"):
        outcome = dlrun(command, "people.folds-001")

        assert outcome.code != 0
        assert "people.folds-001 is what folds say together, and no run" in outcome.err


def test_a_fold_that_is_gone_is_named(dlrun, trained, tmp_path, monkeypatch):
    shutil.copytree(trained / "runs", tmp_path / "runs")
    shutil.rmtree(tmp_path / "runs/people-002")
    monkeypatch.chdir(tmp_path)

    outcome = dlrun("predict", "people.folds-001", "--ensemble", "--rows", "[[1, 2]]")

    assert outcome.code != 0
    assert "people.folds-001 tells of people-002, which is not beside it" in outcome.err


def test_folds_have_one_line_among_the_runs(dlrun, here):
    lines = [line.split()[0] for line in dlrun("runs").out.splitlines()]

    (told,) = (one for one in dlrun("runs").out.splitlines() if "prices" in one)
    mean = json.loads((here / "runs/prices.folds-001/folds.json").read_text())["mean"]
    assert {"people.folds-001", "prices.folds-001"} < {*lines}
    assert not {"people-001", "people-002", "prices-003"} & {*lines}
    assert f"val_loss (scaled) {mean['val_loss']['mean']:.1f}" in told
    each = dlrun("runs", "--folds").out
    assert all(name in each for name in ("people-001", "prices-003", "2/3"))
    assert ".folds-" not in each
    assert len(json.loads(dlrun("runs", "--json").out)) >= 6


def test_folds_are_compared_by_the_name_of_their_folder(dlrun, here):
    outcome = dlrun("compare", "people.folds-001", "--json")

    (group,) = json.loads(outcome.out)["groups"]
    assert group["runs"] == ["people-001", "people-002", "people-003"]
