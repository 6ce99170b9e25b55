"""Each verdict, on a training that was made to show it."""

from __future__ import annotations

import math

import pytest

from dlrun.diagnosis import diagnose

REGRESSION = {
    "task": "regression",
    "loss": "mse",
    "label_variance": 4.0,
    "n_train": 500,
    "n_val": 200,
}


def test_a_healthy_training_fits_well(healthy, digits):
    diagnosis = diagnose(healthy(), facts=digits)

    assert diagnosis.verdict == "GOOD_FIT"
    assert diagnosis.is_fine
    assert diagnosis.tag == "ok"
    (finding,) = diagnosis.findings
    assert finding.sentence.startswith("Nothing is wrong: ")
    assert finding.sentence.endswith("predicting all classes as equally likely.")
    assert diagnosis.remarks == ()


@pytest.mark.parametrize("column", ["train_loss", "val_loss"])
@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_a_loss_that_is_no_number_is_divergence_from_its_epoch(
    healthy, digits, column, value
):
    history = healthy(8)
    history[column][5] = value

    diagnosis = diagnose(history, facts=digits)

    assert diagnosis.verdict == "DIVERGED"
    assert diagnosis.findings[0].epoch == 6
    assert diagnosis.confidence == 1.0


def test_a_loss_far_above_its_minimum_and_a_guess_is_divergence(healthy, digits):
    history = healthy(10)
    history["train_loss"][5:] = [1, 2, 4, 8, 8]

    diagnosis = diagnose(history, facts=digits)

    assert diagnosis.verdict == "DIVERGED"
    assert diagnosis.findings[0].numbers["train_loss_at_end"] == 8


def test_gradients_that_dwarf_the_weights_explode(healthy, digits, probe):
    probes = [probe(0, grad_norm=[300.0, 5.0]), probe(1), probe(40)]

    stuck = healthy(train_loss=[1.5] * 40, val_loss=[1.6] * 40)

    diagnosis = diagnose(stuck, probes, digits)

    assert diagnosis.verdict == "EXPLODING_GRADIENT"
    assert diagnosis.findings[0].epoch == 0
    assert "before training" in diagnosis.findings[0].sentence
    assert diagnose(healthy(), probes, digits).verdict == "GOOD_FIT"


@pytest.mark.parametrize("adapts", [False, True])
def test_large_features_make_large_gradients(healthy, digits, probe, adapts):
    probes = [probe(0, grad_norm=[300.0, 5.0])]
    falling = healthy(
        train_loss=[3 - 0.04 * epoch for epoch in range(40)], val_loss=[2.0] * 40
    )
    thrown = healthy(train_loss=[1.5, 2.5] * 20, val_loss=[2.0] * 40)
    facts = digits | {"feature_size": 80.0, "adapts": adapts}

    steady = diagnose(falling, probes, facts)
    wild = diagnose(thrown, probes, facts)

    assert steady.verdict == "SLOW_CONVERGENCE"
    assert "root mean square is 80" in steady.findings[0].sentence
    assert wild.verdict == ("SLOW_CONVERGENCE" if adapts else "EXPLODING_GRADIENT")


def test_the_unit_of_the_labels_makes_no_gradient_explode(healthy, probe):
    history = {name: healthy()[name] for name in ("train_loss", "val_loss")}
    dollars = {name: [1e6 * value for value in history[name]] for name in history}
    probes = [probe(0, grad_norm=[3e3, 1e3])]

    diagnosis = diagnose(dollars, probes, REGRESSION | {"label_variance": 4e6})

    assert diagnosis.verdict == "GOOD_FIT"


def test_a_classifier_that_begins_far_above_a_guess_explodes(healthy, digits, probe):
    start = probe(0, grad_norm=[12.0, 4.0])

    high = diagnose(healthy(train_loss=[20.0] + [1.0] * 39), [start], digits)
    low = diagnose(healthy(), [start], digits)

    assert high.verdict == "EXPLODING_GRADIENT"
    assert low.verdict == "GOOD_FIT"


def test_a_layer_of_dead_units_is_named(healthy, digits, probe):
    probes = [probe(0), probe(40, dead_frac=[0.2, 0.95])]

    stuck = healthy(train_loss=[1.5] * 40, val_loss=[1.6] * 40)

    diagnosis = diagnose(stuck, probes, digits)

    assert diagnosis.verdict == "DYING_RELU"
    assert diagnosis.findings[0].numbers["dead_share"] == 0.95
    assert diagnosis.findings[0].numbers["relu_layer"] == 2
    assert diagnose(healthy(), probes, digits).verdict == "GOOD_FIT"


