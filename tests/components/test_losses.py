from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from dlrun.components.losses import Loss
from dlrun.errors import Problem, format_path

ProblemsOf = Callable[[type[Loss], Any], list[Problem]]

ROWS = {
    "index": ([0, 2], [[0.9, 0.05, 0.05], [0.1, 0.1, 0.8]], [[0.1, 0.8, 0.1]] * 2),
    "one_hot": (
        [[1, 0, 0], [0, 0, 1]],
        [[0.9, 0.05, 0.05], [0.1, 0.1, 0.8]],
        [[0.1, 0.8, 0.1]] * 2,
    ),
    "binary": ([[1], [0]], [[0.9], [0.1]], [[0.1], [0.9]]),
    "number": ([[1.0, 2.0], [3.0, 1.0]], [[1.0, 2.0], [3.0, 1.0]], [[4.0, 0.5]] * 2),
}
"""Labels of each form, outputs that are right, outputs that are wrong."""


@pytest.mark.heavy
@pytest.mark.parametrize("loss", Loss.types)
def test_right_outputs_cost_less_on_labels_of_the_stated_form(loss: str) -> None:
    import numpy as np

    component = Loss.model_validate(loss)
    labels, right, wrong = (np.array(values) for values in ROWS[component.labels])

    built = component.build()

    assert float(built(labels, right)) < float(built(labels, wrong))


@pytest.mark.heavy
@pytest.mark.parametrize(("given", "built"), [(None, False), (True, True)])
def test_logits_that_nobody_decided_on_are_probabilities(
    given: bool | None, built: bool
) -> None:
    value = {"SparseCategoricalCrossentropy": {"from_logits": given}}

    loss = Loss.model_validate(value).build()

    assert loss.get_config()["from_logits"] is built


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("sparse_categorical_crossentropi", "sparse_categorical_crossentropy"),
        ("MeanSquareError", "MeanSquaredError"),
    ],
)
def test_a_misspelt_loss_is_answered_in_the_same_letters(
    problems_of: ProblemsOf, wrong: str, right: str
) -> None:
    value = wrong

    [problem] = problems_of(Loss, value)

    assert problem.code == "unknown-loss"
    assert problem.label == f"did you mean {right}?"


@pytest.mark.parametrize(
    ("value", "path"),
    [
        ({"Huber": 0}, "Huber.delta"),
        (
            {"BinaryCrossentropy": {"label_smoothing": 1}},
            "BinaryCrossentropy.label_smoothing",
        ),
        ({"BinaryFocalCrossentropy": {"alpha": 2}}, "BinaryFocalCrossentropy.alpha"),
        (
            {"CategoricalGeneralizedCrossEntropy": {"q": 0}},
            "CategoricalGeneralizedCrossEntropy.q",
        ),
    ],
)
def test_a_number_out_of_range_is_refused(
    problems_of: ProblemsOf, value: Any, path: str
) -> None:
    written = value

    [problem] = problems_of(Loss, written)

    assert (format_path(problem.path), problem.code) == (path, "out-of-range")


def test_logits_in_quotes_are_refused(problems_of: ProblemsOf) -> None:
    value = {"BinaryCrossentropy": {"from_logits": "true"}}

    [problem] = problems_of(Loss, value)

    assert problem.message == '`from_logits` must be true or false, found "true"'
    assert problem.hint == "write true"
