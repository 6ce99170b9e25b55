"""Mistakes in `search`, each with its place and a cure; and what makes it valid."""

from __future__ import annotations

import json
import re

import pytest
from pydantic import ValidationError

from dlrun.config import located
from dlrun.errors import ConfigError, SpecError
from dlrun.experiment import parse_spec
from dlrun.experiment.search import SearchLimitsSpec
from dlrun.experiment.search.check import check_space
from dlrun.experiment.search.reading import read_space
from dlrun.experiment.search.template import Template, with_grid

CONFIG = """\
name: tiny
vars: {width: 4}
data:
  inline: {features: [[0, 1], [1, 0], [1, 1], [0, 0]], labels: [0, 1, 0, 1]}
  split: {validation: 0.5}
model:
  layers:
    - Dense: {units: $width, activation: relu, name: h1}
    - Dropout: {rate: 0.1, name: drop}
    - Dense: {units: 2, activation: softmax}
compile: {loss: sparse_categorical_crossentropy}
fit: {epochs: 1}
"""


def checked(directory, search, *overrides):
    """The experiment of a config with `search`, its space tried."""
    file = directory / "tiny.yaml"
    file.write_text(f"{CONFIG}search:\n  trials: 3\n{search}")
    template = Template.read(file, overrides)
    with located(template.node):
        experiment = parse_spec(template.node)
    search = experiment.spec.search
    check_space(template, search, 0)
    return experiment


