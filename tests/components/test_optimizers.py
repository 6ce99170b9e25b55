from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from dlrun.components.optimizers import Optimizer
from dlrun.errors import Problem, format_path

ProblemsOf = Callable[[type[Optimizer], Any], list[Problem]]

COSINE = {"CosineDecay": {"initial_learning_rate": 0.1, "decay_steps": 10}}
NO_STEPS = {"CosineDecay": {"initial_learning_rate": 0.1, "decay_steps": 0}}
SCHEDULES = (
    "CosineDecay, CosineDecayRestarts, ExponentialDecay, InverseTimeDecay, "
    "PiecewiseConstantDecay, PolynomialDecay"
)
RATE = "`learning_rate` must be a number or a schedule, found"
NUMBER_OR_SCHEDULE = f"write a number, as in 0.001, or one of: {SCHEDULES}"
ABOVE = "`learning_rate` must be a finite number above 0, found"
NUMBER = "use a number above 0, as in 0.001"


@pytest.mark.parametrize("value", [{"Adam": 1e-4}, {"adam": {"learning_rate": 1e-4}}])
def test_a_number_below_the_class_is_the_learning_rate(value: Any) -> None:
    written = value

    optimizer = Optimizer.model_validate(written)

    assert optimizer == Optimizer.types["Adam"](learning_rate=1e-4)


@pytest.mark.parametrize(
    ("rate", "message", "hint"),
    [
        ("fast", f'{RATE} "fast"', NUMBER_OR_SCHEDULE),
        ("1e-3", f'{RATE} "1e-3"', "remove the quotes: 0.001"),
        (True, f"{RATE} true", NUMBER_OR_SCHEDULE),
        (None, f"{RATE} null", NUMBER_OR_SCHEDULE),
        ([0.1], f"{RATE} [0.1]", NUMBER_OR_SCHEDULE),
        (-1, f"{ABOVE} -1", NUMBER),
        (0, f"{ABOVE} 0", NUMBER),
        (float("nan"), f"{ABOVE} .nan", NUMBER),
        (float("inf"), f"{ABOVE} .inf", NUMBER),
        (10**400, f"{ABOVE} 1000000000000000000000000000000000000...", NUMBER),
    ],
)
def test_a_learning_rate_that_is_none_is_refused(
    problems_of: ProblemsOf, rate: Any, message: str, hint: str
) -> None:
    value = {"Adam": {"learning_rate": rate}}

    [problem] = problems_of(Optimizer, value)

    assert format_path(problem.path) == "Adam.learning_rate"
    assert (problem.message, problem.hint) == (message, hint)


@pytest.mark.parametrize("value", [{"SGD": COSINE}, {"SGD": {"learning_rate": COSINE}}])
def test_a_learning_rate_may_be_a_schedule(value: Any) -> None:
    written = value

    optimizer = Optimizer.model_validate(written)

    assert optimizer.model_dump()["SGD"]["learning_rate"].keys() == {"CosineDecay"}
    assert Optimizer.model_validate(optimizer.model_dump()) == optimizer


def test_a_mistake_in_a_schedule_has_the_path_of_the_text(
    problems_of: ProblemsOf,
) -> None:
    value = {"Adam": {"learning_rate": NO_STEPS}}

    [problem] = problems_of(Optimizer, value)

    path = "Adam.learning_rate.CosineDecay.decay_steps"
    assert format_path(problem.path) == path
    assert problem.message == "`decay_steps` must be above 0, found 0"


@pytest.mark.parametrize(
    "rate", ["CosineDeccay", {"CosineDeccay": {"decay_steps": 10}}]
)
def test_a_misspelt_schedule_is_recognised(problems_of: ProblemsOf, rate: Any) -> None:
    value = {"Adam": {"learning_rate": rate}}

    [problem] = problems_of(Optimizer, value)

    assert problem.code == "unknown-schedule"
    assert problem.label == "did you mean CosineDecay?"


@pytest.mark.parametrize(
    ("value", "key", "hint"),
    [
        ({"Adam": {"lr": 1e-3}}, "lr", "write learning_rate"),
        (
            {"SGD": {"decay": 1e-3}},
            "decay",
            "use a schedule as the learning_rate, such as ExponentialDecay",
        ),
        (
            {"Adam": {"momentum": 0.9}},
            "momentum",
            "use SGD or RMSprop; in the family of Adam, beta_1 is the momentum",
        ),
        ({"Adam": {"clip_norm": 1.0}}, "clip_norm", "write clipnorm"),
    ],
)
def test_a_key_of_other_times_is_answered_with_todays(
    problems_of: ProblemsOf, value: Any, key: str, hint: str
) -> None:
    name = next(iter(value))

    [problem] = problems_of(Optimizer, value)

    assert problem.path == (name, key)
    assert problem.on_key
    assert problem.message == f'`{name}` has no key "{key}"'
    assert problem.hint == hint


