"""What a constant prediction loses, and what is lost on each row."""

from __future__ import annotations

import math

import numpy as np
import pytest

from dlrun.config import node_of
from dlrun.data import INPUT, OUTPUT
from dlrun.experiment import parse_spec

pytestmark = pytest.mark.heavy
LABELS = [0] * 30 + [1] * 10
NUMBERS = [1.0, 2.0, 2.0, 3.0, 4.0, 4.0, 5.0, 30.0]


def experiment(labels, loss, units=1, activation="sigmoid", **fit):
    features = np.random.default_rng(1).normal(size=(len(labels), 3)).round(3)
    return parse_spec(
        node_of(
            {
                "name": "constant",
                "seed": 1,
                "data": {
                    "inline": {"features": features.tolist(), "labels": labels},
                    "split": {"validation": 0.25},
                },
                "model": {
                    "layers": [{"Dense": {"units": units, "activation": activation}}]
                },
                "compile": {"loss": loss, "optimizer": {"SGD": 0.5}},
                "fit": {"epochs": 3} | fit,
            }
        )
    )


def losses(*arguments, **fit):
    from dlrun.engines import KerasDoor
    from dlrun.rows import read_rows
    from dlrun.training.constant import constant_losses

    known, parts = read_rows(experiment(*arguments, **fit), KerasDoor())
    found = constant_losses(known.spec, parts.train, parts.validation)
    return found["constant_loss"], found["val_constant_loss"], parts


def test_of_classes_it_is_their_entropy():
    entropy = -0.75 * math.log(0.75) - 0.25 * math.log(0.25)

    one, held, _ = losses(LABELS, "binary_crossentropy")
    two, _, _ = losses(LABELS, "sparse_categorical_crossentropy", 2, "softmax")
    logits, _, _ = losses(
        LABELS, {"BinaryCrossentropy": {"from_logits": True}}, 1, "linear"
    )

    assert (one, two, logits) == pytest.approx((entropy, entropy, entropy), abs=0.02)
    assert held == pytest.approx(entropy, abs=0.05)


def test_weights_of_classes_count_in_training_and_not_in_validation():
    loss, held, _ = losses(LABELS, "binary_crossentropy", class_weight="balanced")

    assert loss == pytest.approx(math.log(2), abs=1e-4)
    assert held == pytest.approx(math.log(2), abs=1e-4)


def test_rare_classes_that_count_more_raise_what_a_constant_loses():
    plain, held, _ = losses(LABELS, "binary_crossentropy")

    loss, other, _ = losses(
        LABELS, "binary_crossentropy", class_weight={"0": 1, "1": 50}
    )

    assert loss > 2 * plain
    assert other > held


def test_of_numbers_it_is_in_the_unit_of_the_loss():
    squared, _, parts = losses(NUMBERS, "mse", 1, "linear")
    absolute, _, _ = losses(NUMBERS, "mae", 1, "linear")
    (train,) = parts.train.labels.values()

    assert squared == pytest.approx(train.var(), rel=1e-5)
    assert absolute == pytest.approx(np.abs(train - np.median(train)).mean(), rel=1e-5)


def test_of_margins_nothing_is_said():
    assert losses(LABELS, "hinge", 1, "tanh")[:2] == (None, None)


def test_no_constant_is_much_better_for_a_focal_loss():
    import keras

    least, _, parts = losses(LABELS, "binary_focal_crossentropy")
    (truth,) = parts.train.labels.values()
    loss = keras.losses.BinaryFocalCrossentropy()

    tried = [
        float(loss(truth[:, None], np.full((len(truth), 1), share)))
        for share in np.linspace(0.05, 0.95, 91)
    ]

    assert least == pytest.approx(min(tried), rel=0.02)


def test_a_run_keeps_what_its_rows_lost_and_how_much_more_at_the_end(train):
    values = {
        "name": "rows",
        "seed": 1,
        "data": {
            "inline": {
                "features": np.random.default_rng(0)
                .normal(size=(60, 8))
                .round(3)
                .tolist(),
                "labels": np.random.default_rng(1).integers(0, 2, 60).tolist(),
            },
            "split": {"validation": 0.5},
        },
        "model": {
            "layers": [
                {"Dense": {"units": 64, "activation": "relu"}},
                {"Dense": {"units": 2, "activation": "softmax"}},
            ]
        },
        "compile": {
            "loss": "sparse_categorical_crossentropy",
            "optimizer": {"Adam": 0.02},
        },
        "fit": {"epochs": 12},
    }

    metrics = train(values).metrics()

    rows = metrics.row_losses
    assert rows["loss"] == pytest.approx(metrics.best["val_loss"], rel=1e-4)
    risen = metrics.final["val_loss"] - metrics.best["val_loss"]
    assert rows["rise"] == pytest.approx(risen, rel=1e-3)
    assert 0 < rows["rise_error"] < rows["rise"]
    assert rows["error"] > 0


def test_copies_of_rows_of_measures_are_no_chance_though_columns_depend_on_each_other():
    from dlrun.data import Dataset
    from dlrun.training.watch.facts import shared_by_chance, shared_rows

    draw = np.random.default_rng(5)
    grade = draw.integers(1, 4, 400)
    coarse = np.stack([grade, grade + draw.integers(0, 2, 400), grade // 2], axis=1)
    measures = draw.normal(size=(400, 3))
    found = []
    for features in (coarse, measures):
        rows = Dataset(
            {INPUT: features.astype("float32")},
            {OUTPUT: (grade > 2).astype("int32")},
            classes=("low", "high"),
        )
        parts = rows.take(range(300)), rows.take(range(200, 400))
        found.append((shared_rows(*parts), shared_by_chance(*parts)))

    assert found == [(300, 300), (100, 0)]


def test_the_gain_over_it_is_taken_row_by_row():
    from dlrun.engines import KerasDoor
    from dlrun.rows import read_rows
    from dlrun.training.constant import constant_losses, constant_output
    from dlrun.training.row_losses import compare_losses

    known, parts = read_rows(experiment(NUMBERS, "mse", 1, "linear"), KerasDoor())
    facts = constant_losses(known.spec, parts.train, parts.validation)
    constant = constant_output(facts)
    rows = parts.validation
    truth = rows.labels[OUTPUT].reshape(-1, 1)

    perfect = compare_losses(known.spec, rows, {OUTPUT: truth}, None, constant)
    same = np.broadcast_to(constant.reshape(1, 1), truth.shape)
    equal = compare_losses(known.spec, rows, {OUTPUT: same}, None, constant)

    assert perfect["gain"] == pytest.approx(facts["val_constant_loss"])
    each = (truth - constant) ** 2
    assert perfect["gain_error"] == pytest.approx(
        float(each.std(ddof=1)) / math.sqrt(len(each))
    )
    assert (equal["gain"], equal["gain_error"]) == (0, 0)
    assert "gain" not in compare_losses(known.spec, rows, {OUTPUT: truth}, None)
