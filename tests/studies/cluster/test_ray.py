"""A search on two nodes of Ray on this machine, one of which is killed on the way."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from dlrun.runs import SearchFolder

pytestmark = pytest.mark.heavy

TRIALS = 20
CONFIG = {
    "name": "tiny",
    "seed": 4,
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
    "compile": {
        "optimizer": {"Adam": {"learning_rate": 0.01}},
        "loss": "sparse_categorical_crossentropy",
    },
    "fit": {"epochs": 8, "batch_size": 4, "checkpoint_seconds": 0, "threads": 1},
    "search": {
        "trials": TRIALS,
        "method": "random",
        "space": {
            "compile.optimizer.learning_rate": {"float": [0.001, 0.1], "log": True}
        },
    },
}
PATIENCE_SECONDS = 240
STORE = "--object-store-memory=80000000"
TOKEN = secrets.token_hex(32)
"""In the environment of everything that is started here, by which it is found again."""


def environment() -> dict[str, str]:
    return {
        **os.environ,
        "RAY_AUTH_MODE": "token",
        "RAY_AUTH_TOKEN": TOKEN,
        "RAY_USAGE_STATS_ENABLED": "0",
        "RAY_raylet_start_wait_time_s": "120",
    }


def ours(part: str = "") -> list[int]:
    """The processes that were started here, by a part of their command."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            is_ours = TOKEN.encode() in (process / "environ").read_bytes()
            command = (process / "cmdline").read_bytes().replace(b"\0", b" ")
            if is_ours and part.encode() in command:
                found.append(int(process.name))
    return found


def children(parents: list[int]) -> list[int]:
    """Ray's agents, which write their titles over their environment."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            state = (process / "stat").read_text().rpartition(")")[2].split()
            if int(state[1]) in parents:
                found.append(int(process.name))
    return found


def kill(number: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(number, signal.SIGKILL)


def wait_until(condition) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < deadline, "nothing gets on"
        time.sleep(0.05)


def ray_start(*words: str) -> None:
    """Start a node; the command ends, the node stays."""
    started = subprocess.run(
        [str(Path(sys.executable).with_name("ray")), "start", *words, STORE],
        env=environment(),
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )
    assert started.returncode == 0, started.stdout + started.stderr


def search(directory: Path, *words: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "dlrun", "search", "tiny.yaml", *words],
        cwd=directory,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def entries(folder: SearchFolder) -> list[dict[str, object]]:
    file = folder.path / "trials.jsonl"
    lines = file.read_text().splitlines() if file.exists() else []
    return [json.loads(line) for line in lines]


def over(folder: SearchFolder) -> list[object]:
    """The numbers of the trials that are over, as often as that was noted."""
    return [one["trial"] for one in entries(folder) if "state" in one]


@dataclass
class Disturbed:
    """What is left of a search on two nodes, of which one was killed."""

    folder: SearchFolder
    local: SearchFolder
    code: int
    err: str
    at_kill: int
    """So many trials were over when the node was killed."""
    unauthorized: str
    """What the cluster says to whom has no token."""


def ask_without_token(port: int) -> str:
    import grpc

    with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
        call = channel.unary_unary("/ray.rpc.NodeInfoGcsService/GetAllNodeInfo")
        try:
            call(b"", timeout=20)
        except grpc.RpcError as error:
            return error.code().name
    return "answered"


@pytest.fixture(scope="module")
def nodes():
    """Two nodes of one processor: where the first answers, and the second's process."""
    pytest.importorskip("ray")
    sockets = tempfile.mkdtemp(prefix="dlr-")  # Their paths have to be short.
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    head = [f"--port={port}", f"--temp-dir={sockets}", "--include-dashboard=false"]
    agents: list[int] = []
    try:
        ray_start("--head", "--num-cpus=1", *head)
        before = set(ours("raylet/raylet"))
        ray_start(f"--address=127.0.0.1:{port}", "--num-cpus=1")
        (second,) = set(ours("raylet/raylet")) - before
        agents = children(ours("raylet/raylet"))
        yield port, second
    finally:
        for number in [*ours(), *agents]:
            kill(number)
        shutil.rmtree(sockets, ignore_errors=True)


@pytest.fixture(scope="module")
def disturbed(nodes, tmp_path_factory):
    port, second = nodes
    directory = tmp_path_factory.mktemp("disturbed")
    (directory / "tiny.yaml").write_text(yaml.safe_dump(CONFIG))
    _, words = search(directory, "--runs", "local", "-q").communicate(
        timeout=PATIENCE_SECONDS
    )
    local = SearchFolder.of(directory / "local", "tiny")
    assert len(over(local)) == TRIALS, words

    folder = SearchFolder.of(directory / "runs", "tiny")
    process = search(directory, "--on", "ray", "--address", f"127.0.0.1:{port}")
    wait_until(lambda: len(over(folder)) >= 3 or process.poll() is not None)
    at_kill = len(over(folder))
    kill(second)
    _, err = process.communicate(timeout=PATIENCE_SECONDS)
    refusal = ask_without_token(port)
    return Disturbed(folder, local, process.returncode, err, at_kill, refusal)


def test_every_trial_is_there_once_though_a_node_was_killed(disturbed):
    assert disturbed.code == 0, disturbed.err
    assert 3 <= disturbed.at_kill < TRIALS
    assert sorted(over(disturbed.folder)) == list(range(1, TRIALS + 1))
    assert len(disturbed.folder.runs()) == TRIALS
    assert {run.status().state for run in disturbed.folder.runs()} == {"finished"}
    assert "trains 2 runs at once on 2 nodes of Ray, each with 1 CPU" in disturbed.err
    assert "Traceback" not in disturbed.err


def test_the_weights_are_those_of_a_local_search(disturbed):
    def weights(folder):
        return {run.name: run.history()["weights_sha256"] for run in folder.runs()}

    assert weights(disturbed.folder) == weights(disturbed.local)


def test_nothing_answers_without_the_token(disturbed):
    assert disturbed.unauthorized == "UNAUTHENTICATED"


def test_the_command_leaves_no_process_of_its_own(disturbed):
    assert ours("dlrun") == []
    left = [path.name for path in (disturbed.folder.path.parent).iterdir()]
    assert left == [disturbed.folder.path.name]
