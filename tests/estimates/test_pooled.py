"""Figures over kept predictions, by hand, and the interval of folds."""

from __future__ import annotations

import math

import pytest

from dlrun.estimates import estimate, t_quantile
from dlrun.estimates.pooled import pooled_figures


def test_folds_have_the_corrected_variance():
    values = [0.9, 0.8, 0.95, 0.85, 0.9]

    folds, alone = estimate(values, 0.25), estimate(values)

    assert folds.mean == alone.mean
    spread = t_quantile(0.975, 4) * folds.sd
    assert folds.half_width == pytest.approx(spread * math.sqrt(1 / 5 + 1 / 4))
    assert alone.half_width == pytest.approx(spread * math.sqrt(1 / 5))


def test_classes_are_counted_true_by_predicted():
    rows = [
        {"id": f"{place}", "label": true, "prediction": said}
        for place, (true, said) in enumerate(["aa", "ab", "bb", "cb"])
    ]

    found = pooled_figures(rows, "", ["a", "b", "c"])

    assert found["accuracy"] == 0.5
    assert found["confusion"] == [[1, 1, 0], [0, 1, 0], [0, 1, 0]]
    assert found["per_class"][1] == {
        "class": "b",
        "precision": pytest.approx(1 / 3, abs=1e-6),
        "recall": 1.0,
        "f1": 0.5,
        "rows": 1,
    }
    assert found["per_class"][2]["precision"] is None


def test_numbers_have_errors_in_their_units():
    rows = [
        {"id": "0", "price_label": "1", "price_prediction": "2"},
        {"id": "1", "price_label": "3", "price_prediction": "3"},
    ]

    found = pooled_figures(rows, "price_", None)

    assert found == {"rows": 2, "mae": 0.5, "rmse": math.sqrt(0.5), "r2": 0.5}


def test_each_of_several_labels_has_its_own():
    rows = [
        {"label_x": "1", "label_y": "0", "prediction_x": "1", "prediction_y": "1"}
        | {"probability_x": "0.9", "probability_y": "0.6"}
    ] * 2

    found = pooled_figures(rows, "", None)

    assert found["labels"]["x"]["accuracy"] == 1.0
    assert found["labels"]["y"]["confusion"] == [[0, 2], [0, 0]]
