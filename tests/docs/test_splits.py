"""Every example of docs/splits.md divides rows as the page says, up to the run."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path

import pytest

from dlrun.cli.app import run
from dlrun.engines import KerasDoor
from dlrun.experiment import parse_spec, read_config
from dlrun.rows import read_rows

PAGE = (Path(__file__).parents[2] / "docs/splits.md").read_text("utf-8")
RANDOM, BY, TIME, WRITTEN, FOLDS = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
MODEL = """
model: {layers: [{Dense: {units: classes, activation: softmax}}]}
compile: {loss: sparse_categorical_crossentropy}
fit: {epochs: 2}
"""
PARTS = ["train", "train", "val", "test"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    place = tmp_path_factory.mktemp("visits")
    with (place / "visits.csv").open("w", newline="") as stream:
        table = csv.writer(stream)
        table.writerow(["patient", "day", "part", "pulse", "outcome"])
        for row in range(120):
            day = f"2024-{1 + row // 28:02d}-{1 + row % 28:02d}"
            outcome = "ill" if row // 3 % 2 else "well"
            table.writerow([f"p{row // 3}", day, PARTS[row % 4], row % 7, outcome])
    texts = {"by": BY, "time": TIME, "written": WRITTEN, "folds": FOLDS}
    for name, text in texts.items():
        (place / f"{name}.yaml").write_text(text + MODEL)
    (place / "random.yaml").write_text(RANDOM + MODEL)
    return place


def parts_of(folder, name, *overrides):
    experiment = parse_spec(read_config(folder / f"{name}.yaml", overrides))
    parts = read_rows(experiment, KerasDoor())[1]
    found = {part: set(one.ids) for part, one in parts.split.parts.items()}
    return found, parts


def test_rows_of_one_patient_stay_together(folder):
    found, parts = parts_of(folder, "by")

    patients = [{row // 3 for row in rows} for rows in found.values()]
    assert sum(map(len, patients)) == 40
    assert [len(rows) for rows in found.values()] == [84, 24, 12]
    assert parts.train.feature_names == ("pulse",)
    at_random, _ = parts_of(folder, "random")
    mixed = [{row // 3 for row in rows} for rows in at_random.values()]
    assert sum(map(len, mixed)) > 40


def test_the_latest_rows_are_held_out_and_the_gap_is_nowhere(folder):
    found, _ = parts_of(folder, "time")

    assert found["test"] == set(range(108, 120))
    assert found["validation"] == set(range(81, 105))
    assert found["train"] == set(range(78))


def test_the_file_may_say_which_part_a_row_is_in(folder):
    found, _ = parts_of(folder, "written")

    assert found["validation"] == {row for row in range(120) if row % 4 == 2}


def test_every_patient_validates_in_one_fold(folder):
    found = [
        parts_of(folder, "folds", f"data.split.fold={fold}")[0] for fold in range(1, 6)
    ]

    patients = [{row // 3 for row in one["validation"]} for one in found]
    assert [len(one) for one in patients] == [8] * 5
    assert set.union(*patients) == {*range(40)}
    for one, held in zip(found, patients, strict=True):
        assert not {row // 3 for row in one["train"]} & held


def test_a_column_that_divides_is_a_feature_where_columns_names_it(folder):
    _, parts = parts_of(
        folder, "by", "data.columns.patient={ordinal: {unknown: category}}"
    )

    assert parts.train.feature_names == ("pulse", "patient")


@pytest.mark.heavy
def test_such_a_run_is_asked_resumed_and_verified(folder, monkeypatch, capsys):
    monkeypatch.chdir(folder)
    assert run(["train", "by.yaml", "-q"]) == 0
    (folder / "new.csv").write_text("pulse\n3\n4\n")

    assert run(["predict", "by_patient", "--data", "new.csv"]) == 0
    assert run(["resume", "by_patient", "--epochs", "3", "-q"]) == 0
    assert run(["verify", "by_patient", "-q"]) == 0

    capsys.readouterr()
    assert run(["evaluate", "by_patient", "--data", "visits.csv", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)
