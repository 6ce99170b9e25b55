from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

import pytest

from dlrun.components.callbacks import Callback
from dlrun.errors import Problem, format_path

ProblemsOf = Callable[[type[Callback], Any], list[Problem]]


def test_a_number_below_early_stopping_is_its_patience() -> None:
    value = {"EarlyStopping": 5}

    callback = Callback.model_validate(value)

    assert callback.model_dump()["EarlyStopping"]["patience"] == 5
    assert callback.model_dump()["EarlyStopping"]["monitor"] == "val_loss"


@pytest.mark.parametrize(
    ("value", "path", "code"),
    [
        ({"EarlyStopping": -1}, "EarlyStopping.patience", "out-of-range"),
        ({"EarlyStopping": 2.5}, "EarlyStopping.patience", "wrong-type"),
        (
            {"EarlyStopping": {"min_delta": -1}},
            "EarlyStopping.min_delta",
            "out-of-range",
        ),
        ({"ReduceLROnPlateau": 1.0}, "ReduceLROnPlateau.factor", "out-of-range"),
        ({"ReduceLROnPlateau": 0}, "ReduceLROnPlateau.factor", "out-of-range"),
        ({"EarlyStopping": {"mode": "mx"}}, "EarlyStopping.mode", "unknown-choice"),
    ],
)
def test_a_value_that_does_not_fit_is_refused(
    problems_of: ProblemsOf, value: Any, path: str, code: str
) -> None:
    written = value

    [problem] = problems_of(Callback, written)

    assert (format_path(problem.path), problem.code) == (path, code)


def test_verbose_is_refused_because_dlrun_reports(problems_of: ProblemsOf) -> None:
    value = {"EarlyStopping": {"verbose": 1}}

    [problem] = problems_of(Callback, value)

    assert problem.hint == "remove it; dlrun says itself what a callback did"


def test_the_callback_of_another_library_is_not_known(problems_of: ProblemsOf) -> None:
    value = {"EarlyStoping": {"patience": 3}}

    [problem] = problems_of(Callback, value)

    assert problem.message == 'there is no callback "EarlyStoping"'
    assert problem.label == "did you mean EarlyStopping?"


@pytest.mark.heavy
@pytest.mark.parametrize(
    ("mode", "direction", "built"),
    [
        ("auto", "max", "max"),
        ("auto", None, "auto"),
        ("min", "max", "min"),
    ],
)
def test_the_direction_of_the_figure_counts_when_the_mode_is_auto(
    mode: str, direction: Literal["min", "max"] | None, built: str
) -> None:
    callback = Callback.model_validate({"EarlyStopping": {"mode": mode}})

    early_stopping = callback.build(direction)

    assert early_stopping.mode == built
    assert early_stopping.verbose == 0


@pytest.mark.heavy
def test_arguments_reach_keras() -> None:
    arguments = {"factor": 0.5, "patience": 3, "cooldown": 2, "min_lr": 1e-5}
    callback = Callback.model_validate({"ReduceLROnPlateau": arguments})

    plateau = callback.build()

    assert {name: getattr(plateau, name) for name in arguments} == arguments
