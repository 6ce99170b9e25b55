"""Members on the nodes of a cluster: lost with them, waiting for room, refused."""

from __future__ import annotations

import pytest

from dlrun.config import apply_overrides, located, node_of
from dlrun.errors import RunError
from dlrun.experiment import parse_spec
from dlrun.runs import find_runs
from dlrun.studies import crew
from dlrun.studies.audience import Audience
from dlrun.studies.cluster import cluster as clusters
from dlrun.studies.cluster.content import Contents
from dlrun.studies.cluster.node import Inquiry, describe, look, require_fit
from dlrun.studies.execute import execute
from dlrun.studies.plan import Member, Plan
from dlrun.studies.task import Report

CONFIG = {
    "name": "k",
    "data": {"inline": {"features": [[0], [1]], "labels": [0, 1]}},
    "model": {"layers": [{"Dense": {"units": 2, "activation": "softmax"}}]},
    "compile": {"loss": "sparse_categorical_crossentropy"},
}
worked: list[int] = []
lose: dict[int, object] = {}
"""What happens when a member is begun."""


def serve(connection, plan, detail, is_verbose, has_allowed_code):
    """Train nothing, as a worker does."""
    connection.send(("ready",))
    while True:
        kind, *given = connection.recv()
        if kind != "work":
            connection.close()
            return
        number = given[0].number
        if number in lose:
            lose.pop(number).is_lost = True
            return
        worked.append(number)
        connection.send(("ending", Report("trained", None, None, "", None)))


class Heard(Audience):
    """Keeps what is told."""

    def __init__(self):
        self.told = []

    def tells(self, sentence):
        self.told.append(sentence)


@pytest.fixture(autouse=True)
def untrained(monkeypatch):
    worked.clear()
    lose.clear()
    monkeypatch.setattr(crew, "serve", serve)


def plan_of(directory, count: int) -> Plan:
    members = []
    for seed in range(count):
        node = apply_overrides(node_of(CONFIG, directory), [f"seed={seed}"])
        with located(node):
            members.append(Member(node, parse_spec(node)))
    return Plan("k", members)


def test_members_are_trained_on_nodes_and_each_is_told_once(fake, tmp_path):
    cluster, door = fake
    heard = Heard()

    endings = list(execute(plan_of(tmp_path, 5), tmp_path, heard, jobs=cluster))

    assert sorted(ending.number for ending in endings) == [1, 2, 3, 4, 5]
    assert {ending.state for ending in endings} == {"trained"}
    assert sorted(worked) == [1, 2, 3, 4, 5]
    assert heard.told == ["trains 2 runs at once on 2 nodes of Ray, each with 1 CPU"]
    assert all(slot.is_closed for slot in door.given)
    assert not (tmp_path / ".dlrun" / "plans").exists() or not find_runs(tmp_path)


def test_what_a_lost_node_had_goes_to_another(fake, slots, tmp_path):
    cluster, door = fake
    heard = Heard()
    slots[1].room.clear()  # It comes up once the first is lost.
    lose[2] = slots[0]
    slots[0].close = slots[1].room.set

    endings = list(execute(plan_of(tmp_path, 4), tmp_path, heard, jobs=cluster))

    assert sorted(ending.number for ending in endings) == [1, 2, 3, 4]
    assert {ending.state for ending in endings} == {"trained"}
    assert sorted(worked) == [1, 2, 3, 4]
    assert heard.told[-1] == (
        "warning: the process that trained k with seed 1 has gone with its node; "
        "another one goes on"
    )
    assert len(door.given) == 3  # One more was asked for, and never had room.


def test_a_slot_without_room_keeps_nobody_waiting(fake, slots, tmp_path):
    cluster, _ = fake
    slots[1].room.clear()

    endings = list(execute(plan_of(tmp_path, 3), tmp_path, Audience(), jobs=cluster))

    assert len(endings) == 3
    assert slots[1].is_closed


def test_if_every_node_has_gone_the_command_ends_and_can_be_given_again(
    fake, slots, tmp_path
):
    cluster, door = fake
    slots[1].room.clear()
    lose[1] = slots[0]

    def go():
        door.has_nodes = False

    slots[0].close = go
    with pytest.raises(RunError) as caught:
        list(execute(plan_of(tmp_path, 3), tmp_path, Audience(), jobs=cluster))

    assert caught.value.message == (
        "no node has room for a run of 1 CPU: there is no node"
    )
    door.has_nodes, door.given = True, []
    slots[0].is_lost = False
    slots[0].close = lambda: None
    slots[1].room.set()
    endings = list(execute(plan_of(tmp_path, 3), tmp_path, Audience(), jobs=cluster))
    assert len(endings) == 3


def test_a_run_that_no_node_has_room_for_is_refused_before_it_waits(fake, tmp_path):
    cluster, _ = fake
    cluster = clusters.Cluster(cluster.open_door, cpus=2)

    with pytest.raises(RunError) as caught:
        list(execute(plan_of(tmp_path, 2), tmp_path, Audience(), jobs=cluster))

    assert caught.value.message == (
        "no node has room for a run of 2 CPUs: the largest has 1 CPU"
    )
    assert [*tmp_path.iterdir()] == []


def test_a_gpu_that_no_node_has_is_refused_with_the_cure(fake, tmp_path):
    cluster, _ = fake
    cluster = clusters.Cluster(cluster.open_door, cpus=1, gpus=0.5)

    with pytest.raises(RunError) as caught:
        list(execute(plan_of(tmp_path, 2), tmp_path, Audience(), jobs=cluster))

    assert "a run of 1 CPU and 0.5 GPUs: the largest has 1 CPU" in caught.value.message
    assert caught.value.hint.startswith("leave out --gpus-per-run, or let a machine ")


def facts(**changed: object) -> dict[str, object]:
    found = {**describe(), "sees": True, "locks": True, "lacks": []}
    return {**found, "host": "far", **changed}


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        (
            {"versions": {**describe()["versions"], "keras": "1.0"}},
            [
                "node far has keras 1.0; this machine has keras 3.",
                "pip install keras==",
            ],
        ),
        ({"locks": False}, ["a lock in runs that this machine holds is none on node"]),
        ({"lacks": ["x.csv does not exist"]}, ["node far: x.csv does not exist"]),
    ],
)
def test_a_node_where_runs_would_be_others_is_refused(
    changed, words, fake, slots, tmp_path, monkeypatch
):
    cluster, _ = fake
    slots[1].facts = facts(**changed)
    monkeypatch.chdir(tmp_path)
    root = tmp_path.relative_to(tmp_path) / "runs"

    with pytest.raises(RunError) as caught:
        list(execute(plan_of(tmp_path, 2), root, Audience(), jobs=cluster))

    for some in words:
        assert some in str(caught.value)
    assert caught.value.hint
    assert worked == []


def test_another_processor_is_said_and_not_refused(tmp_path):
    other = facts(processor="Z80")

    notes = require_fit([other, other], describe(), tmp_path, Contents())

    assert len(notes) == 1
    assert notes[0].startswith("note: node far has the processor Z80, this machine ")


def test_a_file_that_a_node_lacks_is_named(tmp_path):
    (tmp_path / "x.csv").write_text("a,b\n1,0\n2,1\n")
    config = {**CONFIG, "data": {"csv": {"path": "x.csv", "labels": "b"}}}
    node = node_of(config, tmp_path)
    question = Inquiry("", "", str(tmp_path), (node,))
    assert look(question)["lacks"] == []

    (tmp_path / "x.csv").unlink()

    (lack,) = look(question)["lacks"]
    assert "x.csv" in lack
