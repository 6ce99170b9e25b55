from __future__ import annotations

import pytest

from dlrun.diagnosis import diagnose
from dlrun.errors import HistoryError


def test_the_columns_of_keras_and_of_dlrun_say_the_same(overfitted, digits):
    dlrun = overfitted()
    keras = {"loss": dlrun["train_loss"], "val_loss": dlrun["val_loss"]}
    evaluated = {"eval_loss": dlrun["train_loss"], "val_loss": dlrun["val_loss"]}

    assert diagnose(keras, facts=digits) == diagnose(dlrun, facts=digits)
    assert diagnose(evaluated, facts=digits) == diagnose(dlrun, facts=digits)


def test_the_train_loss_in_inference_mode_is_preferred(overfitted, healthy, digits):
    running = overfitted() | {"loss": [9.0] * 40}

    diagnosis = diagnose(running, facts=digits)

    assert diagnosis == diagnose(overfitted(), facts=digits)


def test_epochs_are_told_from_1_however_they_were_counted(overfitted, digits):
    history = overfitted()

    logged = diagnose(history | {"epoch": list(range(40))}, facts=digits)
    written = diagnose(history | {"epoch": list(range(1, 41))}, facts=digits)

    assert logged == written == diagnose(history, facts=digits)


def test_a_probe_before_training_is_epoch_0_or_minus_1(healthy, digits, probe):
    ours = [probe(0), probe(1, grad_norm=[900.0, 1.0])]
    data = [probe(-1), probe(0, grad_norm=[900.0, 1.0])]

    stuck = healthy(train_loss=[1.5] * 40, val_loss=[1.6] * 40)

    found = diagnose(stuck, ours, digits)

    assert found.findings[0].epoch == 1
    assert diagnose(stuck, data, digits) == found


def test_epochs_without_validation_are_no_fault(overfitted, digits):
    history = overfitted()
    sparse = [
        value if epoch % 2 else None for epoch, value in enumerate(history["val_loss"])
    ]
    short = history["val_loss"][1::2]

    marked = diagnose(history | {"val_loss": sparse}, facts=digits)
    left_out = diagnose(history | {"val_loss": short}, facts=digits)

    assert marked.verdict == "OVERFITTING"
    assert marked.best_epoch == 10
    assert left_out == marked


def test_ragged_and_empty_probes_are_read_as_far_as_they_go(healthy, digits):
    probes = [
        {},
        {"epoch": None},
        {"epoch": 0, "grad_norm": [None, 1.0], "weight_norm": []},
        {"epoch": 1, "grad_norm": [], "dead_frac": None, "pred_counts": [0, 0]},
        {"epoch": 2, "grad_norm": [0.5], "weight_norm": [3.0, 4.0, 5.0]},
    ]

    assert diagnose(healthy(), probes, digits).verdict == "GOOD_FIT"


def test_a_history_without_epochs_is_too_short():
    assert diagnose({}).verdict == "TOO_SHORT"
    assert diagnose({"epoch": [], "train_loss": []}).verdict == "TOO_SHORT"


@pytest.mark.parametrize(
    ("history", "message", "hint"),
    [
        (
            {"Loss": [1.0, 0.5], "accuracy": [0.1, 0.2]},
            "there is no train loss among the columns: Loss, accuracy",
            "is `Loss` the train loss? rename it to `loss`",
        ),
        (
            {"mse": [1.0, 0.5]},
            "there is no train loss among the columns: mse",
            "name the column with the train loss `loss` or `train_loss`",
        ),
        (
            {"loss": [1.0, "0.5"]},
            "'0.5' in `loss` is no number",
            "write a number, NaN or nothing",
        ),
        (
            {"loss": [1.0, 0.5, 0.2], "val_loss": [1.0, 0.5]},
            "`val_loss` has 2 values where the history has 3 epochs",
            "give each column a value per epoch; None where nothing was measured",
        ),
        (
            {"loss": 0.5},
            "`loss` is no list of numbers",
            "give each column a value per epoch; None where nothing was measured",
        ),
    ],
)
def test_what_cannot_be_used_is_named_with_its_cure(history, message, hint):
    with pytest.raises(HistoryError) as caught:
        diagnose(history)

    problem = caught.value.problems[0]
    assert problem.message == message
    assert problem.hint == hint


def test_dropout_in_a_layer_is_noise(healthy, digits):
    layers = [{"class": "Dense"}, {"class": "Dropout", "dropout_rate": 0.5}]
    running = {
        name.removeprefix("train_"): values for name, values in healthy().items()
    }

    diagnosis = diagnose(running, facts=digits | {"layers": layers})

    assert "RUNNING_LOSS" in diagnosis.remarks
