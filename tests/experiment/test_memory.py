"""The estimate of the memory that a train step takes."""

from __future__ import annotations

import pytest

from dlrun.config import node_of
from dlrun.errors import SpecError
from dlrun.experiment import parse_spec


def experiment_of(units=10, optimizer="adam", batch_size=32):
    return parse_spec(
        node_of(
            {
                "name": "size",
                "data": {"inline": {"features": [[0.0] * 4] * 2, "labels": [0.5, 1.5]}},
                "model": {"layers": [{"Dense": units}, {"Dense": 1}]},
                "compile": {"loss": "mse", "optimizer": optimizer},
                "fit": {"batch_size": batch_size},
            }
        )
    )


def test_parameters_gradients_optimizer_and_activations_are_counted():
    estimate = experiment_of().memory

    parameters = 4 * 10 + 10 + 10 + 1
    assert estimate.parameters == estimate.gradients == 4 * parameters
    assert estimate.optimizer == 2 * 4 * parameters
    assert estimate.activations == 4 * 32 * (4 + 10 + 1)
    assert estimate.total == 4 * 4 * parameters + estimate.activations


@pytest.mark.parametrize(
    ("optimizer", "copies"),
    [
        ("sgd", 0),
        ({"SGD": {"momentum": 0.9}}, 1),
        ({"Adam": {"amsgrad": True}}, 3),
        ({"RMSprop": {"momentum": 0.9, "centered": True}}, 3),
        ({"Adam": {"use_ema": True, "ema_overwrite_frequency": 5}}, 3),
    ],
)
def test_what_an_optimizer_remembers_follows_from_its_arguments(optimizer, copies):
    estimate = experiment_of(optimizer=optimizer).memory

    assert estimate.optimizer == copies * estimate.parameters


def test_what_does_not_fit_is_refused_before_anything_starts(monkeypatch):
    for module in ("memory", "rules"):
        name = f"dlrun.experiment.{module}.machine_memory"
        monkeypatch.setattr(name, lambda: 10**6)

    with pytest.raises(SpecError) as wide:
        experiment_of(units=50_000)
    with pytest.raises(SpecError) as long:
        experiment_of(batch_size=100_000)

    (problem,) = wide.value.problems
    assert problem.code == "too-much-memory"
    assert "more than the memory of this machine (1.0 MB)" in problem.message
    (problem,) = long.value.problems
    assert problem.path == ("fit", "batch_size")
    assert problem.hint == "write batch_size: 8325, or make the model smaller"
    experiment_of(batch_size=8325)


OPTIMIZERS = [
    *("sgd", "adam", "rmsprop", "adagrad", "adadelta", "adamax", "nadam", "lion"),
    *("ftrl", "adamw", "adafactor", "muon", "Lamb"),
]


@pytest.mark.heavy
@pytest.mark.parametrize(
    "optimizer",
    OPTIMIZERS,
    ids=str,
)
def test_no_optimizer_remembers_more_than_is_counted(optimizer):
    from dlrun.engines import build_model

    experiment = experiment_of(optimizer=optimizer)
    model = build_model(experiment)
    model.optimizer.build(model.trainable_variables)

    held = sum(variable.value.numpy().nbytes for variable in model.optimizer.variables)
    assert held <= experiment.memory.optimizer + 64
