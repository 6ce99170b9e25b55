"""A run of a stranger: every hash is right, and what the files say is not.

Whatever is answered, no command ends in a traceback, and none takes what the files ask
for: memory, above all.
"""

from __future__ import annotations

import hashlib
import json
import os
import resource
import shutil
from pathlib import Path

import pytest
import yaml

from dlrun.cli.app import run as command
from dlrun.runs import RunFolder
from dlrun.runs.hash_list import read_list
from dlrun.training.checkpoint import config_hash

pytestmark = pytest.mark.heavy
CONFIG = {
    "name": "strange",
    "data": {
        "inline": {
            "features": [[number % 7, number % 5] for number in range(40)],
            "labels": [number % 2 for number in range(40)],
        },
        "split": {"validation": 0.25},
    },
    "model": {
        "layers": [
            {"Dense": {"units": 4, "activation": "relu"}},
            {"Dense": {"units": 2, "activation": "softmax"}},
        ]
    },
    "compile": {"loss": "sparse_categorical_crossentropy"},
    "fit": {"epochs": 2, "batch_size": 8},
}
RUN = "strange-001"
WORDS = {
    "predict": ("predict", RUN),
    "evaluate": ("evaluate", RUN),
    "resume": ("resume", RUN, "--epochs", "3", "-q"),
    "verify": ("verify", RUN, "-q"),
    "summary": ("summary", RUN),
    "compare": ("compare", "runs"),
    "runs": ("runs",),
    "show": ("show", RUN),
    "diagnose": ("diagnose", RUN),
    "advise": ("advise", RUN),
}
NEEDS_A_MODEL = ("predict", "evaluate", "resume", "verify")
MUCH = 2 * 2**30
"""Bytes that no command may need more than it has: the model asked for takes 16 GB."""

HUGE = 2**43
"""Bytes of a file without content; few file systems have room for longer ones."""


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    here = tmp_path_factory.mktemp("strange")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(here)
        Path("c.yaml").write_text(yaml.safe_dump(CONFIG))
        assert command(["train", "c.yaml", "-q"]) == 0
    return here / "runs"


@pytest.fixture
def run(trained, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    shutil.copytree(trained, tmp_path / "runs")
    return tmp_path / "runs" / RUN


@pytest.fixture
def told(capsys):
    """Run a command; its exit code, what it said, and the memory that it took."""

    def call(name):
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        code = command([*WORDS[name]])
        taken = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
        said = capsys.readouterr()
        assert taken * 1024 < MUCH
        assert code in {0, 1, 3, 4}
        assert said.out.strip() or said.err.strip()
        return code, said.out + said.err

    return call


def change_json(file, change):
    values = json.loads(file.read_text())
    change(values)
    file.write_text(json.dumps(values, ensure_ascii=False, indent=1) + "\n")


def digest(file):
    return hashlib.sha256(file.read_bytes()).hexdigest()


def vouch(run):
    """Let every hash be that of what is there."""
    for manifest in run.rglob("manifest.json"):

        def renew(values, directory=manifest.parent):
            for name, known in values["files"].items():
                known["sha256"] = digest(directory / name)
                known["bytes"] = (directory / name).stat().st_size

        change_json(manifest, renew)
    listed = run / "SHA256SUMS"
    lines = [
        line if line.startswith("#") else f"{digest(run / line[66:])}  {line[66:]}"
        for line in listed.read_text().splitlines()
    ]
    listed.write_text("\n".join(lines) + "\n")
    read_list.cache_clear()


@pytest.mark.parametrize("name", WORDS)
def test_a_config_of_nothing_under_a_right_hash_is_answered_in_words(run, told, name):
    (run / "config.json").write_text("{}")
    vouch(run)

    code, words = told(name)

    if name in NEEDS_A_MODEL:
        assert code == 3
        assert "config.json is damaged: name is None, not a text" in words


@pytest.mark.parametrize("name", WORDS)
def test_a_layer_as_wide_as_no_memory_is_not_built(run, told, name):
    def widen(values):
        values["model"]["layers"][0]["Dense"]["units"] = 10**9

    change_json(run / "config.json", widen)
    sha256 = config_hash(json.loads((run / "config.json").read_text()))
    for state in run.rglob("state.json"):
        change_json(state, lambda values: values["facts"].update(config_sha256=sha256))
    vouch(run)

    code, words = told(name)

    if name in NEEDS_A_MODEL:
        assert code in {3, 4}
        assert "5,000,000,002" in words or "more than the memory" in words


@pytest.mark.parametrize(
    "change",
    [
        {"weights": "optimizer.npz"},
        {"optimizer": "weights.npz"},
        {"best": "optimizer.npz"},
        {"probed": "optimizer.npz"},
        {"weights": "elsewhere.npz"},
        {"weights": 7},
    ],
)
def test_a_state_of_other_shapes_under_a_right_hash_is_refused(run, told, change):
    for state in run.rglob("state.json"):
        change_json(state, lambda values: values["arrays"].update(change))
    vouch(run)

    code, words = told("resume")

    assert code in {1, 3}
    assert "the checkpoint of epoch 2 is" in words
    assert RunFolder(run).history()["epoch"] == [1, 2]


@pytest.mark.parametrize("value", [10**30, -1, [], {"a": 1}, "x", None, [[10**9]]])
@pytest.mark.parametrize("key", ["best_epoch", "callbacks", "probed_epoch", "history"])
def test_a_state_of_other_values_under_a_right_hash_is_answered(run, told, key, value):
    for state in run.rglob("state.json"):
        change_json(state, lambda values: values["facts"].update({key: value}))
    vouch(run)

    _, words = told("resume")

    assert "no message" not in words


def test_a_checkpoint_larger_than_the_memory_is_left_out_unread(run, told):
    file = next(run.rglob("weights.npz"))
    os.truncate(file, HUGE)

    def grow(values):
        values["files"]["weights.npz"]["bytes"] = HUGE

    change_json(file.with_name("manifest.json"), grow)

    code, words = told("resume")

    assert code == 3
    assert f"weights.npz has {HUGE:,} bytes, more than the memory" in words


@pytest.mark.parametrize("file", ["config.json", "history.csv", "summary.json"])
def test_a_file_larger_than_the_memory_is_named_unread(run, told, file):
    os.truncate(run / file, HUGE)

    code, words = told("compare")

    assert code == 3
    assert f"{file} has {HUGE:,} bytes, more than the memory" in words
