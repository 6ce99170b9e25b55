"""One member of a plan on its way to its end, in this process."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

from dlrun.config import located
from dlrun.engines import KerasDoor
from dlrun.errors import DlrunError, PausedError
from dlrun.interruption import Interrupted
from dlrun.runs import InUseError, RunFolder, can_go_on
from dlrun.studies.membership import is_over, is_run_of
from dlrun.studies.plan import Member, config_key
from dlrun.studies.task import Ending, Ledger, MemberTask
from dlrun.training import DataChangedError, resume, start_run, train
from dlrun.training.train import restart_run

if TYPE_CHECKING:
    from dlrun.experiment import Experiment
    from dlrun.experiment.bounds import Bounds
    from dlrun.rows import Parts, RowShelf
    from dlrun.studies.audience import Audience


class Worker:
    """Brings members of a plan to their ends, one after the other."""

    def __init__(
        self,
        root: Path,
        plan: Ledger | None,
        audience: Audience,
        shelf: RowShelf | None = None,
    ) -> None:
        """Get ready.

        Args:
            root: Where the runs go.
            plan: Says which member is which run; `None`: nothing is kept of that.
            audience: Hears what happens.
            shelf: Where rows stand that may be used again; `None`: each reads its own.
        """
        self._root = root
        self._shelf = shelf
        self._plan = plan
        self._audience = audience
        self._folder: RunFolder | None = None
        """The run of the member in hand, as soon as it has one."""

    def work_on(self, task: MemberTask) -> Ending:
        """Train a member, or what is missing of it; leave it if another process does.

        An error of the member and a signal are part of what it returns.
        """
        self._folder = None
        number, member = task.number, task.member
        try:
            claimed = nullcontext() if self._plan is None else self._plan.claim(number)
            with claimed, located(member.node):
                is_new = self._bring_to_end(task)
        except InUseError as error:
            folder, holder = self._run_of(number), error.holder
            return Ending(number, member, "elsewhere", folder, holder=holder)
        except PausedError:
            return Ending(number, member, "paused", self._folder)
        except DlrunError as error:
            return Ending(number, member, "failed", self._folder, error)
        except Interrupted as signal:
            return Ending(number, member, "stopped", self._folder, signal=signal)
        return Ending(number, member, "trained" if is_new else "kept", self._folder)

    def _run_of(self, number: int) -> RunFolder | None:
        noted = None if self._plan is None else self._plan.run_of(number)
        return self._folder if noted is None else noted.folder

    def _bring_to_end(self, task: MemberTask) -> bool:
        """Train what is missing; return whether anything was."""
        number, member = task.number, task.member
        noted = None if self._plan is None else self._plan.run_of(number)
        key = config_key(member.experiment.spec.values())
        if noted is not None and is_over(noted, member, key):
            self._folder = noted.folder
            return False
        self._audience.begins(task.label, task.position, task.tasks)
        tell = self._audience.tells
        fits = noted is not None and is_run_of(noted, member, key, tell)
        if noted is not None and (fits or noted.is_owned):
            self._folder = noted.folder
            if fits and can_go_on(noted.folder):
                self._go_on(noted.folder, task.bounds)
                return True
        self._begin(task)
        return True

    def _go_on(self, folder: RunFolder, bounds: Bounds) -> None:
        progress, tell = self._audience.progress(folder.name), self._audience.tells
        try:
            resume(folder, progress, tell, bounds=bounds)
        except DataChangedError as error:
            hint = "put the data back, or train all anew with --again"
            raise DataChangedError(error.message, hint=hint) from error

    def _begin(self, task: MemberTask) -> None:
        """Train from nothing, in the folder that the member has, or in a new one."""
        number, member = task.number, task.member
        experiment, parts = self._read(member)
        if self._folder is not None:
            restart_run(self._folder, member.node, experiment)
        else:
            self._folder = self._start(number, member, experiment)
        if self._plan is not None:
            self._plan.note_run(number, self._folder.name, has_begun=True)
        progress = self._audience.progress(self._folder.name)
        train(experiment, parts, self._folder, progress, task.bounds)

    def _start(self, number: int, member: Member, experiment: Experiment) -> RunFolder:
        plan = self._plan
        if plan is None:
            return start_run(member.node, experiment, self._root)
        # Killed right after, the folder is found again by the name that was noted.
        return start_run(
            member.node,
            experiment,
            self._root,
            lambda name: plan.note_run(number, name, has_begun=False),
        )

    def _read(self, member: Member) -> tuple[Experiment, Parts]:
        """Read the rows, and tell what they make doubtful."""
        door = KerasDoor(member.experiment.spec)
        experiment, parts, warnings = member.read_rows(door, self._shelf)
        self._audience.warns(warnings)
        if self._audience.is_verbose:
            from dlrun.describe.class_weights import class_weight_lines
            from dlrun.describe.summary import render_sizes, render_summary

            self._audience.tells(render_summary([(member.name, experiment)]))
            self._audience.tells(render_sizes(parts))
            for line in class_weight_lines(experiment.spec.fit, parts):
                self._audience.tells(line)
        return experiment, parts
