"""What may stand beside folds, each with a cure that works when it is pasted."""

from __future__ import annotations

import pytest

from dlrun.config import node_of
from dlrun.engines import KerasDoor
from dlrun.errors import SpecError
from dlrun.experiment import parse_spec
from dlrun.rows import read_rows

ROWS = {"features": [[row, 1] for row in range(12)], "labels": [0, 1] * 6}


def config(split, data=None, **sections):
    return {
        "name": "people",
        "data": {"inline": ROWS, "split": split, **(data or {})},
        "model": {"layers": [{"Dense": {"units": 2, "activation": "softmax"}}]},
        "compile": {"loss": "sparse_categorical_crossentropy"},
        **sections,
    }


def problems_of(given):
    try:
        parse_spec(node_of(given))
    except SpecError as error:
        return [problem for problem in error.problems if problem.severity == "error"]
    return []


@pytest.mark.parametrize(
    "split",
    [
        {"folds": 3},
        {"folds": 3, "fold": 3, "test": 0.2},
        {"folds": 3, "repeats": 2, "fold": 6},
    ],
)
def test_folds_alone_keep_rows_for_validation(split):
    given = config(split)

    assert not problems_of(given)
    _, parts = read_rows(parse_spec(node_of(given)), KerasDoor())
    assert len(parts.validation) in {3, 4}


@pytest.mark.parametrize(
    ("given", "path", "hint"),
    [
        (config({"folds": 1}), "data.split.folds", "write folds: 5"),
        (config({"fold": 2}), "data.split.fold", "add folds: 5, or remove fold"),
        (config({"repeats": 2}), "data.split.repeats", "add folds: 5"),
        (config({"folds": 3, "fold": 4}), "data.split.fold", "from 1 to 3"),
        (config({"refit": "a.folds-001"}), "data.split.refit", "add folds: 5"),
        (
            config({"folds": 3, "fold": 1, "refit": "a.folds-001"}),
            "data.split.fold",
            "remove fold, or refit",
        ),
        (
            config({"folds": 3, "repeats": 2, "fold": 7}),
            "data.split.fold",
            "from 1 to 6",
        ),
        (
            config({"folds": 3, "validation": 0.2}),
            "data.split.validation",
            "remove validation, or data.split.folds",
        ),
        (config({"folds": 3, "train": 0.2}), "data.split.train", "remove train"),
        (
            config({"folds": 3}, {"validation": {"inline": ROWS}}),
            "data.validation",
            "remove validation",
        ),
        (
            config({"folds": 3}, fit={"validation_split": 0.2}),
            "fit.validation_split",
            "remove validation_split",
        ),
    ],
)
def test_what_does_not_go_with_folds_is_told_with_its_cure(given, path, hint):
    (problem,) = problems_of(given)

    assert ".".join(map(str, problem.path)) == path
    assert hint in problem.hint


def test_pseudo_labels_are_refused_with_the_reason():
    section = {"unlabelled": {"inline": {"features": ROWS["features"]}}}

    found = problems_of(config({"folds": 3}, pseudo_label=section))

    (problem,) = [one for one in found if one.code == "pseudo-labels-with-folds"]
    assert "validate in another fold" in problem.message


def test_several_runs_are_no_single_one():
    with pytest.raises(SpecError, match="none is chosen"):
        parse_spec(node_of(config({"folds": 3}))).require_fold()

    parse_spec(node_of(config({"folds": 3, "fold": 1}))).require_fold()


@pytest.mark.parametrize("test", [0.0, 0.25])
def test_after_a_refit_no_row_validates_and_the_test_rows_stay(test):
    split = {"folds": 3, "test": test}

    refit = parse_spec(node_of(config({**split, "refit": "people.folds-001"})))
    refit.require_fold()
    _, parts = read_rows(refit, KerasDoor())

    _, fold = read_rows(parse_spec(node_of(config({**split, "fold": 2}))), KerasDoor())
    assert not refit.spec.has_validation
    assert parts.validation is None
    kept = parts.split.parts.get("test")
    assert kept == fold.split.parts.get("test")
    assert len(parts.train) == 12 - (3 if test else 0)