WRONG = {
    "  method: bayes\n  space: {fit.batch_size: [16, 32]}": (
        "unknown-choice",
        "did you mean tpe?",
        "bayes",
    ),
    "  space: {fit.batch_size: {int: [32, 16]}}": (
        "empty-range",
        "[16, 32]",
        "[32, 16]",
    ),
    "  space: {fit.batch_size: {int: [16, 16]}}": (
        "empty-range",
        "two numbers",
        "[16, 16]",
    ),
    "  space: {fit.batch_size: {int: [1.5, 16]}}": (
        "wrong-type",
        "float",
        "1.5",
    ),
    "  space: {fit.batch_size: {int: 16}}": (
        "wrong-type",
        "int: [16, 512]",
        "16",
    ),
    "  space: {fit.batch_size: {int: [2, 9], lgo: true}}": (
        "unknown-key",
        "log",
        "lgo",
    ),
    "  space: {fit.batch_size: {int: [2, 9], step: 2}}": (
        "out-of-range",
        "[2, 8]",
        "9",
    ),
    "  space: {fit.batch_size: {int: [2, 9], step: 0}}": (
        "out-of-range",
        "step: ",
        "0",
    ),
    "  space: {fit.batch_size: {int: [0, 9], log: true}}": (
        "out-of-range",
        "[1,",
        "0",
    ),
    "  space: {fit.batch_size: {int: [2, 4], log: 1}}": (
        "wrong-type",
        "true",
        "1",
    ),
    "  space: {fit.batch_size: {int: [2, 4], log: true, step: 1}}": (
        "exclusive-keys",
        "remove one",
        "1",
    ),
    "  space: {fit.batch_size: []}": (
        "empty-search",
        "[16, 32]",
        "[]",
    ),
    "  space: {fit.batch_size: [4]}": (
        "empty-search",
        "two",
        "[4]",
    ),
    "  space: {fit.batch_size: [4, 4]}": (
        "duplicate-item",
        "remove",
        "4",
    ),
    "  space: {fit.batch_size: 4}": (
        "empty-search",
        "{int: ",
        "4",
    ),
    "  space: {fit.batch_size: {choice: 4}}": (
        "wrong-type",
        "choice: [4]",
        "4",
    ),
    "  space: {fit: [4, 5]}": (
        "invalid-path",
        "fit.batch_size",
        "fit",
    ),
    "  space: {seed: [4, 5]}": (
        "invalid-path",
        "no setting",
        "seed",
    ),
    "  space: {data.split.validation: [0.1, 0.2]}": (
        "invalid-path",
        "of its own",
        "data.split.validation",
    ),
    "  space: {fit..epochs: [4, 5]}": (
        "invalid-path",
        "with dots",
        "fit..epochs",
    ),
    "  space: {compile.optimizer: [sgd, adam], compile.optimizer.lr: [1, 2]}": (
        "invalid-path",
        "inside it",
        "compile.optimizer.lr",
    ),
    "  space: 3": (
        "wrong-type",
        "fit.batch_size",
        "3",
    ),
    "  spaces: {fit.batch_size: [4, 5]}": (
        "unknown-key",
        "space",
        "spaces",
    ),
    "  goal: accuracy\n  space: {fit.batch_size: [4, 5]}": (
        "wrong-type",
        "goal: max accuracy",
        "accuracy",
    ),
    "  goal: max val_acc\n  space: {fit.batch_size: [4, 5]}": (
        "unknown-goal",
        "max val_accuracy",
        "max val_acc",
    ),
    "  trials: null\n  method: random\n  space: {fit.batch_size: [4, 5]}": (
        "duplicate-key",
        "",
        "trials",
    ),
    "  method: grid\n  space: {model.layers.drop.rate: {float: [0, 0.5]}}": (
        "not-countable",
        "step",
        "{float: [0, 0.5]}",
    ),
    "  goal: [max val_accuracy]\n  space: {fit.batch_size: [4, 5]}": (
        "wrong-type",
        "several",
        "[max val_accuracy]",
    ),
    "  goal: [max val_accuracy, val_loss]\n  space: {fit.batch_size: [4, 5]}": (
        "wrong-type",
        "goal: min val_loss",
        "val_loss",
    ),
    "  goal: [max loss, min loss]\n  space: {fit.batch_size: [4, 5]}": (
        "duplicate-item",
        "remove",
        "min loss",
    ),
    "  goal: [max val_accuracy, min los]\n  space: {fit.batch_size: [4, 5]}": (
        "unknown-goal",
        "min loss",
        "min los",
    ),
    "  goal: min parameters\n  space: {fit.batch_size: [4, 5]}": (
        "unknown-goal",
        "goal: [max val_accuracy, min parameters]",
        "min parameters",
    ),
    "  halving: {from: 1}\n  space: {fit.batch_size: [4, 5]}": (
        "out-of-range",
        "remove halving",
        "1",
    ),
    "  halving: {from: 1, factor: 1}\n  space: {fit.batch_size: [4, 5]}": (
        "out-of-range",
        "use a number of at least 2",
        "1",
    ),
    "  halving: {eta: 3, from: 1}\n  space: {fit.batch_size: [4, 5]}": (
        "unknown-key",
        "factor: 3",
        "eta",
    ),
    "  goal: [max accuracy, min loss]\n  halving: {from: 1}\n"
    "  space: {fit.batch_size: [4, 5]}": (
        "exclusive-keys",
        "goal: max accuracy",
        "halving",
    ),
    "  halving: {from: 1}\n  space: {fit.epochs: [4, 5]}": (
        "invalid-path",
        "remove it",
        "fit.epochs",
    ),
    "  method: cmaes\n  space: {fit.batch_size: [4, 5]}": (
        "too-few-ranges",
        "method: tpe",
        "cmaes",
    ),
    "  method: cmaes\n  goal: [max accuracy, min loss]\n"
    "  space: {fit.batch_size: {int: [2, 4]}, vars.width: {int: [2, 9]}}": (
        "exclusive-keys",
        "method: tpe",
        "cmaes",
    ),
    "  method: cmaes\n  space: {compile.optimizer: [sgd, {Adam: {beta_1: "
    "{float: [0, 0.9]}}}], fit.batch_size: {int: [2, 4]}, vars.width: {int: [2, 9]}}": (
        "conditional-space",
        "method: tpe",
        "[sgd, {Adam: {beta_1: {float: [0, 0.9]}}}]",
    ),
    "  limits: {max_params: 0}\n  space: {fit.batch_size: [4, 5]}": (
        "out-of-range",
        "above 0",
        "0",
    ),
    "  limits: {max_parameters: 9}\n  space: {fit.batch_size: [4, 5]}": (
        "unknown-key",
        "max_params",
        "max_parameters",
    ),
    "  limits: {}\n  space: {fit.batch_size: [4, 5]}": (
        "missing-key",
        "limits: {max_params: 200000}",
        "limits",
    ),
    "  limits: {max_params: 500000000}\n  space: {fit.batch_size: [4, 5]}": (
        "out-of-range",
        "below 500000000",
        "500000000",
    ),
    "  seeds: 2\n  folds: 2\n  space: {fit.batch_size: [4, 5]}": (
        "exclusive-keys",
        "repeats: 2",
        "seeds",
    ),
    "  seeds: 0\n  space: {fit.batch_size: [4, 5]}": (
        "out-of-range",
        "above 0",
        "0",
    ),
    "  folds: 1\n  space: {fit.batch_size: [4, 5]}": (
        "out-of-range",
        "2",
        "1",
    ),
    "  start: {}\n  space: {fit.batch_size: [4, 5]}": (
        "wrong-type",
        "start: [{}]",
        "{}",
    ),
    "  start: [3]\n  space: {fit.batch_size: [4, 5]}": (
        "wrong-type",
        "fit.batch_size: 16",
        "3",
    ),
    "  start: [{fit.batchsize: 4}]\n  space: {fit.batch_size: [4, 5]}": (
        "not-in-space",
        "fit.batch_size",
        "fit.batchsize",
    ),
    "  start: [{fit.batch_size: 6}]\n  space: {fit.batch_size: [4, 5]}": (
        "not-in-space",
        "widen",
        "6",
    ),
    "  start: [{fit.batch_size: 0}]\n  space: {fit.batch_size: [4, 5]}": (
        "out-of-range",
        "above 0",
        "0",
    ),
    "  start: [{}]\n  space: {fit.batch_size: [4, 5]}": (
        "not-in-space",
        "fit.batch_size: 4",
        "{}",
    ),
    "  start: [{vars.width: 4}, {}]\n  space: {vars.width: [4, 5]}": (
        "duplicate-item",
        "remove",
        "{}",
    ),
    "  goal: maximize val_accuracy\n  space: {fit.batch_size: [4, 5]}": (
        "wrong-type",
        "goal: max val_accuracy",
        "maximize val_accuracy",
    ),
    "  goal: val_loss min\n  space: {fit.batch_size: [4, 5]}": (
        "wrong-type",
        "goal: min val_loss",
        "val_loss min",
    ),
    "  goal: {max: val_accuracy}\n  space: {fit.batch_size: [4, 5]}": (
        "wrong-type",
        "goal: max val_accuracy",
        "{max: val_accuracy}",
    ),
    "  space: {learning_rate: [0.1, 0.2]}": (
        "invalid-path",
        "as in compile.optimizer.learning_rate",
        "learning_rate",
    ),
    # what only a trial shows
    "  space: {compile.optimizer: [sgd, {Adam: {learning_rate: [0.1, 0.2]}}]}": (
        "wrong-type",
        "learning_rate: {choice: [0.1, 0.2]}",
        "[0.1, 0.2]",
    ),
    "  limits: {max_params: 12}\n  space: {vars.width: {int: [3, 9]}}": (
        "nothing-within",
        "max_params: 17",
        "12",
    ),
    "  space: {fit.batch_size: {int: [0, 9]}}": (
        "out-of-range",
        "above 0",
        "0",
    ),
    "  space: {fit.bath_size: [4, 5]}": (
        "unknown-key",
        "batch_size",
        "bath_size",
    ),
    "  space: {model.layers.h2.units: [4, 5]}": (
        "invalid-path",
        "h1",
        "h2",
    ),
    "  space: {model.layers.h1.units: [4, x]}": (
        "wrong-type",
        "a number",
        "x",
    ),
    "  space: {compile.optimizer: [{Adam: {beta_1: {float: [0, 2]}}}, sgd]}": (
        "out-of-range",
        "1",
        "2",
    ),
}


