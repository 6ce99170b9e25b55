"""What is handed out to which process, and what is said of it."""

from __future__ import annotations

import os
import threading
from multiprocessing.connection import Connection
from types import SimpleNamespace

import pytest

from dlrun.config import apply_overrides, located, node_of
from dlrun.engines import threads_of, usable_threads
from dlrun.errors import RunError
from dlrun.experiment import parse_spec
from dlrun.runs import PlanFolder
from dlrun.studies import crew, process
from dlrun.studies.audience import Audience
from dlrun.studies.execute import execute
from dlrun.studies.plan import Member, Plan
from dlrun.studies.task import MemberTask, Report

CONFIG = {
    "data": {"inline": {"features": [[0], [1]], "labels": [0, 1]}},
    "model": {"layers": [{"Dense": {"units": 2, "activation": "softmax"}}]},
    "compile": {"loss": "sparse_categorical_crossentropy"},
}


def members_of(directory, *threads: object) -> list[Member]:
    members = []
    for number, stated in enumerate(threads):
        overrides = [f"name=k{number}", f"fit.threads={stated}"]
        node = apply_overrides(node_of(CONFIG, directory), overrides)
        with located(node):
            members.append(Member(node, parse_spec(node)))
    return members


class ThreadProcess(threading.Thread):
    """A thread that stands for a process: it has its own end of the pipe."""

    exitcode = 0

    def __init__(self, *, target, args, daemon):
        own = Connection(os.dup(args[0].fileno()))
        super().__init__(target=target, args=(own, *args[1:]), daemon=daemon)


@pytest.mark.parametrize(
    ("seeds", "titles"),
    [((4, 5), ["k0-001 (seed 4)", "k1-001 (seed 5)"]), ((4, 4), ["k0-001", "k1-001"])],
)
def test_where_seeds_differ_the_progress_of_a_run_names_its_own(
    seeds, titles, tmp_path, monkeypatch
):
    heard: list[str] = []

    class Heard(Audience):
        def progress(self, run):
            heard.append(run)
            return super().progress(run)

    def serve(connection, plan, detail, is_verbose, has_allowed_code):
        connection.send(("ready",))
        while True:
            kind, *given = connection.recv()
            if kind == "leave":
                connection.close()
                return
            run = f"{given[0].task().member.name}-001"
            connection.send(("run", run))
            connection.send(("ending", Report("trained", run, None, "", None)))

    monkeypatch.setattr(
        process.multiprocessing,
        "get_context",
        lambda _: SimpleNamespace(Process=ThreadProcess),
    )
    monkeypatch.setattr(crew, "serve", serve)
    tasks = []
    for number, member in enumerate(members_of(tmp_path, 1, 1), 1):
        node = apply_overrides(member.node, [f"seed={seeds[number - 1]}"])
        tasks.append(MemberTask(number, Member(node, parse_spec(node)), number, 2))

    list(crew.Crew(tasks, PlanFolder(tmp_path, "k"), Heard()).work(2))

    assert sorted(heard) == titles


@pytest.mark.parametrize(
    ("stated", "processes"),
    [([1, 7, 1, 7, 7, 1], 2), ([1, 2, 3, 4, 5], 2), ([1, 1, 1, 7], 3), ([7, 7, 7], 2)],
)
def test_no_process_computes_with_two_numbers_of_threads(
    stated, processes, tmp_path, monkeypatch
):
    processes_numbers: list[list[int]] = []

    def serve(connection, plan, detail, is_verbose, has_allowed_code):
        numbers: list[int] = []
        processes_numbers.append(numbers)
        connection.send(("ready",))
        while True:
            kind, *given = connection.recv()
            if kind == "leave":
                connection.close()
                return
            number = threads_of(given[0].task().member.experiment.spec)
            numbers.append(number)
            connection.send(("ending", Report("trained", None, None, "", None)))

    stand_in = SimpleNamespace(Process=ThreadProcess)
    monkeypatch.setattr(process.multiprocessing, "get_context", lambda _: stand_in)
    monkeypatch.setattr(crew, "serve", serve)
    members = members_of(tmp_path, *stated)
    tasks = [
        MemberTask(number, member, number, len(members))
        for number, member in enumerate(members, 1)
    ]

    plan = PlanFolder(tmp_path, "k")
    endings = list(crew.Crew(tasks, plan, Audience()).work(processes))

    assert sorted(ending.number for ending in endings) == list(
        range(1, len(stated) + 1)
    )
    trained = [number for numbers in processes_numbers for number in numbers]
    assert sorted(trained) == sorted(stated)
    assert all(len(set(numbers)) <= 1 for numbers in processes_numbers)


def test_one_process_refuses_two_numbers_before_anything_is_trained(tmp_path):
    plan = Plan("k", members_of(tmp_path, 1, 99))

    with pytest.raises(RunError) as caught:
        list(execute(plan, tmp_path / "runs", Audience()))

    assert caught.value.message == (
        "a process computes with one number of threads: "
        "k0 with fit.threads: 1 needs 1, k1 with fit.threads: 99 needs 99"
    )
    assert "--jobs 2" in str(caught.value)
    assert not (tmp_path / "runs").exists()


def test_auto_is_the_number_that_it_stands_for(tmp_path):
    auto, stated = members_of(tmp_path, "auto", usable_threads())

    assert threads_of(auto.experiment.spec) == threads_of(stated.experiment.spec)
