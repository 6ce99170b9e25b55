from __future__ import annotations

from pathlib import Path

import pytest

from dlrun.config import located
from dlrun.errors import SpecError
from dlrun.experiment import parse_spec, read_config
from dlrun.studies.axis import needs_own_runs, steps_over

ROOT = Path(__file__).parents[2] / "configs"
DIGITS = ROOT / "study" / "digits.yaml"


def read(*overrides, config=DIGITS, without=()):
    return parse_spec(read_config(config, overrides, without))


def test_rows_are_halved_down_to_a_sixteenth():
    steps = steps_over("rows", read(), 5)

    assert [step.size for step in steps] == [0.00625, 0.0125, 0.025, 0.05, 0.1]
    assert steps[-2].patch == ("data.split.train=0.05",)
    assert steps[-1].variant == "as-given"
    assert steps[-1].patch == ()


def test_without_a_share_of_train_rows_all_that_are_left_are_the_last_point():
    steps = steps_over("rows", read("data.split.test=0.1", "data.split.train=null"), 3)

    assert [step.size for step in steps] == [0.025, 0.1, 0.4]


def test_widths_go_from_a_quarter_to_four_times_and_leave_the_last_layer():
    steps = steps_over("width", read(), 5)

    assert [step.variant for step in steps] == [
        *("width-0.25", "width-0.5", "as-given", "width-2", "width-4")
    ]
    assert steps[0].patch == (
        "model.layers.hidden1.units=32",
        "model.layers.hidden2.units=32",
    )


def test_the_config_as_given_is_a_point_however_many_there_are():
    for points in range(2, 10):
        for axis in ("rows", "width", "epochs"):
            steps = steps_over(axis, read(), points)
            assert [one.variant for one in steps].count("as-given") == 1
            sizes = [one.size for one in steps]
            assert sizes == sorted(set(sizes))


def test_widths_and_epochs_that_are_the_same_are_one_point():
    narrow = ("model.layers.hidden1.units=2", "model.layers.hidden2.units=1")

    assert len(steps_over("width", read(*narrow), 5)) == 4
    sizes = [step.size for step in steps_over("epochs", read("fit.epochs=4"), 5)]
    assert sizes == [1, 2, 4]


def test_epochs_need_no_runs_of_their_own_unless_a_schedule_knows_the_last():
    cosine = "{CosineDecay: {initial_learning_rate: 0.1, decay_steps: %s}}"
    path = "compile.optimizer.Adam.learning_rate="

    assert not needs_own_runs("epochs", read())
    assert not needs_own_runs("epochs", read(path + cosine % 100))
    assert needs_own_runs("epochs", read(path + cosine % "auto"))
    assert needs_own_runs("rows", read())


NO_CURVE = {
    "last rows": (("data.split=null", "fit.validation_split=0.2"), "rows", "no-share"),
    "folds": (("data.split={folds: 5, fold: 2}",), "rows", "no-share"),
    "a source": (
        (
            "data.split=null",
            f"data.validation={{npz: {{path: {ROOT}/../datasets/digits.npz}}}}",
        ),
        *("rows", "no-share"),
    ),
    "no hidden layer": (
        ("model.layers=[Flatten, {Dense: {units: 10, activation: softmax}}]",),
        *("width", "no-width"),
    ),
    "one epoch": (("fit.epochs=1",), "epochs", "too-few-epochs"),
    "no epoch": (("fit.epochs=0",), "epochs", "too-few-epochs"),
}


@pytest.mark.parametrize("name", NO_CURVE)
def test_what_has_no_curve_is_refused_with_a_cure(name):
    overrides, axis, code = NO_CURVE[name]
    node = read_config(DIGITS, overrides)

    with pytest.raises(SpecError) as caught, located(node):
        steps_over(axis, parse_spec(node), 5)

    (problem,) = caught.value.problems
    assert problem.code == code
    assert problem.location is not None
    assert problem.hint


@pytest.mark.parametrize("name", ["last rows", "folds", "a source"])
def test_the_cure_for_rows_works_as_it_stands(name):
    overrides, axis, _ = NO_CURVE[name]
    with pytest.raises(SpecError) as caught:
        steps_over(axis, read(*overrides), 5)

    words = caught.value.problems[0].hint.removeprefix("give ").split(";")[0].split()
    cures = [word for word in words if not word.startswith("-")]
    new = [one for one in cures if "=" in one]
    without = [one for one in cures if "=" not in one]
    # A key that -s has set is not removed by -u, which acts on the file.
    cleared = [*overrides, *(f"{path}=null" for path in without), *new]

    assert len(steps_over(axis, read(*cleared), 5)) == 5
