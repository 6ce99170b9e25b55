from __future__ import annotations

import csv
import re
from pathlib import Path

import numpy as np
import pytest

from dlrun.cli.app import run
from dlrun.comparison import compare
from dlrun.report.text import render_text

CONFIGS = Path(__file__).parents[2] / "configs"
DATASETS = CONFIGS.parent / "datasets"
RATE = "compile.optimizer.learning_rate=0.01"

pytestmark = [
    pytest.mark.heavy,
    # Keras 3.15 on NumPy 2.4, when it saves a model
]


def load(folder):
    """The model of a run, in plain Keras."""
    import keras

    return keras.models.load_model(folder.model_file)


def rows_of(name):
    with (DATASETS / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def ids(folder, part):
    return [int(one) for one in folder.split().parts[part].ids]


def test_one_step_moves_a_weight_by_its_gradient_times_the_learning_rate(train):
    rate, weight, bias = 0.1, 0.5, 0.0
    inputs, wanted = np.array([1.0, 2.0]), np.array([2.0, 4.0])
    errors = weight * inputs + bias - wanted
    gradients = (2 * errors * inputs).mean(), (2 * errors).mean()

    folder = train("notes/update_rule")

    kernel, intercept = (float(array.item()) for array in load(folder).get_weights())
    assert gradients == (-7.5, -4.5)
    assert kernel == pytest.approx(weight - rate * gradients[0], rel=1e-6)
    assert intercept == pytest.approx(bias - rate * gradients[1], rel=1e-6)
    assert folder.history()["loss"] == [pytest.approx((errors**2).mean())]


def test_regression_errs_a_hundred_times_less_than_the_mean(train):
    areas = np.array([float(row["mean_area"]) for row in rows_of("breast_cancer.csv")])

    folder = train("notes/regression")

    held_out = areas[ids(folder, "validation")]
    of_the_mean = ((held_out - areas[ids(folder, "train")].mean()) ** 2).mean()
    assert folder.metrics().best["val_loss"] < of_the_mean / 100


def test_the_side_effects_are_learned_as_well_as_their_rule_allows(train):
    people = rows_of("trial.csv")

    folder = train("notes/training")

    with folder.predictions_file.open(encoding="utf-8", newline="") as file:
        predicted = {int(row["id"]): row["prediction"] for row in csv.DictReader(file)}
    rule = {
        one: "yes" if float(people[one]["age"]) >= 65 else "no" for one in predicted
    }
    assert len(predicted) == 420
    assert folder.metrics().best["val_accuracy"] > 0.9
    assert np.mean([predicted[one] == rule[one] for one in rule]) > 0.95


def test_quiet_default_and_verbose_say_less_and_more(tmp_path, capsys):
    file = str(CONFIGS / "notes" / "training.yaml")
    command = ["train", file, "-s", "fit.epochs=2", "--runs", str(tmp_path)]

    said = []
    for flags in (["-q"], [], ["-v"]):
        assert run([*command, *flags]) == 0
        said.append(capsys.readouterr())

    epochs = [re.findall(r"epoch \d/2", one.err) for one in said]
    assert epochs == [[], ["epoch 1/2", "epoch 2/2"], ["epoch 1/2", "epoch 2/2"]]
    assert all("best epoch" in one.out for one in said)
    assert "642 parameters" not in said[1].err
    assert "642 parameters" in said[2].err
    assert "learning_rate" in said[2].err


def test_another_learning_rate_is_recorded_and_is_the_difference(train):
    usual, faster = train("notes/training"), train("notes/training", RATE)

    comparison = compare([usual, faster])

    optimizer = faster.config()["compile"]["optimizer"]["Adam"]
    assert optimizer["learning_rate"] == 0.01
    assert set(faster.history()["learning_rate"]) == {0.01}
    (setting,) = comparison.settings
    assert setting.path == "compile.optimizer.Adam.learning_rate"
    assert sorted(row.settings[setting.path] for row in comparison.rows) == [
        0.0001,
        0.01,
    ]
    assert "learning_rate" in render_text(comparison)


def test_validation_split_takes_the_last_fifth_before_shuffling(train):
    folder = train("notes/validation", "fit.epochs=1")

    assert ids(folder, "train") == list(range(1680))
    assert ids(folder, "validation") == list(range(1680, 2100))


def test_a_validation_set_and_a_test_set_are_the_given_rows(train):
    folder = train("notes/validation_set", "fit.epochs=1")

    parts = folder.split().parts
    assert {name: part.rows for name, part in parts.items()} == {
        "train": 2100,
        "validation": 14,
        "test": 8,
    }
    with folder.predictions_file.open(encoding="utf-8", newline="") as file:
        labels = [row["label"] for row in csv.DictReader(file)]
    assert labels == [*["no"] * 8, *["yes"] * 3, "no", "yes", "yes"]


def test_predict_prints_for_each_row_what_plain_keras_predicts(train, capsys):
    folder = train("notes/training")
    people, state = rows_of("trial.csv"), folder.preprocessing()
    ages = np.array([[float(people[one]["age"])] for one in ids(folder, "validation")])
    scaler = state.scalers["input"]
    scaled = (ages - scaler["offset"]) / scaler["divisor"]
    expected = load(folder).predict(scaled.astype("float32"), batch_size=10, verbose=0)

    code = run(["predict", str(folder.path), "--proba"])

    table = list(csv.DictReader(capsys.readouterr().out.splitlines()))
    assert code == 0
    assert [int(row["id"]) for row in table] == ids(folder, "validation")
    found = [
        [float(row["probability_no"]), float(row["probability_yes"])] for row in table
    ]
    assert np.array(found) == pytest.approx(expected, abs=2e-6)
    classes = [
        state.outputs["output"].classes[index] for index in expected.argmax(axis=1)
    ]
    assert [row["prediction"] for row in table] == classes


def test_the_six_rows_give_ten_rows_of_history(train):
    folder = train("gender")

    history = folder.history()

    assert history["epoch"] == list(range(1, 11))
    assert folder.summary().parameters == 658
    assert len(set(history["weights_sha256"])) == 10


def test_six_rows_say_why_they_teach_nothing_and_four_thousand_teach(train):
    from dlrun.cli.execution import read_finished

    six, many = (read_finished(train(name)) for name in ("gender", "gender_population"))

    assert six.note.startswith("It has learned nothing yet, and could hardly: 6 train")
    assert f"\n  {six.note}\n" in six.to_text()
    assert six.to_values()["note"] == six.note
    assert many.note == ""
    assert many.diagnosis.verdict == "GOOD_FIT"
    assert many.metrics.best["val_accuracy"] > 0.82


def test_one_hot_labels_train_the_same_weights_as_class_numbers(train):
    sparse = ("data.one_hot=false", "compile.loss=sparse_categorical_crossentropy")

    folders = [train("notes/one_hot"), train("notes/one_hot", *sparse)]

    encoded, numbered = (load(folder).get_weights() for folder in folders)
    assert folders[0].metrics().best_epoch == folders[1].metrics().best_epoch
    for one, other in zip(encoded, numbered, strict=True):
        assert np.abs(one - other).max() <= 1e-6


def test_a_net_without_gradients_learns_nothing_and_the_cured_one_does(train):
    stuck, cured = train("notes/vanishing"), train("notes/vanishing_relu")

    accuracies = [folder.metrics().best["val_accuracy"] for folder in (stuck, cured)]

    assert accuracies[0] == pytest.approx(0.5, abs=0.05)
    assert accuracies[1] > 0.8


def test_the_neuron_learns_its_threshold(train):
    weight, bias = (array.item() for array in load(train("notes/bias")).get_weights())

    assert -bias / weight == pytest.approx(4, abs=0.2)


def test_the_reported_loss_contains_the_penalty(train):
    folder = train("notes/l2")
    model = load(folder)
    rows, state = rows_of("gender_population.csv"), folder.preprocessing()
    held_out = [rows[one] for one in ids(folder, "validation")]
    names = state.feature_names
    values = np.array([[float(row[name]) for name in names] for row in held_out])
    scaled = (values - state.scalers["input"]["offset"]) / state.scalers["input"][
        "divisor"
    ]
    labels = [state.outputs["output"].classes.index(row["gender"]) for row in held_out]

    outputs = model.predict(scaled.astype("float32"), verbose=0)

    entropy = -np.log(outputs[np.arange(len(labels)), labels]).mean()
    penalty = 0.01 * (model.get_layer("hidden").get_weights()[0] ** 2).sum()
    assert penalty > 0.001
    reported = folder.metrics().best["val_loss"]
    assert reported == pytest.approx(entropy + penalty, rel=1e-4)


def test_weights_end_smaller_under_l2(train):
    free = "model.layers.hidden.kernel_regularizer=null"

    held, loose = (
        (load(train("notes/l2", *more)).get_layer("hidden").get_weights()[0] ** 2).sum()
        for more in ((), (free,))
    )

    assert held < loose / 4


def test_batch_sizes_are_compared_by_speed_and_score(train):
    folders = [
        train("notes/batch_size", *more) for more in ((), ("fit.batch_size=128",))
    ]

    comparison = compare(folders)

    (setting,) = comparison.settings
    assert (
        setting.path,
        sorted(row.settings[setting.path] for row in comparison.rows),
    ) == ("fit.batch_size", [10, 128])
    for row in comparison.rows:
        assert row.score.seconds_per_epoch > 0
        assert 0 < row.score.best < 0.7
    text = render_text(comparison)
    assert "s/epoch" in text
    assert "val_loss" in text


def test_the_averages_of_batch_normalization_settle(train):
    best = train("notes/batchnorm").metrics().best

    assert best["val_accuracy"] > 0.8
    assert best["train_loss"] == pytest.approx(best["val_loss"], abs=0.1)


def test_a_recurrent_layer_learns_the_order_of_two_pulses(train):
    folder = train("notes/recurrent")

    assert len(ids(folder, "validation")) == 200
    assert folder.metrics().best["val_accuracy"] >= 0.9


def test_the_convolutions_tell_lying_from_standing_bars(train):
    folder = train("cnn-valid")

    best = folder.metrics().best
    assert best["train_accuracy"] > 0.9
    assert best["val_accuracy"] > 0.7
    assert folder.summary().parameters == 473_890
