"""How the settings of the next trial are chosen."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

from typing_extensions import override

from dlrun.errors import require_package
from dlrun.runs import SearchFolder
from dlrun.studies.search.suggestion import Sampler, Suggestion
from dlrun.studies.search.trial import SearchTrial, SearchTrials

if TYPE_CHECKING:
    from dlrun.experiment.search import Chosen, Space
    from dlrun.studies.search.plan import SearchPlan


@dataclass(frozen=True, slots=True)
class Grid(Sampler):
    """All points of a space, in the order of the config; the last path goes first."""

    space: Space

    @override
    def suggest(self, number: int, trials: SearchTrials) -> Suggestion:
        return Suggestion(self.space.point(number - 1))


@dataclass(frozen=True, slots=True)
class RandomSampler(Sampler):
    """Points by chance, each from a seed of its own."""

    space: Space
    seed: int

    @override
    def suggest(self, number: int, trials: SearchTrials) -> Suggestion:
        random = Random(f"{self.seed}:{number}")  # noqa: S311 - it must repeat
        return Suggestion(self.space.draw(random))


def sampler_of(plan: SearchPlan) -> Sampler:
    """The sampler that a plan names.

    Raises:
        DlrunError: It needs a package that is not installed.
    """
    if plan.spec.method == "grid":
        return Grid(plan.space)
    if plan.spec.method == "tpe":
        require_package("optuna", "method: tpe", extra="search")
        from dlrun.studies.search.tpe import OptunaSampler

        return OptunaSampler(plan.space, plan.goals, plan.seed, plan.spec.max_params)
    return RandomSampler(plan.space, plan.seed)


def first_suggestions(plan: SearchPlan, most: int) -> list[Chosen]:
    """The settings of the first trials, made at once: none of them is over."""
    sampler = sampler_of(plan)
    trials = SearchTrials(SearchFolder(Path()), plan.space)
    for number in range(1, min(most, plan.trials) + 1):
        chosen = sampler.suggest(number, trials).chosen
        trials.by_number[number] = SearchTrial(number, chosen, "")
    return [trial.chosen for trial in trials.by_number.values()]
