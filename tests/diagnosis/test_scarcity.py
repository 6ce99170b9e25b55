from __future__ import annotations

import math

import pytest

from dlrun.diagnosis import scarcity

FACTS = {
    "n_train": 6,
    "batch_size": 3,
    "feature_size": 131.0,
    "train_class_counts": {"0": 3, "1": 3},
    "loss": "sparse_categorical_crossentropy",
}


def test_few_large_rows_and_few_steps_are_told_of_a_model_that_learned_nothing():
    assert scarcity(FACTS, 10, 6.5) == (
        "It has learned nothing yet, and could hardly: 6 train rows, 20 steps and "
        "features as large as 131 that nothing scales are too little."
    )


@pytest.mark.parametrize(
    ("facts", "epochs", "loss"),
    [
        ({}, 10, math.log(2) - 0.01),
        ({"feature_size": 1.0}, 10, 6.5),
        ({"n_train": 600}, 10, 6.5),
        ({}, 1000, 6.5),
        ({"feature_size": None}, 10, 6.5),
        ({}, None, 6.5),
        ({}, 10, None),
    ],
)
def test_it_is_not_said_where_something_else_is_the_cause_or_is_unknown(
    facts, epochs, loss
):
    assert scarcity(FACTS | facts, epochs, loss) == ""
