"""Workers to which files are sent: real processes on this machine, without Ray."""

from __future__ import annotations

import os
import pickle
import signal
import tempfile
import threading
from contextlib import contextmanager

import pytest

from dlrun.config import apply_overrides, located, node_of
from dlrun.experiment import parse_spec
from dlrun.interruption import Interrupted
from dlrun.runs import RunFolder
from dlrun.runs.sending import Listing
from dlrun.studies.audience import Audience
from dlrun.studies.cluster.cluster import Cluster
from dlrun.studies.cluster.door import SeenNode, SlotLostError
from dlrun.studies.cluster.node import describe
from dlrun.studies.cluster.slot import Slot
from dlrun.studies.execute import execute
from dlrun.studies.plan import Member, Plan
from tests.studies.cluster.conftest import FakeAnswer

pytestmark = pytest.mark.heavy

EPOCHS = 40
"""More of them than a pipe holds checkpoints: a process waits until they are taken."""
CONFIG = {
    "name": "k",
    "data": {"csv": {"path": "x.csv", "labels": "c"}, "split": {"validation": 0.25}},
    "model": {
        "layers": [
            {"Dense": {"units": 6, "activation": "relu"}},
            {"Dropout": 0.2},
            {"Dense": {"units": 2, "activation": "softmax"}},
        ]
    },
    "compile": {"loss": "sparse_categorical_crossentropy"},
    "fit": {"epochs": EPOCHS, "batch_size": 16, "checkpoint_seconds": 0},
}


class NearSlot(Slot):
    """A slot that does not see the folder of the runs."""

    def node(self):
        return "near"

    def look(self, question):
        return {**describe(), "sees": False, "locks": False, "lacks": []}


class NearSlotDoor:
    """A slot in this process; it may be lost after a run was brought back often."""

    def __init__(self, at_return):
        self.slot, self.at_return = NearSlot(), at_return
        self.asked, self.returns, self.is_lost = [], 0, False
        self.was_stopped = threading.Event()

    def ask(self, name, *given):
        self.asked.append(name)
        if name == "tell" and pickle.loads(given[0])[0] == "stop":
            self.was_stopped.set()
        return FakeAnswer(self._call, (name, *given))

    def _call(self, name, *given):
        if self.is_lost:
            raise SlotLostError("the node has gone")
        value = getattr(self.slot, name)(*given)
        if name == "hear":
            messages = map(pickle.loads, value[0])
            came = sum(isinstance(one[-1], Listing) for one in messages)
            self.returns += came
            if came and self.at_return is not None:
                self.at_return(self)
        return value

    def close(self):
        process = self.slot._process
        if process is not None and process.poll() is None:
            process.kill()
        if process is not None:
            process.wait()
            self.slot._connection.close()


class NearDoor:
    """One node with room for two."""

    def __init__(self, *at_returns):
        self.at_returns = list(at_returns)
        self.slots = []

    def nodes(self):
        return [SeenNode("near", "10.0.0.1", 2, 0)]

    def ask_node(self, node, function, *given):
        if function.__name__ == "look":
            return FakeAnswer(NearSlot().look, given)
        return FakeAnswer(function, given)

    def slot(self, need):
        self.slots.append(
            NearSlotDoor(self.at_returns.pop(0) if self.at_returns else None)
        )
        return self.slots[-1]


class Heard(Audience):
    def __init__(self):
        self.told = []

    def tells(self, sentence):
        self.told.append(sentence)


def with_table(directory):
    rows = "".join(f"{n % 7},{n % 5},{n % 2}\n" for n in range(40))
    (directory / "x.csv").write_text(f"a,b,c\n{rows}")
    return directory


@pytest.fixture
def here(tmp_path, monkeypatch):
    """A folder with a table, and one for what is sent."""
    with_table(tmp_path)
    sent = tmp_path / "sent"
    sent.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(sent))
    return tmp_path


def plan_of(directory, count):
    members = []
    for seed in range(count):
        node = apply_overrides(node_of(CONFIG, directory), [f"seed={seed}"])
        with located(node):
            members.append(Member(node, parse_spec(node)))
    return Plan("k", members)


def cluster_of(door):
    @contextmanager
    def open_door():
        yield door

    return Cluster(open_door, cpus=1)


def weights(root):
    return {
        run.config()["seed"]: run.history()["weights_sha256"]
        for run in map(RunFolder, root.glob("k-*"))
    }


@pytest.fixture(scope="module")
def local(tmp_path_factory):
    """What the runs are without a cluster."""
    directory = with_table(tmp_path_factory.mktemp("local"))
    root = directory / "runs"
    endings = list(execute(plan_of(directory, 3), root, Audience()))
    assert {ending.state for ending in endings} == {"trained"}
    return weights(root)


def test_a_run_goes_on_elsewhere_from_what_was_brought_back(here, local):
    def lose(door):
        if door.returns == 3:
            door.is_lost = True

    door, heard, root = NearDoor(lose), Heard(), here / "runs"

    endings = list(execute(plan_of(here, 3), root, heard, jobs=cluster_of(door)))

    assert sorted(ending.number for ending in endings) == [1, 2, 3]
    assert {ending.state for ending in endings} == {"trained"}
    assert weights(root) == local
    (again,) = [run for run in map(RunFolder, root.glob("k-*")) if run.resumptions()]
    assert again.resumptions()[0].after_epoch == 2
    for run in map(RunFolder, root.glob("k-*")):
        run.hashes.require_all()
        assert list(run.path.rglob(".*")) == []
        assert str(here / "sent") not in (run.path / "config.yaml").read_text()
    asked = [name for slot in door.slots for name in slot.asked]
    assert asked.count("keep") == 1  # The table, to the one node.
    assert heard.told[0].startswith(f"{root} is not on node ")
    assert any(f"goes on after epoch 2 of {EPOCHS}" in one for one in heard.told)
    assert heard.told[-1].endswith(" of runs came back")
    assert list((here / "sent").iterdir()) == []
    assert sorted(path.name for path in (root / ".dlrun").iterdir()) == ["given.txt"]


def test_a_signal_saves_every_run_and_the_same_command_goes_on_here(here, local):
    def stop(door):
        if door.returns == 3:
            os.kill(os.getpid(), signal.SIGINT)
            assert door.was_stopped.wait(30)

    root = here / "runs"
    with pytest.raises(Interrupted):
        list(
            execute(plan_of(here, 3), root, Audience(), jobs=cluster_of(NearDoor(stop)))
        )

    states = [run.status().state for run in map(RunFolder, root.glob("k-*"))]
    assert "interrupted" in states
    assert "running" not in states
    assert list((here / "sent").iterdir()) == []

    list(execute(plan_of(here, 3), root, Audience()))

    assert weights(root) == local


def test_what_is_wrong_is_told_with_the_paths_of_here_and_leaves_no_run(here):
    plan = plan_of(here, 2)
    (here / "x.csv").write_text("a,b,c\n1,?,0\n2,3,1\n")

    endings = list(
        execute(plan, here / "runs", Audience(), jobs=cluster_of(NearDoor()))
    )

    assert [ending.state for ending in endings] == ["failed", "failed"]
    for ending in endings:
        (problem, *_) = ending.error.problems
        assert 'column "b"' in problem.message
        assert str(here / "sent") not in str(ending.error)
        assert ending.folder is None
    assert list((here / "runs").glob("k-*")) == []
