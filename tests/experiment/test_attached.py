"""Ranks, axes, ranges and numbers are asked of what a component is attached to."""

from __future__ import annotations

from typing import Any

import pytest

from dlrun.config import node_of
from dlrun.errors import Problem, ProblemsError
from dlrun.experiment import parse_spec

SOFTMAX = {"Dense": {"units": 2, "activation": "softmax"}}
SIGMOID = {"Dense": {"units": 1, "activation": "sigmoid"}}
SERIES = [[[0, 1], [2, 1], [3, 1]], [[1, 2], [2, 3], [3, 1]]] * 2


def problems_of(
    *layers: Any, features: Any = None, data: Any = None, **compile_: Any
) -> tuple[Problem, ...]:
    rows = features or [[1, 2], [2, 1], [3, 1], [1, 3]]
    config = {
        "name": "attached",
        "data": {"inline": {"features": rows, "labels": [0, 1, 0, 1]}, **(data or {})},
        "model": {"layers": list(layers)},
        "compile": {"loss": "sparse_categorical_crossentropy", **compile_},
    }
    try:
        parse_spec(node_of(config))
    except ProblemsError as error:
        return error.problems
    return ()


def on(layer: str, argument: str, part: Any, **arguments: Any) -> Any:
    return {layer: {**arguments, argument: part}}


@pytest.mark.parametrize(
    ("part", "argument"),
    [
        ("Orthogonal", "bias_initializer"),
        ("identity", "bias_initializer"),
        ("OrthogonalRegularizer", "bias_regularizer"),
        ({"MaxNorm": {"axis": 1}}, "bias_constraint"),
        ({"MaxNorm": {"axis": 2}}, "kernel_constraint"),
        ({"UnitNorm": {"axis": -3}}, "kernel_constraint"),
        ({"MinMaxNorm": {"axis": [0, -2]}}, "kernel_constraint"),
    ],
)
def test_a_part_that_does_not_fit_its_weight_is_refused(part: Any, argument: str):
    (problem,) = problems_of(on("Dense", argument, part, units=3), SOFTMAX)

    assert problem.code == "wrong-part"
    assert problem.path[:5] == ("model", "layers", 0, "Dense", argument)


@pytest.mark.parametrize(
    "layer",
    [
        on("LSTM", "recurrent_constraint", {"MaxNorm": {"axis": 2}}, units=2),
        on("Conv1D", "kernel_initializer", "identity", filters=2, kernel_size=1),
        on("BatchNormalization", "gamma_initializer", "orthogonal"),
        on("SimpleRNN", "kernel_regularizer", "OrthogonalRegularizer", units=1)
        | {"SimpleRNN": {"units": 1, "kernel_regularizer": {
            "OrthogonalRegularizer": {"mode": "columns"}}}},
        {"Bidirectional": on("GRU", "bias_initializer", "identity",
                             units=2, reset_after=False)},
        {"TimeDistributed": on("Dense", "bias_initializer", "orthogonal", units=2)},
    ],
)  # fmt: skip
def test_parts_are_asked_in_every_layer_and_inside_others(layer: Any):
    (problem, *_) = problems_of(layer, "Flatten", SOFTMAX, features=SERIES)

    assert problem.code == "wrong-part"


def test_a_part_on_a_weight_that_is_not_there_is_harmless():
    layer = {"Dense": {"units": 3, "use_bias": False, "bias_initializer": "orthogonal"}}

    assert not problems_of(layer, SOFTMAX)


def test_a_cure_for_a_constraint_fits():
    cure = {"UnitNorm": {"axis": [0, 1]}}
    layer = on("Conv1D", "kernel_constraint", cure, filters=2, kernel_size=2)

    assert not problems_of(layer, "Flatten", SOFTMAX, features=SERIES)


@pytest.mark.parametrize(
    ("above", "features", "data", "words"),
    [
        ([{"Rescaling": 2}], None, None, "layer 1 (`Rescaling`) changes the numbers"),
        ([{"Dense": 2}, "Flatten"], None, None, "layer 1 (`Dense`) changes"),
        ([], [[1, 4], [0, 1]] * 2, None, "the features go up to 4"),
        ([], [[1, -1], [0, 1]] * 2, None, "the features go down to -1"),
        (["Flatten"], [[1, 0.5], [0, 1]] * 2, None, "the features are not whole"),
        ([], None, {"scale": "standard"}, "`scale` changes them"),
    ],
)
def test_an_embedding_gets_numbers_that_it_knows(
    above: list[Any], features: Any, data: Any, words: str
):
    embedding = {"Embedding": {"input_dim": 4, "output_dim": 2}}

    (problem, *_) = problems_of(
        *above, embedding, "Flatten", SOFTMAX, features=features, data=data
    )

    assert problem.code == "not-whole-numbers"
    assert words in problem.message


def test_an_embedding_inside_another_layer_is_asked_too():
    embedding = {"Embedding": {"input_dim": 3, "output_dim": 2}}

    (problem, *_) = problems_of(
        {"TimeDistributed": embedding}, "Flatten", SOFTMAX, features=SERIES
    )

    assert problem.path[-3:] == ("layer", "Embedding", "input_dim")


def test_layers_that_only_rearrange_may_stand_above_an_embedding():
    embedding = {"Embedding": {"input_dim": 4, "output_dim": 2}}

    assert not problems_of(
        {"Reshape": [2, 1]}, "Flatten", embedding, "Flatten", SOFTMAX
    )


@pytest.mark.parametrize(
    ("metric", "argument"),
    [
        ({"Recall": {"class_id": 1}}, "class_id"),
        ({"AUC": {}}, None),
        ({"Precision": {"top_k": 2}}, "top_k"),
        ({"SpecificityAtSensitivity": {"sensitivity": 0.5, "class_id": 9}}, "class_id"),
    ],
)
def test_a_metric_looks_at_outputs_that_there_are(metric: Any, argument: str | None):
    found = problems_of(SIGMOID, loss="binary_crossentropy", metrics=[metric])

    assert [problem.path[-1] for problem in found] == [argument] * bool(argument)


def test_as_many_highest_outputs_may_count_as_keras_allows():
    assert not problems_of(SOFTMAX, metrics=["SparseTopKCategoricalAccuracy"])


def test_the_brier_score_stands_beside_a_cross_entropy():
    assert not problems_of(
        SIGMOID, loss="binary_crossentropy", metrics=["MeanSquaredError"]
    )


def test_an_f_score_of_one_sigmoid_is_told_its_threshold():
    (problem,) = problems_of(SIGMOID, loss="binary_crossentropy", metrics=["F1Score"])

    assert problem.hint == "write F1Score: {threshold: 0.5}"


def test_no_quotes_are_removed_where_none_are_needed():
    (problem,) = problems_of(on("Dense", "units", "1_0"), SOFTMAX)

    assert problem.hint == "write 10"
