from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from dlrun.components.constraints import Constraint
from dlrun.errors import Problem

ProblemsOf = Callable[[type[Constraint], Any], list[Problem]]


@pytest.mark.parametrize(("written", "read"), [(1, 1), ([0, 1, 2], (0, 1, 2))])
def test_an_axis_is_a_number_or_a_list(written: Any, read: Any) -> None:
    value = {"UnitNorm": {"axis": written}}

    constraint = Constraint.model_validate(value)

    assert constraint.model_dump() == {"UnitNorm": {"axis": read}}


@pytest.mark.parametrize("axis", ["0", [], [0.5], True, {"a": 1}])
def test_anything_else_is_no_axis(problems_of: ProblemsOf, axis: Any) -> None:
    value = {"MaxNorm": {"axis": axis}}

    [problem] = problems_of(Constraint, value)

    assert problem.path == ("MaxNorm", "axis")
    assert problem.hint == "write 0, or [0, 1, 2] for the kernel of a Conv2D"


def test_norms_must_be_in_order(problems_of: ProblemsOf) -> None:
    value = {"MinMaxNorm": {"min_value": 2.0}}

    [problem] = problems_of(Constraint, value)

    assert problem.path == ("MinMaxNorm", "max_value")
    assert (
        problem.message == "`max_value` must be at least min_value, found 1.0 and 2.0"
    )
    assert problem.hint == "use a number of at least 2.0"
