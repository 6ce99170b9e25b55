"""Columns that stand out are named by the verdicts that they explain."""

from __future__ import annotations

import pytest

from dlrun.diagnosis import diagnose

SLOW = {
    "loss": [0.693, 0.692, 0.692, 0.691, 0.691, 0.690, 0.690, 0.690, 0.690, 0.690],
    "val_loss": [0.693, 0.692, 0.692, 0.691, 0.691, 0.691, 0.690, 0.690, 0.690, 0.690],
}
OVERFIT = {
    "loss": [0.6, 0.5, 0.4, 0.3, 0.2, 0.15, 0.1, 0.08, 0.05, 0.04],
    "val_loss": [0.6, 0.55, 0.5, 0.52, 0.6, 0.7, 0.8, 0.9, 1.0, 1.1],
}
FACTS = {
    "task": "classification",
    "loss": "BinaryCrossentropy",
    "train_class_counts": [500, 500],
    "n_train": 1000,
    "n_val": 500,
    "adapts": True,
}
LARGE = {"feature_size": 4e3, "feature_scales": 4e4}
RARE = {"count": 9, "of": 11, "few": {"b{}": 1, "c": 2, "d": 2, "e": 3}, "kept": ["a"]}


def sentences(history, **facts):
    found = diagnose(history, facts={**FACTS, **facts})
    return [f"{one.verdict}: {one.sentence}" for one in found.findings]


def test_a_column_that_nothing_scales_is_named_with_its_size():
    named = sentences(SLOW, **LARGE, unscaled_columns={"in{come}": 38000.0})
    several = sentences(SLOW, **LARGE, unscaled_columns={"a": 38000.0, "b": 20.0})

    slow = [one for one in named if "Nothing scales" in one]
    assert slow[0].startswith(
        'SLOW_CONVERGENCE: Nothing scales the column "in{come}", whose root mean '
        "square is 3.8e+04; the train loss ends at"
    )
    assert any(
        '2 columns, whose root mean squares are large: "a" 3.8e+04' in one
        for one in several
    )


def test_names_of_columns_change_no_verdict():
    plain, named = (
        diagnose(SLOW, facts={**FACTS, **LARGE, **more})
        for more in ({}, {"unscaled_columns": {"income": 38000.0}})
    )

    assert [one.verdict for one in plain.findings] == [
        one.verdict for one in named.findings
    ]
    assert plain.confidence == named.confidence
    fine = diagnose(SLOW, facts={**FACTS, "unscaled_columns": {"income": 12.0}})
    assert not any("income" in one.sentence for one in fine.findings)


def test_rare_categories_are_told_where_a_model_overfits():
    told = sentences(OVERFIT, rare_categories={"city": RARE})

    assert told[0].endswith(
        'Categories of fewer than 5 train rows: 9 of 11 of "city" (b{}: 1, c: 2, d: 2 '
        "and 1 more)."
    )
    assert "Categories" not in sentences(OVERFIT)[0]


@pytest.mark.parametrize("history", [SLOW, OVERFIT])
def test_rare_categories_alone_are_no_fault(history):
    plain, rare = (
        diagnose(history, facts={**FACTS, **more})
        for more in ({}, {"rare_categories": {"city": RARE}})
    )

    assert [one.verdict for one in plain.findings] == [
        one.verdict for one in rare.findings
    ]
