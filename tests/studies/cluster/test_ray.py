"""Searches on two nodes of Ray on this machine, one of which is killed on the way.

First both share the folder of the runs. Then a node takes the place of the dead one
that does not see this folder, and files are sent; there the command is killed, too.
"""

from __future__ import annotations

import importlib
import json
import os
import signal
import subprocess
import sys
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
        "csv": {"path": "data/x.csv", "labels": "c"},
        "split": {"validation": 0.25},
    },
    "custom": "code/layers.py",
    "model": {
        "layers": [
            "Twice",
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
TABLE = "a,b,c\n" + "".join(f"{n % 7},{n % 5},{n % 2}\n" for n in range(40))
CODE = "import keras\nfrom beside import N\n\nclass Twice(keras.layers.Layer):\n"
CODE += "    def call(self, x):\n        return N * x\n"
PATIENCE_SECONDS = 240
DLRUN = [sys.executable, "-m", "dlrun"]


def kill(number: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(number, signal.SIGKILL)


def wait_until(condition) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < deadline, "nothing gets on"
        time.sleep(0.05)


def search(directory: Path, nodes, *words: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [*DLRUN, "search", "tiny.yaml", "--allow-code", *words],
        cwd=directory,
        env=nodes.environment,
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


def weights(folder: SearchFolder) -> dict[str, object]:
    return {run.name: run.history()["weights_sha256"] for run in folder.runs()}


@dataclass
class Disturbed:
    """What is left of a search on two nodes, of which one was killed."""

    folder: SearchFolder
    code: int
    err: str
    at_kill: int
    """So many trials were over when the node was killed."""
    unauthorized: str = ""
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
    """A node of one processor, which others may join."""
    pytest.importorskip("ray")
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(Path(__file__).parents[3] / "benchmarks")
        ray_nodes = importlib.import_module("ray_nodes")
    with ray_nodes.RayNodes() as started:
        yield started


@pytest.fixture(scope="module")
def here(nodes, tmp_path_factory):
    """A folder with a config and its files, and a search without a cluster."""
    directory = tmp_path_factory.mktemp("here")
    for name, text in {
        "data/x.csv": TABLE,
        "code/layers.py": CODE,
        "code/beside.py": "N = 2\n",
        "tiny.yaml": yaml.safe_dump(CONFIG),
    }.items():
        (directory / name).parent.mkdir(exist_ok=True)
        (directory / name).write_text(text)
    process = search(directory, nodes, "--runs", "local", "-q")
    _, err = process.communicate(timeout=PATIENCE_SECONDS)
    assert len(over(SearchFolder.of(directory / "local", "tiny"))) == TRIALS, err
    return directory


@pytest.fixture(scope="module")
def disturbed(nodes, here):
    second = nodes.join()
    folder = SearchFolder.of(here / "runs", "tiny")
    process = search(here, nodes, "--on", "ray", "--address", nodes.address)
    wait_until(lambda: len(over(folder)) >= 3 or process.poll() is not None)
    at_kill = len(over(folder))
    kill(second)
    _, err = process.communicate(timeout=PATIENCE_SECONDS)
    refusal = ask_without_token(nodes.port)
    return Disturbed(folder, process.returncode, err, at_kill, refusal)


@pytest.fixture(scope="module")
def sent(nodes, here, disturbed):
    """The same with a node to which files are sent; then the command is killed."""
    third = nodes.join(without=here)
    folder = SearchFolder.of(here / "sent", "tiny")
    words = ["--runs", "sent", "--on", "ray", "--address", nodes.address]
    process = search(here, nodes, *words)
    wait_until(lambda: len(over(folder)) >= 3 or process.poll() is not None)
    at_kill = len(over(folder))
    kill(third)
    wait_until(lambda: len(over(folder)) >= at_kill + 3 or process.poll() is not None)
    kill(process.pid)
    _, err = process.communicate(timeout=PATIENCE_SECONDS)
    wait_until(lambda: not nodes.processes("cluster.child"))
    for run in folder.runs():
        assert run.hashes.damages() == []
    again = search(here, nodes, "--runs", "sent", "-q")  # Without Ray.
    _, more = again.communicate(timeout=PATIENCE_SECONDS)
    return Disturbed(folder, again.returncode, err + more, at_kill)


def test_every_trial_is_there_once_though_a_node_was_killed(disturbed):
    assert disturbed.code == 0, disturbed.err
    assert 3 <= disturbed.at_kill < TRIALS
    assert sorted(over(disturbed.folder)) == list(range(1, TRIALS + 1))
    assert len(disturbed.folder.runs()) == TRIALS
    assert {run.status().state for run in disturbed.folder.runs()} == {"finished"}
    assert "trains 2 runs at once on 2 nodes of Ray, each with 1 CPU" in disturbed.err
    assert "Traceback" not in disturbed.err


def test_the_weights_are_those_of_a_local_search(disturbed, here):
    local = SearchFolder.of(here / "local", "tiny")

    assert weights(disturbed.folder) == weights(local)


def test_what_is_sent_is_trained_alike_though_node_and_command_were_killed(sent, here):
    local = SearchFolder.of(here / "local", "tiny")

    assert sent.code == 0, sent.err
    assert 3 <= sent.at_kill < TRIALS
    assert "files are sent to each node once" in sent.err
    assert "trains 2 runs at once on 2 nodes of Ray, each with 1 CPU" in sent.err
    assert sorted(over(sent.folder)) == list(range(1, TRIALS + 1))
    assert {run.status().state for run in sent.folder.runs()} == {"finished"}
    assert weights(sent.folder) == weights(local)
    assert "Traceback" not in sent.err


def test_nothing_answers_without_the_token(disturbed):
    assert disturbed.unauthorized == "UNAUTHENTICATED"


def test_the_command_leaves_no_process_of_its_own(nodes, disturbed, sent):
    assert nodes.processes("dlrun") == []
    for one in (disturbed, sent):
        left = [path.name for path in one.folder.path.parent.iterdir()]
        assert [name for name in left if name != ".dlrun"] == [one.folder.path.name]
