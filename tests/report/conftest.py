from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dlrun.runs import RunFolder

CONFIG: dict[str, Any] = {
    "name": "gender",
    "seed": 42,
    "description": None,
    "tags": [],
    "model": {
        "layers": [
            {"Dense": {"units": 16, "activation": "relu", "name": None}},
            {"Dense": {"units": 2, "activation": "sigmoid", "name": None}},
        ]
    },
    "compile": {
        "optimizer": {"Adam": {"learning_rate": 0.0001, "beta_1": 0.9}},
        "loss": "sparse_categorical_crossentropy",
    },
    "fit": {"epochs": 5, "batch_size": 3, "monitor": "val_loss"},
}
SUMMARY = {
    "parameters": 658,
    "monitor": "val_loss",
    "monitor_mode": "min",
    "split_hash": "11111111aa",
    "data_fingerprint": "22222222bb",
}
LOSSES = (0.9, 0.6, 0.5, 0.55, 0.7)

MakeRun = Callable[..., RunFolder]


def change(values: dict[str, Any], path: str, value: object) -> None:
    *parents, last = path.split("/")
    place: Any = values
    for key in parents:
        place = place[int(key) if key.isdigit() else key]
    place[int(last) if last.isdigit() else last] = value


@pytest.fixture
def make_run(tmp_path: Path) -> MakeRun:
    """Write a run with plain files, so that a test states all it depends on."""

    def make(
        name: str,
        losses: tuple[float, ...] = LOSSES,
        config: dict[str, object] | None = None,
        summary: dict[str, object] | None = None,
        validation: bool = True,
        **status: object,
    ) -> RunFolder:
        path = tmp_path / "runs" / name
        path.mkdir(parents=True)
        values = copy.deepcopy(CONFIG)
        for key, value in (config or {}).items():
            change(values, key, value)
        versions = {"keras": "3.15.0", "tensorflow": "2.21.0"}
        files = {
            "config.json": values,
            "summary.json": SUMMARY | (summary or {}),
            "environment.json": {"versions": versions},
            "status.json": {
                "state": "finished",
                "reason": None,
                "pid": 1,
                "host": "host",
                "started": "2026-01-02T03:04:05.000+00:00",
                "finished": "2026-01-02T03:05:35.000+00:00",
                "heartbeat": "2026-01-02T03:05:35.000+00:00",
            }
            | status,
        }
        for file, content in files.items():
            (path / file).write_text(json.dumps(content))
        folder = RunFolder(path)
        for epoch, loss in enumerate(losses, 1):
            row = {
                "epoch": epoch,
                "seconds": 1.5,
                "loss": loss,
                "train_loss": loss - 0.1,
            }
            row |= {"train_accuracy": 0.75}
            row |= (
                {"val_loss": loss, "val_accuracy": 0.5 + epoch / 20}
                if validation
                else {}
            )
            folder.append_history(row | {"weights_sha256": "ab" * 32})
        return folder

    return make
