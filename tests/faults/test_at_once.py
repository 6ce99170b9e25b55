"""Several commands in one folder at once: each answers, and sees no damage."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
import yaml

from dlrun.cli.app import run as command
from dlrun.runs import find_runs

pytestmark = pytest.mark.heavy
CONFIG = {
    "name": "busy",
    "seed": 4,
    "data": {
        "inline": {
            "features": [[number % 7, number % 5] for number in range(40)],
            "labels": [number % 2 for number in range(40)],
        },
        "split": {"validation": 0.25},
    },
    "model": {"layers": [{"Dense": {"units": 2, "activation": "softmax"}}]},
    "compile": {"loss": "sparse_categorical_crossentropy"},
    "fit": {"epochs": 40, "batch_size": 8, "checkpoint_seconds": 0},
}
READERS = (
    ("compare", "runs"),
    ("runs", "--json"),
    ("diagnose", "busy-001"),
    ("advise", "busy-001"),
    ("show", "busy-001"),
)


def start(here, *words):
    return subprocess.Popen(
        [sys.executable, "-m", "dlrun", *words, "-q"],
        cwd=here,
        env=os.environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


@pytest.fixture
def here(tmp_path, monkeypatch):
    (tmp_path / "busy.yaml").write_text(yaml.safe_dump(CONFIG))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def epochs_of(here):
    runs = find_runs(here / "runs") if (here / "runs").is_dir() else []
    return len(runs[0].history().get("epoch", ())) if runs else 0


def read_until(here, process, capsys):
    """Ask every question again and again while a process trains."""
    asked = 0
    while process.poll() is None:
        if epochs_of(here):
            for words in READERS:
                code = command([*words])
                said = capsys.readouterr()
                assert code == 0, (words, said.err)
                assert "damaged" not in said.out + said.err, words
            asked += 1
    assert process.communicate()[0] is not None
    return asked


def test_whoever_reads_while_a_run_trains_and_goes_on_sees_no_damage(here, capsys):
    training = start(here, "train", "busy.yaml")
    asked = read_until(here, training, capsys)
    extended = start(here, "resume", "busy-001", "--epochs", "80")
    asked_again = read_until(here, extended, capsys)

    assert (training.returncode, extended.returncode) == (0, 0)
    assert asked
    assert asked_again
    assert epochs_of(here) == 80


def test_of_two_that_go_on_with_a_run_one_is_refused_and_nothing_is_lost(here):
    start(here, "train", "busy.yaml").communicate(timeout=200)

    both = [start(here, "resume", "busy-001", "--epochs", "80") for _ in range(2)]
    said = [process.communicate(timeout=200)[0] for process in both]

    codes = sorted(process.returncode for process in both)
    assert codes == [0, 3], said
    refused = said[[process.returncode for process in both].index(3)]
    assert "in use" in refused or "is finished" in refused
    assert find_runs(here / "runs")[0].hashes.damages() == []
    assert epochs_of(here) == 80


def test_two_that_train_one_name_at_once_get_a_run_each(here):
    both = [start(here, "train", "busy.yaml", "-s", "fit.epochs=10") for _ in range(2)]
    said = [process.communicate(timeout=200)[0] for process in both]

    assert [process.returncode for process in both] == [0, 0], said
    runs = find_runs(here / "runs")
    assert {run.name for run in runs} == {"busy-001", "busy-002"}
    hashes = [run.history()["weights_sha256"] for run in runs]
    assert hashes[0] == hashes[1]


@pytest.mark.parametrize(
    "environment",
    [
        {"HOME": None},
        {"HOME": "/nonexistent"},
        {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
        {"PYTHONIOENCODING": "latin-1"},
    ],
    ids=["no home", "a home that is not there", "a locale without UTF-8", "latin-1"],
)
def test_a_run_needs_neither_home_nor_utf8(here, environment, monkeypatch):
    text = (here / "busy.yaml").read_text() + "description: größer кот\n"
    (here / "busy.yaml").write_text(text, encoding="utf-8")
    for name, value in environment.items():
        if value is None:
            monkeypatch.delenv(name)
        else:
            monkeypatch.setenv(name, value)

    for words in (
        ("train", "busy.yaml", "-s", "fit.epochs=2"),
        ("predict", "busy-001"),
        ("compare", "busy-001"),
        ("show", "busy-001"),
    ):
        quiet = words if words[0] == "train" else (*words, "--json")
        done = subprocess.run(
            [sys.executable, "-m", "dlrun", *quiet],
            capture_output=True,
            check=False,
            timeout=200,
        )
        assert done.returncode == 0, (words, done.stderr)
        assert b"Traceback" not in done.stderr
    config = (here / "runs" / "busy-001" / "config.yaml").read_text(encoding="utf-8")
    assert "größer кот" in config
