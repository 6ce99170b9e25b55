"""Several processes that work on a search, and the one that tells what they do.

Each is a worker like any other and takes its trials from the folder; nobody hands them
out. One that has died is replaced, and its trial is taken up by another.
"""

from __future__ import annotations

import os
import queue
import signal
import threading
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from typing import TYPE_CHECKING, NoReturn

from dlrun.custom import is_code_allowed
from dlrun.errors import DlrunError
from dlrun.interruption import SIGNALS, Interrupted, asked_signal, interruptible
from dlrun.studies.crew import death_of
from dlrun.studies.process import (
    Messenger,
    Process,
    Starter,
    begin_process,
    listen_to,
    start_process,
)
from dlrun.studies.search.memory import MOST_GROWTH, MemoryWatch, growth_text
from dlrun.studies.task import MachineLostError, as_light_error

if TYPE_CHECKING:
    from dlrun.runs import SearchFolder
    from dlrun.studies.audience import Audience
    from dlrun.studies.search.work import WorkerMaker

_POLL_SECONDS = 0.2
"""After at most so long a signal is passed on."""
_LOSSES = 3
"""After so many lost machines without a trial in between it is no chance."""


@dataclass(slots=True, eq=False)
class _Hand:
    """Another process that works on the search, as this one sees it."""

    process: Process
    connection: Connection
    has_worked: bool = False
    """Whether a trial has ended in it."""
    has_grown: bool = False
    """Whether it leaves because of its memory, and another takes its place."""


class SearchCrew:
    """Processes that work on one search."""

    def __init__(
        self,
        folder: SearchFolder,
        ends: Sequence[str],
        audience: Audience,
        start: Starter | None = None,
    ) -> None:
        """Get ready.

        Args:
            folder: Where the search is kept.
            ends: The `-s` arguments that say when it ends.
            audience: Hears what happens in the runs.
            start: Starts a process elsewhere; None: here.
        """
        self._begin = start or start_process
        self._losses = 0
        """So many machines were lost since a trial has ended."""
        self._folder = folder
        self._ends = ends
        self._audience = audience
        self._hands: list[_Hand] = []
        self._stopping = False

    def work(self, processes: int) -> Iterator[int]:
        """Train in so many processes.

        Yields:
            The number of each trial that is over.

        Raises:
            DlrunError: A worker has stopped by one, such as a full disk.
            Interrupted: A signal came, and every process has stopped.
        """
        with interruptible():
            try:
                for _ in range(processes):
                    self._start()
                while self._hands:
                    yield from self._listen()
            finally:
                for hand in self._hands:
                    hand.connection.close()
                for hand in self._hands:
                    hand.process.join()

    def _start(self) -> None:
        given = (self._folder, self._ends, is_code_allowed())
        self._hands.append(_Hand(*self._begin(serve_search, *given)))

    def _listen(self) -> Iterator[int]:
        """Hear what has come from the processes, or wait a moment for it."""
        asked = asked_signal()
        if asked is not None and not self._stopping:
            self._stopping = True
            for hand in self._hands:
                with suppress(OSError):
                    hand.connection.send(("stop", asked))
        hands = {hand.connection: hand for hand in self._hands}
        for connection in wait([*hands], timeout=_POLL_SECONDS):
            assert isinstance(connection, Connection)  # noqa: S101 - all of them are
            number = self._hear(hands[connection])
            if number is not None:
                yield number

    def _hear(self, hand: _Hand) -> int | None:
        try:
            kind, *given = hand.connection.recv()
        except (EOFError, OSError):
            self._bury(hand)
            return None
        if kind == "trial":
            hand.has_worked = True
            self._losses = 0
            return int(given[0])
        if kind == "grown":
            hand.has_grown = True
            self._audience.tells(growth_text(given[0]))
        elif kind == "audience":
            name, arguments = given
            getattr(self._audience, name)(*arguments)
        elif kind == "error" and not self._stopping:
            raise given[0]
        return None

    def _bury(self, hand: _Hand) -> None:
        """A process has gone; if nobody asked it to, another takes its place."""
        hand.process.join()
        hand.connection.close()
        self._hands.remove(hand)
        if self._stopping:
            return
        if hand.has_grown:
            self._start()
        if hand.process.exitcode == 0 or hand.has_grown:
            return
        error = death_of("trials", hand.process.exitcode)
        is_lost = hand.process.exitcode is None
        self._losses += is_lost
        is_chance = self._losses < _LOSSES if is_lost else hand.has_worked
        if not is_chance:  # The next one would die as well.
            raise error
        self._audience.tells(f"warning: {error.message}; another one goes on")
        self._start()


def serve_search(
    connection: Connection,
    folder: SearchFolder,
    ends: Sequence[str],
    has_allowed_code: bool,
) -> NoReturn:
    """Work on a search for another process, until there are enough trials.

    Args:
        connection: To the process that tells people.
        folder: Where the search is kept.
        ends: The `-s` arguments that say when it ends.
        has_allowed_code: Whether the code of configs may be run.
    """
    begin_process(has_allowed_code=has_allowed_code)
    try:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
        listener = threading.Thread(
            target=listen_to, args=(connection, queue.SimpleQueue()), daemon=True
        )
        listener.start()
        _work(connection, folder, ends)
    except (KeyboardInterrupt, Interrupted):  # The trial is kept as it stands.
        pass
    finally:
        connection.close()
    os._exit(0)  # All is on the disk; TensorFlow would take its time to leave.


def _work(connection: Connection, folder: SearchFolder, ends: Sequence[str]) -> None:
    memory = MemoryWatch()
    messenger = Messenger(connection, "nothing", is_verbose=False)
    for _ in work_on_trials(messenger, folder, ends):
        growth = memory.trial_is_over()
        if growth > MOST_GROWTH:
            messenger.send("grown", growth)
            return


def work_on_trials(
    messenger: Messenger,
    folder: SearchFolder,
    ends: Sequence[str],
    workers: WorkerMaker | None = None,
) -> Iterator[None]:
    """Work on a search, and tell another thread or process of each trial.

    Args:
        messenger: To who tells people.
        folder: Where the search is kept.
        ends: The `-s` arguments that say when it ends.
        workers: Makes who trains a run; `None`: this process does.

    Yields:
        Nothing, after each trial.
    """
    from dlrun.studies.search.plan import SearchPlan
    from dlrun.studies.search.work import SearchWorker

    try:
        plan = SearchPlan.of_folder(folder, ends)
        for trial in SearchWorker(plan, folder, messenger, workers).work():
            messenger.send("trial", trial.number)
            yield
    except MachineLostError:
        raise
    except DlrunError as error:
        messenger.send("error", as_light_error(error))
