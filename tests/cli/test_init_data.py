from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

DATASETS = Path(__file__).parents[2] / "datasets"


@pytest.fixture
def penguins(here):
    shutil.copy(DATASETS / "penguins.csv", here)
    return here / "penguins.csv"


def test_a_config_is_written_for_a_table(dlrun, penguins):
    outcome = dlrun("init", "--data", "penguins.csv", "--labels", "species")

    assert outcome.code == 0
    assert outcome.out == "penguins.yaml\n"
    assert outcome.err == "next: read it, then dlrun validate penguins.yaml --data\n"
    checked = dlrun("validate", "penguins.yaml", "--data", "--warnings-as-errors")
    assert checked.code == 0


def test_a_config_that_is_there_is_kept(dlrun, penguins):
    Path("penguins.yaml").write_text("mine")

    outcome = dlrun("init", "--data", "penguins.csv", "--labels", "species")

    assert outcome.code == 3
    assert "penguins.yaml is there already" in outcome.err
    assert Path("penguins.yaml").read_text() == "mine"


def test_without_labels_it_says_which_columns_could_be_meant(dlrun, penguins):
    outcome = dlrun("init", "--data", "penguins.csv")

    assert outcome.code == 3
    assert outcome.err == (
        "error: penguins.csv has 8 columns: which of them is to be learned?\n"
        "   = help: write dlrun init --data penguins.csv --labels species; "
        "it could be species: 3 classes; year: 3 classes; island: 3 classes; "
        "sex: 2 classes; bill_length_mm: a number\n"
    )
    assert not Path("penguins.yaml").exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--data", "pinguins.csv", "--labels", "y"], "did you mean penguins.csv?"),
        (["--data", "penguins.csv", "--labels", "specis"], "you mean species?"),
        (["--data", "book.xlsx", "--labels", "y"], "save the table as CSV in UTF-8"),
        (["--data", "empty.csv", "--labels", "y"], "empty.csv is empty"),
        (["--data", "cut.parquet", "--labels", "y"], "is no whole Parquet file"),
        (["--data", "abc.parquet", "--labels", "y"], "is no whole Parquet file"),
        (["--data", "cyrillic.csv", "--labels", "y"], "is not UTF-8 text"),
        (["--data", "header.csv", "--labels", "y"], "a first line, but no rows"),
        (["--data", "page.csv", "--labels", "y"], "is a web page, not a table"),
        (["--data", "rows.csv", "--labels", "y"], "json_normalize"),
        (["--labels", "y"], "--labels names a column of --data FILE"),
    ],
)
def test_a_wrong_file_or_label_gets_a_cure(dlrun, penguins, arguments, words):
    Path("book.xlsx").write_bytes(b"PK\x03\x04 and more")
    Path("empty.csv").write_text("")
    Path("abc.parquet").write_text("abc")
    Path("cut.parquet").write_bytes(b"PAR1 and nothing else")
    Path("cyrillic.csv").write_text("a,y\n1,добрый\n", "cp1251")
    Path("page.csv").write_text("<!DOCTYPE html>\n<html></html>\n")
    Path("rows.csv").write_text('[{"a": 1, "y": 2}, {"a": 2, "y": 1}]\n')
    Path("header.csv").write_text("a,y\n")

    outcome = dlrun("init", *arguments, "--out", "first.yaml")

    assert outcome.code in {2, 3}
    assert words in " ".join(outcome.err.split())
    assert not Path("first.yaml").exists()


@pytest.mark.heavy
@pytest.mark.parametrize(
    ("name", "labels", "figure", "least"),
    [("penguins", "species", "accuracy", 0.9), ("cars", "Miles_per_Gallon", "r2", 0.7)],
)
def test_what_is_written_trains_and_predicts_the_same_file(
    dlrun, here, name, labels, figure, least
):
    shutil.copy(DATASETS / f"{name}.csv", here)
    dlrun("init", "--data", f"{name}.csv", "--labels", labels)

    trained = dlrun("train", f"{name}.yaml", "-q", "-s", "fit.epochs=30")
    predicted = dlrun("predict", name, "--data", f"{name}.csv")

    assert trained.code == predicted.code == 0
    found = re.search(rf"val_{figure}\w* (\S+?)[,\n]", trained.out)
    assert float(found[1]) > least
    rows = len((here / f"{name}.csv").read_text().splitlines())
    assert len(predicted.out.splitlines()) == rows


def test_letters_that_the_locale_lacks_are_not_taken_for_other_bytes(here):
    Path("größe.csv").write_text("a,y\n1,2\n", "utf-8")
    plain = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    command = [sys.executable, "-m", "dlrun", "init", "--data", "größe.csv"]

    outcome = subprocess.run(
        command, env=os.environ | plain, capture_output=True, check=False
    )

    assert outcome.returncode == 3
    assert b"has letters that the locale of this terminal lacks" in outcome.stderr
    assert b"set LC_ALL=C.UTF-8" in outcome.stderr
