"""Whatever validates trains one step: random valid configs, built and trained by Keras.

The classes take turns, so that each stands in one config of a round; what it takes and
what stands beside it are drawn. By hand, thousands of them:
`python tests/faults/test_one_step.py 2000 7` (how many, and the seed).
"""

from __future__ import annotations

import json
import random
import sys
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
from pydantic import ValidationError

from dlrun.components.component import Component
from dlrun.components.constraints import Constraint
from dlrun.components.initializers import Initializer
from dlrun.components.layers import Layer
from dlrun.components.losses import Loss
from dlrun.components.metrics import Metric
from dlrun.components.optimizers import Optimizer
from dlrun.components.regularizers import Regularizer
from dlrun.components.schedules import Schedule
from dlrun.config import node_of
from dlrun.data.arrays import only_array
from dlrun.errors import ProblemsError
from dlrun.experiment import Experiment, parse_spec

KINDS: dict[str, type[Component]] = {
    "layer": Layer,
    "initializer": Initializer,
    "regularizer": Regularizer,
    "constraint": Constraint,
    "metric": Metric,
    "loss": Loss,
    "optimizer": Optimizer,
    "schedule": Schedule,
}
SHAPES = [(6,), (5,), (4, 3), (6, 2), (6, 6, 3), (5, 7, 4)]
ROWS = 6
ATTEMPTS = 300
VALUES: list[Any] = [
    0, 1, 2, 3, 4, 7, -1, -2, 0.0, 0.05, 0.25, 0.5, 0.9, 1.0, 1.5, 5.0, -0.5, 100.0,
    True, False, None, "same", "valid", "causal", "relu", "softmax", "tanh", "gelu",
    "micro", "macro", "weighted", "ROC", "PR", "sum", "mul", "ave", "concat",
    "horizontal", "vertical", "wrap", "nearest", "constant", "reflect", "bilinear",
    "fan_in", "fan_out", "fan_avg", "uniform", "rows", "columns", "minoring",
    "interpolation", "majoring", "uniform_average", "variance_weighted_average",
    [0], [1], [2], [0, 1], [1, 2], [2, 3], [0, 1, 2], [-1, -2], [-0.1, 0.2],
    [0.1, 0.3], [1.0, 0.5], [1.0, 0.5, 0.1], [1], [2, 5], [6, -1], [-1],
]  # fmt: skip
"""What an argument may be given; each takes the part that it accepts."""


def names(kind: str) -> list[str]:
    return sorted(KINDS[kind].types)


def drawn(rng: random.Random, kind: str, name: str | None = None) -> Any:
    """A component with some of its arguments, as a config writes it."""
    key = name or rng.choice(names(kind))
    cls = KINDS[kind].types[key]
    arguments: dict[str, Any] = {}
    fields = [
        (field.alias or attribute, field.is_required())
        for attribute, field in cls.model_fields.items()
    ]
    for argument, is_required in fields:
        if argument in {"name", "enabled", "from"}:
            continue
        if is_required or rng.random() < 0.3:
            arguments[argument] = value_of(rng, kind, key, argument)
    return {key: arguments} if arguments else key


def value_of(rng: random.Random, kind: str, key: str, argument: str) -> Any:
    """A value that the argument accepts, as far as the class alone can tell."""
    for ending in ("initializer", "regularizer", "constraint"):
        if argument.endswith(ending):
            return drawn(rng, ending)
    if argument == "layer":
        inner = rng.choice(["LSTM", "GRU", "SimpleRNN"] * 2 + names("layer"))
        return drawn(rng, "layer", inner)
    if argument == "learning_rate" and rng.random() < 0.4:
        return drawn(rng, "schedule")
    accepted = json.loads(accepted_by(kind, key, argument))
    return rng.choice(accepted) if accepted else None


@cache
def accepted_by(kind: str, key: str, argument: str) -> str:
    return json.dumps(
        [value for value in VALUES if accepts(kind, key, argument, value)]
    )


def accepts(kind: str, key: str, argument: str, value: Any) -> bool:
    cls = KINDS[kind].types[key]
    try:
        cls.model_validate({argument: value})
    except ValidationError as error:
        return not any(details["loc"][:1] == (argument,) for details in error.errors())
    return True


def layers(rng: random.Random, wanted: Any) -> list[Any]:
    """A few layers; where one is `wanted`, it stands among them."""
    stack: list[Any] = [drawn(rng, "layer") for _ in range(rng.randint(0, 2))]
    if wanted is not None:
        stack.insert(rng.randint(0, len(stack)), wanted)
    above = "input"
    for index, layer in enumerate(stack):
        key = key_of(layer)
        arguments = dict(layer[key]) if isinstance(layer, dict) else {}
        if Layer.types[key].merges:
            arguments["from"] = [above, above]
        above = arguments["name"] = f"layer{index}"
        stack[index] = {key: arguments}
    return stack


def attached(rng: random.Random, kind: str, part: Any) -> Any:
    """A layer that holds a component: one that has a place for such."""
    places = [
        (name, attribute)
        for name in names("layer")
        for attribute in Layer.types[name].model_fields
        if attribute.endswith(kind)
    ]
    name, attribute = rng.choice(places)
    layer = drawn(rng, "layer", name)
    arguments = layer[name] if isinstance(layer, dict) else {}
    return {name: {**arguments, attribute: part}}


