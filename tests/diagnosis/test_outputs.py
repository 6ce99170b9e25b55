"""The curves of each of several outputs."""

from __future__ import annotations

import math

from dlrun.diagnosis.diagnosis import Diagnosis
from dlrun.diagnosis.outputs import diagnose_outputs
from dlrun.runs import RecordedDiagnosis
from dlrun.runs.reading import JsonObject

EPOCHS = range(60)
FALLING = [0.2 + math.exp(-epoch / 8) for epoch in EPOCHS]
RISING = [0.4 + (epoch - 12) ** 2 / 900 for epoch in EPOCHS]
HISTORY = {
    "epoch": [epoch + 1 for epoch in EPOCHS],
    "train_loss": FALLING,
    "val_loss": FALLING,
    "train_good_loss": FALLING,
    "val_good_loss": [value + 0.01 for value in FALLING],
    "train_bad_loss": [value / 2 for value in FALLING],
    "val_bad_loss": RISING,
    "val_bad_side_loss": FALLING,
}
FACTS = {
    "n_train": 2000,
    "n_val": 1000,
    "outputs": {"good": {"task": "regression"}, "bad": {"task": "regression"}},
}


def test_each_output_is_judged_by_its_own_columns():
    found = diagnose_outputs(HISTORY, [], FACTS)

    assert set(found) == {"good", "bad"}
    assert found["bad"].verdict == "OVERFITTING"
    assert found["good"].verdict != "OVERFITTING"


def test_a_model_of_one_output_has_none():
    assert diagnose_outputs(HISTORY, [], {"task": "regression"}) == {}


def test_an_output_that_nobody_measured_is_left_out():
    facts = {"outputs": {"good": {}, "absent": {}}}

    assert set(diagnose_outputs(HISTORY, [], facts)) == {"good"}


def test_what_was_found_of_outputs_is_kept_with_the_diagnosis(tmp_path):
    outputs = diagnose_outputs(HISTORY, [], FACTS)
    diagnosis = Diagnosis("GOOD_FIT", outputs=outputs)

    written = diagnosis.to_record().to_json()

    read = RecordedDiagnosis.read(JsonObject(tmp_path / "diagnosis.json", written))
    assert Diagnosis.from_record(read) == diagnosis
    assert "outputs" not in Diagnosis("GOOD_FIT").to_record().to_json()


def test_a_constant_prediction_is_told_of_the_output_that_makes_it():
    classes = {"task": "classification", "num_classes": 2, "loss": "bce"}
    counts = {"train_class_counts": {"0": 500, "1": 500}, **classes}
    facts = {"n_train": 1000, "outputs": {"good": counts, "bad": counts}}
    flat = [0.6931 + 1e-5 * (epoch % 3) for epoch in EPOCHS]
    history = {
        **HISTORY,
        "train_bad_loss": flat,
        "val_bad_loss": flat,
        "train_bad_accuracy": [0.5] * len(flat),
    }
    names = ["good_0", "good_1", "bad_0", "bad_1"]
    probes = [
        {"epoch": epoch, "pred_names": names, "pred_counts": [60, 68, 128, 0]}
        for epoch in (1, 10, 30, 60)
    ]

    found = diagnose_outputs(history, probes, facts)

    assert found["bad"].verdict == "CONSTANT_PREDICTION"
    assert found["good"].verdict != "CONSTANT_PREDICTION"
