"""CMA-ES comes near the best, and what it suggests follows from what it knew."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import pytest

from dlrun.experiment.search import Goal, Goals
from dlrun.experiment.search.reading import read_space
from dlrun.runs import SearchFolder
from dlrun.studies.search.cma import CmaSampler
from dlrun.studies.search.end import End
from dlrun.studies.search.sampler import RandomSampler
from dlrun.studies.search.trial import SearchTrial, SearchTrials

pytest.importorskip("cmaes")

SPACE = read_space(
    {
        "model.layers.h1.units": {"int": [16, 512], "log": True},
        "model.layers.drop.rate": {"float": [0, 0.6], "step": 0.1},
        "compile.optimizer.learning_rate": {"float": [1e-5, 0.1], "log": True},
        "fit.batch_size": [16, 32],
    }
)
GOALS = Goals([Goal("max", "val_accuracy")])
LAG = 3
"""So many trials run at once."""


def empty() -> SearchTrials:
    return SearchTrials(SearchFolder(Path("nowhere")), SPACE)


def score(chosen) -> float:
    """Best with 100 units, a rate of 0.003, and a third of the values dropped."""
    units, drop, rate, _ = chosen.values()
    far = abs(math.log10(rate / 0.003)) + abs(math.log10(units / 100))
    return -far - abs(drop - 0.3)


def searched(sampler, count: int) -> SearchTrials:
    """Trials whose ends come some trials later; some of them diverge."""
    trials = empty()
    for number in range(1, count + 1):
        one = sampler.suggest(number, trials)
        trials.by_number[number] = SearchTrial(number, one.chosen, "", one.knew)
        if (over := number - LAG) >= 1:
            trial = trials.by_number[over]
            end = End("finished", (score(trial.chosen),))
            end = End("diverged") if over % 9 == 0 else end
            trials.by_number[over] = replace(trial, end=end)
    return trials


@pytest.fixture(scope="module")
def trials():
    return searched(CmaSampler(SPACE, GOALS, 3), 90)


def test_it_does_better_than_chance_and_stays_in_the_space(trials):
    by_chance = searched(RandomSampler(SPACE, 3), 90)

    def of_last(found):
        chosen = [found.by_number[number].chosen for number in range(61, 91)]
        return sum(map(score, chosen)) / len(chosen)

    assert of_last(trials) > of_last(by_chance) + 0.4
    units, drops, rates, sizes = zip(
        *(one.chosen.values() for one in trials.by_number.values()), strict=True
    )
    assert all(isinstance(one, int) and 16 <= one <= 512 for one in units)
    assert {*drops} <= {0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6}
    assert all(1e-5 <= one <= 0.1 for one in rates)
    assert {*sizes} == {0, 1}


def test_every_suggestion_is_recomputed_from_what_it_knew(trials):
    for number in (1, 2, 20, 47, 90):
        trial = trials.by_number[number]
        known = empty()
        for earlier in range(1, number):
            before = trials.by_number[earlier]
            end = before.end if earlier in trial.knew else None
            known.by_number[earlier] = replace(before, end=end)

        again = CmaSampler(SPACE, GOALS, 3).suggest(number, known)

        assert (again.chosen, again.knew) == (trial.chosen, trial.knew)
