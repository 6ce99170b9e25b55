"""Which settings have moved the score of a search, and which cannot be told from noise.

Ranks of scores are explained by all settings at once (`dlrun.estimates.groupings`):
ranges in groups of equal size, so that a best value in the middle is seen, and choices
as they are. What stands below an item of a choice counts only where it was chosen. A
search that looks near what did well gets better with time whatever the reason, so the
time is one more grouping there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf
from typing import TYPE_CHECKING

from dlrun.estimates import quantile
from dlrun.estimates.groupings import Grouping, explain
from dlrun.experiment.search import Choice
from dlrun.experiment.search.space import parameter_name

if TYPE_CHECKING:
    from dlrun.experiment.search import Searched
    from dlrun.studies.search.result import SearchResult, TrialResult

CLEAR = 0.05
"""A setting matters whose share would come by chance less often, adjusted (Holm)."""
_FEWEST_LEFT = 10
"""So many trials must be left, beyond what settings can fit, to know the noise."""
_GROUPS = ((60, 4), (0, 3))
"""From so many trials on ranges are divided into so many groups."""
_ADAPTIVE = frozenset({"tpe", "cmaes"})
_SPANS = 10
_SPAN = 6
"""Time has at most so many levels, of no fewer trials."""


@dataclass(frozen=True, slots=True)
class Importance:
    """What is known of one setting."""

    name: str
    """Its path, and what leads on from there."""
    share: float
    """Of the variance of the ranks of scores, what it alone explains; 0 to 1."""
    p: float
    """How often chance would explain as much, adjusted for all settings (Holm)."""
    trials: int
    """So many had it."""

    @property
    def is_clear(self) -> bool:
        """Whether it is more than noise."""
        return self.p < CLEAR


@dataclass(frozen=True, slots=True)
class Importances:
    """The settings of a search, the most important first, or why it cannot be told."""

    trials: int
    """So many have ended, each with a config of its own."""
    settings: tuple[Importance, ...]
    fewest: int
    """From about so many on it can be told."""

    @property
    def is_told(self) -> bool:
        """Whether there were enough."""
        return bool(self.settings)


def importances(result: SearchResult) -> Importances:
    """Tell which settings matter.

    A trial that has failed or diverged ranks behind all that have a score. With halving
    one that got further ranks before those that were left behind.
    """
    ended = _ranked_trials(result)
    parameters = [*result.plan.space.all_parameters()]
    groups = next(groups for fewest, groups in _GROUPS if len(ended) >= fewest)
    groupings = [_grouping(one, parameters, ended, groups) for one in parameters]
    beside = _time(len(ended)) if result.plan.spec.method in _ADAPTIVE else []
    found = explain(
        _standings(result, ended), groupings, beside, fewest_left=_FEWEST_LEFT
    )
    fewest = _fewest(parameters)
    if found is None:
        return Importances(len(ended), (), fewest)
    settings = [
        Importance(
            parameter_name(parameter.place),
            one.share,
            one.p,
            sum(level is not None for level in grouping.levels),
        )
        for parameter, grouping, one in zip(parameters, groupings, found, strict=True)
    ]
    settings.sort(key=lambda one: (not one.is_clear, -one.share))
    return Importances(len(ended), tuple(settings), fewest)


def _fewest(parameters: Sequence[Searched]) -> int:
    """Trials that are enough for all that can be fitted, and the noise."""
    most = _GROUPS[-1][1]
    counts = [
        len(one.options) if isinstance(one, Choice) else min(most, one.count or most)
        for one in parameters
    ]
    return _FEWEST_LEFT + 1 + sum(counts)


def _ranked_trials(result: SearchResult) -> Sequence[TrialResult]:
    """Trials that are over or pause, without those that repeat one."""
    over = (one for one in result.trials if one.end or one.pause)
    return [one for one in over if one.trial.same_as is None]


def _standings(result: SearchResult, ended: Sequence[TrialResult]) -> list[float]:
    """A number for each trial by which they rank, the best with the largest."""
    sign = 1.0 if result.plan.goal.mode == "max" else -1.0
    stood: list[tuple[float, float]] = []
    for one in ended:
        if one.pause is not None:
            stood.append((one.pause.epochs, sign * one.pause.scores[0]))
        elif one.leading is not None:
            stood.append((inf, sign * one.leading))
        else:
            stood.append((-inf, 0.0))
    order = {key: place for place, key in enumerate(sorted({*stood}))}
    return [float(order[key]) for key in stood]


def _grouping(
    parameter: Searched,
    parameters: Sequence[Searched],
    trials: Sequence[TrialResult],
    groups: int,
) -> Grouping:
    values = [one.trial.chosen.get(parameter.place) for one in trials]
    below = frozenset(
        place
        for place, other in enumerate(parameters)
        if other is not parameter
        and isinstance(parameter, Choice)
        and other.place[: len(parameter.place)] == parameter.place
    )
    if isinstance(parameter, Choice):
        return Grouping([None if one is None else int(one) for one in values], below)
    known = sorted(one for one in values if one is not None)
    distinct = sorted({*known})
    if len(distinct) <= groups:
        edges = distinct[1:]
    else:
        edges = [quantile(known, part / groups) for part in range(1, groups)]
    levels = [None if v is None else sum(edge <= v for edge in edges) for v in values]
    return Grouping(levels, below)


def _time(trials: int) -> list[Grouping]:
    """The order of trials, as a grouping."""
    spans = min(_SPANS, trials // _SPAN)
    return [Grouping([place * spans // trials for place in range(trials)])]
