"""What is to be done for a plan, and what becomes of it."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol, TypeAlias

from dlrun.config import Node, located
from dlrun.errors import DlrunError, ProblemsError
from dlrun.experiment import parse_spec
from dlrun.experiment.bounds import UNBOUND, Bounds
from dlrun.interruption import Interrupted
from dlrun.runs import MemberRun, RunFolder
from dlrun.studies.plan import Member

EndState: TypeAlias = Literal[
    "trained", "kept", "failed", "paused", "stopped", "elsewhere"
]


class MachineLostError(DlrunError):
    """A machine has gone, or its process, which says nothing of what it trained."""


class Ledger(Protocol):
    """Says which member is which run, and who works on it."""

    def claim(self, number: int) -> AbstractContextManager[None]:
        """Own a member while the block lasts."""

    def run_of(self, number: int) -> MemberRun | None:
        """The run that a member has become; `None`: it has not begun."""

    def note_run(self, number: int, name: str, *, has_begun: bool) -> None:
        """Keep which run a member is."""


class PlacedLedger(Ledger, Protocol):
    """One of which all runs are in one directory, for workers in other processes."""

    @property
    def root(self) -> Path:
        """The directory."""


@dataclass(frozen=True, slots=True)
class MemberTask:
    """A member that is to be brought to its end."""

    number: int
    """Counted from 1 in the plan."""
    member: Member
    position: int
    """Counted from 1 among those that are not over when the command begins."""
    tasks: int
    """How many those are."""
    bounds: Bounds = UNBOUND
    """Where it ends before the last epoch."""
    title: str = ""
    """What people call it before it has a run; empty: as its member is called."""

    @property
    def label(self) -> str:
        """What people call it before it has a run."""
        return self.title or self.member.label


@dataclass(frozen=True, slots=True)
class Ending:
    """What became of a member in this command."""

    number: int
    """Counted from 1 in the plan."""
    member: Member
    state: EndState
    """`kept`: its run was over already; `paused`: it has come as far as it shall for
    now; `stopped`: by a signal; `elsewhere`: another process trains it."""
    folder: RunFolder | None = None
    """Its run; `None`: it did not come to one."""
    error: DlrunError | None = None
    """Why it failed."""
    holder: str = ""
    """Who trains it elsewhere, such as `process 12 on host`."""
    signal: Interrupted | None = None
    """What stopped it."""

    @property
    def is_finished(self) -> bool:
        """Whether it has a run with results, which one elsewhere may have by now."""
        if self.state in {"kept", "elsewhere"} and self.folder is not None:
            return self.folder.status().state == "finished"
        return self.state == "trained"

    @property
    def is_over(self) -> bool:
        """Whether another try would end in the same way."""
        if self.folder is None or self.state == "elsewhere":
            return False
        return MemberRun(self.folder, has_begun=True).is_over


@dataclass(frozen=True, slots=True)
class Order:
    """A task on its way to another process, which validates the config itself."""

    number: int
    node: Node
    position: int
    tasks: int
    bounds: Bounds = UNBOUND
    title: str = ""

    @classmethod
    def of(cls, task: MemberTask) -> Order:
        """The order for a task."""
        node, bounds = task.member.node, task.bounds
        return cls(task.number, node, task.position, task.tasks, bounds, task.label)

    def task(self) -> MemberTask:
        """The task, with the config validated in this process."""
        with located(self.node):
            member = Member(self.node, parse_spec(self.node))
        place = (self.number, member, self.position, self.tasks)
        return MemberTask(*place, self.bounds, self.title)


@dataclass(frozen=True, slots=True)
class Report:
    """An ending on its way back, in plain values and light classes."""

    state: EndState
    run: str | None
    error: DlrunError | None
    holder: str
    signal: int | None

    def ending(self, task: MemberTask, root: Path) -> Ending:
        """The ending of a task whose run lies below `root`."""
        return Ending(
            number=task.number,
            member=task.member,
            state=self.state,
            folder=None if self.run is None else RunFolder(root / self.run),
            error=self.error,
            holder=self.holder,
            signal=None if self.signal is None else Interrupted(self.signal),
        )


def report_of(ending: Ending) -> Report:
    """An ending as it is sent."""
    return Report(
        state=ending.state,
        run=None if ending.folder is None else ending.folder.name,
        error=None if ending.error is None else as_light_error(ending.error),
        holder=ending.holder,
        signal=None if ending.signal is None else ending.signal.number,
    )


def as_light_error(error: DlrunError) -> DlrunError:
    """The error as one of `dlrun.errors`: to read another would import Keras."""
    if isinstance(error, ProblemsError):
        return error
    for kind in type(error).__mro__:
        if issubclass(kind, DlrunError) and kind.__module__ == DlrunError.__module__:
            return kind(error.message, hint=error.hint)
    return error
