"""What no rule may refuse: configs that Keras trains, and that mean something."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from dlrun.config import node_of
from dlrun.errors import SpecError
from dlrun.experiment import parse_spec
from dlrun.experiment.fit import FitSpec

BASE: dict[str, Any] = {
    "name": "people",
    "data": {"inline": {"features": [[1, 2], [3, 4]], "labels": [0, 1]}},
    "model": {"layers": [{"Dense": {"units": 2, "activation": "softmax"}}]},
    "compile": {"loss": "sparse_categorical_crossentropy"},
}
LINEAR = {"layers": [{"Dense": 2}]}
FROM_LOGITS = {"SparseCategoricalCrossentropy": {"from_logits": True}}


def with_values(changes: dict[str, Any]) -> dict[str, Any]:
    config = copy.deepcopy(BASE)
    for path, value in changes.items():
        *above, last = path.split(".")
        place = config
        for key in above:
            place = place.setdefault(key, {})
        place[last] = value
    return config


def codes(config: dict[str, Any]) -> list[str]:
    try:
        experiment = parse_spec(node_of(config))
    except SpecError as error:
        return [problem.code for problem in error.problems]
    return [problem.code for problem in experiment.warnings]


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"model": LINEAR},
        {"model": LINEAR, "compile.loss": FROM_LOGITS},
        {"model": {"layers": [{"Dense": {"units": 2, "activation": "relu"}}]}}
        | {"compile.loss": FROM_LOGITS},
        {"model": {"layers": [{"Dense": {"units": 2, "activation": "tanh"}}]}}
        | {"compile.loss": {"CategoricalHinge": {}}, "data.one_hot": True},
        {"model": {"layers": [{"Dense": 2}, "Softmax", {"Dropout": 0.1}]}},
        {"model": {"layers": [{"Dense": {"units": 1, "activation": "tanh"}}]}}
        | {"compile.loss": "hinge"},
        {"model": {"layers": [{"Dense": {"units": 1, "activation": "sigmoid"}}]}}
        | {"compile": {"loss": "bce", "metrics": ["AUC", "Precision", "accuracy"]}},
        {"model": {"layers": [{"Dense": {"units": 1, "activation": "relu"}}]}}
        | {"compile.loss": "mse"},
        {"model": {"layers": [{"Dense": {"units": 1, "activation": "softmax"}}]}}
        | {"compile.loss": "mse"},
        {"data.one_hot": True, "compile.loss": "categorical_crossentropy"},
        {"data.one_hot": True, "compile.loss": "categorical_crossentropy"}
        | {"compile.metrics": ["F1Score", "AUC"]},
        {"data.one_hot": True, "compile.loss": "kl_divergence"},
        {"fit.class_weight": {0: 1, 1: 2}},
        {"fit.class_weight": {"0": 1, "1": 0}},
        {"fit.epochs": 0},
        {
            "fit": {
                "monitor": "accuracy",
                "callbacks": [{"EarlyStopping": {"monitor": "loss"}}],
            }
        },
        {"fit.validation_split": 0.5, "fit.callbacks": ["ReduceLROnPlateau"]},
        {"data.split": {"test": 0.5}, "fit.validation_split": 0.5},
        {"data.augment": [{"GaussianNoise": 0.1}]},
        {"model.input_shape": [2]},
        {"model.input_shape": 2},
        {
            "model.layers": [
                {"Dense": {"units": 2, "name": "a", "enabled": False}},
                {"Dense": {"units": 2, "from": "a", "activation": "softmax"}},
            ]
        },
        {
            "data.inline": {"features": [[[1], [2]], [[3], [4]]], "labels": ["a", "b"]},
            "model.layers": [
                {"LSTM": {"units": 4, "return_sequences": True}},
                {"TimeDistributed": {"Dense": 2}},
                "GlobalAveragePooling1D",
                "Softmax",
            ],
        },
    ],
)
def test_a_config_that_means_something_is_accepted(changes):
    config = with_values(changes)

    assert codes(config) == []


def test_a_branch_that_leads_nowhere_is_doubted_and_has_no_weights():
    layers = [
        {"Dense": {"units": 2, "activation": "softmax", "name": "a"}},
        {"Dense": {"units": 5, "activation": "relu", "from": "input", "name": "lost"}},
        {"Dropout": {"rate": 0.1, "from": "a"}},
    ]
    merged = [
        *layers[:2],
        {"use": {"of": "lost", "from": "input", "name": "used"}},
        {"Concatenate": {"from": ["a", "lost"], "enabled": False, "name": "off"}},
        {"Concatenate": {"from": ["off", "used"]}},
        {"Dense": {"units": 2, "activation": "softmax"}},
    ]
    off = [*merged[:2], merged[3], merged[5]]

    doubted, shared, switched_off = (
        parse_spec(node_of(with_values({"model.layers": given})))
        for given in (layers, merged, off)
    )

    (warning,) = doubted.warnings
    assert (warning.code, warning.path) == ("unused-layer", ("model", "layers", 1))
    assert doubted.parameters == 6
    assert shared.parameters == 6 + 15 + 16
    assert switched_off.warnings == ()
    assert switched_off.parameters == 6 + 6


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        (
            {"compile.loss": {"SparseCategoricalCrossentropy": {"from_logits": True}}},
            "logits-conflict",
        ),
        ({"model.layers": [{"Dense": 2}, {"Activation": "relu"}]}, "not-probabilities"),
        ({"data.inline": {"features": [[1, 2], [3, 4]]}}, "missing-labels"),
        ({"data.test": {"inline": {"features": [[1, 2]]}}}, "missing-labels"),
        (
            {"data.split": {"validation": 0.5}}
            | {
                "model.layers": [
                    "BatchNormalization",
                    {"Dense": {"units": 2, "activation": "softmax"}},
                ]
            },
            "momentum-too-high",
        ),
        (
            {
                "model.layers": [
                    {"BatchNormalization": {"momentum": 1.0}},
                    {"Dense": {"units": 2, "activation": "softmax"}},
                ]
            },
            "momentum-too-high",
        ),
        (
            {"model.layers": [{"Dense": 10**300}, {"Dense": 10**300}]},
            "too-many-parameters",
        ),
        ({"data.augment": [{"RandomFlip": {}}]}, "wrong-axes"),
    ],
)
def test_one_cause_is_one_problem(changes, code):
    config = with_values(changes)

    found = codes(config)

    if code == "too-many-parameters":
        found.remove("output-size")
    assert found == [code]


@pytest.mark.parametrize(
    ("given", "cure"),
    [
        ({"noo": 1, "yes": 3}, "write {no: 1.0, yes: 3.0}"),
        ({"No": 2, "YES": 3}, "write {no: 2.0, yes: 3.0}"),
        ({"yes": 3}, "write {no: 1.0, yes: 3.0}"),
    ],
)
def test_the_hint_for_a_misspelt_class_keeps_its_weight(given, cure):
    config = with_values(
        {"data.inline.labels": ["no", "yes"], "fit.class_weight": given}
    )

    with pytest.raises(SpecError) as caught:
        parse_spec(node_of(config))

    assert [problem.hint for problem in caught.value.problems] == [cure]


def test_a_class_that_looks_like_a_number_keeps_its_quotes_in_the_hint():
    config = with_values(
        {"data.inline.labels": ["01", "1"], "fit.class_weight": {"1": 2}}
    )

    with pytest.raises(SpecError) as caught:
        parse_spec(node_of(config))

    assert caught.value.problems[0].hint == 'write {"01": 1.0, 1: 2.0}'


def test_balanced_weights_are_those_of_scikit_learn():
    fit = FitSpec.model_validate({"class_weight": "balanced"})

    assert fit.weights_of({"no": 3, "yes": 2}) == pytest.approx(
        [0.8333, 1.25], abs=1e-4
    )
    assert fit.weights_of({"no": 2, "none": 0, "yes": 2}) == [1, 0, 1]
    assert FitSpec().weights_of({"no": 3}) is None
