"""Engines to hold against the contract: every backend's, and one of NumPy alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

import numpy as np
import pytest

from dlrun.config import node_of
from dlrun.data import INPUT, OUTPUT, only_array
from dlrun.engines import Engine, Probe, ProbedLayer, Rows
from dlrun.engines.backend import BACKENDS
from dlrun.experiment import parse_spec

Make = Callable[..., tuple[Engine, Any]]


@pytest.fixture(
    params=[pytest.param(name, marks=pytest.mark.heavy) for name in BACKENDS]
)
def backend(request):
    """Each backend of the table."""
    return import_module(BACKENDS[request.param]).BACKEND


@pytest.fixture(
    params=[
        *(pytest.param(name, marks=pytest.mark.heavy) for name in BACKENDS),
        "numpy",
    ]
)
def make(request) -> Make:
    """Make an engine and its model: `make("Dropout: 0.5", seed=2, jit=True)`."""
    if request.param == "numpy":
        return maker_of(LinearEngine)

    def make_engine(*layers, jit=False, jit_evaluation=False, **values):
        from dlrun.engines import build_model

        experiment = experiment_of(*layers, **values)
        model = build_model(experiment)
        engine = import_module(BACKENDS[request.param]).BACKEND.make_engine(
            model,
            batch_size=experiment.spec.fit.batch_size,
            jit=jit,
            jit_evaluation=jit_evaluation,
        )
        return engine, model

    return make_engine


@pytest.fixture
def linear_engine() -> type[LinearEngine]:
    return LinearEngine


@pytest.fixture
def make_with() -> Callable[[type[LinearEngine]], Make]:
    """`make` for a kind of engine that is no backend's."""
    return maker_of


def maker_of(kind: type[LinearEngine]) -> Make:
    def make_engine(*layers, jit=False, jit_evaluation=False, **values):
        experiment = experiment_of(*layers, **values)
        model = LinearModel(experiment)
        return kind(model, experiment.spec.fit.batch_size), model

    return make_engine


def experiment_of(*layers, seed=1, rate=0.1, batch_size=2):
    """Two classes of rows of three numbers; a softmax behind the given layers."""
    features = [[0.0, 0.1, 0.2], [0.3, 0.4, 0.5]]
    return parse_spec(
        node_of(
            {
                "name": "contract",
                "seed": seed,
                "data": {"inline": {"features": features, "labels": [0, 1]}},
                "model": {
                    "layers": [
                        *layers,
                        {"Dense": {"units": 2, "activation": "softmax"}},
                    ]
                },
                "compile": {
                    "optimizer": {"SGD": {"learning_rate": rate, "momentum": 0.9}},
                    "loss": "sparse_categorical_crossentropy",
                },
                "fit": {"batch_size": batch_size},
            }
        )
    )


class LinearModel:
    """Softmax regression behind dropout, with what callbacks ask of a Keras model."""

    def __init__(self, experiment):
        *noise, _ = experiment.spec.model.layers
        if any(layer.key != "Dropout" for layer in noise):
            pytest.skip("softmax regression has Dropout and no other layer")
        spec = experiment.spec
        self.rates = [layer.rate for layer in noise]
        self.optimizer = Descent(spec.compile.optimizer.learning_rate)
        shape = (*experiment.input_shapes[INPUT], 2)
        kernel = np.random.default_rng(spec.seed).normal(size=shape)
        self._weights = [kernel.astype("float32"), np.zeros(2, "float32")]

    def get_weights(self):
        return [array.copy() for array in self._weights]

    def set_weights(self, weights):
        self._weights = [array.copy() for array in weights]


@dataclass
class Descent:
    learning_rate: float


@dataclass
class Placed(Rows):
    features: Any
    labels: Any
    weights: Any

    def __len__(self) -> int:
        return len(self.features)


@dataclass
class Epoch:
    """What an epoch has of its own."""

    rows: Placed
    order: Any
    states: Any
    sums: Any = field(default_factory=lambda: np.zeros(3))
    """Loss, hits and rows since it began."""


