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
    from collections.abc import Sequence

    from dlrun.experiment.search import Chosen, Space
    from dlrun.studies.search.plan import SearchPlan


@dataclass(frozen=True, slots=True)
class Start(Sampler):
    """Given points first, then those of another sampler."""

    points: Sequence[Chosen]
    then: Sampler

    @override
    def suggest(self, number: int, trials: SearchTrials) -> Suggestion:
        if number <= len(self.points):
            return Suggestion(self.points[number - 1])
        return self.then.suggest(number, trials)


class Grid(Sampler):
    """All points of a space, in the order of the config; the last path goes first."""

    def __init__(self, space: Space, start: Sequence[Chosen] = ()) -> None:
        """Get ready.

        Args:
            space: What is searched.
            start: Points that were tried first; their turn does not come again.
        """
        self._space = space
        self._start = start
        self._order: list[Chosen] = []
        self._seen = 0

    @override
    def suggest(self, number: int, trials: SearchTrials) -> Suggestion:
        place = number - 1 - len(self._start)
        while len(self._order) <= place:
            point = self._space.point(self._seen)
            self._seen += 1
            if point not in self._start:
                self._order.append(point)
        return Suggestion(self._order[place])


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
    """The sampler that a plan names, after what it begins with.

    Raises:
        DlrunError: It needs a package that is not installed.
        SpecError: What it begins with is not in the space.
    """
    found = _by_method(plan)
    return Start(plan.start, found) if plan.start else found


def _by_method(plan: SearchPlan) -> Sampler:
    if plan.spec.method == "grid":
        return Grid(plan.space, plan.start)
    if plan.spec.method == "cmaes":
        require_package("cmaes", "method: cmaes", extra="search")
        from dlrun.studies.search.cma import CmaSampler

        return CmaSampler(plan.space, plan.goals, plan.seed)
    if plan.spec.method == "tpe":
        require_package("optuna", "method: tpe", extra="search")
        from dlrun.studies.search.tpe import OptunaSampler

        return OptunaSampler(plan.space, plan.goals, plan.seed, plan.spec.max_params)
    return RandomSampler(plan.space, plan.seed)


def first_suggestions(plan: SearchPlan, most: int) -> list[Chosen]:
    """The settings of the first trials, made at once: none of them is over."""
    sampler = sampler_of(plan)
    trials = SearchTrials(SearchFolder(Path()), plan.space)
    for number in range(1, min(most, plan.trials or most) + 1):
        chosen = sampler.suggest(number, trials).chosen
        trials.by_number[number] = SearchTrial(number, chosen, "")
    return [trial.chosen for trial in trials.by_number.values()]