@pytest.mark.parametrize("search", WRONG)
def test_a_mistake_is_told_with_its_place_and_a_cure(search, tmp_path):
    code, cure, marked = WRONG[search]

    with pytest.raises((ConfigError, SpecError)) as caught:
        checked(tmp_path, search)

    problem = caught.value.problems[0]
    place = problem.location
    start = place.column - 1
    assert problem.code == code
    assert place.file == str(tmp_path / "tiny.yaml")
    assert place.text[start : start + place.length] == marked
    assert cure in f"{problem.label} {problem.hint}"


REPEATED = {
    ("search.seeds=2", "data.split={folds: 2}"): ("exclusive-keys", "seeds"),
    ("search.folds=2", "data.split={folds: 3}"): ("two-splits", "folds"),
    ("search.folds=2", "data.split={folds: 2, fold: 1}"): ("two-splits", "folds"),
    ("search.seeds=2", "seed=4294967295"): ("out-of-range", "2"),
    ("search.folds=2", "data.split={column: part}"): ("two-validations", "column"),
}


@pytest.mark.parametrize("overrides", REPEATED, ids=" ".join)
def test_what_does_not_go_with_several_runs_of_a_trial_is_told(overrides, tmp_path):
    code, marked = REPEATED[overrides]

    with pytest.raises(SpecError) as caught:
        checked(tmp_path, "  space: {fit.batch_size: [4, 5]}", *overrides)

    place = next(one for one in caught.value.problems if one.code == code).location
    assert place.text[place.column - 1 :].startswith(marked) or marked in place.text