def config(rng: random.Random, kind: str, name: str) -> dict[str, Any]:
    """A config that holds a class; whether it is valid is not yet known."""

    def given(other: str) -> str | None:
        return name if other == kind else None

    shape = rng.choice(SHAPES)
    loss = drawn(rng, "loss", given("loss"))
    spec = Loss.types[key_of(loss)]
    one_hot = rng.random() < 0.4 and spec.task == "classification"
    is_binary = spec.labels == "binary" and not one_hot
    classes = 2 if is_binary else 3
    wanted: Any = drawn(rng, "layer", name) if kind == "layer" else None
    if kind in {"initializer", "regularizer", "constraint"}:
        wanted = attached(rng, kind, drawn(rng, kind, name))
    stack = layers(rng, wanted)
    metrics = [drawn(rng, "metric", given("metric"))]
    if kind != "metric" and rng.random() < 0.5:
        metrics = []
    optimizer: Any = drawn(rng, "optimizer", given("optimizer"))
    if kind == "schedule":
        rate = drawn(rng, "schedule", name)
        optimizer = {key_of(optimizer): {"learning_rate": rate}}
    labels: list[float] = [index % classes for index in range(ROWS)]
    if spec.task == "regression":
        labels = [index + 0.5 for index in range(ROWS)]
    last = ending(rng, spec, 1 if is_binary else classes)
    return {
        "name": "random",
        "data": {
            "inline": {"features": features(rng, shape), "labels": labels},
            **({"one_hot": True} if one_hot else {}),
        },
        "model": {"layers": [*stack, "Flatten", last]},
        "compile": {"loss": loss, "metrics": metrics, "optimizer": optimizer},
        "fit": {"epochs": 1, "batch_size": ROWS},
    }


def key_of(component: Any) -> str:
    return component if isinstance(component, str) else next(iter(component))


def ending(rng: random.Random, loss: type[Loss], units: int) -> Any:
    """A last layer that fits the loss in most cases."""
    if loss.task == "regression":
        return {"Dense": {"units": 1, "activation": rng.choice(["linear", "softplus"])}}
    activation = "sigmoid" if units == 1 else "softmax"
    activation = "linear" if rng.random() < 0.2 else activation
    return {"Dense": {"units": units, "activation": activation}}


def features(rng: random.Random, shape: tuple[int, ...]) -> list[Any]:
    numbers: list[float] = [0, 1, 2, 3]
    if rng.random() < 0.5:
        numbers = [0.5, -1.0, 2.0, 0.1]
    return [rows(rng, shape, numbers) for _ in range(ROWS)]


def rows(rng: random.Random, shape: tuple[int, ...], numbers: list[float]) -> Any:
    if not shape:
        return rng.choice(numbers)
    return [rows(rng, shape[1:], numbers) for _ in range(shape[0])]


def valid_config(
    rng: random.Random, kind: str, name: str
) -> tuple[dict[str, Any], Experiment] | None:
    """A valid config that holds a class, if one is found."""
    for _ in range(ATTEMPTS):
        values = config(rng, kind, name)
        try:
            return values, parse_spec(node_of(values))
        except ProblemsError:
            continue
    return None


def every_class() -> Iterator[tuple[str, str]]:
    return ((kind, name) for kind in KINDS for name in names(kind))


def train_one_step(experiment: Experiment) -> None:
    """What a run does first; the model then has the parameters of the `summary`."""
    from dlrun.engines import build_model, decode_image
    from dlrun.rows import read_rows
    from dlrun.training.row_losses import targets

    experiment, parts = read_rows(experiment, decode_image)
    model = build_model(experiment)
    model.run_eagerly = True
    labels = targets(experiment.spec, parts.train)
    batch = only_array(parts.train.features), only_array(labels)
    model.train_on_batch(*batch)
    model.evaluate(*batch, verbose=0)
    assert model.count_params() == experiment.parameters


def failures(count: int, seed: int) -> Iterator[str]:
    """Configs that validate and do not train, each with what Keras says."""
    import keras

    classes = list(every_class())
    for index in range(count):
        rng = random.Random(f"{seed} {index}")
        kind, name = classes[index % len(classes)]
        found = valid_config(rng, kind, name)
        if found is None:
            yield f"{kind} {name}: no valid config of {ATTEMPTS}"
            continue
        values, experiment = found
        try:
            train_one_step(experiment)
        except Exception as error:
            words = " ".join(str(error).split())[:300]
            model, compiled = values["model"]["layers"], values["compile"]
            shape = experiment.input_shapes
            yield (
                f"#{index} {kind} {name}: {type(error).__name__}: {words}\n"
                f"    {shape} {json.dumps(model)}\n    {json.dumps(compiled)}"
            )
        keras.backend.clear_session()


@pytest.mark.heavy
@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # Keras warns of odd models that it trains.
def test_whatever_validates_trains_one_step() -> None:
    found = list(failures(len(list(every_class())), seed=3))

    assert not found, "\n".join(found)


if __name__ == "__main__":
    failed = 0
    for failure in failures(int(sys.argv[1]), int(sys.argv[2])):
        failed += 1
        print(failure, flush=True)
    print(f"{failed} of {sys.argv[1]} failed")
