from __future__ import annotations

import numpy as np
import pytest

from dlrun.config import node_of
from dlrun.data import INPUT, OUTPUT, Dataset
from dlrun.experiment import parse_spec

pytestmark = pytest.mark.heavy


def spec_of(loss, units, labels, one_hot=False):
    layer = {"Dense": {"units": units}}
    config = {
        "name": "decode",
        "data": {
            "inline": {"features": [[0.0], [1.0]], "labels": labels},
            "one_hot": one_hot,
        },
        "model": {"layers": [layer]},
        "compile": {"loss": loss},
    }
    return parse_spec(node_of(config)).spec


def test_the_outputs_of_a_softmax_are_probabilities():
    from dlrun.training.decode import decode

    loss = {"SparseCategoricalCrossentropy": {"from_logits": True}}
    spec = spec_of(loss, 2, [0, 1])

    decoded = decode(
        {OUTPUT: np.array([[0.0, np.log(3.0)]], "float32")},
        spec,
        {OUTPUT: ["no", "yes"]},
        {},
    )

    assert decoded.columns(proba=True) == [
        "prediction",
        "probability_no",
        "probability_yes",
    ]
    assert decoded.cells(proba=True) == [["yes", 0.25, 0.75]]
    assert decoded.columns(proba=False) == ["prediction"]
    assert decoded.cells(proba=False) == [["yes"]]


def test_large_logits_do_not_overflow():
    from dlrun.training.decode import decode

    spec = spec_of({"SparseCategoricalCrossentropy": {"from_logits": True}}, 2, [0, 1])

    decoded = decode(
        {OUTPUT: np.array([[1e4, -1e4], [-1e4, 1e4]], "float32")},
        spec,
        {OUTPUT: ["a", "b"]},
        {},
    )

    assert decoded.cells(proba=True) == [["a", 1.0, 0.0], ["b", 0.0, 1.0]]


def test_one_unit_is_the_logit_of_the_second_class():
    from dlrun.training.decode import decode

    spec = spec_of({"BinaryCrossentropy": {"from_logits": True}}, 1, [0, 1])
    outputs = np.array([[np.log(3.0)], [-1e4]], "float32")

    decoded = decode({OUTPUT: outputs}, spec, {OUTPUT: ["no", "yes"]}, {})

    assert decoded.cells(proba=True) == [["yes", 0.25, 0.75], ["no", 1.0, 0.0]]


@pytest.mark.parametrize(
    ("outputs", "columns"),
    [([[1.5]], ["prediction"]), ([[1.5, 2.0]], ["prediction_0", "prediction_1"])],
)
def test_numbers_stay_numbers(outputs, columns):
    from dlrun.training.decode import decode

    decoded = decode({OUTPUT: np.array(outputs)}, spec_of("mse", 1, [0.5, 1.5]), {}, {})

    assert decoded.columns(proba=True) == columns
    assert decoded.cells(proba=True) == outputs


@pytest.mark.parametrize(
    ("labels", "heads", "cells"),
    [
        (None, ["id"], [7]),
        (np.array([1]), ["id", "label"], [7, "b"]),
        (np.array([[0.0, 1.0]]), ["id", "label"], [7, "b"]),
    ],
)
def test_a_table_has_the_true_class_where_there_is_one(labels, heads, cells):
    from dlrun.training.decode import Decoded, Predictions

    named = None if labels is None else {OUTPUT: labels}
    rows = Dataset(
        {INPUT: np.zeros((1, 1))}, named, ids=(7,), classes={OUTPUT: ("a", "b")}
    )
    decoded = Decoded(np.array([[0.9, 0.1]]), ("a", "b"))

    found = Predictions({OUTPUT: decoded}).table(rows, proba=False)

    assert found == ([*heads, "prediction"], [[*cells, "a"]])


def test_a_table_has_every_true_number():
    from dlrun.training.decode import Decoded, Predictions

    rows = Dataset(
        {INPUT: np.zeros((1, 1))}, {OUTPUT: np.array([[0.1, 2.0]], "float32")}, ids=(0,)
    )

    decoded = Decoded(np.array([[0.3, 3.0]], "float32"), None)
    heads, table = Predictions({OUTPUT: decoded}).table(rows, proba=True)

    assert heads == ["id", "label_0", "label_1", "prediction_0", "prediction_1"]
    assert table == [[0, 0.1, 2.0, 0.3, 3.0]]
