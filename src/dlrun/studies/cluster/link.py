"""The process on a node to which files are sent, and what was sent where."""

from __future__ import annotations

import pickle
import threading
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from dlrun.errors import DlrunError, RunError
from dlrun.runs import RunFolder
from dlrun.runs.receiving import RunReceiver
from dlrun.runs.sending import PIECE_BYTES, Listing, Piece, RunSender
from dlrun.studies.cluster.outpost import SentPiece
from dlrun.studies.task import MachineLostError
from dlrun.writing import bytes_text

if TYPE_CHECKING:
    from dlrun.studies.cluster.content import Contents, FileContent
    from dlrun.studies.cluster.door import Reply, SlotDoor
    from dlrun.studies.cluster.slot import Launch

_ON_ITS_WAY = 2
"""So many pieces of a file are on their way at once."""
_CLEAR_SECONDS = 5.0
"""So long a node may take to remove what a worker had there."""


class ProcessEndedError(MachineLostError):
    """The process of a slot has ended in the middle of its work."""

    def __init__(self, exitcode: int) -> None:
        super().__init__(f"a process has ended with code {exitcode}")
        self.exitcode = exitcode


@dataclass(slots=True)
class Sending:
    """What all workers of a command share to whose nodes files are sent."""

    command: str
    """What tells it from others."""
    contents: Contents
    bytes_sent: int = 0
    """To nodes: data, and runs that go on there."""
    bytes_back: int = 0
    turn: threading.Lock = field(default_factory=threading.Lock)
    """Held by the one thread that decides; others wait for their nodes."""
    nodes: set[str] = field(default_factory=set)
    """Those that something was sent to."""
    _at_node: defaultdict[str, threading.Lock] = field(
        default_factory=lambda: defaultdict(threading.Lock)
    )

    def words(self) -> str:
        """How much was sent, and has come."""
        count = f"{len(self.nodes)} node{'' if len(self.nodes) == 1 else 's'}"
        sent, back = bytes_text(self.bytes_sent), bytes_text(self.bytes_back)
        return f"{sent} were sent to {count}, and {back} of runs came back"

    @contextmanager
    def waiting(self) -> Iterator[None]:
        """Let other threads decide while this one waits."""
        self.turn.release()
        try:
            yield
        finally:
            self.turn.acquire()

    @contextmanager
    def alone_at(self, node: str) -> Iterator[None]:
        """Be the only one who sends files to a node: each is sent once."""
        with self.turn:
            self.nodes.add(node)
            lock = self._at_node[node]
        with lock:
            yield


class Link:
    """The process on a node, and files for it."""

    def __init__(
        self, slot: SlotDoor, sending: Sending, asked: Callable[[], int | None]
    ) -> None:
        """Join them.

        Args:
            slot: Where it runs.
            sending: What was sent where.
            asked: The signal that has asked it to stop; `None`: nobody has.
        """
        self._asked = asked
        self._slot = slot
        self._sending = sending
        self._heard: list[bytes] = []
        self._exitcode: int | None = None
        self._node = str(slot.ask("node").value())
        places = slot.ask("settle", sending.command).value()
        assert isinstance(places, tuple)  # noqa: S101 - what `settle` gives
        self.places = places
        """The tree of files there, and the folder of runs."""

    def tell(self, *message: object) -> None:
        """Tell the process something.

        Raises:
            SlotLostError: The node has gone.
        """
        self._slot.ask("tell", pickle.dumps(message)).value()

    def begin(self, launch: Launch) -> None:
        """Let a process begin, and wait until it can work.

        Raises:
            MachineLostError: It, or its node, has gone.
        """
        self._heard, self._exitcode = [], None
        self._slot.ask("start", launch).value()
        while self.hear() != ["ready"]:
            pass

    def hear(self) -> list[object]:
        """What the process says next.

        Raises:
            MachineLostError: It, or its node, has gone.
        """
        while not self._heard:
            if self._exitcode is not None:
                raise ProcessEndedError(self._exitcode)
            found = self._slot.ask("hear").value()
            assert isinstance(found, tuple)  # noqa: S101 - what `hear` gives
            self._heard, self._exitcode = found
        words = BytesIO(self._heard.pop(0))
        message = pickle.load(words)  # noqa: S301 - of our own process
        return list(message)

    def bring_files(self, files: Mapping[Path, FileContent]) -> None:
        """Let the node have files, of which it is sent what it lacks.

        Raises:
            RunError: One has changed meanwhile, or the disk of the node refuses.
            MachineLostError: The node has gone, or the process there was told to.
        """
        by_hash = {one.sha256: path for path, one in files.items()}
        with self._sending.alone_at(self._node):
            lacks = self._slot.ask("lacks", [*by_hash]).value()
            assert isinstance(lacks, list)  # noqa: S101 - what `lacks` gives
            for sha256 in lacks:
                self._send(sha256, by_hash[sha256])
        named = {str(path): one.sha256 for path, one in files.items()}
        self._slot.ask("arrange", named).value()

    def _send(self, sha256: str, path: Path) -> None:
        """Send a content in pieces, of which few are on their way at once."""
        waiting: list[Reply] = []
        start = 0
        try:
            with path.open("rb") as stream:
                while data := stream.read(PIECE_BYTES):
                    if self._asked() is not None:  # A large file takes long.
                        raise ProcessEndedError(0)
                    waiting.append(self._slot.ask("take", sha256, start, data))
                    start += len(data)
                    if len(waiting) == _ON_ITS_WAY:
                        waiting.pop(0).value()
                if not start:
                    waiting.append(self._slot.ask("take", sha256, 0, b""))
        except OSError as error:
            message = f"cannot read {path}: {error.strerror or error}"
            raise RunError(message) from error
        for reply in waiting:
            reply.value()
        self._slot.ask("keep", sha256).value()
        self._sending.bytes_sent += start

    def bring_run(self, run: RunFolder) -> None:
        """Send a run as it is to the process.

        Raises:
            RunError: It cannot be read.
            SlotLostError: The node has gone.
        """
        self.tell("file", SentPiece(run.name, None))
        for one in RunSender(run).changes():
            if isinstance(one, Piece):
                self.tell("file", SentPiece(run.name, one))
                self._sending.bytes_sent += len(one.data)

    def take(self, one: object, receiver: RunReceiver) -> bool:
        """Take what has come of a run; return whether it is whole again.

        Raises:
            RunError: The disk refuses, or it has not come as it was sent.
        """
        if isinstance(one, Piece):
            receiver.take(one)
            self._sending.bytes_back += len(one.data)
            return False
        assert isinstance(one, Listing)  # noqa: S101 - nothing else comes
        receiver.commit(one)
        return True

    def dismiss(self) -> None:
        """Let the process go, and wait until it has."""
        with suppress(MachineLostError):
            self.tell("leave")
            while True:
                self.hear()

    def clear(self) -> None:
        """Remove what only this worker had on the node, if that is still there."""
        with suppress(DlrunError):
            self._slot.ask("clear").comes_within(_CLEAR_SECONDS)
