"""A table with gaps and categories, from the config to predictions for a new file."""

from __future__ import annotations

import json
from contextlib import chdir
from pathlib import Path

import numpy as np
import pytest

from dlrun.cli.app import run
from dlrun.runs import RunFolder

pytestmark = pytest.mark.heavy

CONFIGS = Path(__file__).parents[2] / "configs"
NEW = """\
body_mass_g,sex,island,bill_length_mm,flipper_length_mm,bill_depth_mm,remark
3750,male,Torgersen,39.1,181,18.7,first
5000,NA,Biscoe,47,,14,no flipper
"""


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A directory with a run of the penguins, stopped after two epochs and resumed."""
    directory = tmp_path_factory.mktemp("penguins")
    (directory / "new.csv").write_text(NEW)
    config = str(CONFIGS / "tables/penguins.yaml")
    with chdir(directory):
        assert run(["train", config, "-q", "-s", "fit.epochs=8"]) == 0
        assert run(["train", config, "-q", "-s", "fit.epochs=10"]) == 0
        assert run(["resume", "penguins-001", "--epochs", "10"]) == 0
    return directory


@pytest.fixture(autouse=True)
def in_its_directory(trained, monkeypatch):
    monkeypatch.chdir(trained)


def told(capsys, *arguments):
    code = run(list(arguments))
    return code, *capsys.readouterr()


def test_a_table_as_it_is_teaches_the_species(trained):
    metrics = RunFolder(trained / "runs/penguins-002").metrics()

    assert metrics.best["val_accuracy"] > 0.95


def test_a_resumed_run_has_the_bits_of_one_that_was_not_stopped(trained):
    histories = [
        RunFolder(trained / f"runs/penguins-00{number}").history() for number in (1, 2)
    ]

    assert histories[0]["weights_sha256"] == histories[1]["weights_sha256"]


def test_a_run_is_trained_again_to_the_bit(capsys):
    code, out, _ = told(capsys, "verify", "penguins-002")

    assert code == 0
    assert "identical" in out


def test_a_new_file_with_gaps_is_predicted(capsys):
    code, out, err = told(capsys, "predict", "penguins", "--data", "new.csv")

    assert (code, err) == (0, "")
    assert out.splitlines() == ["id,prediction", "0,Adelie", "1,Gentoo"]


def test_what_a_new_file_has_that_no_train_row_has_is_told(capsys, trained):
    (trained / "strange.csv").write_text(NEW.replace("Biscoe", "Bouvet"))

    code, out, err = told(capsys, "predict", "penguins", "--data", "strange.csv")

    assert (code, out) == (3, "")
    assert 'column "island" has the category "Bouvet", which no train row has' in err
    assert "strange.csv:3" in err


def test_rows_of_the_run_are_predicted_by_their_file_as_by_the_run(capsys):
    csv = str(CONFIGS.parent / "datasets/penguins.csv")
    _, by_file, _ = told(capsys, "predict", "penguins", "--data", csv, "--json")
    _, by_run, _ = told(capsys, "predict", "penguins", "--json")

    answers = {row["id"]: row for row in map(json.loads, by_file.splitlines())}
    rows = [json.loads(line) for line in by_run.splitlines()]

    assert len(rows) == 69
    assert all(answers[row["id"]]["prediction"] == row["prediction"] for row in rows)


def test_a_file_with_labels_is_evaluated(capsys):
    csv = str(CONFIGS.parent / "datasets/penguins.csv")

    code, out, _ = told(capsys, "evaluate", "penguins", "--data", csv)

    assert code == 0
    assert out.startswith("penguins-002 on 344 rows")


def test_the_summary_of_a_run_has_its_columns(capsys):
    code, out, _ = told(capsys, "summary", "penguins")

    assert code == 0
    assert "one_hot missing=category" in out


def test_encoders_are_settings_of_a_comparison(capsys):
    config = str(CONFIGS / "tables/penguins.yaml")
    sets = ["-s", "data.columns.island=drop", "-s", "fit.epochs=10"]
    assert run(["train", config, "-q", "--name", "without", *sets]) == 0
    capsys.readouterr()

    _, out, _ = told(capsys, "compare", "runs/penguins-002", "runs/without-001")

    assert "island" in out
    assert "one_hot" in out


def test_a_notebook_passes_a_frame_and_gets_one():
    import pandas as pd

    from dlrun.api import open_run

    frame = pd.read_csv("new.csv")

    predicted = open_run("penguins").predict(frame)

    assert predicted["prediction"].tolist() == ["Adelie", "Gentoo"]
    assert np.isclose(predicted.filter(like="probability").sum(axis=1), 1).all()


def test_preprocessing_is_vouched_for(capsys, trained):
    file = trained / "runs/penguins-001/preprocessing.json"
    text = file.read_text()
    file.write_text(text.replace('"median"', '"mean"'))

    code, _, err = told(capsys, "predict", "penguins-001", "--data", "new.csv")

    file.write_text(text)
    assert code == 3
    assert "preprocessing.json" in err
