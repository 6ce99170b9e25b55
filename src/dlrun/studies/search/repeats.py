"""The best trials of a search once more, with fresh seeds, beside the config as it is.

The best of many trials is lucky as well as good. Trained with seeds that nobody has
chosen them by, they show what is left of it; the config as it stands, trained with the
same seeds, is what they are measured against, so that a seed whose rows are easy does
not count for a gain.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dlrun.config import located
from dlrun.errors import RunError
from dlrun.experiment import parse_spec
from dlrun.experiment.bounds import Bounds
from dlrun.runs import MemberRun, SearchFolder
from dlrun.studies.plan import Member, config_key
from dlrun.studies.search.result import seeds_of
from dlrun.studies.search.training import is_of_machine
from dlrun.studies.task import MemberTask

if TYPE_CHECKING:
    from pathlib import Path

    from dlrun.experiment.search import Chosen
    from dlrun.studies.audience import Audience
    from dlrun.studies.cluster.cluster import Cluster
    from dlrun.studies.search.plan import SearchPlan
    from dlrun.studies.search.result import SearchResult, TrialResult
    from dlrun.studies.task import Ending

TOP = 3
"""So many trials are repeated."""
AS_IT_STANDS = 0
"""The number of the config without a trial's values."""


@dataclass(frozen=True, slots=True)
class Repeat:
    """One run that is to be there."""

    number: int
    """Of the trial."""
    seed: int
    chosen: Chosen
    """The point of the space; empty: the config as it stands."""
    fold: int = 0
    """That validates; 0: the rows are divided once."""

    @property
    def title(self) -> str:
        """What people call it."""
        what = f"trial {self.number}" if self.number else "the config as it stands"
        fold = f", fold {self.fold}" if self.fold else ""
        return f"{what} with seed {self.seed}{fold}"


@dataclass(frozen=True, slots=True)
class _Ledger:
    """Which run a repetition is: its trial, its seed and its fold say it."""

    folder: SearchFolder
    repeats: tuple[Repeat, ...]

    @property
    def root(self) -> Path:
        """The directory with the runs."""
        return self.folder.confirmed.root

    @contextmanager
    def claim(self, number: int) -> Iterator[None]:
        """Own it while the block lasts."""
        one, confirmed = self.repeats[number - 1], self.folder.confirmed
        with confirmed.claim(one.number, one.seed, one.fold):
            yield
            confirmed.release(one.number, one.seed, one.fold)

    def run_of(self, number: int) -> MemberRun:
        """Its run."""
        one = self.repeats[number - 1]
        return self.folder.confirmed.run_of(one.number, one.seed, one.fold)

    def note_run(self, number: int, name: str, *, has_begun: bool) -> None:
        """Nothing: it is known from the name."""


def require_confirmable(result: SearchResult) -> None:
    """Refuse to repeat trials of a search that has none with a score.

    Raises:
        RunError: It has none.
    """
    if not result.front:
        message = f"{result.plan.name} has no trial with a score: there is nothing to "
        raise RunError(f"{message}confirm", hint="search first, without --confirm")


