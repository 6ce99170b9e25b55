"""The best trials with fresh seeds: what is trained, once, whatever kills it."""

from __future__ import annotations

import os
import re

import pytest

from dlrun.errors import RunError
from dlrun.runs import SearchFolder
from dlrun.studies.audience import Audience
from dlrun.studies.search.confirmation import read_confirmation
from dlrun.studies.search.kept import read_result
from dlrun.studies.search.repeats import (
    note_repeats,
    require_confirmable,
    train_repeats,
    wanted_repeats,
)

DEAD = 2**22 + 1
EPOCHS = 9
GRID = """\
method: grid
goal: max val_accuracy
space: {model.layers.h1.units: [2, 3, 8, 16]}
"""


def accuracy(spec, epoch):
    """More units are better, and so are even seeds, for every config alike."""
    units = spec.model.layers[0].units
    return {"val_accuracy": units / 100 + 0.01 * (spec.seed % 2 == 0)}


@pytest.fixture
def searched(search, stub):
    """A search of these keys that is over: its plan and its folder."""
    stub.curve = accuracy

    def make(section=GRID):
        plan = search.plan(section, "seed=7")
        folder = SearchFolder.of(search.directory / "runs", plan.name)
        if not folder.exists:
            search.work(plan)
            stub.trained.clear()
        return plan, folder

    return make


@pytest.fixture
def confirm(searched):
    """Confirm a search of these keys with so many seeds; its folder, and the ends."""

    def make(section=GRID, seeds=2):
        plan, folder = searched(section)
        result = read_result(folder)
        require_confirmable(result)
        repeats = wanted_repeats(plan, result, seeds)
        note_repeats(plan, folder, result, seeds)
        endings = [*train_repeats(plan, folder, repeats, Audience())]
        return folder, endings

    return make


def test_the_best_three_and_the_config_are_trained_with_seeds_of_no_trial(confirm):
    folder, endings = confirm()

    runs = folder.confirmed.runs()
    assert {number: [*of] for number, of in runs.items()} == {
        0: [7, 8, 9], 2: [8, 9], 3: [8, 9], 4: [8, 9],
    }  # fmt: skip
    assert [ending.state for ending in endings] == ["trained"] * 9
    config = runs[4][9].config()
    assert (config["seed"], config["model"]["layers"][0]["Dense"]["units"]) == (9, 16)
    assert "search" not in config
    assert runs[0][8].config()["model"]["layers"][0]["Dense"]["units"] == 4
    found = read_confirmation(folder, read_result(folder))
    assert [one.number for one in found.trials] == [4, 3, 2]
    assert found.gain_left(found.trials[0]) == pytest.approx(0.12)
    assert found.share_left(found.trials[0]) == pytest.approx(1)


def test_a_trial_that_is_the_config_as_it_stands_stands_for_it(confirm):
    folder, _ = confirm(GRID.replace("3, 8", "4, 8"))

    assert [*folder.confirmed.runs()[0]] == [8, 9]
    found = read_confirmation(folder, read_result(folder))
    assert found.baseline.in_search == pytest.approx(0.04)


def test_what_is_there_is_not_trained_again_and_more_seeds_only_add(confirm, stub):
    confirm()
    before = len(stub.trained)

    _, again = confirm()
    between = len(stub.trained)
    _, more = confirm(seeds=3)

    assert (before, between) == (9 * EPOCHS, 9 * EPOCHS)
    assert again == []
    assert len(more) == 4


def test_killed_it_goes_on_from_the_epoch(confirm, searched, stub, monkeypatch):
    searched()
    stub.kill = (4, 5)
    with monkeypatch.context() as patch:
        patch.setattr(os, "getpid", lambda: DEAD)
        with pytest.raises(stub.killed):
            confirm()
    killed = len(stub.trained)

    folder, endings = confirm()

    assert (killed, len(endings)) == (3 * EPOCHS + 5, 6)
    assert len(stub.trained) == 9 * EPOCHS
    assert sum(len(of) for of in folder.confirmed.runs().values()) == 9


REFUSED = {
    "goal: [max val_accuracy, min val_loss]": "dlrun train .*config.yaml --seeds 5",
    "folds: 2": "dlrun train .*config.yaml --folds 2 -s seed=8",
}


@pytest.mark.parametrize("key", REFUSED)
def test_what_has_no_best_trial_is_refused_with_what_to_do(confirm, key):
    section = GRID.replace("goal: max val_accuracy\n", "") if "goal" in key else GRID
    with pytest.raises(RunError) as caught:
        confirm(f"{section}{key}\n")

    assert re.search(REFUSED[key], str(caught.value))


def test_a_search_without_a_score_has_nothing_to_confirm(search):
    plan = search.plan(GRID)
    search.begin(plan)
    folder = SearchFolder.of(search.directory / "runs", plan.name)

    with pytest.raises(RunError, match="there is nothing to confirm"):
        require_confirmable(read_result(folder))
