"""Processes that train the members of a plan, and the one that hands them out.

A process is spawned, not forked, and is handed one member after the other. It works in
a process group of its own, so that Ctrl-C reaches this process alone, which passes it
on. Should this process die, the others find their pipe closed, and stop as if asked to.
"""

from __future__ import annotations

import signal
from collections import Counter, deque
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait

from dlrun.custom import is_code_allowed
from dlrun.engines import threads_of
from dlrun.errors import TrainingError
from dlrun.interruption import asked_signal, interruptible
from dlrun.progress import Progress
from dlrun.runs import RunFolder
from dlrun.studies.audience import Audience
from dlrun.studies.process import Process, Starter, serve, start_process
from dlrun.studies.task import Ending, MemberTask, Order, PlacedLedger, Report

_POLL_SECONDS = 0.2
"""After at most so long a signal is passed on."""
_LOSSES = 3
"""A member that has taken so many machines with it is not tried on another."""


@dataclass(slots=True, eq=False)
class _Seat:
    """Another process, as this one sees it."""

    process: Process
    connection: Connection
    is_ready: bool = False
    """Whether it has said that it can work."""
    is_dismissed: bool = False
    """Whether it was let go."""
    task: MemberTask | None = None
    """What it works on; `None`: nothing."""
    threads: int | None = None
    """How many threads it computes with, for good; `None`: it has not begun."""
    run: str | None = None
    progress: Progress | None = None

    def send(self, *message: object) -> None:
        with suppress(OSError):  # It has died, which is noticed when it is listened to.
            self.connection.send(message)


