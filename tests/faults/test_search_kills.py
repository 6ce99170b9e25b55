"""A search whose processes are killed goes on: no trial is lost, and none doubled."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from dlrun.runs import SearchFolder

pytestmark = [pytest.mark.slow, pytest.mark.heavy]
CONFIG = """\
name: tiny
data:
  csv: {path: rows.csv, labels: sex}
  split: {validation: 0.25}
model:
  layers:
    - Dense: {units: 3, activation: relu}
    - Dense: {units: 2, activation: softmax}
compile: {optimizer: sgd, loss: sparse_categorical_crossentropy}
fit: {epochs: 300, batch_size: 4, checkpoint_seconds: 0.2}
search:
  method: grid
  space:
    compile.optimizer.learning_rate: [0.01, 0.02, 0.05, 0.1, 0.2, 0.5]
"""
ROWS = "".join(f"{row % 7},{row % 5},{'mf'[row % 2]}\n" for row in range(16))
TRIALS = 6
PATIENCE_SECONDS = 300


def command(directory: Path, *words: str) -> list[str]:
    (directory / "rows.csv").write_text(f"height,weight,sex\n{ROWS}")
    (directory / "tiny.yaml").write_text(CONFIG)
    return [sys.executable, "-m", "dlrun", "search", "tiny.yaml", *words]


def finish(directory: Path, *words: str) -> dict[str, object]:
    done = subprocess.run(
        [*command(directory, *words), "--json"],
        cwd=directory, capture_output=True, text=True, check=False,
        timeout=PATIENCE_SECONDS,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def found(directory: Path) -> list[tuple[object, ...]]:
    """Settings, score and weights of every trial."""
    folder = SearchFolder(directory / "runs" / "tiny.search")
    rows = []
    for run in folder.runs():
        rate = run.config()["compile"]["optimizer"]
        hashes = run.history()["weights_sha256"]
        rows.append((run.name, str(rate), run.status().state, hashes))
    return rows


def lines(directory: Path) -> list[dict[str, object]]:
    file = directory / "runs/tiny.search/trials.jsonl"
    text = file.read_text() if file.exists() else ""
    return [json.loads(line) for line in text.split("\n")[:-1]]


def descendants(parent: int) -> list[int]:
    """The children of a process, whatever their group."""
    listed = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
    return [int(number) for number in listed]


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A search that nobody has disturbed."""
    directory = tmp_path_factory.mktemp("whole")
    finish(directory)
    return found(directory)


def test_killed_with_its_workers_it_finishes_as_if_nothing_had_happened(
    tmp_path, whole
):
    for ended in (1, 3):
        running = subprocess.Popen(
            command(tmp_path, "--jobs", "2"),
            cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        until = time.monotonic() + PATIENCE_SECONDS
        while sum("state" in line for line in lines(tmp_path)) < ended:
            assert time.monotonic() < until
            assert running.poll() is None
            time.sleep(0.05)
        for process in (running.pid, *descendants(running.pid)):
            os.kill(process, signal.SIGKILL)
        running.wait()

    answer = finish(tmp_path)

    numbers = [line["trial"] for line in lines(tmp_path) if "chosen" in line]
    assert numbers == list(range(1, TRIALS + 1))
    assert len(answer["trials"]) == TRIALS
    assert found(tmp_path) == whole


def test_two_commands_share_the_trials(tmp_path, whole):
    both = [
        subprocess.Popen(
            command(tmp_path), cwd=tmp_path, stderr=subprocess.PIPE, text=True,
            stdout=subprocess.DEVNULL,
        )
        for _ in range(2)
    ]  # fmt: skip

    said = [one.communicate(timeout=PATIENCE_SECONDS)[1] for one in both]

    assert [one.returncode for one in both] == [0, 0], said
    told = sorted(
        line.split(":")[0]
        for text in said
        for line in text.splitlines()
        if line.startswith("trial ")
    )
    assert told == [f"trial {number} of {TRIALS}" for number in range(1, TRIALS + 1)]
    finish(tmp_path)
    assert found(tmp_path) == whole
