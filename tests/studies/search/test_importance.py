"""Which settings matter: those that do are found, noise is named as noise."""

from __future__ import annotations

import math
from random import Random

import pytest

from dlrun.studies.search.importance import importances
from dlrun.studies.search.kept import read_result

RATE = "compile.optimizer.learning_rate"
SPACE = {
    RATE: {"float": [0.001, 1], "log": True},
    "fit.batch_size": [8, 16, 32],
    "model.layers.drop.rate": {"float": [0, 0.6]},
}


@pytest.fixture
def trials():
    """Trials with a best learning rate in the middle, and nothing else that counts."""

    def make(count):
        random = Random(1)
        made = []
        for _ in range(count):
            rate = 10 ** random.uniform(-3, 0)
            chosen = {
                RATE: rate,
                "fit.batch_size": random.randrange(3),
                "model.layers.drop.rate": random.uniform(0, 0.6),
            }
            lost = 0.1 * (math.log10(rate) + 1.5) ** 2
            made.append((chosen, 0.9 - lost + random.gauss(0, 0.01)))
        return made

    return make


def test_a_rate_with_its_best_in_the_middle_matters_and_noise_does_not(
    make_search, trials
):
    found = importances(read_result(make_search(SPACE, trials(40))))

    assert [one.name for one in found.settings if one.is_clear] == [RATE]
    assert found.settings[0].share > 0.5
    assert found.settings[0].trials == found.trials == 40


def test_from_few_trials_nothing_is_told(make_search, trials):
    found = importances(read_result(make_search(SPACE, trials(8))))

    assert (found.trials, found.settings) == (8, ())
    assert found.fewest == 10 + 1 + 9


def test_about_as_many_as_are_asked_for_are_enough(make_search, trials):
    found = importances(read_result(make_search(SPACE, trials(20))))

    assert found.settings


def test_a_trial_that_diverged_is_worse_than_all_others(make_search):
    trials = [({"fit.batch_size": 0}, 0.5 + n / 1000) for n in range(15)]
    trials += [({"fit.batch_size": 1}, "not a number") for _ in range(5)]

    found = importances(read_result(make_search({"fit.batch_size": [4, 8]}, trials)))

    assert found.settings[0].is_clear


def test_what_only_one_choice_has_is_judged_among_those(make_search):
    space = {
        "compile.optimizer": [
            {"Adam": {"learning_rate": {"float": [0.001, 0.1]}}},
            {"SGD": {"momentum": {"choice": [0, 0.9]}}},
        ]
    }
    random, trials = Random(3), []
    for number in range(40):
        kind, momentum = number % 2, number // 2 % 2
        chosen = {"compile.optimizer": kind}
        if kind:
            chosen["compile.optimizer[1].SGD.momentum"] = momentum
        else:
            rate = random.uniform(0.001, 0.1)
            chosen["compile.optimizer[0].Adam.learning_rate"] = rate
        score = 0.5 + 0.2 * kind * momentum + random.gauss(0, 0.02)
        trials.append((chosen, score))

    found = importances(read_result(make_search(space, trials)))

    clear = {one.name for one in found.settings if one.is_clear}
    assert clear == {"compile.optimizer", "compile.optimizer[1].SGD.momentum"}


@pytest.mark.parametrize(("method", "is_clear"), [("random", True), ("tpe", False)])
def test_where_a_search_gets_better_with_time_that_is_no_merit_of_a_setting(
    make_search, method, is_clear
):
    """The batch changes once, and so does the score, for whatever reason."""
    trials = [({"fit.batch_size": n // 30}, n // 30 + n % 7 / 10) for n in range(60)]
    search = make_search({"fit.batch_size": [4, 8]}, trials, method=method)

    found = importances(read_result(search))

    assert found.settings[0].is_clear is is_clear
