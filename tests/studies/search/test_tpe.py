"""What Optuna suggests follows from what was recorded, whoever asks."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from dlrun.errors import DlrunError
from dlrun.experiment.search import Goal
from dlrun.experiment.search.reading import read_space
from dlrun.runs import SearchFolder
from dlrun.studies.search.end import End
from dlrun.studies.search.sampler import RandomSampler
from dlrun.studies.search.tpe import OptunaSampler
from dlrun.studies.search.trial import SearchTrial, SearchTrials

SPACE = read_space(
    {
        "model.layers.h1.units": {"int": [16, 512], "log": True},
        "model.layers.drop.rate": {"float": [0, 0.6], "step": 0.1},
        "compile.optimizer": [
            {"Adam": {"learning_rate": {"float": [1e-5, 0.1], "log": True}}},
            {
                "SGD": {
                    "learning_rate": {"float": [1e-3, 1], "log": True},
                    "momentum": {"float": [0.8, 0.99]},
                }
            },
        ],
    }
)
GOAL = (Goal("max", "val_accuracy"),)
LAG = 3
"""So many trials run at once."""


def empty() -> SearchTrials:
    return SearchTrials(SearchFolder(Path("nowhere")), SPACE)


def score(chosen) -> float:
    """Best with 100 units and a rate of 0.003."""
    (rate,) = (value for place, value in chosen.items() if place[-1] == "learning_rate")
    units = chosen[("model.layers.h1.units",)]
    return -abs(math.log10(rate / 0.003)) - abs(math.log10(units / 100))


def searched(sampler, count: int) -> SearchTrials:
    """Trials whose ends come some trials later; some of them diverge."""
    trials = empty()
    for number in range(1, count + 1):
        suggestion = sampler.suggest(number, trials)
        trials.by_number[number] = SearchTrial(
            number, suggestion.chosen, "", suggestion.knew
        )
        if (over := number - LAG) >= 1:
            trial = trials.by_number[over]
            is_lost = over % 7 == 0
            end = (
                End("diverged") if is_lost else End("finished", (score(trial.chosen),))
            )
            trials.by_number[over] = replace(trial, end=end)
    return trials


@pytest.fixture(scope="module")
def trials():
    return searched(OptunaSampler(SPACE, GOAL, 3), 40)


def test_what_was_known_is_recorded(trials):
    assert trials.by_number[1].knew == ()
    assert trials.by_number[20].knew == tuple(range(1, 20 - LAG))


def test_every_suggestion_is_recomputed_from_what_it_knew(trials):
    for number, trial in trials.by_number.items():
        known = empty()
        for earlier in range(1, number):
            before = trials.by_number[earlier]
            end = before.end if earlier in trial.knew else None
            known.by_number[earlier] = replace(before, end=end)

        again = OptunaSampler(SPACE, GOAL, 3).suggest(number, known)

        assert again.chosen == trial.chosen
        assert again.knew == trial.knew


def test_a_suggestion_follows_from_the_seed(trials):
    others = searched(OptunaSampler(SPACE, GOAL, 4), 3)

    assert [one.chosen for one in others.by_number.values()] != [
        trials.by_number[number].chosen for number in (1, 2, 3)
    ]


def test_it_does_better_than_chance(trials):
    by_chance = searched(RandomSampler(SPACE, 3), 40)

    def of_last(found):
        scores = [score(found.by_number[number].chosen) for number in range(21, 41)]
        return sum(scores) / len(scores)

    assert of_last(trials) > of_last(by_chance) + 0.3


def test_what_is_too_large_is_told_as_a_constraint():
    """The best score is at 100 units; a model may have 40."""
    most = 40
    sampler, trials = OptunaSampler(SPACE, GOAL, 3, most), empty()
    units = ("model.layers.h1.units",)
    for number in range(1, 41):
        suggestion = sampler.suggest(number, trials)
        count = int(suggestion.chosen[units])
        end = End("finished", (score(suggestion.chosen),))
        if count > most:
            end = End("refused", limit="max_params")
        trials.by_number[number] = SearchTrial(
            number, suggestion.chosen, "", suggestion.knew, count, end=end
        )

    def large(first, last):
        chosen = [trials.by_number[number].chosen for number in range(first, last)]
        return sum(one[units] > most for one in chosen)

    assert large(1, 11) >= 4
    assert large(31, 41) <= 2


def test_several_goals_are_told_with_what_has_failed():
    """A small error and few units: good trials lie between 16 and 100 units."""
    goals = (Goal("max", "val_accuracy"), Goal("min", "parameters"))
    units = ("model.layers.h1.units",)

    def ran(sampler, count=60):
        trials = empty()
        for number in range(1, count + 1):
            one = sampler.suggest(number, trials)
            scores = (score(one.chosen), float(one.chosen[units]))
            end = End("diverged") if number % 7 == 0 else End("finished", scores)
            trials.by_number[number] = SearchTrial(
                number, one.chosen, "", one.knew, end=end
            )
        return trials

    trials = ran(OptunaSampler(SPACE, goals, 3))

    late = [trials.by_number[number].chosen for number in range(31, 61)]
    assert sum(one[units] <= 100 for one in late) >= 24
    again = OptunaSampler(SPACE, goals, 3).suggest(60, trials)
    assert again.chosen == trials.by_number[60].chosen


def test_without_optuna_one_line_says_what_to_install(monkeypatch):
    from dlrun.studies.search import sampler

    monkeypatch.setattr("dlrun.errors.find_spec", lambda name: None)

    with pytest.raises(DlrunError) as caught:
        sampler.sampler_of(SimpleNamespace(spec=SimpleNamespace(method="tpe")))

    assert str(caught.value) == (
        "error: method: tpe needs optuna, which is not installed\n"
        "   = help: pip install 'dlrun[search]'"
    )
