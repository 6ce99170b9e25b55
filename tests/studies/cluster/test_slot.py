"""The process of a slot: with the threads and variables of the command."""

from __future__ import annotations

import os
import pickle
from multiprocessing.connection import Connection
from pathlib import Path

from dlrun.studies.cluster import slot as slots
from dlrun.studies.cluster.child import Call
from dlrun.studies.cluster.slot import Launch, Slot


def hear(slot: Slot) -> tuple[list[object], int]:
    heard, code = [], None
    while code is None:
        words, code = slot.hear()
        heard += map(pickle.loads, words)
    return heard, code


def answer(connection: Connection, *_: object) -> None:
    """Say what this process is."""
    from dlrun.engines import switches, usable_threads

    connection.send((usable_threads(), switches(os.environ), str(Path.cwd())))
    connection.send(connection.recv())


def test_a_process_computes_as_the_machine_that_asked(tmp_path, monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "1")  # As Ray sets it.
    path = [str(Path.cwd()), os.environ.get("PYTHONPATH", "")]
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(path))
    slot = Slot()
    call = pickle.dumps(Call(answer, (), threads=7))

    slot.start(Launch(call, str(tmp_path), {"TF_ENABLE_ONEDNN_OPTS": "0"}))
    slot.tell(pickle.dumps("words"))
    heard, code = hear(slot)

    switches = {"TF_ENABLE_ONEDNN_OPTS": "0"}
    assert heard == [(7, switches, str(tmp_path)), "words"]
    assert code == 0


def test_a_process_to_which_nobody_listens_ends(tmp_path):
    slot = Slot()
    slot.start(Launch(pickle.dumps(Call(Connection.recv, (), 1)), str(tmp_path), {}))

    slot.leave()

    assert hear(slot)[1] != 0


def fork(connection: Connection) -> None:
    """Leave a child behind, which holds the pipe open until its own input ends."""
    if os.fork() == 0:
        connection.recv()
        os._exit(0)
    connection.send("words")
    os._exit(9)


def test_a_process_has_gone_though_its_child_holds_the_pipe(tmp_path, monkeypatch):
    path = [str(Path.cwd()), os.environ.get("PYTHONPATH", "")]
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(path))
    monkeypatch.setattr(slots, "_HEAR_SECONDS", 0.5)
    slot = Slot()
    slot.start(Launch(pickle.dumps(Call(fork, (), 1)), str(tmp_path), {}))

    assert hear(slot) == (["words"], 9)
    slot.tell(pickle.dumps("end"))


def test_a_process_that_begins_ends_the_one_before(tmp_path):
    slot, waits = Slot(), pickle.dumps(Call(Connection.recv, (), 1))
    slot.start(Launch(waits, str(tmp_path), {}))
    first = slot._process

    slot.start(Launch(waits, str(tmp_path), {}))

    assert first.poll() is not None
    slot.leave()
    hear(slot)
