from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from dlrun.changes import advise
from dlrun.changes.change import change
from dlrun.changes.changes import CHANGES, find_change
from dlrun.config import apply_overrides
from dlrun.diagnosis import Diagnosis, Finding, all_verdicts, verdicts
from dlrun.diagnosis.verdicts.overfitting import OVERFITTING
from dlrun.diagnosis.verdicts.remedy import Remedy
from dlrun.diagnosis.verdicts.verdict import Asked
from dlrun.experiment import parse_spec, read_config

SOFTMAX = "{Dense: {units: 2, activation: softmax}}"
RESCALED = f"model.layers=[{{Rescaling: 0.1}}, {{Dense: 8}}, {SOFTMAX}]"
ROOT = Path(__file__).parents[2] / "configs"


def config(name, *overrides):
    node = apply_overrides(read_config(ROOT / f"{name}.yaml"), overrides)
    return parse_spec(node).spec.values()


def finding(verdict, **numbers):
    return Finding(verdict, 9, 0.8, numbers, f"{verdict} was seen.")


def advice(values, *findings, facts=None, **known):
    found = Diagnosis(findings[0].verdict, findings, **known)
    return advise(found, values, facts)


def categories(*arguments, **known):
    return [one.category for one in advice(*arguments, **known)]


def test_remedies_name_changes_that_there_are():
    remedies = [remedy for verdict in all_verdicts() for remedy in verdict.remedies]

    named = {name for remedy in remedies for name in remedy.changes}

    assert named
    assert named <= set(CHANGES)


def test_every_verdict_has_remedies_but_where_nothing_can_be_repaired():
    without = {verdict.name for verdict in all_verdicts() if not verdict.remedies}

    assert without == {"GOOD_FIT", "NOT_JUDGED"}


def test_nothing_is_advised_where_nothing_is_wrong():
    assert advise(Diagnosis("GOOD_FIT"), config("gender")) == ()


@pytest.mark.parametrize("verdict", [one.name for one in all_verdicts()])
@pytest.mark.parametrize("name", ["gender", "cnn-pool", "notes/recurrent"])
def test_there_are_at_most_three_each_with_evidence(name, verdict):
    found = advice(config(name), finding(verdict))

    assert len(found) <= 3
    assert len({one.category for one in found}) == len(found)
    assert all(f"{verdict} was seen." in one.evidence for one in found)


def test_rows_that_lie_idle_come_first_against_overfitting():
    found = advice(config("study/digits"), finding("OVERFITTING"))

    assert [one.category for one in found] == [
        "more_data",
        "early_stop",
        "augmentation",
    ]
    assert "Only 0.1 of all rows train." in found[0].evidence


def test_where_all_rows_train_the_rise_is_to_be_cut_off_first():
    values = config("study/breast_cancer", "data.split.train=0.5")

    found = categories(values, finding("OVERFITTING"))

    assert found == ["early_stop", "dropout_up", "l2_up"]


def test_large_targets_are_named_and_scaled():
    values = config("study/breast_cancer")
    facts = {"task": "regression", "label_mean": 3e5, "label_variance": 1e10}

    (first, *_) = advice(values, finding("SLOW_CONVERGENCE"), facts=facts)

    assert first.category == "scale_targets"
    assert first.change.patch == ("data.scale_labels=standard",)
    assert "The targets have a mean of 3e+05" in first.evidence[-1]


@pytest.mark.parametrize("by", ["data", "layer"])
def test_targets_that_are_scaled_are_not_scaled_again(by):
    layer = ["model.layers+={Rescaling: {scale: 1000.0}}"] if by == "layer" else []
    values = config("study/breast_cancer", *layer)
    values["data"]["scale_labels"] = "log" if by == "data" else None
    facts = {"task": "regression", "label_mean": 3e5, "label_variance": 1e10}

    found = advice(values, finding("SLOW_CONVERGENCE"), facts=facts)

    assert "scale_targets" not in {one.category for one in found}


@pytest.mark.parametrize(
    ("overrides", "size", "is_offered"),
    [
        (["data.scale=null"], None, True),
        (["data.scale=null"], 80.0, True),
        (["data.scale=null"], 1.0, False),
        (["data.scale=null", RESCALED], 80.0, False),
        ([], 80.0, False),
    ],
)
def test_features_are_to_be_scaled_only_where_nothing_does(overrides, size, is_offered):
    values = config("study/breast_cancer", *overrides)
    facts = {} if size is None else {"feature_size": size}

    found = find_change("scale_inputs", values, facts)

    assert (found is not None) is is_offered


def test_a_run_that_ended_by_itself_is_not_to_train_longer():
    values = config("study/breast_cancer")

    whole = categories(values, finding("SLOW_CONVERGENCE"), epochs=100)
    ended = categories(values, finding("SLOW_CONVERGENCE"), epochs=47)

    assert whole[0] == "train_longer"
    assert "train_longer" not in ended


def test_a_reason_for_a_rate_is_that_it_comes_nearer_to_the_usual_one():
    values = config("study/breast_cancer", "compile.optimizer.learning_rate=0.01")

    up = find_change("learning_rate_triple", values)
    down = find_change("learning_rate_third", values)

    assert up.because == ""
    assert down.because == "The learning rate is 0.01; 0.001 is usual."


