"""`dlrun search`: what it says and refuses; its workers are tested beside them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

GOLDEN = Path(__file__).parents[1] / "golden/search"
SEARCH = """\
extends: people.yaml
name: people-search
search:
  goal: max val_accuracy
  trials: 4
  space:
    fit.batch_size: [4, 8]
    compile.optimizer.learning_rate: {float: [0.01, 0.1], log: true}
"""


@pytest.fixture
def config(here):
    """A config with a search, in the current directory."""
    (here / "search.yaml").write_text(SEARCH)
    return here / "search.yaml"


def test_a_dry_run_shows_the_space_the_largest_model_and_the_first_trials(
    dlrun, config
):
    outcome = dlrun("search", "search.yaml", "--dry-run")

    lines = outcome.out.splitlines()
    assert (outcome.code, outcome.err) == (0, "")
    assert lines[:4] == [
        "people-search: max val_accuracy, random, 4 trials",
        "  fit.batch_size: [4, 8]",
        "  compile.optimizer.learning_rate: {float: [0.01, 0.1], log: true}",
        "the largest model that was found has 42 parameters",
    ]
    assert [line.split(":")[0] for line in lines[4:]] == [
        f"trial {number}" for number in (1, 2, 3, 4)
    ]
    assert dlrun("search", "search.yaml", "--dry-run").out == outcome.out
    assert not (config.parent / "runs").exists()


def test_a_path_on_the_command_line_is_searched_as_a_grid(dlrun, here):
    outcome = dlrun(
        "search", "people.yaml", "-g", "fit.batch_size=[4, 8]", "-g",
        "model.layers[0].units=[2, 3, 4]", "--dry-run",
    )  # fmt: skip

    assert outcome.out.startswith(
        "people: min val_loss, grid, 6 trials of 6 points\n"
        "  fit.batch_size: [4, 8]\n"
        "  model.layers[0].units: [2, 3, 4]\n"
    )
    assert "trial 5: batch_size 8, units 3" in outcome.out


@pytest.mark.parametrize("arguments", [("train",), ("train", "--dry-run"), ("study",)])
def test_what_trains_one_config_names_the_command_that_searches(
    dlrun, config, arguments
):
    outcome = dlrun(arguments[0], "search.yaml", *arguments[1:])

    assert outcome.code == 3
    assert "error[is-a-search]" in outcome.err
    assert "search.yaml:3:1" in outcome.err
    assert "`dlrun search` trains them" in outcome.err
    assert not (config.parent / "runs").exists()


def test_the_cure_of_train_works(dlrun, config):
    assert dlrun("train", "search.yaml", "-u", "search", "--dry-run").code == 0


def test_validate_tries_the_space(dlrun, config):
    valid = dlrun("validate", "search.yaml")
    config.write_text(SEARCH.replace("[4, 8]", "[4, 0]"))
    wrong = dlrun("validate", "search.yaml")

    assert (valid.code, wrong.code) == (0, 3)
    assert "search.yaml:7:25" in wrong.err
    assert "= note: in the trial with fit.batch_size: 0" in wrong.err


def test_show_has_the_search_as_it_was_written(dlrun, config):
    shown = json.loads(dlrun("show", "search.yaml", "--json").out)

    assert shown["search"] == {
        "goal": "max val_accuracy",
        "trials": 4,
        "method": "random",
        "space": {
            "fit.batch_size": [4, 8],
            "compile.optimizer.learning_rate": {"float": [0.01, 0.1], "log": True},
        },
    }
    assert "search" not in json.loads(dlrun("show", "people.yaml", "--json").out)


REFUSED = {
    ("search", "people.yaml"): "-g 'fit.batch_size=[16, 32]'",
    ("search", "here"): "name a YAML file with `search`",
    ("search", "search.yaml", "-u", "search.trials"): "trials: 50",
    ("search", "search.yaml", "--confirm", "5"): "people-search.search --confirm 5",
    ("search", "search.yaml", "-g", "fit.epochs"): "-g 'fit.batch_size=[16, 32]'",
    ("search", "search.yaml", "-g", "fit.epoch=[1, 2]"): "epochs",
}


@pytest.mark.parametrize("command", REFUSED, ids=" ".join)
def test_what_cannot_be_searched_is_told_with_its_cure(dlrun, config, command):
    (config.parent / "here").mkdir()

    outcome = dlrun(*command)

    assert outcome.code == 3
    assert REFUSED[command] in outcome.err
    assert not (config.parent / "runs").exists()


def test_runs_has_a_line_for_a_search_and_compare_leaves_its_trials_out(
    dlrun, here, make_run, make_search
):
    made = [({"fit.batch_size": 0}, 0.5), ({"fit.batch_size": 1}, 0.75)]
    folder = make_search({"fit.batch_size": [4, 8]}, made, planned=3)
    make_run("a-001")
    make_run("b-001").path.rename(folder.runs_root / "people-0001")

    listed = dlrun("runs").out.splitlines()
    compared = dlrun("compare", "runs")
    trials = dlrun("compare", "runs/people.search", "--csv")

    assert listed[-1].split() == [
        "people.search", "interrupted", "-", "val_accuracy", "0.7500", "-", "-",
        "2", "of", "3", "trials", "are", "over",
    ]  # fmt: skip
    assert "1 trial of people.search is left out" in compared.err
    assert "dlrun compare runs/people.search" in compared.err
    assert "people-0001" not in compared.out
    assert [row["run"] for row in trials.table] == ["people-0001"]
    assert "people-0001" in dlrun("diagnose", "people-0001").out


def test_trials_are_compared_by_the_goal_whatever_they_monitor(
    dlrun, here, make_search
):
    made = [({"fit.batch_size": 0}, 0.5), ({"fit.batch_size": 1}, 0.75)]
    make_search({"fit.batch_size": [4, 8]}, made, runs=True)

    compared = dlrun("compare", "runs/people.search")
    asked = dlrun("compare", "runs/people.search", "--metric", "val_accuracy")

    assert "val_accuracy" in compared.out
    assert "monitors" not in compared.out
    assert "every run monitors val_loss, not val_accuracy" in asked.out


MISTAKES = {
    "inverted": ("batch_size: [4, 8]", "batch_size: {int: [8, 4]}"),
    "empty": ("[4, 8]", "[]"),
    "no-setting": ("fit.batch_size", "model.layers.h9.units"),
    "unused": ("[4, 8]", "[4, 8]\n    vars.width: [1, 2]"),
    "overwritten": (
        "[4, 8]",
        "[4, 8]\n    compile.optimizer.Adam.learning_rate: [0.1, 0.2]",
    ),
    "unmeasured": ("max val_accuracy", "max val_acc"),
}


def test_what_changes_the_config_only_beside_another_choice_is_searched(dlrun, config):
    space = "vars.flag: [0, 1]\n    vars.width: [2, 3]"
    text = SEARCH.replace("fit.batch_size: [4, 8]", space)
    text += "vars: {width: 2, flag: 1}\n"
    config.write_text(f"{text}set: {{'model.layers[0].units': $(1 + width * flag)}}\n")

    outcome = dlrun("search", "search.yaml", "--dry-run")

    assert (outcome.code, outcome.err) == (0, "")


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_in_a_search_is_told_where_it_stands(dlrun, config, golden, mistake):
    config.write_text(SEARCH.replace(*MISTAKES[mistake]))

    outcome = dlrun("search", "search.yaml", "--dry-run")

    assert (outcome.code, outcome.out) == (3, "")
    golden(GOLDEN / f"{mistake}.txt", outcome.err.rstrip())


def test_a_search_of_another_version_is_left_alone(dlrun, here, make_search, golden):
    trials = [({"fit.batch_size": 0}, 0.5)]
    folder = make_search({"fit.batch_size": [4, 8]}, trials)
    file = folder.path / "search.json"
    file.write_text(file.read_text().replace('"format": 1', '"format": 9'))

    told = {
        dlrun(command, "runs/people.search").err for command in ("search", "compare")
    }

    (words,) = told
    golden(GOLDEN / "other-version.txt", words.rstrip())


@pytest.mark.parametrize("name", ["people", "people.search", "runs/people.search"])
def test_a_search_has_a_name_and_where_a_run_is_wanted_its_trials_are_named(
    dlrun, here, make_search, name
):
    folder = make_search({"fit.batch_size": [4, 8]}, [({"fit.batch_size": 0}, 0.5)])
    file = folder.path / "search.json"
    wanted = dlrun("diagnose", name)
    file.write_text(file.read_text().replace('"format": 1', '"format": 9'))
    searched = dlrun("search", name)

    assert "runs/people.search/search.json is of format 9" in searched.err
    assert f"{name} is a search of many runs, and no run" in wanted.err
    assert "dlrun search runs/people.search; a trial is a run by its name" in wanted.err
    assert "as in people-0001" in wanted.err
