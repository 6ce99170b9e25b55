"""The process that trains on a node which shares no folder with the command.

Config, data and the run as it was last are sent to it; it trains as any other, and
sends the run back whenever there is something new to go on from.
"""

from __future__ import annotations

import os
import queue
import shutil
import signal
import threading
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from typing_extensions import override

from dlrun.data.moved import SentFiles, data_below
from dlrun.errors import DlrunError, Problem, ProblemsError, RunError
from dlrun.interruption import SIGNALS, Interrupted, interruptible
from dlrun.progress import Progress
from dlrun.runs import MemberRun, RunFolder
from dlrun.runs.repeats_folder import owned
from dlrun.runs.sending import LOCK, Piece, RunSender
from dlrun.studies.cluster.depot import no_room
from dlrun.studies.process import Messenger, begin_process, listen_to, work_off
from dlrun.studies.search.memory import MOST_GROWTH, MemoryWatch
from dlrun.studies.search.training import is_of_machine
from dlrun.studies.task import Ending, MemberTask, Order, as_light_error

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

    from dlrun.studies.audience import Detail


@dataclass(frozen=True, slots=True)
class SentOrder(Order):
    """A task whose run was sent before."""

    run: str = ""
    """The name of the run."""


@dataclass(frozen=True, slots=True)
class SentPiece:
    """A part of a file of a run on its way to a node."""

    run: str
    piece: Piece | None
    """`None`: the run begins to come; what was there of runs is nothing."""


def serve_sent(
    connection: Connection,
    tree: str,
    runs: str,
    detail: Detail,
    is_verbose: bool,
    has_allowed_code: bool,
) -> NoReturn:
    """Train what is sent, until there is no more.

    Args:
        connection: To the machine that hands out.
        tree: Where its files are, below their whole paths.
        runs: Where its runs are.
        detail: How much of the progress is wanted.
        is_verbose: Whether layers and sizes are wanted.
        has_allowed_code: Whether the code of configs may be run.
    """
    begin_process(has_allowed_code=has_allowed_code)
    try:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
        outpost = _Outpost(
            SentFiles(Path(tree), Path(runs)),
            _Words(connection, detail, is_verbose=is_verbose),
        )
        given = (connection, outpost.orders, outpost.take)
        threading.Thread(target=listen_to, args=given, daemon=True).start()
        outpost.words.send("ready")
        with data_below(outpost.files):
            work_off(outpost.next_order, outpost.work_on, outpost.words)
    except KeyboardInterrupt:  # There was nothing in hand, or it was told.
        pass
    finally:
        connection.close()
    os._exit(0)


class _Words(Messenger):
    """Says what its machine does not know: that a run begins, it knows."""

    @override
    def begins(self, label: str, number: int, members: int) -> None:
        return


