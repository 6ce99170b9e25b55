"""Members in processes of their own: killed, stopped and joined by others."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from dlrun.config import load_config, located
from dlrun.experiment import parse_spec
from dlrun.runs import PlanFolder, find_runs
from dlrun.studies.audience import Audience
from dlrun.studies.execute import execute
from dlrun.studies.plan import Member, Plan

pytestmark = pytest.mark.heavy

SEEDS = (4, 5, 6, 7)
CONFIG = {
    "name": "tiny",
    "seed": SEEDS[0],
    "data": {
        "inline": {
            "features": [[number % 7, number % 5] for number in range(40)],
            "labels": [number % 2 for number in range(40)],
        },
        "split": {"validation": 0.25},
    },
    "model": {
        "layers": [
            {"Dense": {"units": 6, "activation": "relu"}},
            {"Dropout": 0.2},
            {"Dense": {"units": 2, "activation": "softmax"}},
        ]
    },
    "compile": {"loss": "sparse_categorical_crossentropy"},
    "fit": {"epochs": 150, "batch_size": 4, "checkpoint_seconds": 0},
}
WORDS = ["train", "tiny.yaml", "--seeds", str(len(SEEDS))]
PATIENCE_SECONDS = 120


@dataclass
class Left:
    """What a command has left behind."""

    code: int
    out: str
    err: str


def start(directory: Path, *words: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "dlrun", *WORDS, *words],
        cwd=directory,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ,
    )


def finish(process: subprocess.Popen[str]) -> Left:
    out, err = process.communicate(timeout=PATIENCE_SECONDS)
    return Left(process.returncode, out, err)


def plan_of(directory: Path) -> Plan:
    members = []
    for seed in SEEDS:
        node = load_config(directory / "tiny.yaml", [f"seed={seed}"])
        with located(node):
            members.append(Member(node, parse_spec(node)))
    return Plan("tiny", members)


def wait_until(condition) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < deadline, "nothing gets on"
        time.sleep(0.1)


def epochs(root: Path) -> int:
    """So many epochs all runs have together."""
    runs = find_runs(root) if root.is_dir() else []
    return sum(len(run.history().get("epoch", [])) for run in runs)


def workers(folder: PlanFolder) -> list[int]:
    return [int(holder.split()[1]) for holder in folder.holders()]


def are_gone(numbers: list[int]) -> bool:
    return not any(Path(f"/proc/{number}/stat").exists() for number in numbers)


def weights(root: Path) -> dict[int, list[object]]:
    return {
        int(str(run.config()["seed"])): run.history()["weights_sha256"]
        for run in find_runs(root)
    }


@pytest.fixture(scope="module")
def disturbed(tmp_path_factory):
    """One command, four times: each time something else is killed or stopped."""
    directory = tmp_path_factory.mktemp("disturbed")
    (directory / "tiny.yaml").write_text(yaml.safe_dump(CONFIG))
    root = directory / "runs"
    folder = plan_of(directory).folder(root)
    left: dict[str, Left] = {}

    def begin(more_epochs: int) -> tuple[subprocess.Popen[str], list[int]]:
        """Begin in two processes; wait until both train, and for some epochs."""
        before = epochs(root)
        process = start(directory, "--jobs", "2")
        wait_until(lambda: len(workers(folder)) == 2)
        wait_until(lambda: epochs(root) >= before + more_epochs)
        return process, workers(folder)

    process, numbers = begin(20)
    process.kill()
    left["parent killed"] = finish(process)
    wait_until(lambda: are_gone(numbers))

    process, numbers = begin(20)
    process.send_signal(signal.SIGINT)
    left["stopped"] = finish(process)
    assert are_gone(numbers)

    process, numbers = begin(20)
    os.kill(numbers[0], signal.SIGKILL)
    left["worker killed"] = finish(process)

    both = [start(directory), start(directory)]
    left["first"], left["second"] = map(finish, both)
    return root, left


def test_in_several_processes_killed_and_stopped_the_bits_are_those_of_one(
    disturbed, tmp_path
):
    root, _ = disturbed
    plan = plan_of(root.parent)

    list(execute(plan, tmp_path / "runs", Audience()))

    assert weights(root) == weights(tmp_path / "runs")
    assert {run.status().state for run in find_runs(root)} == {"finished"}


def test_no_member_is_trained_twice_and_nothing_is_left_lying(disturbed):
    root, _ = disturbed

    assert [run.name for run in find_runs(root)] == [
        f"tiny-00{number}" for number in range(1, 5)
    ]
    assert [path.name for path in root.rglob(".*")] == [".dlrun"]
    assert [path.name for path in (root / ".dlrun").iterdir()] == ["given.txt"]


def test_a_signal_stops_every_process_and_names_the_next_step(disturbed):
    _, left = disturbed
    stopped = left["stopped"]

    lines = stopped.err.splitlines()
    assert stopped.code == 130
    assert sum(": interrupted; its history holds " in line for line in lines) == 2
    assert lines[-1] == "resume: dlrun train tiny.yaml --seeds 4 --jobs 2"
    assert "Traceback" not in stopped.err


def test_the_same_command_says_that_it_goes_on(disturbed):
    _, left = disturbed

    goes_on = "goes on where it stopped: 0 of 4 runs are over (--again trains all anew)"
    assert goes_on in left["stopped"].err
    assert "goes on after epoch" in left["stopped"].err


def test_a_killed_process_costs_its_member_alone(disturbed):
    _, left = disturbed
    killed = left["worker killed"]

    assert killed.code == 1
    assert "was ended by SIGKILL" in killed.err
    assert killed.out.count(": best epoch ") == 3
    assert "1 of 4 runs failed" in killed.err
    assert killed.err.splitlines()[-1] == (
        "resume: dlrun train tiny.yaml --seeds 4 --jobs 2"
    )


def test_each_line_names_its_run(disturbed):
    _, left = disturbed

    lines = [
        line for line in left["stopped"].err.splitlines() if " train_loss " in line
    ]
    assert lines
    assert all(line.startswith("tiny-00") for line in lines)


def test_two_commands_at_once_tell_all_that_is_over(disturbed):
    _, left = disturbed

    for outcome in (left["first"], left["second"]):
        assert outcome.code == 0
        assert outcome.out.count(": best epoch ") >= 3
    told = [left[name].out.count(": best epoch ") for name in ("first", "second")]
    assert max(told) == 4
