"""The executor: it trains the runs of a plan, or those that are missing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from dlrun.config import located
from dlrun.runs import InUseError, PlanFolder, RunFolder, join_plan
from dlrun.studies.audience import Audience
from dlrun.studies.membership import is_over, release_others
from dlrun.studies.plan import Plan, check_threads
from dlrun.studies.task import Ending, MemberTask

if TYPE_CHECKING:
    from dlrun.studies.cluster.cluster import Cluster


def execute(
    plan: Plan,
    root: Path,
    audience: Audience,
    *,
    jobs: int | Cluster = 1,
    anew: bool = False,
    finished: Mapping[int, RunFolder] | None = None,
) -> Iterator[Ending]:
    """Train the runs of a plan, each an ordinary run; one that fails stops no other.

    A plan of several runs that was not finished is gone on with: what is over is kept,
    what has a checkpoint goes on from there, what another process trains is left to it;
    a run of another config is not the member's, which is trained anew.
    A single run is no plan and begins anew.

    Args:
        plan: What to train.
        root: Where the runs go.
        audience: Hears what happens.
        jobs: So many processes train at once; 1: this one does; a cluster: as many as
            have room there.
        anew: Train all of it, whatever is there.
        finished: Runs of members that need no training, by number.

    Yields:
        What became of each member: first what was over, then the others as they end.

    Raises:
        SpecError: A member is a search, or has folds, and none of them is chosen.
        RunError: The plan cannot be kept, is damaged, shall begin anew while another
            process works on it, or needs several numbers of threads in one process.
        Interrupted: A signal came; what it has stopped was told before.
    """
    for member in plan.members:
        member.experiment.require_code()
        with located(member.node):
            member.experiment.require_one()
    done = {} if anew or finished is None else dict(finished)
    folder, members = plan.folder(root), len(plan.members)
    if len(done) == members and not folder.exists:
        audience.joins(members, members, (), resumed=False)
        for number, run in done.items():
            yield Ending(number, plan.members[number - 1], "kept", run)
    elif members == 1:
        yield from _one_by_one(
            [MemberTask(1, plan.members[0], 1, 1)], root, None, audience
        )
    else:
        if isinstance(jobs, int):
            check_threads(plan.members, jobs)
        values = plan.to_values(anew=anew)
        with join_plan(root, folder.name, values, anew=anew):
            resumed = any(run is not None for run in folder.runs())
            released = release_others(plan, folder)
            _take_over(folder, done)
            over = sum(map(is_over, folder.runs(), plan.members, plan.keys))
            audience.joins(over, members, folder.holders(), resumed=resumed)
            for sentence in released:
                audience.tells(sentence)
            yield from _finish(plan, folder, audience, jobs)


def _take_over(folder: PlanFolder, done: Mapping[int, RunFolder]) -> None:
    """Let runs that are finished already be those of members that have not begun."""
    if folder.values().get("anew") is True:
        return
    for number, run in done.items():
        with suppress(InUseError), folder.claim(number):
            if folder.run_of(number) is None:
                folder.note_run(number, run.name, has_begun=True)


def _finish(
    plan: Plan, folder: PlanFolder, audience: Audience, jobs: Cluster | int
) -> Iterator[Ending]:
    """Train every member that is not over."""
    missing: list[int] = []
    known = zip(folder.runs(), plan.members, plan.keys, strict=True)
    for number, (run, member, key) in enumerate(known, 1):
        if run is not None and is_over(run, member, key):
            yield Ending(number, member, "kept", run.folder)
        else:
            missing.append(number)
    tasks = [
        MemberTask(number, plan.members[number - 1], position, len(missing))
        for position, number in enumerate(missing, 1)
    ]
    if tasks and not isinstance(jobs, int):
        from dlrun.studies.crew import Crew

        members = [task.member for task in tasks]
        configs = [(one.node, one.experiment.spec) for one in members]
        with jobs.join(folder.root, configs, audience.tells) as place:
            crew = Crew(tasks, folder, audience, place.start)
            yield from crew.work(min(place.slots, len(tasks)))
    elif isinstance(jobs, int) and min(jobs, len(tasks)) > 1:
        from dlrun.studies.crew import Crew

        yield from Crew(tasks, folder, audience).work(min(jobs, len(tasks)))
    elif tasks:
        yield from _one_by_one(tasks, folder.root, folder, audience)


def _one_by_one(
    tasks: Sequence[MemberTask],
    root: Path,
    folder: PlanFolder | None,
    audience: Audience,
) -> Iterator[Ending]:
    """Train in this process, so that runs of one architecture share what was traced."""
    from dlrun.studies.worker import Worker

    worker = Worker(root, folder, audience)
    left: list[MemberTask] = []
    for task in tasks:
        ending = worker.work_on(task)
        if ending.state == "elsewhere":
            left.append(task)
            continue
        yield ending
        if ending.signal is not None:
            raise ending.signal
    for task in left:  # By now it is over, or its process may have died.
        ending = worker.work_on(task)
        yield ending
        if ending.signal is not None:
            raise ending.signal
