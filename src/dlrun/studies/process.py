"""Processes that train for another: how one starts, and what it does."""

from __future__ import annotations

import multiprocessing
import os
import queue
import signal
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, NoReturn, Protocol

from typing_extensions import override

from dlrun.custom import allow_code
from dlrun.engines import prepare_for_code
from dlrun.errors import DlrunError, Problem, TrainingError
from dlrun.interruption import SIGNALS, Interrupted
from dlrun.progress import Progress
from dlrun.progress.reading import warn_nothing
from dlrun.studies.audience import Audience
from dlrun.studies.task import (
    Ending,
    MachineLostError,
    MemberTask,
    Order,
    Report,
    report_of,
)

if TYPE_CHECKING:
    from multiprocessing.connection import Connection
    from multiprocessing.process import BaseProcess

    from dlrun.studies.audience import Detail
    from dlrun.studies.task import PlacedLedger

_PAUSE_SECONDS = 0.1
"""Steps are told no more often: nobody could read them."""


class Process(Protocol):
    """A process that trains, here or on another machine."""

    @property
    def exitcode(self) -> int | None:
        """Once it has gone; `None`: nobody knows, as its machine has gone with it."""

    def join(self) -> None:
        """Wait until it has gone."""


class Starter(Protocol):
    """What starts processes that train."""

    def __call__(
        self, target: Callable[..., object], /, *given: object
    ) -> tuple[Process, Connection]:
        """Start one; return it, and this end of a pipe to it."""


def serve(
    connection: Connection,
    plan: PlacedLedger,
    detail: Detail,
    is_verbose: bool,
    has_allowed_code: bool,
) -> NoReturn:
    """Train what is handed out, until there is no more.

    Args:
        connection: To the process that hands out.
        plan: Says which member is which run.
        detail: How much of the progress is wanted.
        is_verbose: Whether layers and sizes are wanted.
        has_allowed_code: Whether the code of configs may be run.
    """
    begin_process(has_allowed_code=has_allowed_code)
    try:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
        orders: queue.SimpleQueue[Order | None] = queue.SimpleQueue()
        listener = threading.Thread(
            target=listen_to, args=(connection, orders), daemon=True
        )
        listener.start()
        with suppress(OSError):
            connection.send(("ready",))
        _work(orders, plan, Messenger(connection, detail, is_verbose))
    except KeyboardInterrupt:  # There was nothing in hand, or it was told.
        pass
    finally:
        connection.close()
    os._exit(0)  # All is on the disk; TensorFlow would take its time to leave.


def begin_process(*, has_allowed_code: bool) -> None:
    """Make of a new process one that trains for another: what it hears, what it may.

    Signals that were blocked stay so until the caller is ready for them.

    Args:
        has_allowed_code: Whether the code of configs may be run.
    """
    allow_code(prepare_for_code if has_allowed_code else None)
    if has_allowed_code:  # It may write to stdout, which is for answers.
        os.dup2(2, 1)
        sys.stdout = sys.stderr
    warn_nothing()
    with suppress(OSError):
        os.setpgid(0, 0)
    for number in SIGNALS:
        if signal.getsignal(number) is not signal.SIG_IGN:  # as nohup starts it
            signal.signal(number, _stop)


def start_process(
    target: Callable[..., object], /, *given: object
) -> tuple[BaseProcess, Connection]:
    """Start a process that trains; return it, and this end of a pipe to it.

    Args:
        target: What it does; its first argument is its end of the pipe.
        *given: The other arguments.
    """
    ours, theirs = multiprocessing.Pipe()
    context = multiprocessing.get_context("spawn")
    process = context.Process(target=target, args=(theirs, *given), daemon=True)
    # Signals wait until the new process is ready for them.
    before = signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
    try:
        process.start()
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
    theirs.close()
    return process, ours


def _stop(number: int, _frame: object) -> NoReturn:
    raise Interrupted(number)