@pytest.mark.parametrize(("wrong", "right"), [("adm", "adam"), ("Adm", "Adam")])
def test_a_misspelt_optimizer_is_answered_in_the_same_letters(
    problems_of: ProblemsOf, wrong: str, right: str
) -> None:
    value = wrong

    [problem] = problems_of(Optimizer, value)

    assert problem.message == f'there is no optimizer "{wrong}"'
    assert problem.hint == f"write {right}"


def test_two_clip_settings_cannot_stand_together(problems_of: ProblemsOf) -> None:
    value = {"Adam": {"clipnorm": 1.0, "clipvalue": 0.5}}

    [problem] = problems_of(Optimizer, value)

    assert problem.path == ("Adam", "clipvalue")
    assert problem.message == "`clipvalue` cannot stand beside clipnorm"
    assert problem.hint == "remove clipnorm or clipvalue"


@pytest.mark.parametrize(
    ("value", "path"),
    [
        ({"Adam": {"beta_1": 2}}, "Adam.beta_1"),
        ({"Adam": {"beta_2": 1}}, "Adam.beta_2"),
        ({"SGD": {"momentum": 5}}, "SGD.momentum"),
        ({"AdamW": {"weight_decay": -1}}, "AdamW.weight_decay"),
        ({"Lion": {"beta_1": 0}}, "Lion.beta_1"),
        ({"Ftrl": {"learning_rate_power": 1}}, "Ftrl.learning_rate_power"),
        (
            {"Adam": {"gradient_accumulation_steps": 1}},
            "Adam.gradient_accumulation_steps",
        ),
    ],
)
def test_what_keras_accepts_silently_is_out_of_range(
    problems_of: ProblemsOf, value: Any, path: str
) -> None:
    written = value

    [problem] = problems_of(Optimizer, written)

    assert (format_path(problem.path), problem.code) == (path, "out-of-range")


def test_an_average_that_is_not_kept_cannot_replace_weights(
    problems_of: ProblemsOf,
) -> None:
    value = {"Adam": {"ema_overwrite_frequency": 10}}

    [problem] = problems_of(Optimizer, value)

    assert problem.path == ("Adam", "ema_overwrite_frequency")
    assert problem.hint == "add use_ema: true"


LOOPS = [
    *Optimizer.types,
    {"Adam": {"clipnorm": 0.1, "weight_decay": 0.1}},
    {"Adam": {"clipvalue": 0.1}},
    {"Adam": {"global_clipnorm": 0.1}},
    {"Adam": {"use_ema": True, "ema_overwrite_frequency": 4}},
    {"SGD": {"gradient_accumulation_steps": 4, "momentum": 0.9}},
    {"SGD": COSINE},
]


@pytest.mark.heavy
@pytest.mark.parametrize("value", LOOPS, ids=str)
def test_a_loop_in_a_graph_gives_the_weights_of_single_steps(value: Any) -> None:
    import numpy as np
    import tensorflow as tf

    features = np.random.default_rng(0).random((8, 4), dtype="float32")
    batch = (tf.constant(features), tf.constant(features.sum(1, keepdims=True)))
    looped, stepped = _model(value, batch), _model(value, batch)

    @tf.function
    def loop(steps: Any) -> None:
        step = 0
        while step < steps:
            looped.train_step(batch)
            step += 1

    loop(tf.constant(9))
    for _ in range(9):
        stepped.train_step(batch)

    for one, other in zip(looped.weights, stepped.weights, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-5)


def _model(value: Any, batch: Any) -> Any:
    import keras

    keras.utils.set_random_seed(0)
    layers = [keras.layers.Dense(8, activation="relu"), keras.layers.Dense(1)]
    model = keras.Sequential([keras.Input((4,)), *layers])
    model.compile(Optimizer.model_validate(value).build(), loss="mse", run_eagerly=True)
    model.optimizer.build(model.trainable_variables)
    model._symbolic_build(data_batch=batch)
    return model
