from __future__ import annotations

import pytest

from dlrun.training.row_figures import class_weights, measure_rows

pytestmark = pytest.mark.heavy

LOSSES = {
    "sparse_categorical_crossentropy": (2, "softmax"),
    "binary_crossentropy": (1, "sigmoid"),
    "mse": (1, "linear"),
    "huber": (1, "linear"),
}


@pytest.mark.parametrize("loss", LOSSES)
def test_the_mean_of_the_rows_is_the_validation_loss(train, loss):
    folder = run_with(train, loss)

    figures = measure_rows(folder, at_end=True, train=True)

    metrics = folder.metrics()
    saved, last = figures.losses
    assert len(figures.rows) == folder.summary().num_validation
    assert mean(figures.rows) == pytest.approx(metrics.best["val_loss"], rel=1e-5)
    assert saved == figures.rows
    assert mean(last) == pytest.approx(metrics.final["val_loss"], rel=1e-5)
    assert len(figures.known) == len(figures.rows)
    assert any(figures.known) == (folder.summary().facts["shared_rows"] > 0)
    assert mean(figures.train) == pytest.approx(metrics.best["train_loss"], rel=1e-5)


def test_errors_are_those_that_the_accuracy_counts(train):
    folder = run_with(train, "sparse_categorical_crossentropy")

    figures = measure_rows(folder, errors=True)

    accuracy = folder.metrics().best["val_accuracy"]
    assert 1 - mean(figures.rows) == pytest.approx(accuracy, rel=1e-5)
    assert set(figures.rows) <= {0.0, 1.0}


def test_rows_count_as_the_weights_of_their_classes_say(train):
    folder = run_with(train, "sparse_categorical_crossentropy")

    plain = measure_rows(folder).rows
    weighted = measure_rows(folder, weights=(1.0, 3.0)).rows

    ratios = {round(high / low, 6) for high, low in zip(weighted, plain, strict=True)}
    assert ratios == {1.0, 3.0}
    assert class_weights(folder) is None


def mean(values):
    return sum(values) / len(values)


def run_with(train, loss):
    outputs, activation = LOSSES[loss]
    rows = [[row % 7, row % 5] for row in range(40)]
    labels = [float(row % 7 > 2) for row in range(40)]
    head = {"Dense": {"units": outputs, "activation": activation}}
    config = {
        "name": "rows",
        "data": {
            "inline": {"features": rows, "labels": labels},
            "split": {"validation": 0.5},
        },
        "model": {"layers": [{"Dense": {"units": 4, "activation": "relu"}}, head]},
        "compile": {"loss": loss},
        "fit": {"epochs": 4, "batch_size": 4},
    }
    return train(config)