def listen_to(
    connection: Connection,
    orders: queue.SimpleQueue[Order | None],
    take: Callable[[object], None] | None = None,
) -> None:
    """Pass on what is handed out; when asked to stop, or left alone, stop.

    Args:
        connection: To the process that hands out.
        orders: What is to be done; `None`: nothing any more.
        take: Takes what comes before an order.
    """
    while True:
        try:
            kind, *given = connection.recv()
        except (EOFError, OSError):
            os.kill(os.getpid(), signal.SIGTERM)
            return
        if kind == "stop":
            os.kill(os.getpid(), given[0])
            return
        if kind == "file" and take is not None:
            take(given[0])
            continue
        orders.put(given[0] if kind == "work" else None)
        if kind == "leave":
            return


def _work(
    orders: queue.SimpleQueue[Order | None],
    plan: PlacedLedger,
    messenger: Messenger,
) -> None:
    from dlrun.studies.worker import Worker

    worker = Worker(plan.root, plan, messenger)
    work_off(orders.get, worker.work_on, messenger)


def work_off(
    next_order: Callable[[], Order | None],
    work_on: Callable[[MemberTask], Ending],
    messenger: Messenger,
) -> None:
    """Do what is ordered, one after the other, and tell what became of it.

    Args:
        next_order: Waits for it; `None`: there is no more.
        work_on: Trains it, or has it trained.
        messenger: To the process that hands out.
    """
    while (order := next_order()) is not None:
        try:
            report = report_of(work_on(order.task()))
        except MachineLostError:
            raise
        except DlrunError as error:  # Its code may fail here, and nowhere else.
            report = Report("failed", None, error, "", None)
        except Exception as error:  # A bug costs one member.
            first = f"{type(error).__name__}: {error}"
            hint = "--jobs 1 --traceback shows where"
            report = Report("failed", None, TrainingError(first, hint=hint), "", None)
        messenger.send("ending", report)
        if report.signal is not None:
            return


class Messenger(Audience):
    """Tells the process that hands out what happens in this one."""

    def __init__(
        self, connection: Connection, detail: Detail, is_verbose: bool
    ) -> None:
        self.connection = connection
        self.detail = detail
        self.is_verbose = is_verbose

    def send(self, *message: object) -> None:
        """Tell it; nobody may be there any more, which another thread notices."""
        with suppress(OSError):
            self.connection.send(message)

    @override
    def begins(self, label: str, number: int, members: int) -> None:
        self.send("audience", "begins", (label, number, members))

    @override
    def warns(self, problems: Sequence[Problem]) -> None:
        self.send("audience", "warns", (problems,))

    @override
    def tells(self, sentence: str) -> None:
        self.send("audience", "tells", (sentence,))

    @override
    def progress(self, run: str) -> Progress:
        self.send("run", run)
        return Progress() if self.detail == "nothing" else _Telling(self)


class _Telling(Progress):
    """Tells another process how far a run is."""

    def __init__(self, messenger: Messenger) -> None:
        self._messenger = messenger
        self._told = -_PAUSE_SECONDS
        self._remark = ""

    def _tell(self, name: str, *arguments: object) -> None:
        self._messenger.send("progress", name, arguments)

    @override
    def note(self, words: str) -> None:
        self._tell("note", words)

    @override
    def round(self, number: int, rounds: int, words: str) -> None:
        self._tell("round", number, rounds, words)

    @override
    def begin(
        self, name: str, epochs: int, steps: int, monitor: str = "", unit: str = ""
    ) -> None:
        self._tell("begin", name, epochs, steps, monitor, unit)

    @override
    def step(self, epoch: int, step: int, running: Mapping[str, float]) -> None:
        now = time.monotonic()
        if self._messenger.detail == "the newest" and self._pauses(now):
            self._tell("step", epoch, step, dict(running))

    def _pauses(self, now: float) -> bool:
        """Whether there was a pause since something was told."""
        if now - self._told < _PAUSE_SECONDS:
            return False
        self._told = now
        return True

    @override
    def remark(self, words: str) -> None:
        if words != self._remark:
            self._remark = words
            self._tell("remark", words)

    @override
    def epoch(self, row: Mapping[str, object]) -> None:
        is_wanted = self._messenger.detail == "every epoch"
        if is_wanted or self._pauses(time.monotonic()):
            self._tell("epoch", dict(row))

    @override
    def end(self) -> None:
        self._tell("end")