def test_no_gradient_in_the_first_layer_vanishes_only_where_nothing_is_learned(
    healthy, digits, probe
):
    stuck = healthy(
        train_loss=[2.3] * 40, val_loss=[2.3] * 40, train_accuracy=[0.1] * 40
    )
    probes = [probe(epoch, grad_norm=[1e-7, 0.1]) for epoch in range(41)]

    stopped = diagnose(stuck, probes, digits)
    learning = diagnose(healthy(), probes, digits)

    assert stopped.verdict == "VANISHING_GRADIENT"
    assert learning.verdict == "GOOD_FIT"


def test_one_class_for_nearly_all_examples_is_a_constant_prediction(
    healthy, digits, probe
):
    probes = [probe(0), probe(40, pred_counts=[0, 127, 1, 0, 0, 0, 0, 0, 0, 0])]

    diagnosis = diagnose(healthy(), probes, digits)

    assert diagnosis.verdict == "CONSTANT_PREDICTION"
    assert diagnosis.tag == "constant"


def test_a_good_model_of_very_unequal_classes_is_no_constant_prediction(
    healthy, digits, probe
):
    facts = digits | {"num_classes": 2, "train_class_counts": [985, 15]}
    probes = [probe(0), probe(40, pred_counts=[126, 2])]

    low = [value / 50 for value in healthy()["train_loss"]]
    diagnosis = diagnose(healthy(train_loss=low), probes, facts)

    assert "CONSTANT_PREDICTION" not in {one.verdict for one in diagnosis.findings}


def test_without_a_probe_the_accuracy_of_the_commonest_class_tells(healthy, digits):
    entropy = -(0.8 * math.log(0.8) + 0.2 * math.log(0.2))
    stuck = {
        "loss": [0.6, *[entropy] * 19],
        "accuracy": [0.7, *[0.8] * 19],
        "val_loss": [0.6, *[entropy] * 19],
        "val_accuracy": [0.8] * 20,
    }

    diagnosis = diagnose(stuck, facts=digits | {"train_class_counts": [800, 200]})

    assert diagnosis.verdict == "CONSTANT_PREDICTION"


def test_a_train_loss_that_jumps_oscillates(healthy, digits):
    jumping = [0.8 if epoch % 2 else 0.4 for epoch in range(40)]

    diagnosis = diagnose(healthy(train_loss=jumping), facts=digits)

    assert diagnosis.verdict == "OSCILLATING_LOSS"
    assert diagnosis.findings[0].numbers["share_of_turns"] == 1


def test_a_loss_that_jumps_above_a_guess_oscillates_whatever_follows_from_it(
    healthy, digits, probe
):
    jumping = [5.0 if epoch % 2 else 3.0 for epoch in range(40)]
    gone = [probe(0), *(probe(epoch, grad_norm=[1e-9, 2.0]) for epoch in (1, 2, 3, 4))]
    history = healthy(train_loss=jumping, val_loss=jumping, train_accuracy=[0.1] * 40)

    diagnosis = diagnose(history, gone, digits)

    assert [one.verdict for one in diagnosis.findings] == ["OSCILLATING_LOSS"]


def test_a_restart_of_the_learning_rate_is_no_oscillation(healthy, digits):
    rates = [0.1 if epoch % 2 else 0.01 for epoch in range(40)]
    jumping = [0.8 if epoch % 2 else 0.4 for epoch in range(40)]

    diagnosis = diagnose(healthy(train_loss=jumping, learning_rate=rates), facts=digits)

    assert "OSCILLATING_LOSS" not in {one.verdict for one in diagnosis.findings}


def test_a_validation_that_is_much_better_may_be_a_leak(healthy, digits):
    train = healthy()
    history = healthy(
        val_loss=[value / 2 for value in train["train_loss"]],
        train_accuracy=[0.8] * 40,
        val_accuracy=[0.95] * 40,
    )

    diagnosis = diagnose(history, facts=digits)

    assert diagnosis.verdict == "VALIDATION_BETTER"
    assert diagnosis.tag == "leak?"
    assert "CONFIRMED_LEAK" not in diagnosis.remarks


