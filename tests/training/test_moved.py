"""A run whose data lie elsewhere is asked as before, once somebody says where."""

from __future__ import annotations

import json
from contextlib import chdir
from pathlib import Path

import pytest

import dlrun
from dlrun.cli.app import run
from dlrun.errors import DataError, RunError
from dlrun.runs import RunFolder

pytestmark = pytest.mark.heavy

CONFIG = """\
name: moved
seed: 2
data:
  csv: {path: ../data/rows.csv, labels: y}
  split: {validation: 0.25, test: 0.25}
model: {layers: [{Dense: {units: 2, activation: softmax}}]}
compile: {loss: sparse_categorical_crossentropy}
fit: {epochs: 2, batch_size: 4}
"""


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A project whose run has been trained under another path."""
    directory = tmp_path_factory.mktemp("project")
    old = directory / "old"
    for name in ("configs", "data"):
        (old / name).mkdir(parents=True)
    (old / "configs/moved.yaml").write_text(CONFIG)
    lines = [f"{number % 5},{number % 3},{number % 2}" for number in range(16)]
    (old / "data/rows.csv").write_text("\n".join(["a,b,y", *lines, ""]))
    (old / "other").mkdir()
    (old / "other/rows.csv").write_text("\n".join(["a,b,y", *lines[1:], "9,9,1", ""]))
    with chdir(old):
        assert run(["train", "configs/moved.yaml", "-q"]) == 0
    return old.rename(directory / "new")


@pytest.fixture(autouse=True)
def in_its_directory(trained, monkeypatch):
    monkeypatch.chdir(trained)


def told(capsys, *arguments):
    code = run(list(arguments))
    return code, *capsys.readouterr()


@pytest.mark.parametrize("command", ["predict", "evaluate", "verify"])
def test_what_is_not_found_is_answered_with_an_option_that_finds_it(capsys, command):
    code, _, err = told(capsys, command, "moved")

    assert code == 3
    assert "if the data were moved, add --data-root ." in err
    assert told(capsys, command, "moved", "--data-root", ".")[0] == 0


@pytest.mark.parametrize("root", ["data", "configs", ".."])
def test_any_folder_above_the_data_will_do(capsys, trained, root):
    (trained.parent / "data").symlink_to("new/data") if root == ".." else None

    code, out, _ = told(capsys, "evaluate", "moved", "--data-root", root, "--json")

    assert code == 0
    assert json.loads(out)["data"] == "validation rows"


def test_where_nobody_can_tell_the_option_stands_with_a_place_for_it(
    capsys, monkeypatch, trained, tmp_path
):
    (tmp_path / "runs").symlink_to(trained / "runs")
    monkeypatch.chdir(tmp_path)

    code, _, err = told(capsys, "predict", "moved")

    assert code == 3
    assert "say where they are: --data-root DIR" in err


def test_a_folder_that_does_not_hold_them_is_told_what_is_looked_for(capsys):
    code, _, err = told(capsys, "predict", "moved", "--data-root", "runs/moved-001")

    assert code == 3
    assert "old/data/rows.csv, or an end of that path" in err
    assert told(capsys, "predict", "moved", "--data-root", "nowhere")[0] == 3


@pytest.mark.parametrize(
    ("command", "code"), [("predict", 3), ("evaluate", 3), ("verify", 4)]
)
def test_other_data_are_refused(capsys, command, code):
    found, _, err = told(capsys, command, "moved", "--data-root", "other")

    assert found == code
    assert "other holds other data than moved-001 was trained on" in err
    assert "name the folder of the same data with --data-root" in err


def test_a_run_that_goes_on_keeps_the_paths_that_it_has(capsys, trained):
    folder = RunFolder(trained / "runs/moved-001")
    before = folder.config()["data"]

    code, _, err = told(
        capsys, "resume", "moved", "--epochs", "4", "--data-root", "data"
    )

    assert code == 0
    assert "next: dlrun predict runs/moved-001 --data-root data" in err
    assert folder.config()["data"] == before
    assert folder.resumptions()[0].data_root == str(trained / "data")
    assert told(capsys, "verify", "moved", "--data-root", "data")[0] == 0


def test_rows_that_are_given_are_where_they_are_said_to_be(capsys):
    code, out, err = told(
        capsys, "predict", "moved", "--data", "other/rows.csv", "--data-root", "data"
    )

    assert code == 0
    assert len(out.splitlines()) == 17
    assert "--data-root changes nothing here" in err


def test_a_notebook_says_it_once():
    lost = dlrun.open_run("moved")
    found = dlrun.open_run("moved", data_root="data")

    with pytest.raises(DataError, match="there is no file"):
        lost.evaluate()
    assert len(found.predict()) == 4
    assert found.evaluate().keys() == {"loss", "accuracy"}
    assert len(found.predict(Path("other/rows.csv"))) == 16
    with pytest.raises(RunError, match="other data"):
        dlrun.open_run("moved", data_root="other").evaluate()