class LinearEngine(Engine):
    """Softmax regression by gradient descent with momentum, in NumPy alone."""

    def __init__(self, model: LinearModel, batch_size: int) -> None:
        self._model = model
        self._batch_size = batch_size
        self.adopt(model)

    def adopt(self, model: LinearModel) -> None:
        self._model.set_weights(model.get_weights())
        self._model.optimizer.learning_rate = model.optimizer.learning_rate
        self._steps = 0
        self._velocity = [np.zeros_like(array) for array in model.get_weights()]
        self._epoch = None

    def place(self, features, labels, weights=None) -> Placed:
        return Placed(only_array(features), only_array(labels), weights)

    def begin_epoch(self, rows, order, seeds) -> None:
        self._epoch = Epoch(rows, order, seeds.astype("uint64"))

    def run(self, start: int, stop: int) -> Mapping[str, float]:
        assert self._epoch is not None
        for number in range(start, stop):
            self._step(self._epoch, number)
        loss, hits, rows = self._epoch.sums
        return {"loss": float(loss / rows), "accuracy": float(hits / rows)}

    def _step(self, epoch: Epoch, number: int) -> None:
        first = number * self._batch_size
        chosen = epoch.order[first : first + self._batch_size]
        features = self._drop(epoch, epoch.rows.features[chosen])
        labels, rows = epoch.rows.labels[chosen], epoch.rows
        weights = None if rows.weights is None else rows.weights[chosen]
        loss, gradients, outputs = self._look(features, labels, weights)
        rate, momentum = np.float32([self._model.optimizer.learning_rate, 0.9])
        self._velocity = [
            momentum * velocity - rate * gradient
            for velocity, gradient in zip(self._velocity, gradients, strict=True)
        ]
        moved = zip(self._model.get_weights(), self._velocity, strict=True)
        self._model.set_weights([weight + velocity for weight, velocity in moved])
        self._steps += 1
        hits = (outputs.argmax(axis=1) == labels).sum()
        epoch.sums += [loss * len(chosen), hits, len(chosen)]

    def _drop(self, epoch: Epoch, features):
        for state, rate in zip(epoch.states, self._model.rates, strict=True):
            kept = np.random.default_rng(state.tolist()).random(features.shape) >= rate
            features = np.where(kept, features / np.float32(1 - rate), np.float32(0))
            state[1] += 1
        return features

    def _forward(self, features):
        kernel, bias = self._model.get_weights()
        scores = features @ kernel + bias
        powers = np.exp(scores - scores.max(axis=1, keepdims=True))
        return powers / powers.sum(axis=1, keepdims=True)

    def _look(self, features, labels, weights=None):
        """Loss, gradients of all weights, and outputs."""
        outputs = self._forward(features)
        share = np.float32(1 / len(labels))
        share = share if weights is None else share * weights
        wrong = outputs.copy()
        wrong[np.arange(len(labels)), labels] -= 1
        wrong *= np.reshape(share, (-1, 1))
        with np.errstate(divide="ignore"):
            losses = -np.log(outputs[np.arange(len(labels)), labels])
        gradients = [features.T @ wrong, wrong.sum(axis=0)]
        return float((losses * share).sum()), gradients, outputs

    def evaluate(self, rows) -> Mapping[str, float]:
        loss, _, outputs = self._look(rows.features, rows.labels)
        hits = outputs.argmax(axis=1) == rows.labels
        return {"loss": loss, "accuracy": float(hits.mean())}

    def predict(self, features):
        return {OUTPUT: self._forward(only_array(features))}

    @property
    def probed_layers(self) -> Sequence[ProbedLayer]:
        kind = "dense", "Dense", "softmax", "kernel"
        return [ProbedLayer(*kind, place=0, is_shown=False)]

    def probe(self, rows) -> Probe:
        loss, (kernel, _), outputs = self._look(rows.features, rows.labels)
        return Probe(loss, 0.0, {OUTPUT: outputs}, [kernel], [])

    @property
    def num_seeds(self) -> int:
        return len(self._model.rates)

    def weights(self):
        return self._model.get_weights()

    def set_weights(self, weights) -> None:
        before = self._model.get_weights()
        self._model.set_weights([new for new, _ in zip(weights, before, strict=True)])

    def optimizer_state(self):
        state = [self._steps, self._model.optimizer.learning_rate, *self._velocity]
        return [np.array(value) for value in state]

    def set_optimizer_state(self, state) -> None:
        steps, rate, *self._velocity = state
        self._steps = int(steps)
        self._model.optimizer.learning_rate = float(rate)