class _Outpost:
    """Trains one run after the other, and sends back what becomes of each."""

    def __init__(self, files: SentFiles, words: _Words) -> None:
        from dlrun.rows import RowShelf

        self.files = files
        self.words = words
        self.orders: queue.SimpleQueue[Order | None] = queue.SimpleQueue()
        self._shelf = RowShelf()
        self._memory: MemoryWatch | None = None
        self._run = RunFolder(files.home)
        self._refusal: OSError | None = None
        """Why the run that is sent cannot be kept."""
        self._is_full = False
        """Whether its memory has grown too much for another run."""

    def take(self, sent: object) -> None:
        """Keep a part of a file of a run, which nobody works on."""
        assert isinstance(sent, SentPiece)  # noqa: S101 - nothing else comes
        folder = self.files.home / sent.run
        try:
            if sent.piece is None:
                self._refusal = None
                shutil.rmtree(self.files.home, ignore_errors=True)
                folder.mkdir(parents=True)
                return
            file = folder / sent.piece.name
            file.parent.mkdir(parents=True, exist_ok=True)
            with file.open("ab") as stream:
                stream.write(sent.piece.data)
        except OSError as error:  # Told once it is ordered: who listens goes on.
            self._refusal = self._refusal or error

    def next_order(self) -> Order | None:
        """What is to be done next; `None`: another process does it."""
        if self._is_full:
            return None
        order = self.orders.get()
        if isinstance(order, SentOrder):
            self._run = RunFolder(self.files.home / order.run)
        return order

    def work_on(self, task: MemberTask) -> Ending:
        """Train a run, or what is missing of it, and send back what becomes of it."""
        if self._refusal is not None:
            error = no_room(self._refusal, self.files.home)
            return Ending(task.number, task.member, "failed", None, error)
        from dlrun.studies.worker import Worker

        run, sender = self._run, RunSender(self._run)
        (run.path / LOCK).touch()  # Held by nobody: it was stopped.
        sender.knows()

        def bring() -> None:
            for one in sender.changes():
                self.words.send("file", one)

        audience = _Audience(self.words, bring)
        ledger = _Ledger(run)
        ending = Worker(run.path.parent, ledger, audience, self._shelf).work_on(task)
        try:
            with interruptible():
                bring()
        except Interrupted as asked:
            ending = replace(ending, signal=asked)
        shutil.rmtree(run.path, ignore_errors=True)
        self._watch_memory()
        if ending.error is None:
            return ending
        return replace(ending, error=_of_sender(ending.error, self.files))

    def _watch_memory(self) -> None:
        self._memory = self._memory or MemoryWatch()
        growth = self._memory.trial_is_over()
        if growth > MOST_GROWTH:
            self._is_full = True
            self.words.send("grown", growth)


@dataclass(frozen=True, slots=True)
class _Ledger:
    """Knows the one run that was sent; the machine that sent it holds its lock."""

    run: RunFolder

    def claim(self, number: int) -> AbstractContextManager[None]:
        del number
        return nullcontext()

    def run_of(self, number: int) -> MemberRun:
        del number
        return owned(self.run)

    def note_run(self, number: int, name: str, *, has_begun: bool) -> None:
        """Nothing: its folder says so."""


class _Audience(_Words):
    """Tells the other machine what happens, and sends it the run."""

    def __init__(self, words: _Words, bring: Callable[[], None]) -> None:
        super().__init__(words.connection, words.detail, is_verbose=words.is_verbose)
        self._bring = bring

    @override
    def progress(self, run: str) -> Progress:
        return _Bringing(super().progress(run), self._bring)


class _Bringing(Progress):
    """Sends a run when it begins, and when it could go on from something new."""

    def __init__(self, told: Progress, bring: Callable[[], None]) -> None:
        self._told = told
        self._bring = bring

    @override
    def note(self, words: str) -> None:
        self._told.note(words)

    @override
    def round(self, number: int, rounds: int, words: str) -> None:
        self._told.round(number, rounds, words)

    @override
    def begin(
        self, name: str, epochs: int, steps: int, monitor: str = "", unit: str = ""
    ) -> None:
        self._bring()
        self._told.begin(name, epochs, steps, monitor, unit)

    @override
    def step(self, epoch: int, step: int, running: Mapping[str, float]) -> None:
        self._told.step(epoch, step, running)

    @override
    def remark(self, words: str) -> None:
        self._told.remark(words)

    @override
    def epoch(self, row: Mapping[str, object]) -> None:
        self._told.epoch(row)

    @override
    def kept(self) -> None:
        self._bring()

    @override
    def end(self) -> None:
        self._told.end()


def _of_sender(error: DlrunError, files: SentFiles) -> DlrunError:
    """An error with the paths of the machine that has sent the files."""
    light = as_light_error(error)
    if isinstance(light, ProblemsError):
        return type(light)(*(_problem_of_sender(one, files) for one in light.problems))
    # What has caused it does not travel.
    kind = RunError if is_of_machine(error) else type(light)
    hint = None if light.hint is None else files.words(light.hint)
    return kind(files.words(light.message), hint=hint)


def _problem_of_sender(problem: Problem, files: SentFiles) -> Problem:
    place, hint = problem.location, problem.hint
    return replace(
        problem,
        message=files.words(problem.message),
        hint=None if hint is None else files.words(hint),
        location=place and replace(place, file=files.words(place.file)),
    )
