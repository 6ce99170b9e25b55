"""How much the rows of each class count is told in words."""

from __future__ import annotations

from dlrun.config import node_of
from dlrun.describe.class_weights import class_weight_lines
from dlrun.engines import KerasDoor
from dlrun.experiment import parse_spec
from dlrun.rows import read_rows


def lines(fit, labels=(0, 0, 0, 1)):
    inline = {"features": [[float(row)] for row in range(len(labels))]}
    values = {
        "name": "weights",
        "data": {"inline": {**inline, "labels": list(labels)}},
        "model": {"layers": [{"Dense": {"units": 3, "activation": "softmax"}}]},
        "compile": {"loss": "sparse_categorical_crossentropy"},
        "fit": fit,
    }
    values["model"]["layers"][0]["Dense"]["units"] = len(set(labels))
    experiment, parts = read_rows(parse_spec(node_of(values)), KerasDoor())
    return list(class_weight_lines(experiment.spec.fit, parts))


def test_balanced_weights_are_those_of_the_train_rows():
    balanced = lines({"class_weight": "balanced"})

    assert balanced == ["class weights: 0 0.6667, 1 2.000"]


def test_stated_weights_are_told_and_many_are_cut_short():
    classes = tuple(range(20)) * 2

    assert lines({"class_weight": {0: 1, 1: 3}}) == ["class weights: 0 1.000, 1 3.000"]
    (line,) = lines({"class_weight": "balanced"}, classes)
    assert line.count("1.000") == 12
    assert lines({}) == []
