from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from dlrun.components.metrics import Metric
from dlrun.errors import Problem

ProblemsOf = Callable[[type[Metric], Any], list[Problem]]

CLASSES = [0, 2, 1, 1]
ONE_HOT = [[1, 0, 0], [0, 0, 1], [0, 1, 0], [0, 1, 0]]
RIGHT = [[0.8, 0.1, 0.1], [0.1, 0.1, 0.8], [0.1, 0.8, 0.1], [0.1, 0.8, 0.1]]
WRONG = [[0.1, 0.8, 0.1], [0.8, 0.1, 0.1], [0.8, 0.1, 0.1], [0.1, 0.1, 0.8]]
ROWS = {
    "index": (CLASSES, RIGHT, WRONG),
    "one_hot": (ONE_HOT, RIGHT, WRONG),
    "binary": (
        [[1], [0], [1], [0]],
        [[0.9], [0.1], [0.8], [0.2]],
        [[0.1], [0.9], [0.2], [0.8]],
    ),
    "number": (
        [[1.0, 2.0], [3.0, 1.0]],
        [[1.0, 2.0], [3.0, 1.0]],
        [[3.0, 1.0], [1.0, 2.0]],
    ),
}
"""Labels of each form, outputs that are right, outputs that are wrong."""

ARGUMENTS: dict[str, Any] = {
    "F1Score": {"threshold": 0.5},
    "FBetaScore": {"threshold": 0.5},
    "PrecisionAtRecall": 0.5,
    "RecallAtPrecision": 0.6,
    "SensitivityAtSpecificity": 0.5,
    "SparseTopKCategoricalAccuracy": 1,
    "SpecificityAtSensitivity": 0.5,
    "TopKCategoricalAccuracy": 1,
}
SAMPLES = [
    {key: ARGUMENTS[key]} if key in ARGUMENTS else key
    for key in Metric.types
    if key != "accuracy"
]
CASES = [
    pytest.param(metric, form, id=f"{metric.key}-{form}")
    for metric in map(Metric.model_validate, SAMPLES)
    for form in metric.labels
]


@pytest.mark.heavy
@pytest.mark.parametrize(("metric", "form"), CASES)
def test_right_outputs_are_better_in_the_stated_direction(
    metric: Metric, form: str
) -> None:
    import numpy as np

    labels, right, wrong = (np.array(values, "float32") for values in ROWS[form])

    good = metric.build()(labels, right)
    bad = metric.build()(labels, wrong)

    assert good.shape == ()
    assert bool(good > bad) == (metric.mode == "max")


@pytest.mark.heavy
@pytest.mark.parametrize("value", SAMPLES, ids=str)
def test_a_metric_bears_the_name_of_the_history(value: Any) -> None:
    import keras

    metric = Metric.model_validate(value)
    arguments = metric.keras_arguments()
    del arguments["name"]

    built = metric.build()

    keras_name = getattr(keras.metrics, metric.key)(**arguments).name
    assert built.name == metric.log_name
    assert keras_name.rstrip("_0123456789") == metric.log_name.rstrip("_0123456789")


@pytest.mark.parametrize("text", ["accuracy", "acc", "Accuracy"])
def test_accuracy_has_one_name_however_written(text: str) -> None:
    value = text

    metric = Metric.model_validate(value)

    assert (metric.build(), metric.log_name) == ("accuracy", "accuracy")
    assert metric == Metric.types["accuracy"]()


@pytest.mark.parametrize(
    ("value", "name"),
    [
        ("mae", "mean_absolute_error"),
        ("MSE", "mean_squared_error"),
        ("auc", "auc"),
        ({"Precision": {"name": "precision_of_1", "class_id": 1}}, "precision_of_1"),
    ],
)
def test_the_name_in_the_history_is_known_without_keras(value: Any, name: str) -> None:
    metric = Metric.model_validate(value)

    log_name = metric.log_name

    assert log_name == name


@pytest.mark.parametrize("name", ["loss", "val_precision", "train_f1", "epoch"])
def test_a_name_of_the_history_is_taken(problems_of: ProblemsOf, name: str) -> None:
    value = {"Precision": {"name": name}}

    [problem] = problems_of(Metric, value)

    assert problem.path == ("Precision", "name")
    assert problem.message == (
        f'a metric cannot be named "{name}": the history uses that name'
    )


@pytest.mark.parametrize("name", ["a/b", "", "=cmd()", "../x"])
def test_a_name_is_made_of_plain_characters(problems_of: ProblemsOf, name: str) -> None:
    value = {"Recall": {"name": name}}

    [problem] = problems_of(Metric, value)

    assert problem.code == "invalid-name"


def test_an_f_score_reads_binary_labels_only_with_a_threshold() -> None:
    plain = Metric.model_validate("f1_score")
    thresholded = Metric.model_validate({"F1Score": {"threshold": 0.5}})

    forms = (plain.labels, thresholded.labels)

    assert forms == (("one_hot",), ("one_hot", "binary"))


def test_a_misspelt_metric_is_recognised(problems_of: ProblemsOf) -> None:
    value = "acuracy"

    [problem] = problems_of(Metric, value)

    assert problem.message == 'there is no metric "acuracy"'
    assert problem.label == "did you mean accuracy?"


def test_a_recall_beyond_1_is_refused(problems_of: ProblemsOf) -> None:
    value = {"PrecisionAtRecall": 1.5}

    [problem] = problems_of(Metric, value)

    assert problem.path == ("PrecisionAtRecall", "recall")
    assert problem.code == "out-of-range"