def test_a_running_loss_under_dropout_is_not_compared_with_validation(healthy, digits):
    history = healthy(val_loss=[0.05] * 40, train_accuracy=[0.8] * 40)
    running = {name.removeprefix("train_"): values for name, values in history.items()}
    running["val_accuracy"] = [0.99] * 40

    fair = diagnose(running, facts=digits | {"noise": False})
    unfair = diagnose(running, facts=digits | {"noise": True})

    assert fair.verdict == "VALIDATION_BETTER"
    assert unfair.verdict == "GOOD_FIT"
    assert "RUNNING_LOSS" in unfair.remarks


def test_rows_in_both_parts_confirm_a_leak(healthy, digits):
    many = diagnose(healthy(), facts=digits | {"shared_rows": 200})
    one = diagnose(healthy(), facts=digits | {"shared_rows": 1})

    assert many.verdict == "VALIDATION_BETTER"
    assert "CONFIRMED_LEAK" in many.remarks
    assert one.verdict == "GOOD_FIT"
    assert "SHARED_ROWS" in one.remarks


def test_rows_that_are_shared_by_chance_are_no_leak(healthy, digits):
    shared = {"shared_rows": 200, "shared_by_chance": 180}

    diagnosis = diagnose(healthy(), facts=digits | shared)

    assert diagnosis.verdict == "GOOD_FIT"
    assert "SHARED_ROWS" in diagnosis.remarks


KIN = {"near_neighbours": 0.8, "near_elsewhere": 0.02, "neighbour_labels": 0.2}


@pytest.mark.parametrize(
    ("facts", "is_suspected"),
    [
        ({}, True),
        ({"near_neighbours": 0.4}, False),
        ({"near_elsewhere": 0.5}, False),
        ({"neighbour_labels": 0.9}, False),
        ({"near_elsewhere": 0.0, "neighbour_labels": 0.0}, True),
    ],
)
def test_rows_of_one_person_on_both_sides_are_suspected(
    healthy, digits, facts, is_suspected
):
    found = diagnose(healthy(), facts=digits | KIN | facts)

    assert (found.verdict == "VALIDATION_BETTER") == is_suspected
    assert ("KIN_ROWS" in found.remarks) == is_suspected
    if is_suspected:
        assert found.findings[0].sentence.startswith(
            "80 % of the validation rows stand"
        )
        assert "under `data.validation`" in found.remark_sentences()[0]


def test_a_bend_is_no_noise(digits):
    history = {
        "train_loss": [1.1, 0.9, 0.7, 0.5, 0.4, 0.3, 0.25, 0.2],
        "val_loss": [1.1, 0.95, 0.9, 0.88, 0.9, 0.95, 1.0, 1.1],
    }

    diagnosis = diagnose(history, facts=digits)

    assert diagnosis.verdict == "OVERFITTING"
    assert diagnosis.onset == 6
    assert diagnosis.confidence > 0.7


def test_a_validation_loss_that_rises_overfits_from_its_onset(overfitted, digits):
    diagnosis = diagnose(overfitted(best=10, slope=0.02), facts=digits)

    assert diagnosis.verdict == "OVERFITTING"
    assert diagnosis.best_epoch == 10
    # Smoothed, the lowest is 0.52; 5 % above it is passed by 0.56, three steps later.
    assert diagnosis.onset == 13
    assert diagnosis.tag == "overfit@13"
    assert diagnosis.wasted_epochs == 30
    # The end is the median of the last three values, 0.5 + 29 * 0.02.
    assert diagnosis.severity == pytest.approx(100 * (1.08 / 0.52 - 1))


def test_a_rise_within_the_noise_is_no_overfitting(overfitted, digits):
    quiet = diagnose(overfitted(slope=0.002, noise=0.0), facts=digits)
    loud = diagnose(overfitted(slope=0.002, noise=0.1), facts=digits)

    assert quiet.verdict == "OVERFITTING"
    assert loud.verdict != "OVERFITTING"


def test_after_a_double_descent_the_later_minimum_counts(overfitted, digits):
    history = overfitted(60, best=10)
    history["val_loss"][20:] = [max(0.3, 0.9 - 0.1 * step) for step in range(40)]

    diagnosis = diagnose(history, facts=digits)

    assert diagnosis.verdict == "GOOD_FIT"
    assert diagnosis.best_epoch is not None
    assert diagnosis.best_epoch > 20


def test_a_gap_of_the_accuracies_alone_is_no_overfitting(healthy, digits):
    history = healthy(train_accuracy=[0.99] * 40, val_accuracy=[0.85] * 40)

    diagnosis = diagnose(history, facts=digits)

    assert diagnosis.verdict == "GENERALIZATION_GAP"
    assert diagnosis.onset is None
    assert diagnosis.findings[0].numbers["accuracy_gap"] == pytest.approx(0.14)


