"""A worker on a node, as a crew sees it: a process and a pipe, as on this machine."""

from __future__ import annotations

import os
import pickle
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from contextvars import copy_context
from dataclasses import dataclass
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from typing import TYPE_CHECKING

from dlrun.engines import switches, usable_threads
from dlrun.errors import DlrunError
from dlrun.studies.cluster.child import Call
from dlrun.studies.cluster.door import SlotLostError
from dlrun.studies.cluster.slot import Launch
from dlrun.studies.task import as_light_error

if TYPE_CHECKING:
    from dlrun.studies.cluster.door import SlotDoor
    from dlrun.studies.cluster.node import Inquiry, NodeFacts

PAUSE_SECONDS = 0.2
"""After at most so long words are passed on, or it is noticed that nobody listens."""


@dataclass(frozen=True, slots=True)
class Errand:
    """What a worker is sent out for."""

    call: Call
    question: Inquiry
    """Asked of its node before it starts."""
    accept: Callable[[NodeFacts], None]
    """Raises a `RunError` if runs would be others there."""
    require_room: Callable[[], None]
    """Raises a `RunError` if no node has room for it, and none is to come."""


class Hand:
    """A worker on a node; a thread passes on what goes both ways."""

    def __init__(self, slot: SlotDoor, errand: Errand) -> None:
        """Send it out.

        Args:
            slot: Where it works, once there is room.
            errand: What it does there.
        """
        self.exitcode: int | None = None
        """As of a process; `None`: it is at work, or has been lost with its node."""
        self._slot = slot
        self._errand = errand
        self._is_over = threading.Event()
        self.connection, self._far = Pipe()
        self._teller = threading.Thread(target=self._pass_on, daemon=True)
        # What the command may do, as running code, its threads may do, too.
        carry = copy_context().run
        self._thread = threading.Thread(target=carry, args=[self._carry], daemon=True)
        self._thread.start()

    def join(self, timeout: float | None = None) -> None:
        """Wait until it has gone."""
        self._thread.join(timeout)

    def _carry(self) -> None:
        try:
            if not self._comes_up():
                self.exitcode = 0
                return
            self._work()
        except SlotLostError:
            pass
        except OSError:  # The crew has gone; the worker is told by the other thread.
            self._wait_for_end()
        except DlrunError as error:
            with suppress(OSError):  # The crew may have gone, too.
                self._far.send(("error", as_light_error(error)))
        finally:
            self._is_over.set()
            if self._teller.is_alive():
                self._teller.join()
            self._slot.close()
            self._far.close()

    def _work(self) -> None:
        """Let the process work, and pass on what it says.

        Raises:
            SlotLostError: The node has gone.
            OSError: The crew has.
        """
        self._slot.ask("start", self._launch()).value()
        self._teller.start()
        while self.exitcode is None:
            heard, self.exitcode = self._heard()
            for words in heard:
                self._far.send_bytes(words)

    def _comes_up(self) -> bool:
        """Wait for room; return whether there is some, and the worker still wanted.

        Raises:
            RunError: There will be none, or the node does not do.
        """
        looked = self._slot.ask("look", self._errand.question)
        while not looked.comes_within(PAUSE_SECONDS):
            if self._far.poll():  # It shall leave or stop, or nobody listens.
                return False
            self._errand.require_room()
        facts = looked.value()
        assert isinstance(facts, dict)  # noqa: S101 - what `look` gives
        self._errand.accept(facts)
        return True

    def _launch(self) -> Launch:
        words = pickle.dumps(self._errand.call)
        return Launch(words, os.getcwd(), switches(os.environ))  # noqa: PTH109

    def _heard(self) -> tuple[list[bytes], int | None]:
        heard = self._slot.ask("hear").value()
        assert isinstance(heard, tuple)  # noqa: S101 - what `hear` gives
        return heard

    def _wait_for_end(self) -> None:
        """Let a worker to which nobody listens any more come to its end."""
        try:
            while self.exitcode is None:
                _, self.exitcode = self._heard()
        except DlrunError:
            return

    def _pass_on(self) -> None:
        """Pass on what the crew says; if it says no more, the worker stops."""
        try:
            while not self._is_over.is_set():
                if self._far.poll(PAUSE_SECONDS):
                    self._slot.ask("tell", self._far.recv_bytes()).value()
        except (EOFError, OSError):
            self._slot.ask("leave")
        except DlrunError:  # The other thread finds out, too.
            return


def send_out(slot: SlotDoor, errand: Errand) -> tuple[Hand, Connection]:
    """Let a worker work on a node; return it, and this end of a pipe to it."""
    hand = Hand(slot, errand)
    return hand, hand.connection


def call_of(target: Callable[..., object], *given: object) -> Call:
    """What a worker does, with the threads of this machine."""
    return Call(target, given, usable_threads(), (*sys.argv,))
