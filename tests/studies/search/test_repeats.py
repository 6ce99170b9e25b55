"""The best trials with fresh seeds: what is trained, once, whatever kills it."""

from __future__ import annotations

import os

import pytest

from dlrun.errors import RunError
from dlrun.report.trials.confirmation import confirmation_lines
from dlrun.runs import SearchFolder
from dlrun.studies.audience import Audience
from dlrun.studies.search.confirmation import read_confirmations, still_in_front
from dlrun.studies.search.kept import read_result
from dlrun.studies.search.repeats import (
    missing_tasks,
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
        tasks = missing_tasks(plan, folder, repeats)
        endings = [*train_repeats(folder, repeats, tasks, 1, Audience())]
        return folder, endings

    return make


def test_the_best_three_and_the_config_are_trained_with_seeds_of_no_trial(confirm):
    folder, endings = confirm()

    runs = folder.confirmed.runs()
    assert {number: [seed for seed, _ in of] for number, of in runs.items()} == {
        0: [7, 8, 9], 2: [8, 9], 3: [8, 9], 4: [8, 9],
    }  # fmt: skip
    assert [ending.state for ending in endings] == ["trained"] * 9
    config = runs[4][9, 0].config()
    assert (config["seed"], config["model"]["layers"][0]["Dense"]["units"]) == (9, 16)
    assert "search" not in config
    assert runs[0][8, 0].config()["model"]["layers"][0]["Dense"]["units"] == 4
    (found,) = read_confirmations(folder, read_result(folder))
    assert [one.number for one in found.trials] == [4, 3, 2]
    assert found.gain_left(found.trials[0]) == pytest.approx(0.12)
    assert found.share_left(found.trials[0]) == pytest.approx(1)


def test_a_trial_that_is_the_config_as_it_stands_stands_for_it(confirm):
    folder, _ = confirm(GRID.replace("3, 8", "4, 8"))

    assert [*folder.confirmed.runs()[0]] == [(8, 0), (9, 0)]
    (found,) = read_confirmations(folder, read_result(folder))
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


def test_of_folds_every_fold_of_fresh_divisions_is_trained(confirm, stub):
    folder, endings = confirm(f"{GRID}folds: 2")

    runs = folder.confirmed.runs()
    both = [(8, 1), (8, 2), (9, 1), (9, 2)]
    assert [*runs[0]] == [(7, 1), (7, 2), *both]
    assert [[*runs[number]] for number in (2, 3, 4)] == [both] * 3
    assert [ending.state for ending in endings] == ["trained"] * 18
    config = runs[4][9, 2].config()
    assert (config["seed"], config["data"]["split"]["fold"]) == (9, 2)
    (found,) = read_confirmations(folder, read_result(folder))
    assert (found.seeds, found.folds, found.missing) == ((8, 9), 2, 0)
    assert found.share_left(found.trials[0]) == pytest.approx(1)
    assert found.trials[0].score.size_text == "4 folds"
    assert found.trials[0].gain.overlap == 1
    words = "\n".join(confirmation_lines(read_result(folder), [found]))
    assert "trial 4 with 2 fresh seeds of 2 folds: val_accuracy" in words
    assert not [*(folder.path / "locks").iterdir()]


def test_of_a_front_its_ends_and_one_between_are_trained(confirm, stub):
    stub.curve = lambda spec, epoch: {
        "val_accuracy": spec.model.layers[0].units / 100,
        "val_loss": spec.model.layers[0].units + 100 * (spec.seed > 7),
    }
    section = GRID.replace("[2, 3, 8, 16]", "[2, 3, 8, 12, 16]")
    goals = "goal: [max val_accuracy, min val_loss, min parameters]"
    section = section.replace("goal: max val_accuracy", goals)

    folder, _ = confirm(section)

    result = read_result(folder)
    assert [*folder.confirmed.runs()] == [0, 1, 3, 5]
    found = read_confirmations(folder, result)
    assert [one.goal.column for one in found] == ["val_accuracy", "val_loss"]
    assert [one.number for one in found[0].trials] == [5, 3, 1]
    assert found[1].trials[0].in_search == pytest.approx(16)
    assert found[1].gain_left(found[1].trials[0]) == pytest.approx(-12)
    assert still_in_front(result, found) == [5, 3, 1]
    words = confirmation_lines(result, found)
    assert words[0] == ("3 of the 5 trials of the front with 2 fresh seeds: 5, 3, 1")
    assert words[1] == "none of them is beaten by another then"
    assert words[2].startswith("parameters are as they were: trial 5 82, trial 3 ")


def test_a_trial_of_the_front_that_is_beaten_with_fresh_seeds_is_named(confirm, stub):
    stub.curve = lambda spec, epoch: {
        "val_accuracy": (1 if spec.seed == 7 else -1) * spec.model.layers[0].units,
        "val_loss": float(spec.model.layers[0].units),
    }
    goals = "goal: [max val_accuracy, min val_loss]"
    folder, _ = confirm(GRID.replace("goal: max val_accuracy", goals))

    result = read_result(folder)
    found = read_confirmations(folder, result)

    assert still_in_front(result, found) == [1]
    words = confirmation_lines(result, found)
    assert "trials 4, 2 are beaten by another of them then" in words


def test_a_search_without_a_score_has_nothing_to_confirm(search):
    plan = search.plan(GRID)
    search.begin(plan)
    folder = SearchFolder.of(search.directory / "runs", plan.name)

    with pytest.raises(RunError, match="there is nothing to confirm"):
        require_confirmable(read_result(folder))
