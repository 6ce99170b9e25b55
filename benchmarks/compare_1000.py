"""Measures `compare` over 1,000 runs of 50 epochs, in a fresh process.

Run it as `python benchmarks/compare_1000.py [RUNS [EPOCHS]]`.
"""

from __future__ import annotations

import hashlib
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

COMPARE = """
import sys
from pathlib import Path
from dlrun.report import compare, render_text
from dlrun.runs import find_runs
sys.stdout.write(render_text(compare(find_runs(Path(sys.argv[1])))))
"""
LEARNING_RATES = (1e-4, 3e-4, 1e-3, 3e-3)
DROPOUT_RATES = (0.0, 0.1, 0.3, 0.5)


def main() -> None:
    num_runs = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    epochs = int(sys.argv[2]) if len(sys.argv) > 2 else 50
    with tempfile.TemporaryDirectory() as directory:
        for number in range(1, num_runs + 1):
            write_run(Path(directory) / f"study-{number:03d}", number, epochs)
        measurements = sorted(measure(directory) for _ in range(5))
    wall, cpu, memory = measurements[len(measurements) // 2]
    print(
        f"compare: {num_runs} runs x {epochs} epochs: "
        f"{wall:.2f} s wall, {cpu:.2f} s CPU, {memory:.0f} MB peak (median of 5)"
    )


def measure(directory: str) -> tuple[float, float, float]:
    """Seconds of wall time and of CPU, and megabytes at the peak, of one process."""
    start = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-c", COMPARE, directory], stdout=subprocess.DEVNULL
    )
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0
    return wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def write_run(path: Path, number: int, epochs: int) -> None:
    """Write the files by hand: a thousand runs with every fsync would take minutes."""
    random.seed(number)
    path.mkdir()
    config = write_config(number, epochs)
    files = {
        "config.json": config,
        "environment.json": {"versions": {"keras": "3.15.0", "tensorflow": "2.21.0"}},
        "summary.json": {
            "parameters": 473_890,
            "monitor": "val_loss",
            "monitor_mode": "min",
            "split_hash": hashlib.sha256(str(number % 5).encode()).hexdigest(),
            "data_fingerprint": hashlib.sha256(b"data").hexdigest(),
            "layers": [
                {"name": f"layer_{place}", "kind": "Dense", "output_shape": [None, 16]}
                for place in range(8)
            ],
        },
        "status.json": {
            "state": "failed" if number % 70 == 0 else "finished",
            "reason": "out of memory" if number % 70 == 0 else None,
            "pid": 1,
            "host": "host",
            "started": "2026-01-01T00:00:00+00:00",
            "finished": "2026-01-01T00:01:00+00:00",
            "heartbeat": "2026-01-01T00:01:00+00:00",
        },
    }
    for name, value in files.items():
        (path / name).write_text(json.dumps(value, indent=1))
    (path / "history.csv").write_text(write_history(epochs))


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


if __name__ == "__main__":
    main()
