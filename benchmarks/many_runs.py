"""Writes the folders of many runs, as large as real ones, for `compare` to read."""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Mapping
from pathlib import Path

LEARNING_RATES = (1e-4, 3e-4, 1e-3, 3e-3)
DROPOUT_RATES = (0.0, 0.1, 0.3, 0.5)
SEAL = "# the run has ended; sha256sum --check SHA256SUMS checks its files"


def write_runs(root: Path, num_runs: int, epochs: int) -> None:
    """Write finished runs, and a failed one now and then."""
    for number in range(1, num_runs + 1):
        write_run(root / f"study-{number:03d}", number, epochs)


def write_run(path: Path, number: int, epochs: int) -> None:
    """Write the files by hand: a thousand runs with every fsync would take minutes."""
    random.seed(number)
    path.mkdir()
    config = write_config(number, epochs)
    files = {
        "config.json": config,
        "environment.json": {"versions": {"keras": "3.15.0", "tensorflow": "2.21.0"}},
        "summary.json": {
            "parameters": 8 * 272,
            "monitor": "val_loss",
            "monitor_mode": "min",
            "split_hash": hashlib.sha256(str(number % 5).encode()).hexdigest(),
            "data_fingerprint": hashlib.sha256(b"data").hexdigest(),
            "layers": [
                {
                    "name": f"layer_{place}",
                    "kind": "Dense",
                    "output_shape": [16],
                    "parameters": 272,
                }
                for place in range(8)
            ],
        },
        "status.json": {
            "vouched": True,
            "state": "failed" if number % 70 == 0 else "finished",
            "reason": "out of memory" if number % 70 == 0 else None,
            "pid": 1,
            "host": "host",
            "started": "2026-01-01T00:00:00+00:00",
            "finished": "2026-01-01T00:01:00+00:00",
            "heartbeat": "2026-01-01T00:01:00+00:00",
        },
    }
    files["metrics.json"] = {"epochs": epochs, "best_epoch": 10, "test_looks": 0}
    files["diagnosis.json"] = write_diagnosis(number)
    texts = {name: json.dumps(value, indent=1) for name, value in files.items()}
    texts["history.csv"] = write_history(epochs)
    for name, text in texts.items():
        (path / name).write_text(text)
    (path / "SHA256SUMS").write_text(write_hashes(texts))


def write_hashes(texts: Mapping[str, str]) -> str:
    """The list by which the files of a finished run vouch for each other."""
    lines = [
        f"{hashlib.sha256(text.encode()).hexdigest()}  {name}"
        for name, text in texts.items()
    ]
    return "\n".join([SEAL, *lines, ""])


def write_diagnosis(number: int) -> dict[str, object]:
    """A verdict with its evidence, as long as real ones are."""
    onset = 12 + number % 7
    numbers = dict.fromkeys(("level", "rise", "noise", "gap", "train"), number / 7)
    finding = {
        "verdict": "OVERFITTING",
        "epoch": onset,
        "confidence": 0.9,
        "numbers": numbers,
        "sentence": "The model learns the train rows by heart. " * 3,
    }
    return {
        "verdict": "OVERFITTING",
        "tag": f"overfit@{onset}",
        "findings": [finding],
        "best_epoch": 11,
        "onset": onset,
        "wasted_epochs": 39,
        "severity": 40.0,
        "confidence": 0.9,
        "modifiers": [],
        "remarks": [],
        "epochs": 50,
    }


def write_config(number: int, epochs: int) -> dict[str, object]:
    """A resolved config with all defaults written out, as large as real ones are."""
    initializer = {"GlorotUniform": {"seed": None}}
    common = {
        "use_bias": True,
        "kernel_initializer": initializer,
        "bias_initializer": "Zeros",
        "kernel_regularizer": None,
        "bias_regularizer": None,
        "activity_regularizer": None,
        "kernel_constraint": None,
        "bias_constraint": None,
        "name": None,
        "enabled": True,
        "from": None,
    }
    dense = {"units": 16, "activation": "relu"} | common
    convolution = {
        "filters": 32,
        "kernel_size": [3, 3],
        "strides": [1, 1],
        "padding": "valid",
        "activation": "relu",
        "dilation_rate": [1, 1],
    } | common
    dropout = {"rate": DROPOUT_RATES[number // 4 % 4], "seed": None, "name": None}
    adam = {
        "learning_rate": LEARNING_RATES[number % 4],
        "beta_1": 0.9,
        "beta_2": 0.999,
        "epsilon": 1e-7,
        "amsgrad": False,
        "weight_decay": None,
        "clipnorm": None,
        "clipvalue": None,
    }
    layers = [
        {"Dense": dense},
        *[{"Conv2D": convolution}] * 3,
        {"Flatten": {"name": None, "enabled": True}},
        {"Dropout": dropout},
        {"Dense": dense | {"units": 2}},
    ]
    return {
        "name": "study",
        "description": None,
        "tags": [],
        "seed": number % 5,
        "data": {
            "npz": {"path": "/data/blobs.npz", "features": "x", "labels": "y"},
            "split": {"validation": 0.2, "test": 0.1, "train": None},
        },
        "model": {"input_shape": [20, 20, 3], "layers": layers},
        "compile": {
            "optimizer": {"Adam": adam},
            "loss": {"SparseCategoricalCrossentropy": {"from_logits": False}},
            "metrics": ["accuracy"],
        },
        "fit": {"epochs": epochs, "batch_size": 32, "monitor": "val_loss"},
    }


def write_history(epochs: int) -> str:
    columns = "epoch,seconds,learning_rate,loss,accuracy,train_loss,train_accuracy"
    lines = [f"{columns},val_loss,val_accuracy,weights_sha256"]
    for epoch in range(1, epochs + 1):
        loss = 1 / epoch + random.random() / 10
        row = [
            1.5,
            1e-3,
            loss,
            1 - loss / 3,
            loss,
            1 - loss / 3,
            loss + epoch / 100,
            0.8,
        ]
        numbers = ",".join(repr(value) for value in row)
        lines.append(
            f"{epoch},{numbers},{hashlib.sha256(numbers.encode()).hexdigest()}"
        )
    return "\n".join(lines) + "\n"
