"""What a disk refuses on either side: it is told, and nobody waits for ever."""

from __future__ import annotations

import signal
from contextlib import nullcontext
from functools import partial
from types import SimpleNamespace

import pytest

from dlrun.config import located, node_of
from dlrun.data.moved import SentFiles
from dlrun.errors import RunError
from dlrun.experiment import parse_spec
from dlrun.runs.sending import PIECE_BYTES, Piece
from dlrun.studies.audience import Audience
from dlrun.studies.cluster.content import FileContent
from dlrun.studies.cluster.door import _RayAnswer
from dlrun.studies.cluster.link import Link, ProcessEndedError, Sending
from dlrun.studies.cluster.outpost import SentPiece, _Outpost
from dlrun.studies.cluster.sent import SentWorker
from dlrun.studies.plan import Member
from dlrun.studies.task import MemberTask

CONFIG = {
    "name": "k",
    "data": {"inline": {"features": [[1], [2]], "labels": [0, 1]}},
    "model": {"layers": [{"Dense": {"units": 2, "activation": "softmax"}}]},
    "compile": {"loss": "sparse_categorical_crossentropy"},
}


class FakeLink(Link):
    """A process that has said all that it says."""

    def __init__(self, sending, *said):
        self._sending = sending
        self.said = list(said)

    def bring_files(self, files):
        assert files == {}

    def bring_run(self, run):
        assert run.status().state == "running"

    def tell(self, *message):
        assert message[0] == "work"

    def hear(self):
        return self.said.pop(0)


@pytest.fixture
def task(tmp_path):
    node = node_of(CONFIG, tmp_path)
    with located(node):
        return MemberTask(1, Member(node, parse_spec(node)), 1, 1)


def worker(root, link, sending, **hand):
    """Who has runs trained, for a crew that hears nothing."""
    (root / "runs").mkdir()
    words = Audience()
    words.send = None
    ledger = SimpleNamespace(
        claim=lambda _: nullcontext(),
        run_of=lambda _: None,
        note_run=lambda *_, **__: None,
    )
    hand = SimpleNamespace(words=words, sending=sending, **hand)
    return SentWorker(link, hand, root / "runs", ledger)


def test_after_a_run_that_cannot_be_kept_a_fresh_process_takes_the_next(task, tmp_path):
    """Else the next one would be brought what the process still says of this one."""
    sending = Sending("c", SimpleNamespace(of_all=lambda _: {}))
    link = FakeLink(sending, ["file", Piece("../x", b"")], ["ending"])
    renewed = []
    sent = worker(
        tmp_path, link, sending, asked=lambda: None, renew=lambda: renewed.append(1)
    )

    with sending.turn:
        ending = sent.work_on(task)

    assert ending.state == "failed"
    assert "no file of a run" in ending.error.message
    assert len(renewed) == 1
    assert ending.folder is None
    assert list((tmp_path / "runs").glob("k-*")) == []


def test_a_stop_before_a_run_has_begun_leaves_none(task, tmp_path):
    sending = Sending("c", SimpleNamespace(of_all=lambda _: {}))
    asked: list[int] = []

    class StoppedLink(FakeLink):
        def bring_files(self, files):
            asked.append(signal.SIGINT)
            raise ProcessEndedError(0)

    sent = worker(
        tmp_path,
        StoppedLink(sending),
        sending,
        asked=lambda: asked[-1] if asked else None,
    )

    with sending.turn:
        ending = sent.work_on(task)

    assert ending.state == "stopped"
    assert ending.signal.number == signal.SIGINT
    assert ending.folder is None
    assert list((tmp_path / "runs").glob("k-*")) == []


def test_a_node_that_cannot_keep_a_run_says_so_when_it_shall_train(task, tmp_path):
    (tmp_path / "full").write_text("")  # Below a file nothing can be kept.
    outpost = _Outpost(SentFiles(tmp_path / "tree", tmp_path / "full/runs"), Audience())
    outpost.take(SentPiece("k-001", None))
    outpost.take(SentPiece("k-001", Piece("status.json", b"{}")))

    ending = outpost.work_on(task)

    assert ending.state == "failed"
    assert "cannot keep what is sent" in ending.error.message
    assert "TMPDIR" in ending.error.hint


def test_a_run_that_begins_to_come_is_none_that_came_before(tmp_path):
    outpost = _Outpost(SentFiles(tmp_path / "tree", tmp_path / "runs"), Audience())

    for data in (b"half of it", b"whole"):
        outpost.take(SentPiece("k-001", None))
        outpost.take(SentPiece("k-001", Piece("log.txt", data)))

    assert (tmp_path / "runs/k-001/log.txt").read_bytes() == b"whole"


def test_what_a_node_refuses_is_told_with_its_own_cure(monkeypatch):
    ray = pytest.importorskip("ray")
    from ray.exceptions import RayTaskError

    cause = RunError("node far cannot keep it", hint="let it have room there")
    failed = RayTaskError("take", "", cause, proctitle="", pid=1, ip="10.0.0.1")

    def get(_):
        raise failed.as_instanceof_cause()

    monkeypatch.setattr(ray, "get", get)

    with pytest.raises(RunError) as caught:
        _RayAnswer(None).value()

    assert type(caught.value) is RunError
    assert caught.value.message == cause.message
    assert caught.value.hint == cause.hint


def test_who_is_asked_to_stop_sends_no_more_of_a_large_file(tmp_path):
    asked: list[int] = []
    taken: list[bytes] = []

    def take(_sha256, _start, data):
        taken.append(data)
        asked.append(signal.SIGINT)

    answers = {
        "node": lambda: "n",
        "settle": lambda _: ("tree", "runs"),
        "lacks": list,
        "take": take,
    }
    slot = SimpleNamespace(
        ask=lambda name, *given: SimpleNamespace(value=partial(answers[name], *given))
    )
    sending = Sending("c", SimpleNamespace())
    link = Link(slot, sending, lambda: asked[-1] if asked else None)
    (tmp_path / "large").write_bytes(bytes(4 * PIECE_BYTES))

    with pytest.raises(ProcessEndedError):
        link.bring_files({tmp_path / "large": FileContent("0", 4 * PIECE_BYTES)})

    assert len(taken) == 1
    assert sending.bytes_sent == 0
