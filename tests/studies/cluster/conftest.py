"""A cluster without Ray: its slots are threads of this process."""

from __future__ import annotations

import pickle
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing import Pipe

import pytest

from dlrun.studies.cluster import cluster
from dlrun.studies.cluster.door import SeenNode, SlotLostError
from dlrun.studies.cluster.node import look


@dataclass
class FakeAnswer:
    """What a function gives, in a thread of its own."""

    function: object
    given: tuple = ()
    after: threading.Event | None = None
    """It waits for this."""

    def __post_init__(self):
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._value = self._error = None
        self._thread.start()

    def _run(self):
        try:
            if self.after is not None:
                self.after.wait()
            self._value = self.function(*self.given)
        except Exception as error:
            self._error = error

    def comes_within(self, seconds):
        self._thread.join(seconds)
        return not self._thread.is_alive()

    def value(self):
        self._thread.join()
        if self._error is not None:
            raise self._error
        return self._value


@dataclass
class FakeSlot:
    """A slot whose process is a thread."""

    facts: dict | None = None
    """What is found on its node; `None`: what is found here."""
    room: threading.Event = field(default_factory=threading.Event)
    """Set once there is room for it."""
    is_lost: bool = False
    is_closed: bool = False
    _ours = None

    def ask(self, name, *given):
        waits = self.room if name == "look" else None
        return FakeAnswer(getattr(self, name), given, waits)

    def look(self, question):
        self._require()
        return look(question) if self.facts is None else self.facts

    def start(self, launch):
        self._require()
        call = pickle.loads(launch.call)
        self._ours, theirs = Pipe()
        work = threading.Thread(target=call.target, args=(theirs, *call.given))
        work.daemon = True
        work.start()

    def tell(self, words):
        self._require()
        self._ours.send_bytes(words)

    def leave(self):
        self._ours.close()

    def hear(self):
        self._require()
        heard = []
        try:
            while self._ours.poll(0 if heard else 0.05):
                heard.append(self._ours.recv_bytes())
        except (EOFError, OSError):
            self._require()
            return heard, 0
        return heard, None

    def close(self):
        self.is_closed = True

    def _require(self):
        if self.is_lost:
            raise SlotLostError("the node has gone")


@dataclass
class FakeDoor:
    """A cluster of as many nodes of one processor as there are slots."""

    slots: list[FakeSlot]
    """Those that are given, in this order; then some without room."""
    given: list[FakeSlot] = field(default_factory=list)
    has_nodes: bool = True

    def nodes(self):
        count = len(self.slots) if self.has_nodes else 0
        return [SeenNode(str(one), f"10.0.0.{one}", 1, 0) for one in range(count)]

    def ask_node(self, node, function, *given):
        facts = self.slots[int(node.key)].facts
        return FakeAnswer(function if facts is None else lambda *_: facts, given)

    def slot(self, need):
        number = len(self.given)
        slot = self.slots[number] if number < len(self.slots) else FakeSlot()
        self.given.append(slot)
        return slot


@pytest.fixture
def slots():
    """Two slots with room."""
    two = [FakeSlot(), FakeSlot()]
    for slot in two:
        slot.room.set()
    return two


@pytest.fixture
def fake(slots, monkeypatch):
    """A cluster of them, and its door."""
    door = FakeDoor(slots)

    @contextmanager
    def open_door():
        yield door

    monkeypatch.setattr(cluster, "_ROOM_SECONDS", 0.3)
    return cluster.Cluster(open_door, cpus=1), door
