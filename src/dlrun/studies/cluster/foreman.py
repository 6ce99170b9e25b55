"""A worker on a node to which files are sent, as a crew sees it.

A thread here does what a process with the folder does there, but for the training.
"""

from __future__ import annotations

import pickle
import queue
import signal
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from typing_extensions import override

from dlrun.custom import is_code_allowed
from dlrun.errors import DlrunError
from dlrun.interruption import Interrupted
from dlrun.studies.cluster.hand import PAUSE_SECONDS, Errand, Hand, call_of
from dlrun.studies.cluster.link import Link, ProcessEndedError, Sending
from dlrun.studies.cluster.outpost import serve_sent
from dlrun.studies.cluster.sent import SentWorker
from dlrun.studies.process import Messenger, serve, work_off
from dlrun.studies.search.crew import serve_search, work_on_trials
from dlrun.studies.task import Ending, Ledger, MemberTask

if TYPE_CHECKING:
    from dlrun.runs import SearchFolder
    from dlrun.studies.audience import Detail
    from dlrun.studies.cluster.child import Call
    from dlrun.studies.cluster.door import SlotDoor
    from dlrun.studies.cluster.slot import Launch
    from dlrun.studies.task import Order, PlacedLedger


class SentHand(Hand):
    """A worker on a node to which files are sent, as a crew sees it."""

    def __init__(self, slot: SlotDoor, errand: Errand, sending: Sending) -> None:
        """Send it out.

        Args:
            slot: Where it works, once there is room.
            errand: What it does; its target says which duty that is here.
            sending: What was sent where.
        """
        self.sending = sending
        self.orders: queue.SimpleQueue[Order | None] = queue.SimpleQueue()
        self._asked: int | None = None
        self._link: Link | None = None
        self._duty = _duty_of(errand.call)
        super().__init__(slot, errand)

    def asked(self) -> int | None:
        """The signal that has asked it to stop; `None`: nobody has."""
        return self._asked

    def renew(self) -> None:
        """Let a fresh process take the place of the one there.

        Raises:
            MachineLostError: The node has gone.
        """
        if self._link is not None:
            self._link.begin(self._launch())

    @override
    def _work(self) -> None:
        self.words = Messenger(self._far, "nothing", is_verbose=False)
        link = self._link = Link(self._slot, self.sending, self.asked)
        try:
            link.begin(self._launch())
            self._teller.start()
            with self.sending.turn:
                self._duty.do(self, link)
            link.dismiss()
            self.exitcode = 0
        except Interrupted:  # All is kept as it stands.
            self.exitcode = 0
        except ProcessEndedError as error:
            self.exitcode = error.exitcode
        finally:
            link.clear()

    @override
    def _launch(self) -> Launch:
        assert self._link is not None  # noqa: S101 - it has settled
        wanted = (self._duty.detail, self._duty.is_verbose, is_code_allowed())
        call = call_of(serve_sent, *self._link.places, *wanted)
        return replace(super()._launch(), call=pickle.dumps(call))

    @override
    def _pass_on(self) -> None:
        """Hear what the crew wants; if it says no more, the worker stops."""
        try:
            while not self._is_over.is_set():
                if self._far.poll(PAUSE_SECONDS):
                    kind, *given = self._far.recv()
                    if kind == "stop":
                        self._asked = int(given[0])
                        self._slot.ask("tell", pickle.dumps(("stop", given[0])))
                    self.orders.put(given[0] if kind == "work" else None)
        except (EOFError, OSError):
            self._asked = signal.SIGTERM
            self.orders.put(None)
            self._slot.ask("leave")
        except DlrunError:  # The other thread finds out, too.
            self.orders.put(None)


class _Duty(Protocol):
    """What a worker does for its crew."""

    @property
    def detail(self) -> Detail:
        """How much of the progress is wanted."""

    @property
    def is_verbose(self) -> bool:
        """Whether layers and sizes are wanted."""

    def do(self, hand: SentHand, link: Link) -> None:
        """Work until there is no more."""


@dataclass(frozen=True, slots=True)
class _OfPlan:
    """Does what is handed out, as `serve` does."""

    plan: PlacedLedger
    detail: Detail
    is_verbose: bool
    has_allowed_code: bool

    def do(self, hand: SentHand, link: Link) -> None:
        def next_order() -> Order | None:
            with hand.sending.waiting():
                return hand.orders.get()

        hand.words.send("ready")
        worker = SentWorker(link, hand, self.plan.root, self.plan)
        work_off(next_order, worker.work_on, hand.words)


@dataclass(frozen=True, slots=True)
class _OfSearch:
    """Works on a search, as `serve_search` does."""

    folder: SearchFolder
    ends: Sequence[str]
    has_allowed_code: bool
    detail: Detail = "nothing"
    is_verbose: bool = False

    def do(self, hand: SentHand, link: Link) -> None:
        def workers(root: Path, ledger: Ledger) -> Callable[[MemberTask], Ending]:
            return SentWorker(link, hand, root, ledger).work_on

        for _ in work_on_trials(hand.words, self.folder, self.ends, workers):
            if hand.asked() is not None:
                return


_DUTIES: Mapping[object, Callable[..., _Duty]] = {
    serve: _OfPlan,
    serve_search: _OfSearch,
}


def _duty_of(call: Call) -> _Duty:
    return _DUTIES[call.target](*call.given)
