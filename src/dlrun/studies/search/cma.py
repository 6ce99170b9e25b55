"""CMA-ES: ranges by a normal distribution that learns from each generation.

Source: Hansen (2016), The CMA evolution strategy: a tutorial. The package `cmaes` has
the arithmetic, and is asked once per trial. Which generation a trial belongs to follows
from what it knew, so what is suggested follows from seed, number and `knew` alone,
whichever process asks and however often.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from random import Random
from typing import TYPE_CHECKING

from typing_extensions import override

from dlrun.experiment.search import Choice, Range
from dlrun.studies.search.front import costs
from dlrun.studies.search.suggestion import Sampler, Suggestion, marks_of, seed_of

if TYPE_CHECKING:
    from dlrun.experiment.search import Chosen, Goals, Searched, Space
    from dlrun.studies.search.pause import Known
    from dlrun.studies.search.trial import SearchTrials

_MIDDLE, _SPREAD = 0.5, 1 / 6
"""Where it begins, as shares of each range."""


class CmaSampler(Sampler):
    """Suggests the ranges of a space; choices, which have no order, by chance."""

    def __init__(self, space: Space, goals: Goals, seed: int) -> None:
        """Get ready.

        Args:
            space: What is searched; nothing in it depends on a choice.
            goals: One, which says which scores are better.
            seed: Drives every suggestion, together with the number of its trial.
        """
        self._space = space
        self._goals = goals
        self._seed = seed
        self._ranges = [one for one in space.parameters if isinstance(one, Range)]
        self._population = 4 + math.floor(3 * math.log(len(self._ranges)))
        self._generations: dict[int, int] = {}

    @override
    def suggest(self, number: int, trials: SearchTrials) -> Suggestion:
        known = {
            trial.number: known
            for trial in trials.by_number.values()
            if trial.number < number and (known := trials.known_of(trial)) is not None
        }
        self._count(number, trials)
        shares = self._ask(number, trials, known)
        random = Random(f"{self._seed}:{number}")  # noqa: S311 - it must repeat

        def decide(one: Searched) -> int | float:
            if isinstance(one, Choice):
                return one.draw(random)
            return _value(one, shares[self._ranges.index(one)])

        return Suggestion(self._space.choose(decide), *marks_of(known))

    def _count(self, number: int, trials: SearchTrials) -> None:
        """Tell the generation of every trial before one, by what it knew."""
        for earlier in range(len(self._generations) + 1, number):
            trial = trials.by_number[earlier]
            knew = [*(trial.knew or ()), *trial.knew_rungs]
            self._generations[earlier] = len(self._pools(knew))

    def _pools(self, known: Iterable[int]) -> list[list[int]]:
        """The whole generations among trials, each the first that were made of it."""
        numbers, pools = sorted(known), list[list[int]]()
        while True:
            born = [one for one in numbers if self._generations[one] == len(pools)]
            if len(born) < self._population:
                return pools
            pools.append(born[: self._population])

    def _ask(
        self, number: int, trials: SearchTrials, known: Mapping[int, Known]
    ) -> list[float]:
        """A point, as shares of each range."""
        import numpy as np
        from cmaes import CMA

        size = len(self._ranges)
        optimizer = CMA(
            mean=np.full(size, _MIDDLE),
            sigma=_SPREAD,
            bounds=np.tile([0.0, 1.0], (size, 1)),
            seed=seed_of(self._seed, number),
            population_size=self._population,
        )
        for pool in self._pools(known):
            points = [self._shares(trials.by_number[one].chosen) for one in pool]
            found = self._costs([known[one].scores for one in pool])
            told = zip(map(np.array, points), found, strict=True)
            optimizer.tell([*told])
        return [float(one) for one in optimizer.ask()]

    def _shares(self, chosen: Chosen) -> list[float]:
        return [_share(one, chosen[one.place]) for one in self._ranges]

    def _costs(self, scores: Sequence[tuple[float, ...]]) -> list[float]:
        """What less is better of; trials without a score are worse than all others."""
        found = [costs(self._goals, one)[0] if one else math.inf for one in scores]
        worst = max((one for one in found if math.isfinite(one)), default=0.0)
        return [min(one, worst + 1.0) for one in found]


def _scaled(one: Range, number: float) -> float:
    return math.log(number) if one.log else number


def _ends(one: Range) -> tuple[float, float]:
    """So that the ends of a range of integers are as likely as what is between."""
    half = 0.5 if one.is_whole and one.step is None else 0.0
    return _scaled(one, one.low - half), _scaled(one, one.high + half)


def _share(one: Range, value: float) -> float:
    low, high = _ends(one)
    return (_scaled(one, value) - low) / (high - low)


def _value(one: Range, share: float) -> float:
    low, high = _ends(one)
    number = low + share * (high - low)
    return one.nearest(math.exp(number) if one.log else number)
