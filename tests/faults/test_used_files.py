"""Each file that a command uses is held against what vouches for it.

The table is that of `docs/run-folder.md`; a file that a command comes to use belongs in
both.
"""

from __future__ import annotations

import random
import re
import shutil
from pathlib import Path

import pytest
import yaml

from dlrun.cli.app import run as command
from dlrun.runs.hash_list import read_list

pytestmark = pytest.mark.heavy
CONFIG = {
    "name": "used",
    "vars": {"width": 4},
    "data": {
        "inline": {
            "features": [[number % 7, number % 5] for number in range(40)],
            "labels": [number % 2 for number in range(40)],
        },
        "split": {"validation": 0.25},
        "scale": "standard",
    },
    "model": {
        "layers": [
            {"Dense": {"units": "$width", "activation": "relu"}},
            {"Dense": {"units": 2, "activation": "softmax"}},
        ]
    },
    "compile": {"loss": "sparse_categorical_crossentropy"},
    "fit": {"epochs": 2, "batch_size": 8},
}
MODEL = {
    "status.json", "config.json", "preprocessing.json", "summary.json", "metrics.json",
    "history.csv", "model.keras", "SHA256SUMS",
}  # fmt: skip
PROBES = {"diagnostics/layers.csv", "diagnostics/outputs.csv"}
READ = {
    "status.json", "config.json", "source/variables.json", "environment.json",
    "summary.json", "metrics.json", "diagnosis.json", "history.csv", "SHA256SUMS",
}  # fmt: skip
LISTS = ("SHA256SUMS", "manifest.json")
CHECKPOINT = {
    f"checkpoints/0002/{name}"
    for name in ("weights.npz", "optimizer.npz", "state.json", "manifest.json")
}
WRITTEN = {*READ, *PROBES, *MODEL, "split.json", "predictions.csv"}
USED: dict[str, set[str]] = {
    "compare": READ,
    "runs": WRITTEN,
    "diagnose": {
        "status.json", "summary.json", "metrics.json", "history.csv", "SHA256SUMS",
        *PROBES,
    },
    "predict": {*MODEL, "split.json"},
    "evaluate": {*MODEL, "split.json"},
    "verify": WRITTEN,
    "resume": {
        "status.json", "config.json", "environment.json", "summary.json", "split.json",
        "preprocessing.json", "history.csv", "SHA256SUMS", *PROBES, *CHECKPOINT,
    },
}  # fmt: skip
WORDS = {
    "compare": ("compare", "runs"),
    "runs": ("runs", "--json"),
    "diagnose": ("diagnose", "used-001"),
    "predict": ("predict", "used-001"),
    "evaluate": ("evaluate", "used-001"),
    "verify": ("verify", "used-001", "-q"),
    "resume": ("resume", "used-001", "--epochs", "3", "-q"),
}
CASES = [(name, file) for name, files in USED.items() for file in sorted(files)]


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    here = tmp_path_factory.mktemp("used")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(here)
        Path("c.yaml").write_text(yaml.safe_dump(CONFIG))
        assert command(["train", "c.yaml", "-q"]) == 0
    return here / "runs"


@pytest.mark.parametrize(("name", "file"), CASES)
def test_a_flipped_bit_in_a_file_that_a_command_uses_is_named(
    trained, tmp_path, monkeypatch, capsys, name, file
):
    monkeypatch.chdir(tmp_path)
    shutil.copytree(trained, tmp_path / "runs")
    flip(tmp_path / "runs" / "used-001" / file)

    code = command([*WORDS[name]])

    said = capsys.readouterr()
    told = said.out + said.err
    # Of two files that disagree, either may be the one that is named.
    is_list = file.endswith(LISTS) and "SHA-256" in told
    assert file.rpartition("/")[2] in told or is_list
    assert code or name in {"runs", "resume"}


def flip(file):
    read_list.cache_clear()
    data, chance = bytearray(file.read_bytes()), random.Random(file.name)
    # In a list of hashes, the first line says whether it is whole.
    place = 0 if file.name == "SHA256SUMS" else chance.randrange(8 * len(data))
    data[place // 8] ^= 1 << place % 8
    file.write_bytes(data)


def test_the_page_on_run_folders_says_which_command_uses_which_file():
    page = (Path(__file__).parents[2] / "docs" / "run-folder.md").read_text()
    lines = re.findall(r"^\| (`.+?) \| (.+?) \| .+ \|$", page, re.MULTILINE)
    table = {
        name: {
            file.replace("NNNN", "0002")
            for cell, users in lines
            if name in re.findall(r"\w+", users)
            for file in re.findall(r"`([^`]+)`", cell)
            if file != "predictions.npz"  # instead of the table, for masks
        }
        for name in USED
    }

    assert table == USED
