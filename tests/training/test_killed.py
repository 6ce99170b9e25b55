"""SIGKILL at random instants: what is on the disk is enough to go on exactly.

The model has all that a config can say in one: blocks, variables, shared weights, two
inputs and two outputs.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time

import pytest
import yaml

from dlrun.runs import RunFolder

pytestmark = pytest.mark.heavy

EPOCHS = 120
CONFIG = {
    "name": "killed",
    "seed": 4,
    "vars": {"width": 6, "noise": 0.2},
    "blocks": {
        "tower": {
            "with": {"units": "$width"},
            "layers": [
                {"Dense": {"units": "$units", "activation": "relu", "name": "main"}},
                {"Dropout": "$noise"},
                {"Add": ["main", "dropout"]},
            ],
        },
        "head": {
            "with": {"units": None, "activation": None},
            "layers": [
                "BatchNormalization",
                {"Dense": {"units": "$units", "activation": "$activation"}},
            ],
        },
    },
    "data": {
        "inline": {
            "features": {
                "a": [[number % 7, number % 5] for number in range(40)],
                "b": [[number % 3, number % 4] for number in range(40)],
            },
            "labels": {
                "kind": [number % 3 for number in range(40)],
                "size": [number % 7 + 0.5 for number in range(40)],
            },
        },
        "split": {"validation": 0.25},
        "scale": {"a": "standard", "b": "minmax"},
    },
    "model": {
        "layers": [
            {"tower": {"from": "a", "repeat": 2, "name": "left"}},
            {"tower": {"from": "b", "name": "right"}},
            {"use": {"of": "right", "from": "a", "name": "again"}},
            {"Concatenate": ["left", "right", "again"]},
            {"head": {"units": 3, "activation": "softmax", "name": "kind"}},
            {
                "head": {
                    "units": 1, "activation": "linear", "name": "size",
                    "from": "concatenate",
                }
            },
        ],
        "outputs": ["kind", "size"],
    },
    "compile": {
        "loss": {"kind": "sparse_categorical_crossentropy", "size": "huber"},
        "loss_weights": {"size": "$(noise / 2)"},
    },
    "fit": {"epochs": EPOCHS, "batch_size": 4, "checkpoint_seconds": 0},
}  # fmt: skip


def start(directory, *words):
    return subprocess.Popen(
        [sys.executable, "-m", "dlrun", *words, "-q"],
        cwd=directory,
        env=os.environ,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def test_killed_at_random_instants_and_resumed_equals_uninterrupted(tmp_path):
    (tmp_path / "killed.yaml").write_text(yaml.safe_dump(CONFIG))
    whole, folder = (RunFolder(tmp_path / "runs" / f"killed-00{n}") for n in (1, 2))
    assert start(tmp_path, "train", "killed.yaml").wait(timeout=120) == 0
    moment = random.Random(7)

    words, kills = ["train", "killed.yaml"], 0
    for goal in (10, 40, 80, EPOCHS + 1):
        process = start(tmp_path, *words)
        while process.poll() is None:
            rows = len(folder.history().get("epoch", [])) if folder.exists else 0
            if rows >= goal:
                time.sleep(moment.uniform(0, 0.02))
                process.send_signal(signal.SIGKILL)
                kills += 1
            time.sleep(0.02)
        words = ["resume", "killed-002"]

    assert kills >= 2
    assert folder.status().state == "finished"
    expected, found = whole.history(), folder.history()
    del expected["seconds"], found["seconds"]
    assert found == expected
    assert folder.predictions_file.read_bytes() == whole.predictions_file.read_bytes()
    checkpoints = [run.find_checkpoint().checkpoint for run in (whole, folder)]
    assert checkpoints[0].state.callbacks == checkpoints[1].state.callbacks
    for group, members in checkpoints[0].arrays.items():
        others = checkpoints[1].arrays[group]
        assert [one.tobytes() for one in members] == [one.tobytes() for one in others]
    assert start(tmp_path, "verify", "killed-002", "--epochs", "5").wait(120) == 0