def test_an_accuracy_that_falls_while_the_other_rises_is_overfitting(healthy, digits):
    history = healthy(train_accuracy=[0.90 + 0.002 * epoch for epoch in range(40)])
    history["val_accuracy"] = [0.98] * 20 + [0.85] * 20

    diagnosis = diagnose(history, facts=digits)

    assert diagnosis.verdict == "OVERFITTING"
    assert diagnosis.findings[0].numbers["accuracy_fall"] == pytest.approx(0.13)
    assert "GENERALIZATION_GAP" not in {one.verdict for one in diagnosis.findings}


def test_a_rise_that_other_rows_might_not_show_is_no_overfitting(overfitted, digits):
    rows = {"loss": 0.5, "error": 0.05, "rise": 0.6}

    shown = diagnose(
        overfitted(), facts=digits | {"row_losses": rows | {"rise_error": 0.1}}
    )
    chance = diagnose(
        overfitted(), facts=digits | {"row_losses": rows | {"rise_error": 0.5}}
    )

    assert shown.verdict == "OVERFITTING"
    assert chance.verdict != "OVERFITTING"


def test_a_config_that_puts_the_best_weights_back_does_not_overfit(overfitted, digits):
    diagnosis = diagnose(overfitted(), facts=digits | {"stops_at_best": True})

    assert diagnosis.verdict == "GOOD_FIT"


def test_a_loss_that_overfits_while_accuracy_does_not_is_remarked(
    healthy, overfitted, digits
):
    history = healthy() | overfitted()

    diagnosis = diagnose(history, facts=digits)

    assert diagnosis.verdict == "OVERFITTING"
    assert "LOSS_OVERFITS_ACCURACY_DOES_NOT" in diagnosis.remarks


def test_restored_weights_are_from_before_the_rise(overfitted, digits):
    diagnosis = diagnose(overfitted(), facts=digits | {"restored_best": True})

    assert diagnosis.verdict == "OVERFITTING"
    assert "The saved model is from epoch 10, before the rise." in str(diagnosis)


def test_a_loss_that_still_falls_from_a_high_level_is_slow(healthy, digits):
    line = [2.3 - 0.02 * epoch for epoch in range(40)]
    history = healthy(train_loss=line, val_loss=line, train_accuracy=[0.3] * 40)

    diagnosis = diagnose(history, facts=digits)

    assert diagnosis.verdict == "SLOW_CONVERGENCE"
    assert [one.verdict for one in diagnosis.findings] == ["SLOW_CONVERGENCE"]


def test_a_loss_that_fell_in_the_first_epoch_is_not_slow_afterwards(healthy):
    line = [0.25 - 0.001 * epoch for epoch in range(40)]
    history = healthy(train_loss=line, val_loss=line, train_accuracy=[0.9] * 40)
    facts = {"task": "classification", "num_classes": 2, "n_train": 500, "n_val": 200}

    diagnosis = diagnose(history, facts=facts)

    assert "SLOW_CONVERGENCE" not in {one.verdict for one in diagnosis.findings}


def test_a_loss_that_stays_high_underfits(healthy, digits):
    flat = [2.3, 2.0, 1.8, *[1.7] * 37]
    history = healthy(train_loss=flat, val_loss=flat, train_accuracy=[0.3] * 40)

    diagnosis = diagnose(history, facts=digits)

    assert diagnosis.verdict == "UNDERFITTING"
    assert diagnosis.findings[0].numbers["train_accuracy"] == 0.3


@pytest.mark.parametrize(
    ("end", "facts", "words"),
    [
        (1.7, {"num_classes": 10}, "0.74 times that of always predicting all classes"),
        (6.9, {"num_classes": 10}, "3.0 times that of always predicting all classes"),
        (
            1.5,
            {"train_class_counts": [50, 50]},
            "2.2 times that of always predicting the class shares",
        ),
        (
            3.0,
            {"loss": "mse", "label_variance": 4.0},
            "0.75 times that of always predicting the mean of the targets",
        ),
        (
            90.0,
            {"loss": "mae", "label_mean_abs_deviation": 2.0},
            "45 times that of always predicting the median of the targets",
        ),
        (
            1.5,
            {"task": "regression", "loss": "own", "constant_loss": 2.0},
            "0.75 times that of always predicting the same for every row",
        ),
    ],
)
def test_a_poor_loss_is_told_as_a_multiple_of_what_a_constant_loses(end, facts, words):
    losses = [end + 0.1, end + 0.05, *[end] * 38]

    diagnosis = diagnose({"train_loss": losses, "val_loss": losses}, facts=facts)

    underfit = next(f for f in diagnosis.findings if f.verdict == "UNDERFITTING")
    assert words in underfit.sentence
    assert "%" not in underfit.sentence


