"""A place for one worker on a node: it starts the process, and passes on its words.

Words pass as they are, bytes both ways: who stands at the ends does not know of it.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing import Pipe
from pathlib import Path
from typing import TYPE_CHECKING

from dlrun.engines import switches
from dlrun.runs.sending import PIECE_BYTES
from dlrun.studies.cluster.depot import Depot, open_depot
from dlrun.studies.cluster.node import Inquiry, NodeFacts, look

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

_HEAR_SECONDS = 5.0
"""So long an answer waits for words at most."""
_HEARD_BYTES = 2 * PIECE_BYTES
"""An answer with so much is long enough: what is not fetched waits in its process."""
_GIVEN_BY_RAY = ("CUDA_VISIBLE_DEVICES", "ROCR_VISIBLE_DEVICES", "HIP_VISIBLE_DEVICES")
"""Which devices of a node a slot has: no other machine knows that."""


@dataclass(frozen=True, slots=True)
class Launch:
    """How a process starts."""

    call: bytes
    """A pickled `Call`."""
    directory: str
    """The working directory of the command, which is this one's, too, if it is here."""
    switches: Mapping[str, str]
    """The variables that choose how the command's own machine computes."""


class Slot:
    """One process on this machine, for a command on another."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._connection: Connection | None = None
        self._telling = threading.Lock()
        self._depot: Depot | None = None

    def node(self) -> str:
        """What Ray calls this node."""
        import ray

        return str(ray.get_runtime_context().get_node_id())

    def settle(self, command: str) -> tuple[str, str]:
        """Make room for files that are sent here.

        Args:
            command: What tells it from others.

        Returns:
            Where the tree of files is, and where runs are.
        """
        self._depot = open_depot(command, self.node())
        return str(self._depot.tree), str(self._depot.runs)

    def lacks(self, hashes: Sequence[str]) -> list[str]:
        """Which contents are not on this node."""
        return self._room.lacks(hashes)

    def take(self, sha256: str, start: int, data: bytes) -> None:
        """Keep a part of a content."""
        self._room.take(sha256, start, data)

    def keep(self, sha256: str) -> None:
        """All of a content has come."""
        self._room.keep(sha256)

    def arrange(self, files: Mapping[str, str]) -> None:
        """Let paths lead to contents that are on this node."""
        self._room.arrange(files)

    def clear(self) -> None:
        """Remove what this worker alone had."""
        if self._depot is not None:
            self._depot.leave()

    @property
    def _room(self) -> Depot:
        assert self._depot is not None  # noqa: S101 - it has settled
        return self._depot

    def look(self, question: Inquiry) -> NodeFacts:
        """See what the command has to know about this machine."""
        return look(question)

    def start(self, launch: Launch) -> None:
        """Start the process; one that was there before ends."""
        self._end()
        ours, theirs = Pipe()
        number = theirs.fileno()
        here = Path(launch.directory)
        self._process = subprocess.Popen(  # noqa: S603 - this very interpreter
            [sys.executable, "-m", "dlrun.studies.cluster.child", str(number)],
            pass_fds=[number],
            cwd=here if here.is_dir() else None,
            env=_environment(launch.switches),
            stdin=subprocess.DEVNULL,
        )
        theirs.close()
        self._connection = ours
        self.tell(launch.call)

    def _end(self) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.kill()
            self._process.wait()

    def tell(self, words: bytes) -> None:
        """Pass words on to the process; it may have gone."""
        with self._telling, suppress(OSError):
            if self._connection is not None:
                self._connection.send_bytes(words)

    def leave(self) -> None:
        """Nobody listens to the process any more: it stops as by SIGTERM."""
        with self._telling:
            if self._process is not None and self._process.poll() is None:
                self._process.terminate()

    def hear(self) -> tuple[list[bytes], int | None]:
        """Wait a moment for words of the process.

        Returns:
            What it has said, and its exit code if there will be no more.
        """
        heard: list[bytes] = []
        size = 0
        assert self._process is not None  # noqa: S101 - it was started
        assert self._connection is not None  # noqa: S101
        try:
            while size < _HEARD_BYTES:
                # Who has gone has said all; a child of it may hold its end open.
                exitcode = self._process.poll()
                waits = not heard and exitcode is None
                if not self._connection.poll(_HEAR_SECONDS if waits else 0):
                    return heard, exitcode
                heard.append(self._connection.recv_bytes())
                size += len(heard[-1])
        except (EOFError, OSError):
            return heard, self._process.wait()
        return heard, None


def _environment(wanted: Mapping[str, str]) -> dict[str, str]:
    """This machine's variables, but those that choose how the other one computes."""
    own = {name: value for name, value in os.environ.items() if name in _GIVEN_BY_RAY}
    chosen = {
        name: value for name, value in wanted.items() if name not in _GIVEN_BY_RAY
    }
    others = {
        name: value
        for name, value in os.environ.items()
        if name not in switches(os.environ)
    }
    folder = str(Path(__file__).parents[3])
    path = os.pathsep.join([folder, *filter(None, [others.get("PYTHONPATH")])])
    return {**others, **chosen, **own, "PYTHONPATH": path}
