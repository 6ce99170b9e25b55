from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from dlrun.components.schedules import Schedule
from dlrun.errors import Problem

ProblemsOf = Callable[[type[Schedule], Any], list[Problem]]

PIECES = "PiecewiseConstantDecay"


def test_a_schedule_without_arguments_names_what_it_needs(
    problems_of: ProblemsOf,
) -> None:
    value = "ExponentialDecay"

    problems = problems_of(Schedule, value)

    assert [problem.message for problem in problems] == [
        "`ExponentialDecay` needs `initial_learning_rate`",
        "`ExponentialDecay` needs `decay_steps`",
        "`ExponentialDecay` needs `decay_rate`",
    ]
    assert problems[0].hint == "add initial_learning_rate: 0.001"


@pytest.mark.parametrize(
    ("boundaries", "values", "key", "message"),
    [
        (
            [100, 50],
            [3, 2, 1],
            "boundaries",
            "`boundaries` must rise, found [100, 50]",
        ),
        ([], [1], "boundaries", "`boundaries` must hold at least one step, found none"),
        (
            [50, 100],
            [2, 1],
            "values",
            "`values` must hold one number more than boundaries: 3, found 2",
        ),
    ],
)
def test_pieces_that_do_not_fit_are_refused(
    problems_of: ProblemsOf, boundaries: Any, values: Any, key: str, message: str
) -> None:
    value = {PIECES: {"boundaries": boundaries, "values": values}}

    [problem] = problems_of(Schedule, value)

    assert problem.path == (PIECES, key)
    assert problem.message == message
    assert problem.hint


@pytest.mark.parametrize(
    ("arguments", "key"),
    [
        ({"initial_learning_rate": 0}, "initial_learning_rate"),
        ({"initial_learning_rate": 0.1, "warmup_steps": 5}, "warmup_steps"),
        ({"initial_learning_rate": 0.1, "warmup_target": 0.2}, "warmup_target"),
    ],
)
def test_half_a_warmup_is_refused(
    problems_of: ProblemsOf, arguments: dict[str, Any], key: str
) -> None:
    value = {"CosineDecay": {"decay_steps": 10, **arguments}}

    [problem] = problems_of(Schedule, value)

    assert problem.path == ("CosineDecay", key)


def test_a_warmup_may_begin_at_zero(problems_of: ProblemsOf) -> None:
    warmup = {"warmup_target": 0.1, "warmup_steps": 5}
    value = {"CosineDecay": {"initial_learning_rate": 0, "decay_steps": 10, **warmup}}

    problems = problems_of(Schedule, value)

    assert problems == []


@pytest.mark.heavy
def test_the_old_decay_is_an_inverse_time_decay() -> None:
    arguments = {"initial_learning_rate": 0.1, "decay_steps": 1, "decay_rate": 0.01}
    schedule = Schedule.model_validate({"InverseTimeDecay": arguments})

    rate = schedule.build()(50)

    assert float(rate) == pytest.approx(0.1 / (1 + 0.01 * 50))