def test_a_penalty_that_is_most_of_a_large_loss_underfits(healthy, digits, probe):
    flat = [2.3, 1.8, 1.5, *[1.4] * 37]
    history = healthy(train_loss=flat, val_loss=flat)

    strong = diagnose(history, [probe(0), probe(40, reg_loss=0.8)], digits)
    harmless = diagnose(healthy(), [probe(0), probe(40, reg_loss=0.06)], digits)

    assert strong.verdict == "UNDERFITTING"
    assert "OVER_REGULARISED" in strong.remarks
    assert harmless.verdict == "GOOD_FIT"


def test_a_penalty_that_has_crushed_the_weights_underfits(healthy, digits, probe):
    losses = [9.0, 4.0, *[2.3] * 38]
    history = healthy(train_loss=losses, train_accuracy=[0.1] * 40)
    probes = [probe(1, reg_loss=6.7), probe(40, pred_counts=[130] + [0] * 9)]

    diagnosis = diagnose(history, probes, digits)

    assert diagnosis.verdict == "UNDERFITTING"
    assert "OVER_REGULARISED" in diagnosis.remarks


def test_regression_is_judged_by_the_variance_of_its_labels():
    low, high = [4, 2, *[0.5] * 20], [4, 3.5, *[3.0] * 20]

    fitted = diagnose({"loss": low, "val_loss": low}, facts=REGRESSION)
    unfitted = diagnose({"loss": high, "val_loss": high}, facts=REGRESSION)

    assert fitted.verdict == "GOOD_FIT"
    assert unfitted.verdict == "UNDERFITTING"


def test_few_validation_rows_are_a_verdict_only_where_there_is_no_other(
    healthy, overfitted, digits
):
    few = digits | {"n_val": 15}

    alone = diagnose(healthy(), facts=few)
    beside = diagnose(healthy() | overfitted(), facts=few)

    assert alone.verdict == "NOISY_VALIDATION"
    assert not alone.is_fine
    assert beside.verdict == "OVERFITTING"
    assert beside.modifiers == ("NOISY_VALIDATION",)
    assert (
        beside.confidence
        < diagnose(healthy() | overfitted(), facts=digits | {"n_val": 4000}).confidence
    )


def test_below_five_epochs_only_breakdowns_are_judged(overfitted, digits):
    short = overfitted(4, best=1, slope=0.5)
    broken = short | {"train_loss": [1.0, 0.5, math.nan, 0.5]}

    assert diagnose(short, facts=digits).verdict == "TOO_SHORT"
    assert diagnose(broken, facts=digits).verdict == "DIVERGED"


def test_without_validation_overfitting_is_not_judged_but_the_rest_is(healthy, digits):
    alone = {name: healthy()[name] for name in ("train_loss", "train_accuracy")}
    weak = {"loss": [2.3, 2.0, *[1.9] * 20], "accuracy": [0.3] * 22}

    good = diagnose(alone, facts=digits)
    bad = diagnose(weak, facts=digits)

    assert good.verdict == "NOT_JUDGED"
    assert bad.verdict == "UNDERFITTING"
    assert "NO_VALIDATION" in bad.remarks


def test_a_loss_that_still_falls_is_slow_where_going_on_is_worth_it(healthy, digits):
    line = [1.0 - 0.02 * epoch for epoch in range(40)]
    flat = [value / 10 for value in line]

    steep = diagnose(healthy(train_loss=line, val_loss=line), facts=digits)
    low = diagnose(healthy(train_loss=flat, val_loss=flat), facts=digits)

    assert steep.verdict == "SLOW_CONVERGENCE"
    assert steep.findings[0].numbers["expected_gain"] > 0.5
    assert low.verdict == "GOOD_FIT"


