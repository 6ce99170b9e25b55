from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from dlrun.components.regularizers import Regularizer
from dlrun.errors import Problem

ProblemsOf = Callable[[type[Regularizer], Any], list[Problem]]


def test_a_number_below_a_class_is_its_factor() -> None:
    value = {"L2": 0.001}

    regularizer = Regularizer.model_validate(value)

    assert regularizer.model_dump() == {"L2": {"l2": 0.001}}


def test_a_bare_factor_is_shown_with_a_class(problems_of: ProblemsOf) -> None:
    value = 0.1

    [problem] = problems_of(Regularizer, value)

    assert problem.message == "expected a regularizer, found 0.1"
    assert problem.hint == "write its class, as in L2: 0.1"


def test_a_negative_factor_is_refused(problems_of: ProblemsOf) -> None:
    value = {"L1L2": {"l1": -1, "l2": 0.1}}

    [problem] = problems_of(Regularizer, value)

    assert problem.path == ("L1L2", "l1")
    assert problem.code == "out-of-range"


@pytest.mark.heavy
def test_the_lambda_of_a_textbook_is_twice_the_rows_times_l2() -> None:
    import numpy as np

    weights = np.array([[1.0, -2.0], [3.0, 0.5]], dtype="float32")
    textbook_lambda, rows = 0.7, 350

    penalty = Regularizer.model_validate({"L2": 0.001}).build()(weights)

    expected = textbook_lambda / (2 * rows) * np.sum(weights**2)
    assert float(penalty) == pytest.approx(expected)
