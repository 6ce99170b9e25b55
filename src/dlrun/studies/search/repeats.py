"""The best trials of a search once more, with fresh seeds, beside the config as it is.

The best of many trials is lucky as well as good. Trained with seeds that nobody has
chosen them by, they show what is left of it; the config as it stands, trained with the
same seeds, is what they are measured against, so that a seed whose rows are easy does
not count for a gain.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from typing_extensions import override

from dlrun.config import located
from dlrun.errors import RunError
from dlrun.experiment import parse_spec
from dlrun.experiment.bounds import Bounds
from dlrun.runs import MemberRun, SearchFolder
from dlrun.studies.plan import config_key
from dlrun.studies.search.plan import SearchPlan, TrialMember
from dlrun.studies.search.training import is_of_machine
from dlrun.studies.task import MemberTask
from dlrun.writing import command_line

if TYPE_CHECKING:
    from dlrun.experiment.search import Chosen
    from dlrun.studies.audience import Audience
    from dlrun.studies.search.result import SearchResult
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


@dataclass(frozen=True, slots=True)
class _RepeatMember(TrialMember):
    """One of the runs, as the executor trains it."""

    @property
    @override
    def label(self) -> str:
        """What people call it."""
        what = f"trial {self.number}" if self.number else "the config as it stands"
        return f"{what} with {self.part}"


@dataclass(frozen=True, slots=True)
class _Ledger:
    """Which run a repetition is: its trial and its seed say it."""

    folder: SearchFolder
    repeats: tuple[Repeat, ...]

    def claim(self, number: int) -> AbstractContextManager[None]:
        """Own it while the block lasts."""
        one = self.repeats[number - 1]
        return self.folder.confirmed.claim(one.number, one.seed)

    def run_of(self, number: int) -> MemberRun:
        """Its run."""
        one = self.repeats[number - 1]
        return self.folder.confirmed.run_of(one.number, one.seed)

    def note_run(self, number: int, name: str, *, has_begun: bool) -> None:
        """Nothing: it is known from the name."""


def require_confirmable(result: SearchResult) -> None:
    """Refuse to repeat the best of a search that has no best.

    Raises:
        RunError: No trial has a score, goals are several, or trials are folds.
    """
    plan = result.plan
    if not result.front:
        message = f"{plan.name} has no trial with a score: there is nothing to confirm"
        raise RunError(message, hint="search first, without --confirm")
    best = result.front[0].run
    config = "RUN/config.yaml" if best is None else best.path / "config.yaml"
    if plan.goals.are_several:
        message = f"{plan.name} has several goals, and so no best trial to confirm"
        again = command_line("train", config, "--seeds", 5)
        raise RunError(message, hint=f"repeat one that you choose: {again}")
    if plan.folds:
        message = f"the trials of {plan.name} are folds, which share their rows"
        seed = f"seed={plan.seed + 1}"
        again = command_line("train", config, "--folds", plan.folds, "-s", seed)
        raise RunError(message, hint=f"divide the rows anew: {again}")


def wanted_repeats(
    plan: SearchPlan, result: SearchResult, seeds: int
) -> tuple[Repeat, ...]:
    """What must be there, seed by seed, so that each has as many when it is stopped.

    The config as it stands is trained with the seeds of the search as well, unless a
    trial was just that.
    """
    chosen: dict[int, Chosen] = {AS_IT_STANDS: {}}
    chosen |= {one.number: one.trial.chosen for one in result.ranked[:TOP]}
    before = range(plan.seed, plan.seed + plan.runs)
    if as_it_stands(plan, result) is not None:
        before = range(0)
    first = [Repeat(AS_IT_STANDS, seed, {}) for seed in before]
    fresh = [
        Repeat(number, seed, point)
        for seed in fresh_seeds(plan.seed, plan.runs, seeds)
        for number, point in chosen.items()
    ]
    return (*first, *fresh)


def fresh_seeds(seed: int, runs: int, seeds: int) -> range:
    """Seeds that no trial was trained with."""
    return range(seed + runs, seed + runs + seeds)


def note_repeats(
    plan: SearchPlan, folder: SearchFolder, result: SearchResult, seeds: int
) -> None:
    """Keep what is repeated, so that it is read again without the config's data.

    Raises:
        RunError: The disk refuses.
    """
    values = {
        "seeds": [*fresh_seeds(plan.seed, plan.runs, seeds)],
        "trials": [one.number for one in result.ranked[:TOP]],
        "as_it_stands": as_it_stands(plan, result),
    }
    folder.confirmed.write_plan(values)


def as_it_stands(plan: SearchPlan, result: SearchResult) -> int | None:
    """The trial that is the config as it stands; `None`: there is none."""
    member = _member(plan, Repeat(AS_IT_STANDS, plan.seed, {}))
    key = config_key(member.experiment.spec.values())
    for one in result.trials:
        if one.trial.config_sha256 == key:
            return one.number
    return None


def _member(plan: SearchPlan, one: Repeat) -> TrialMember:
    """The config of a repetition, validated.

    Raises:
        SpecError: Its data are no longer there.
    """
    node = plan.template.trial(one.chosen, {"seed": one.seed})
    with located(node):
        part = f"seed {one.seed}"
        return _RepeatMember(node, parse_spec(node), one.number, part)


def train_repeats(
    plan: SearchPlan,
    folder: SearchFolder,
    repeats: tuple[Repeat, ...],
    audience: Audience,
) -> Iterator[Ending]:
    """Train what is missing of the repetitions, or goes on; others may do the same.

    Yields:
        The end of each that was missing, one that another process trains included.

    Raises:
        DlrunError: A disk or the data have failed.
        Interrupted: A signal came.
    """
    from dlrun.rows import RowShelf
    from dlrun.studies.worker import Worker

    worker = Worker(folder.path, _Ledger(folder, repeats), audience, RowShelf())
    missing = [
        number for number, one in enumerate(repeats, 1) if not _is_over(folder, one)
    ]
    bounds = Bounds(plan.spec.seconds)
    for position, number in enumerate(missing, 1):
        member = _member(plan, repeats[number - 1])
        task = MemberTask(number, member, position, len(missing), bounds)
        ending = worker.work_on(task)
        if ending.signal is not None:
            raise ending.signal
        if ending.error is not None and is_of_machine(ending.error):
            raise ending.error
        yield ending


def _is_over(folder: SearchFolder, one: Repeat) -> bool:
    run = folder.confirmed.run(one.number, one.seed)
    return run.exists and MemberRun(run, has_begun=True).is_over