def test_at_a_plateau_a_poor_fit_is_weak_only_where_something_limits_it(digits):
    history = {"train_loss": [2.0] * 30, "val_loss": [2.0] * 30}
    wide = {"units": 64, "bends": True}
    out = {"units": 10, "bends": True}

    def found(*layers):
        return diagnose(history, facts=digits | {"layers": [*layers, out]}).verdict

    assert found(wide) == "GOOD_FIT"
    assert found() == "UNDERFITTING"
    assert found({"units": 1, "bends": True}) == "UNDERFITTING"
    assert found(wide, {"dropout_rate": 0.9}) == "UNDERFITTING"
    assert found({"units": 64, "bends": False}) == "UNDERFITTING"
    assert found(out) == "GOOD_FIT"


def test_weights_of_classes_count_in_what_a_constant_loses(healthy):
    counts = {"train_class_counts": [950, 50], "n_train": 1000, "n_val": 400}
    weights = {"class_weights": [0.5263, 10.0]}
    level = {"train_loss": [0.65] * 30, "val_loss": [0.6] * 30}

    weighed = diagnose(level, facts=counts | weights | {"task": "classification"})
    plain = diagnose(level, facts=counts | {"task": "classification"})

    assert "0.94 times" in weighed.findings[0].sentence
    assert "3.3 times" in plain.findings[0].sentence


def test_a_negative_loss_is_not_judged_by_its_ratios():
    losses = [-0.1 * epoch for epoch in range(20)]

    diagnosis = diagnose({"loss": losses, "val_loss": losses})

    assert diagnosis.verdict == "NOT_JUDGED"
    assert "NEGATIVE_LOSS" in diagnosis.remarks


def test_what_a_guess_would_lose_may_be_unknown(healthy):
    history = {name: healthy()[name] for name in ("train_loss", "val_loss")}

    diagnosis = diagnose(history)

    assert diagnosis.verdict == "GOOD_FIT"
    assert "NO_BASELINE" in diagnosis.remarks


def test_a_cause_hides_what_follows_from_it(healthy, digits, probe):
    stuck = healthy(
        train_loss=[2.3] * 40, val_loss=[2.3] * 40, train_accuracy=[0.1] * 40
    )
    dead = [probe(0), probe(40, dead_frac=[1.0], pred_counts=[128] + [0] * 9)]

    diagnosis = diagnose(stuck, dead, digits)

    assert [one.verdict for one in diagnosis.findings] == ["DYING_RELU"]


def test_where_accuracy_overfits_too_it_is_not_the_loss_alone(
    healthy, overfitted, digits
):
    history = healthy(train_accuracy=[0.99] * 40)
    history["val_accuracy"] = [0.95] * 20 + [0.8] * 20

    diagnosis = diagnose(history | overfitted(), facts=digits)

    assert diagnosis.verdict == "OVERFITTING"
    assert diagnosis.remarks == ()


def test_a_loss_may_jump_where_next_to_nothing_is_left_of_it(healthy, digits):
    tiny = [0.004 if epoch % 2 else 0.03 for epoch in range(40)]

    diagnosis = diagnose(
        healthy(train_loss=[2.3, 0.5, *tiny], val_loss=[0.05] * 42)
        | {"train_accuracy": [0.99] * 42, "val_accuracy": [0.98] * 42},
        facts=digits,
    )

    assert diagnosis.verdict == "GOOD_FIT"


def test_a_layer_of_dead_units_has_a_name_where_the_probe_tells_it(
    healthy, digits, probe
):
    named = probe(40, dead_frac=[0.2, 0.95], dead_layers=["h1", "h{2}"])

    stuck = healthy(train_loss=[1.5] * 40, val_loss=[1.6] * 40)

    diagnosis = diagnose(stuck, [named], digits)

    assert "95 % of the units of `h{2}` give 0" in diagnosis.findings[0].sentence


@pytest.mark.parametrize(
    ("end", "first"), [(0.02, "BELOW_BASELINE"), (0.3, "OVERFITTING")]
)
def test_no_better_than_the_last_value_comes_first_where_rows_are_easy(end, first):
    """Easy rows are easy for the last value, too; who overfits is told that first."""
    falling = [0.5 - 0.015 * epoch for epoch in range(30)]
    rising = [0.02 + (end - 0.02) * epoch / 20 for epoch in range(1, 21)]
    if first == "OVERFITTING":
        falling = [value / 10 for value in falling]
    history = {
        "train_loss": falling,
        "val_loss": [*(0.4 - 0.038 * epoch for epoch in range(1, 11)), *rising],
    }
    facts = {"task": "regression", "naive": {"last value": {"loss": 0.01}}}

    found = diagnose(history, facts=facts)

    assert found.verdict == first
    assert [one.verdict for one in found.findings].count("BELOW_BASELINE") == 1
