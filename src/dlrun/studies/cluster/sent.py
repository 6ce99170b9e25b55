"""Who has runs trained on a node that shares no folder with this machine.

This machine decides and keeps: it claims members, makes trials, holds the locks of
runs. A node trains one run after the other; its files are sent there once, and the run
comes back at each checkpoint.
"""

from __future__ import annotations

import shutil
import signal
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from dlrun.config import located
from dlrun.errors import DlrunError
from dlrun.interruption import Interrupted
from dlrun.runs import InUseError, create_run
from dlrun.runs.receiving import RunReceiver
from dlrun.studies.cluster.link import Link, Sending
from dlrun.studies.cluster.outpost import SentOrder
from dlrun.studies.membership import is_over, is_run_of
from dlrun.studies.plan import config_key
from dlrun.studies.search.memory import growth_text
from dlrun.studies.task import Ending, Ledger, MachineLostError, MemberTask, Report

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dlrun.runs import MemberRun, RunFolder
    from dlrun.studies.cluster.content import FileContent
    from dlrun.studies.process import Messenger


class Foreman(Protocol):
    """Stands between a crew and a worker."""

    def asked(self) -> int | None:
        """The signal that has asked it to stop; `None`: nobody has."""

    @property
    def words(self) -> Messenger:
        """To the crew."""

    @property
    def sending(self) -> Sending:
        """What was sent where."""

    def renew(self) -> None:
        """Let a fresh process take the place of the one there."""


class SentWorker:
    """Has runs trained on a node, one after the other."""

    def __init__(self, link: Link, hand: Foreman, root: Path, ledger: Ledger) -> None:
        """Get ready.

        Args:
            link: To the process that trains.
            hand: Knows of the crew.
            root: Where the runs go.
            ledger: Says which member is which run.
        """
        self._link = link
        self._hand = hand
        self._root = root
        self._ledger = ledger

    def work_on(self, task: MemberTask) -> Ending:
        """Have a member trained, or what is missing of it, as a `Worker` does.

        Raises:
            MachineLostError: The node, or the process there, has gone.
        """
        number, member = task.number, task.member
        if self._hand.asked() is not None:
            return self._stopped(task)
        try:
            with self._ledger.claim(number), located(member.node):
                return self._bring_to_end(task)
        except InUseError as error:
            noted = self._ledger.run_of(number)
            folder = None if noted is None else noted.folder
            return Ending(number, member, "elsewhere", folder, holder=error.holder)
        except MachineLostError:
            raise
        except DlrunError as error:
            return Ending(number, member, "failed", None, error)

    def _stopped(self, task: MemberTask) -> Ending:
        noted = self._ledger.run_of(task.number)
        folder = None if noted is None else noted.folder
        return Ending(
            task.number,
            task.member,
            "stopped",
            folder if folder is not None and folder.path.is_dir() else None,
            signal=Interrupted(self._hand.asked() or signal.SIGTERM),
        )

    def _bring_to_end(self, task: MemberTask) -> Ending:
        number, member = task.number, task.member
        noted = self._ledger.run_of(number)
        key = config_key(member.experiment.spec.values())
        if noted is not None and is_over(noted, member, key):
            return Ending(number, member, "kept", noted.folder)
        self._hand.words.begins(task.label, task.position, task.tasks)
        files = self._hand.sending.contents.of_all(member.node)
        folder = self._folder_of(task, noted, key)
        with folder.lock(), self._hand.sending.waiting():
            receiver = RunReceiver(folder)
            try:
                ending = self._train(task, receiver, files)
            except MachineLostError:
                if self._hand.asked() is None:
                    raise  # Another goes on with the folder.
                ending = self._stopped(task)
            except DlrunError as error:
                ending = Ending(number, member, "failed", None, error)
        if not receiver.has_begun:
            shutil.rmtree(folder.path, ignore_errors=True)
            return replace(ending, folder=None)
        return replace(ending, folder=folder)

    def _folder_of(
        self, task: MemberTask, noted: MemberRun | None, key: str
    ) -> RunFolder:
        """Where the run is, or shall be."""
        number, member, tells = task.number, task.member, self._hand.words.tells
        if noted is not None and (
            # The node sees whether it is that of the member, or is to begin anew.
            noted.is_owned or is_run_of(noted, member, key, tells)
        ):
            return noted.folder
        return create_run(
            self._root,
            member.name,
            lambda name: self._ledger.note_run(number, name, has_begun=False),
        )

    def _train(
        self,
        task: MemberTask,
        receiver: RunReceiver,
        files: Mapping[Path, FileContent],
    ) -> Ending:
        """Have a run trained, of which this process holds the lock."""
        run = receiver.folder
        order = SentOrder(
            task.number,
            task.member.node,
            task.position,
            task.tasks,
            task.bounds,
            task.label,
            run.name,
        )
        receiver.begin()
        self._link.bring_files(files)
        self._link.bring_run(run)
        self._link.tell("work", order)
        return self._follow(order, receiver).ending(task, self._root)

    def _follow(self, order: SentOrder, receiver: RunReceiver) -> Report:
        """Pass on what is said, and bring back the run, until it has ended.

        Raises:
            MachineLostError: The node, or the process there, has gone.
        """
        try:
            report, growth = self._hear_out(order, receiver)
        except MachineLostError:
            raise
        except Exception:  # What else the process has said is of this run, too.
            self._hand.renew()
            raise
        finally:
            receiver.drop()
        if growth is not None:
            self._hand.words.tells(growth_text(growth))
            self._hand.renew()
        return report

    def _hear_out(
        self, order: SentOrder, receiver: RunReceiver
    ) -> tuple[Report, int | None]:
        """What became of a run, and by how much the process has grown too large."""
        growth: int | None = None
        is_noted = False
        while True:
            kind, *given = self._link.hear()
            if kind == "ending":
                report = given[0]
                assert isinstance(report, Report)  # noqa: S101 - what comes with it
                return report, growth
            if kind == "grown":
                growth = int(str(given[0]))
            elif kind == "file":
                is_whole = self._link.take(given[0], receiver)
                if is_whole and not is_noted and receiver.has_begun:
                    is_noted = True
                    self._ledger.note_run(order.number, order.run, has_begun=True)
            else:
                self._hand.words.send(kind, *given)