def chosen_trials(result: SearchResult) -> list[TrialResult]:
    """What is repeated: the best three; of several goals three of the front.

    Those are the best in the first goal, the last of the front, and the one between.
    """
    front = result.front
    if not result.plan.goals.are_several:
        return [*result.ranked[:TOP]]
    if len(front) <= TOP:
        return [*front]
    return [front[0], front[len(front) // 2], front[-1]]


def wanted_repeats(
    plan: SearchPlan, result: SearchResult, seeds: int
) -> tuple[Repeat, ...]:
    """What must be there, seed by seed, so that each has as many when it is stopped.

    The config as it stands is trained with the seeds of the search as well, unless a
    trial was just that.
    """
    chosen: dict[int, Chosen] = {AS_IT_STANDS: {}}
    chosen |= {one.number: one.trial.chosen for one in chosen_trials(result)}
    before = seeds_of(plan)
    if as_it_stands(plan, result) is not None:
        before = range(0)
    folds = range(1, plan.runs + 1) if plan.folds else (0,)
    wanted = [(AS_IT_STANDS, seed) for seed in before]
    wanted += [(number, seed) for seed in fresh_seeds(plan, seeds) for number in chosen]
    return tuple(
        Repeat(number, seed, chosen[number], fold)
        for number, seed in wanted
        for fold in folds
    )


def fresh_seeds(plan: SearchPlan, seeds: int) -> range:
    """Seeds that no trial was trained with."""
    first = seeds_of(plan)[-1] + 1
    return range(first, first + seeds)


def note_repeats(
    plan: SearchPlan, folder: SearchFolder, result: SearchResult, seeds: int
) -> None:
    """Keep what is repeated, so that it is read again without the config's data.

    Raises:
        RunError: The disk refuses.
    """
    values = {
        "seeds": [*fresh_seeds(plan, seeds)],
        "trials": [one.number for one in chosen_trials(result)],
        "as_it_stands": as_it_stands(plan, result),
        "folds": plan.runs if plan.folds else 0,
        "overlap": 1 / (plan.folds - 1) if plan.folds else 0.0,
    }
    folder.confirmed.write_plan(values)


def as_it_stands(plan: SearchPlan, result: SearchResult) -> int | None:
    """The trial that is the config as it stands; `None`: there is none."""
    fold = 1 if plan.folds else 0
    member = _member(plan, Repeat(AS_IT_STANDS, plan.seed, {}, fold))
    key = config_key(member.experiment.spec.values())
    for one in result.trials:
        if one.trial.config_sha256 == key:
            return one.number
    return None


def _member(plan: SearchPlan, one: Repeat) -> Member:
    """The config of a repetition, validated.

    Raises:
        SpecError: Its data are no longer there.
    """
    values: dict[str, object] = {"seed": one.seed}
    if one.fold:
        values["data.split.fold"] = one.fold
    node = plan.template.trial(one.chosen, values)
    with located(node):
        return Member(node, parse_spec(node))


def missing_tasks(
    plan: SearchPlan, folder: SearchFolder, repeats: tuple[Repeat, ...]
) -> list[MemberTask]:
    """The repetitions that are not over.

    Raises:
        SpecError: The data are no longer there.
    """
    missing = [
        number for number, one in enumerate(repeats, 1) if not _is_over(folder, one)
    ]
    bounds = Bounds(plan.spec.seconds)
    return [
        MemberTask(
            number,
            _member(plan, repeats[number - 1]),
            position,
            len(missing),
            bounds,
            repeats[number - 1].title,
        )
        for position, number in enumerate(missing, 1)
    ]


def train_repeats(
    folder: SearchFolder,
    repeats: tuple[Repeat, ...],
    tasks: Sequence[MemberTask],
    where: Cluster | int,
    audience: Audience,
) -> Iterator[Ending]:
    """Train what is missing of the repetitions, or goes on; others may do the same.

    Args:
        folder: Of the search.
        repeats: All of them.
        tasks: Those that are missing.
        where: In so many processes, or on the nodes of a cluster.
        audience: Hears what happens.

    Yields:
        The end of each that was missing, one that another process trains included.

    Raises:
        DlrunError: A disk or the data have failed.
        Interrupted: A signal came.
    """
    ledger = _Ledger(folder, repeats)
    for ending in _endings(ledger, tasks, where, audience):
        if ending.signal is not None:
            raise ending.signal
        if ending.error is not None and is_of_machine(ending.error):
            raise ending.error
        yield ending


def _endings(
    ledger: _Ledger,
    tasks: Sequence[MemberTask],
    where: Cluster | int,
    audience: Audience,
) -> Iterator[Ending]:
    """What becomes of each task, in this process or in several."""
    from dlrun.studies.crew import Crew

    if not tasks:
        return
    if not isinstance(where, int):
        members = (task.member for task in tasks)
        configs = [(member.node, member.experiment.spec) for member in members]
        with where.join(ledger.root, configs, audience.tells) as place:
            crew = Crew(tasks, ledger, audience, place.start)
            yield from crew.work(min(place.slots, len(tasks)))
        return
    if where > 1:
        yield from Crew(tasks, ledger, audience).work(min(where, len(tasks)))
        return
    from dlrun.rows import RowShelf
    from dlrun.studies.worker import Worker

    worker = Worker(ledger.root, ledger, audience, RowShelf())
    yield from map(worker.work_on, tasks)


def _is_over(folder: SearchFolder, one: Repeat) -> bool:
    run = folder.confirmed.run(one.number, one.seed, one.fold)
    return run.exists and MemberRun(run, has_begun=True).is_over