def test_a_net_that_is_too_sure_is_not_made_smaller():
    values = config("study/digits")
    known = {"remarks": ("LOSS_OVERFITS_ACCURACY_DOES_NOT",)}

    found = categories(values, finding("OVERFITTING"), **known)

    assert found == ["more_data", "early_stop", "l2_up"]


@pytest.mark.parametrize(
    ("verdict", "overrides", "first"),
    [
        ("UNDERFITTING", [], "more_complexity"),
        (
            "VANISHING_GRADIENT",
            ["compile.optimizer.learning_rate=1"],
            "learning_rate_down",
        ),
        ("DYING_RELU", ["model.layers.hidden2.units=1"], "more_complexity"),
        ("UNDERFITTING", ["model.layers.hidden2+={Dropout: 0.8}"], "dropout_down"),
        ("SLOW_CONVERGENCE", [], "train_longer"),
        (
            "SLOW_CONVERGENCE",
            ["compile.optimizer.learning_rate=1e-6"],
            "learning_rate_up",
        ),
        ("DIVERGED", ["compile.optimizer.learning_rate=1"], "learning_rate_down"),
        ("DIVERGED", ["data.scale=null"], "scale_inputs"),
        ("OSCILLATING_LOSS", [], "learning_rate_third"),
        (
            "OSCILLATING_LOSS",
            ["compile.optimizer.learning_rate=0.1"],
            "learning_rate_down",
        ),
        ("EXPLODING_GRADIENT", [], "clip"),
        (
            "EXPLODING_GRADIENT",
            ["model.layers.hidden1.kernel_initializer={RandomNormal: {stddev: 5.0}}"],
            "scaled_init",
        ),
        ("VANISHING_GRADIENT", ["model.layers.hidden1.activation=sigmoid"], "relu"),
        (
            "DYING_RELU",
            ["model.layers.hidden1.bias_initializer={Constant: -10.0}"],
            "zero_bias",
        ),
        ("DYING_RELU", [], "learning_rate_down"),
    ],
)
def test_what_the_config_shows_comes_first(verdict, overrides, first):
    values = config("study/breast_cancer", *overrides)

    assert categories(values, finding(verdict))[0] == first


def test_rare_classes_get_weights_from_the_counts_of_the_facts():
    found = advice(
        config("study/breast_cancer"),
        finding("CONSTANT_PREDICTION"),
        facts={"train_class_counts": {"benign": 90, "malignant": 10}},
    )

    (patch,) = found[0].change.patch
    assert patch == 'fit.class_weight={"benign": 0.5556, "malignant": 5.0}'


def test_what_is_refused_is_left_out():
    found = advise(
        Diagnosis("OVERFITTING", (finding("OVERFITTING"),)),
        config("study/digits"),
        accepts=lambda change: change.name not in {"more_data", "dropout_up"},
    )

    assert [one.category for one in found] == [
        "early_stop",
        "augmentation",
        "l2_up",
    ]


def test_later_findings_fill_the_places_that_are_left():
    values = config("study/digits")

    found = advice(values, finding("NOISY_VALIDATION"), finding("OSCILLATING_LOSS"))

    assert [one.verdict for one in found] == ["OSCILLATING_LOSS"] * 3


def test_large_numbers_as_labels_call_for_steps_that_do_not_grow_with_them():
    values = config("notes/regression", "compile.optimizer=SGD")

    found = advice(values, finding("DIVERGED"), facts={"label_variance": 1e5})

    assert found[0].change.patch == ("compile.optimizer=Adam",)


@pytest.mark.parametrize(
    "verdict",
    ["EXPLODING_GRADIENT", "OSCILLATING_LOSS", "DYING_RELU", "SLOW_CONVERGENCE"],
)
def test_large_features_are_scaled_first(verdict):
    values = config("gender", "compile.optimizer.learning_rate=0.001")

    found = [
        advice(values, finding(verdict), facts={"feature_size": size})[0]
        for size in (118.4, 1.0)
    ]

    assert found[0].change.patch == ("data.scale=standard",)
    assert found[0].evidence[1].endswith("root mean square is 118.")
    assert found[1].category != "scale_inputs"


def test_features_that_are_scaled_are_not_scaled_again():
    values = config("study/breast_cancer")

    found = categories(values, finding("DIVERGED"), facts={"feature_size": 50.0})

    assert "scale_inputs" not in found


def test_a_change_is_one_function_and_one_line_and_a_verdict_names_it(monkeypatch):
    def fewer_epochs(setup):
        epochs = setup.whole("fit", "epochs")
        because = f"It trained for {epochs} epochs."
        patch = [f"fit.epochs={epochs // 2}"]
        return change("fewer_epochs", "half of the epochs", patch, because)

    cured = replace(OVERFITTING, remedies=(Remedy(("fewer_epochs",)),))
    monkeypatch.setitem(CHANGES, "fewer_epochs", fewer_epochs)
    monkeypatch.setattr(verdicts, "ORDER", (Asked(cured),))

    (found,) = advice(config("gender"), finding("OVERFITTING"))

    assert found.change.patch == ("fit.epochs=5",)
    assert found.evidence[1] == "It trained for 10 epochs."
