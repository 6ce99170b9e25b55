from __future__ import annotations

import json
import math
from pathlib import Path

import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from dlrun.diagnosis import Diagnosis, all_verdicts, diagnose, find_verdict
from dlrun.runs import RecordedDiagnosis
from dlrun.runs.reading import JsonObject

# A busy machine is no failure.
patiently = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
numbers = st.one_of(
    st.none(), st.floats(), st.floats(0, 10), st.integers(-(10**400), 10**400)
)
lists = st.lists(numbers, max_size=4)
losses = st.floats(1e-3, 10)


@st.composite
def histories(draw):
    size = draw(st.integers(0, 30))
    names = ["train_loss", "val_loss", "train_accuracy", "val_accuracy", "epoch"]
    columns = {
        name: draw(st.lists(numbers, min_size=size, max_size=size)) for name in names
    }
    columns["loss"] = draw(st.lists(losses, min_size=size, max_size=size))
    return columns


probes = st.lists(
    st.fixed_dictionaries(
        {"epoch": st.integers(-1, 30)},
        optional={
            "grad_norm": lists,
            "weight_norm": lists,
            "dead_frac": st.none() | lists,
            "pred_counts": st.none() | lists,
            "nonfinite": st.booleans(),
            "reg_loss": numbers,
        },
    ),
    max_size=5,
)
facts = st.fixed_dictionaries(
    {},
    optional={
        "task": st.sampled_from(["classification", "regression", "other"]),
        "num_classes": numbers,
        "n_train": numbers,
        "n_val": numbers,
        "train_class_counts": st.none() | lists,
        "label_variance": numbers,
        "loss": st.sampled_from(["mse", "mae", "sparse_categorical_crossentropy", ""]),
        "noise": st.booleans(),
        "shared_rows": numbers,
        "restored_best": st.booleans(),
    },
)


@patiently
@given(histories(), probes, facts)
@example({"loss": [1.0], "val_loss": [0.0], "epoch": [-1.0]}, [], {})
def test_any_numbers_give_a_verdict_that_json_can_hold(history, probe, known):
    diagnosis = diagnose(history, probe, known)

    again = json.loads(json.dumps(diagnosis.to_values(), allow_nan=False))

    assert find_verdict(diagnosis.verdict) is not None
    assert 0 <= diagnosis.confidence <= 1
    record = RecordedDiagnosis.read(JsonObject(Path("diagnosis.json"), again))
    assert Diagnosis.from_record(record) == diagnosis
    assert str(diagnosis)


@patiently
@given(histories(), probes, facts)
def test_the_same_numbers_give_the_same_diagnosis(history, probe, known):
    assert diagnose(history, probe, known) == diagnose(history, probe, known)


curves = st.lists(st.tuples(losses, losses), min_size=5, max_size=40)


@patiently
@given(curves, st.integers(-20, 20))
def test_a_regression_is_judged_the_same_in_any_unit(curve, power):
    def judge(unit: float) -> Diagnosis:
        history = {
            "loss": [unit * train for train, _ in curve],
            "val_loss": [unit * other for _, other in curve],
        }
        known = {"task": "regression", "loss": "mse", "label_variance": 5.0 * unit}
        return diagnose(history, facts=known)

    # A power of two, so that no rounding decides.
    scaled, plain = judge(2.0**power), judge(1.0)

    assert scaled.verdict == plain.verdict
    assert scaled.onset == plain.onset
    assert scaled.confidence == pytest.approx(plain.confidence)


@patiently
@given(st.integers(3, 30), st.integers(15, 40), st.floats(0.011, 0.2))
def test_the_onset_is_where_the_rise_passes_5_per_cent(best, after, slope):
    # As many steps down as up would look like noise: the median step is in between.
    assume(best - 1 != after)
    epochs = range(1, best + after + 1)
    history = {
        "loss": [2.3 * math.exp(-0.2 * epoch) for epoch in epochs],
        "val_loss": [
            1 + max(best - epoch, 0) * 0.1 + max(epoch - best, 0) * slope
            for epoch in epochs
        ],
    }

    diagnosis = diagnose(history)

    # The rolling median of three lifts the minimum to the lower of its neighbours.
    low = 1 + min(slope, 0.1)
    steps = math.ceil((0.05 * low + low - 1) / slope - 1e-9)
    assert diagnosis.verdict == "OVERFITTING"
    assert diagnosis.best_epoch == best
    assert diagnosis.onset == best + max(1, steps)


def test_every_verdict_has_a_meaning_and_a_tag():
    verdicts = all_verdicts()

    assert all(verdict.meaning and verdict.tag for verdict in verdicts)
    assert len({verdict.tag for verdict in verdicts}) == len(verdicts)
    assert any(verdict.is_fine for verdict in verdicts)