def test_folds_of_a_search_divide_the_rows_of_its_trials(tmp_path):
    search = "  folds: 2\n  goal: max val_accuracy\n  space: {fit.batch_size: [4, 5]}"

    experiment = checked(tmp_path, search, "fit.validation_split=0.25")
    again = checked(tmp_path, search, "data.split={folds: 2, repeats: 3}")

    split = experiment.spec.data.split
    assert (split.folds, split.validation, split.lacks_fold) == (2, 0, True)
    assert experiment.spec.fit.validation_split is None
    assert again.spec.data.split.all_folds == 6


def test_what_was_chosen_stands_beside_a_mistake_of_a_trial(tmp_path):
    search = "  space: {fit.batch_size: {int: [0, 9]}, fit.epochs: [1, 2]}"

    with pytest.raises(SpecError) as caught:
        checked(tmp_path, search)

    assert "= note: in the trial with fit.batch_size: 0\n" in str(caught.value)


def test_what_is_too_large_for_the_config_is_no_mistake_where_it_is_left_out(tmp_path):
    file = tmp_path / "tiny.yaml"
    file.write_text(
        f"{CONFIG}limits: {{max_params: 50}}\n"
        "search: {trials: 3, space: {vars.width: [2, 4, 9, 12]}}"
    )
    template = Template.read(file)
    with located(template.node):
        search = parse_spec(template.node).spec.search

    with pytest.raises(SpecError, match="more than the 50 allowed"):
        check_space(template, search, 0)
    limits = search.model_copy(update={"limits": SearchLimitsSpec(max_params=20)})
    tried = check_space(template, limits, 0)
    assert tried.parameters == 47
    assert 0 < tried.beyond < tried.points


@pytest.mark.parametrize(
    "search",
    [
        "  space: {vars.width: {int: [2, 9]}}",
        "  space: {model.layers.h1.units: {int: [2, 9], log: true}}",
        "  space: {'model.layers[1].rate': {float: [0, 0.6], step: 0.1}}",
        "  space: {compile.optimizer: [adam, {SGD: {momentum: {choice: [0, 0.9]}}}]}",
        "  space: {compile.optimizer: {SGD: {learning_rate: {float: [0.1, 1]}}}}",
        "  space: {model.layers.h1.activation: [relu, tanh]}",
    ],
)
def test_what_can_be_searched_makes_valid_trials(search, tmp_path):
    experiment = checked(tmp_path, search)

    assert experiment.spec.to_yaml().count("space:") == 1