class Crew:
    """Processes that train, and the one that hands out what there is to do."""

    def __init__(
        self,
        tasks: Sequence[MemberTask],
        plan: PlacedLedger,
        audience: Audience,
        start: Starter = start_process,
    ) -> None:
        """Get ready.

        Args:
            tasks: What there is to do.
            plan: Says which member is which run.
            audience: Hears what happens.
            start: Starts a process, here or elsewhere.
        """
        self._begin = start
        self._waiting = deque(tasks)
        self._plan = plan
        self._audience = audience
        self._seats: list[_Seat] = []
        self._asked_twice: set[int] = set()
        """The members that were tried again after another process had them."""
        self._losses: Counter[int] = Counter()
        """How often a member has lost its machine."""
        self._has_seeds = len({task.member.seed for task in tasks}) > 1
        self._stopping = False

    def work(self, processes: int) -> Iterator[Ending]:
        """Train in so many processes.

        Yields:
            What became of each member, as it ends.

        Raises:
            Interrupted: A signal came, and every process has stopped.
        """
        with interruptible():
            try:
                for _ in range(processes):
                    self._seats.append(self._start())
                while self._seats:
                    yield from self._listen()
            finally:
                for seat in self._seats:
                    seat.connection.close()
                for seat in self._seats:
                    seat.process.join()

    def _start(self) -> _Seat:
        audience = self._audience
        given = (self._plan, audience.detail, audience.is_verbose, is_code_allowed())
        return _Seat(*self._begin(serve, *given))

    def _hand_out(self, seat: _Seat) -> None:
        """Give a process its next task, or let it go.

        What needs another number of threads goes to a new process.
        """
        seat.task = seat.run = seat.progress = None
        if seat.is_dismissed:
            return
        task = next((task for task in self._waiting if _fits(seat, task)), None)
        if task is None:
            _dismiss(seat)
            if self._waiting:
                self._seats.append(self._start())
            return
        self._waiting.remove(task)
        seat.task, seat.threads = task, threads_of(task.member.experiment.spec)
        seat.send("work", Order.of(task))

    def _listen(self) -> Iterator[Ending]:
        """Hear what has come from the processes, or wait a moment for it."""
        asked = asked_signal()
        if asked is not None and not self._stopping:
            self._stopping = True
            self._waiting.clear()
            for seat in self._seats:
                seat.send("stop", asked)
        seats = {seat.connection: seat for seat in self._seats}
        for connection in wait([*seats], timeout=_POLL_SECONDS):
            assert isinstance(connection, Connection)  # noqa: S101 - all of them are
            ending = self._hear(seats[connection])
            if ending is not None:
                yield ending
        if not self._waiting:  # Those that wait for room would wait for nothing.
            for seat in self._seats:
                if not seat.is_ready:
                    _dismiss(seat)

    def _hear(self, seat: _Seat) -> Ending | None:
        try:
            kind, *given = seat.connection.recv()
        except (EOFError, OSError):
            return self._bury(seat)
        if kind == "ready":
            seat.is_ready = True
            self._hand_out(seat)
        elif kind == "error":
            raise given[0]
        elif kind == "audience":
            name, arguments = given
            getattr(self._audience, name)(*arguments)
        elif kind == "run":
            (seat.run,) = given
            seat.progress = self._audience.progress(self._title(seat))
        elif kind == "progress" and seat.progress is not None:
            name, arguments = given
            getattr(seat.progress, name)(*arguments)
        elif kind == "ending" and seat.task is not None:
            return self._take(seat, seat.task, given[0])
        return None

    def _title(self, seat: _Seat) -> str:
        """What people call the run of a process: with its seed if there are several."""
        if not self._has_seeds or seat.task is None:
            return seat.run or ""
        return f"{seat.run} (seed {seat.task.member.seed})"

    def _take(self, seat: _Seat, task: MemberTask, report: Report) -> Ending | None:
        """An ending has come; another task goes out."""
        is_taken = report.state == "elsewhere" and not self._stopping
        if is_taken and task.number not in self._asked_twice:
            self._asked_twice.add(task.number)
            self._waiting.append(task)
            self._hand_out(seat)
            return None
        self._hand_out(seat)
        return report.ending(task, self._plan.root)

    def _bury(self, seat: _Seat) -> Ending | None:
        """A process has gone; if it had work, that has failed, or goes to another."""
        seat.process.join()
        seat.connection.close()
        self._seats.remove(seat)
        if seat.progress is not None:
            seat.progress.end()
        task = seat.task or self._missed(seat)
        if task is not None and self._is_tried_again(task, seat):
            self._waiting.appendleft(task)
            task = None
        if self._waiting and not seat.is_dismissed:
            self._seats.append(self._start())
        if task is None:
            return None
        folder = None if seat.run is None else RunFolder(self._plan.root / seat.run)
        if self._stopping:
            return Ending(task.number, task.member, "stopped", folder)
        what = seat.run or task.label
        error = death_of(what, seat.process.exitcode)
        return Ending(task.number, task.member, "failed", folder, error)

    def _missed(self, seat: _Seat) -> MemberTask | None:
        """What a process would have done that has died before it could."""
        has_died = not seat.is_ready and not seat.is_dismissed
        return self._waiting.popleft() if has_died and self._waiting else None

    def _is_tried_again(self, task: MemberTask, seat: _Seat) -> bool:
        """Whether a machine was lost, with which the member had nothing to do."""
        if seat.process.exitcode is not None or self._stopping:
            return False
        self._losses[task.number] += 1
        if self._losses[task.number] >= _LOSSES:
            return False
        if seat.is_ready:
            error = death_of(seat.run or task.label, None)
            self._audience.tells(f"warning: {error.message}; another one goes on")
        return True


def _dismiss(seat: _Seat) -> None:
    """Let a process go as soon as it listens."""
    if not seat.is_dismissed:
        seat.is_dismissed = True
        seat.send("leave")


def _fits(seat: _Seat, task: MemberTask) -> bool:
    """Whether a process can train a run with the threads that it computes with."""
    return seat.threads in {None, threads_of(task.member.experiment.spec)}


def death_of(what: str, exit_code: int | None) -> TrainingError:
    """Say how a process has ended that should not have."""
    if exit_code is None:
        how = "has gone with its node"
    elif exit_code < 0:
        how = f"was ended by {signal.Signals(-exit_code).name}"
    else:
        how = f"ended with code {exit_code}"
    hint = "the same command goes on with it; if memory ran out, with fewer --jobs"
    return TrainingError(f"the process that trained {what} {how}", hint=hint)