def test_a_variable_that_only_the_space_uses_is_used(tmp_path):
    search = "  space: {fit.batch_size: [$few, 8]}"
    file = tmp_path / "tiny.yaml"
    text = CONFIG.replace("width: 4", "width: 4, few: 2")
    file.write_text(f"{text}search:\n  trials: 3\n{search}")
    template = Template.read(file)
    with located(template.node):
        space = parse_spec(template.node).spec.search.space

    trial = template.trial(space.lowest())

    assert trial.value["fit"]["batch_size"] == 2
    assert "search" not in trial.value


def test_an_entry_of_the_space_is_replaced_whole_by_a_file_that_extends(tmp_path):
    search = "  space: {fit.batch_size: {int: [2, 9], log: true}, fit.epochs: [1, 2]}"
    checked(tmp_path, search)
    child = tmp_path / "child.yaml"
    child.write_text(
        "extends: tiny.yaml\nsearch: {space: {fit.batch_size: {float: [1, 2]}}}"
    )

    value = Template.read(child).node.value["search"]["space"]

    assert value == {"fit.batch_size": {"float": [1, 2]}, "fit.epochs": [1, 2]}


def test_paths_on_the_command_line_make_a_grid_or_add_to_the_space(tmp_path):
    file = tmp_path / "plain.yaml"
    file.write_text(CONFIG)
    given = with_grid(file, [], [], ['data.columns["a.b"]=[1, 2]', "fit.epochs=[1, 2]"])
    node = Template.read(file, given).node

    assert node.value["search"] == {
        "method": "grid",
        "space": {'data.columns["a.b"]': [1, 2], "fit.epochs": [1, 2]},
    }
    file.write_text(f"{CONFIG}search: {{trials: 4, space: {{fit.batch_size: [1, 2]}}}}")
    given = with_grid(file, [], [], ["fit.epochs=[1, 2]"])
    added = Template.read(file, given).node.value["search"]
    assert added["trials"] == 4
    assert [*added["space"]] == ["fit.batch_size", "fit.epochs"]
    with pytest.raises(ConfigError, match="expected path=values"):
        with_grid(file, [], [], ["fit.epochs"])


@pytest.mark.parametrize(
    "wrong",
    [
        {"int": [8, 16], "step": 0},
        {"int": [3, 10], "step": 1.5},
        {"int": [1, 2], "step": -1},
        {"float": [0, 0.0005], "step": 0},
        {"int": [0, 4], "log": True},
        {"float": [0, 0.0005], "log": True},
        {"float": [-2, -1], "log": True},
    ],
    ids=str,
)
def test_the_cure_of_a_range_is_a_range(wrong):
    with pytest.raises(ValidationError) as caught:
        read_space({"fit.batch_size": wrong})

    hint = caught.value.errors()[0]["ctx"]["hint"]
    key, _, value = hint.removeprefix("write ").partition(": ")
    cured = {**wrong, key: json.loads(value.split(", or ")[0])} if value else {}
    for removed in re.findall(r"(?:or|^)\W*remove (\w+)", hint if not value else ""):
        cured = {name: one for name, one in wrong.items() if name != removed}
    assert read_space({"fit.batch_size": cured})


@pytest.mark.parametrize(
    ("goal", "code"),
    [
        ("min val_accuracy", "inverted-goal"),
        ("max val_loss", "inverted-goal"),
        ("max accuracy", "goal-of-train-rows"),
        ("min train_loss", "goal-of-train-rows"),
        ("max val_accuracy", None),
        ("[max val_accuracy, min parameters]", None),
    ],
)
def test_a_goal_that_hardly_anybody_wants_is_warned_of(tmp_path, goal, code):
    experiment = checked(
        tmp_path, f"  goal: {goal}\n  space: {{fit.batch_size: [1, 2]}}"
    )

    assert [one.code for one in experiment.warnings] == [code] * (code is not None)
