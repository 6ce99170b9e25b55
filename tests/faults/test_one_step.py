"""Whatever validates trains one step: random valid configs, built and trained by Keras.

The classes take turns, so that each stands in one config of a round; what it takes and
what stands beside it are drawn. Graphs are grown: branches that meet, blocks, shared
weights, several inputs and outputs, of any layers. By hand, thousands of them:
`python tests/faults/test_one_step.py 2000 7` or `... graphs 2000 7`; `graphs 5 7 95`
are the last of 100 (how many, the seed, and the number of the first).
"""

from __future__ import annotations

import json
import random
import sys
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any

import numpy as np
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
from dlrun.data import alone
from dlrun.errors import ProblemsError
from dlrun.experiment import Experiment, config_of, infer_shapes, parse_spec
from dlrun.experiment.model import ModelSpec

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
    """All but crops, which stand in no model: `test_loop` has one in `augment`."""
    for kind in KINDS:
        for name in names(kind):
            if not getattr(KINDS[kind].types[name], "crops", False):
                yield kind, name


NO_KERNEL = (
    "only supports equal length strides",
    "do not yet support dilation rates larger than 1",
)
"""What TensorFlow says on processors for which oneDNN offers it no kernels."""


def train_one_step(experiment: Experiment) -> None:
    """What a run does first; the model then has the parameters of the `summary`."""
    import tensorflow as tf

    from dlrun.engines import KerasDoor, build_model
    from dlrun.rows import read_rows
    from dlrun.training.row_losses import targets

    experiment, parts = read_rows(experiment, KerasDoor())
    model = build_model(experiment)
    model.run_eagerly = True
    labels = targets(experiment.spec, parts.train)
    batch = alone(parts.train.features), alone(labels)
    try:
        model.train_on_batch(*batch)
        model.test_on_batch(*batch)
    except Exception as error:
        if not any(words in str(error) for words in NO_KERNEL):
            raise
        # XLA has the kernels that this processor lacks, and is asked for as much.
        model.run_eagerly = False
        for step in model.train_step, model.test_step:
            tf.function(step, jit_compile=True)(batch)
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


HEADS: dict[str, tuple[str, dict[str, Any]]] = {
    "kind": (
        "sparse_categorical_crossentropy",
        {"units": 3, "activation": "softmax"},
    ),
    "logits": ("sparse_categorical_crossentropy", {"units": 3}),
    "number": ("mse", {"units": 1}),
    "numbers": ("huber", {"units": 2}),
    "several": ("binary_crossentropy", {"units": 2, "activation": "sigmoid"}),
    "truth": ("hinge", {"units": 1, "activation": "tanh"}),
    "odds": ("binary_crossentropy", {"units": 1}),
}
"""Outputs: the loss, and the layer that gives what it takes."""
METRICS = {"kind": ["accuracy"], "odds": ["accuracy"], "number": ["mae"]}


def head_labels(kind: str, draw: random.Random) -> list[Any]:
    """A label for each row, of every class at least one."""
    rows = range(ROWS - 3)
    labels: dict[str, list[Any]] = {
        "kind": [0, 1, 2, *(draw.randint(0, 2) for _ in rows)],
        "number": [0.5, 1.5, -1.0, *(draw.gauss(0, 1) for _ in rows)],
        "numbers": [[draw.gauss(0, 1), 2.5] for _ in range(ROWS)],
        "several": [[0, 1], [1, 0], [1, 1], *([0, draw.randint(0, 1)] for _ in rows)],
        "odds": [0, 1, 1, *(draw.randint(0, 1) for _ in rows)],
    }
    return labels[{"truth": "odds", "logits": "kind"}.get(kind, kind)]


class Growth:
    """A graph while it grows: what does not fit is left out."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        names = ["photo", "Numbers", "x.y"][: rng.randint(1, 3)]
        self.inputs = {name: rng.choice(SHAPES) for name in names}
        if len(names) == 1:
            self.inputs = {"input": rng.choice(SHAPES)}
        self.blocks: dict[str, Any] = {}
        self.layers: list[Any] = []
        self.shapes: dict[str, tuple[int, ...]] = dict(self.inputs)
        self.loose = list(self.inputs)
        """What nothing takes yet."""
        self.number = 0

    def source(self) -> str:
        is_loose = self.loose and self.rng.random() < 0.6
        return self.rng.choice(self.loose if is_loose else list(self.shapes))

    def add(self, item: Any, blocks: dict[str, Any] | None = None) -> bool:
        """Put an item at the end, if the model still has shapes with it."""
        (arguments,) = item.values()
        sources = [*arguments["from"]]
        if len(sources) == 1:
            arguments["from"] = sources[0]
        known = {**self.blocks, **(blocks or {})}
        values = {"blocks": known, "model": {"layers": [*self.layers, item]}}
        try:
            node = config_of(values if known else {"model": values["model"]})
            model = ModelSpec.model_validate(node.value["model"])
        except (ProblemsError, ValidationError):
            return False
        placed, problems = infer_shapes(model, self.inputs)
        if problems or not placed[-1].output_shape or 0 in placed[-1].output_shape:
            return False
        self.blocks, self.layers = known, [*self.layers, item]
        self.shapes[arguments["name"]] = placed[-1].output_shape
        self.loose = [name for name in self.loose if name not in sources]
        self.loose.append(arguments["name"])
        return True

    def grow(self) -> None:
        """Add a layer, one that merges, a block, or one that shares weights."""
        self.number += 1
        name, source = f"n{self.number}", self.source()
        turn = self.rng.random()
        if turn < 0.45:
            self.add(self.switched(named(drawn(self.rng, "layer"), name, [source])))
        elif turn < 0.65:
            merging = [key for key in names("layer") if Layer.types[key].merges]
            merge = drawn(self.rng, "layer", self.rng.choice(merging))
            others = [
                one for one in self.shapes if self.shapes[one] == self.shapes[source]
            ]
            taken = [source, self.rng.choice(others), *self.rng.sample(others, 1)]
            taken = taken[: self.rng.randint(2, 3)]
            self.add(self.switched(named(merge, name, taken)))
        elif turn < 0.9:
            self.use_block(name, source)
        elif self.layers:
            of = self.rng.choice([one for one in self.shapes if one not in self.inputs])
            self.add({"use": {"of": of, "name": name, "from": [source]}})

    def switched(self, layer: Any) -> Any:
        """The layer; one of ten is switched off."""
        (arguments,) = layer.values()
        if self.rng.random() < 0.1:
            arguments["enabled"] = False
        return layer

    def use_block(self, name: str, source: str) -> None:
        """A use of a block: of one that is there, or of a new one."""
        block, added = f"Block{self.number}", {}
        if self.blocks and self.rng.random() < 0.4:
            block = self.rng.choice(list(self.blocks))
        else:
            added = {block: self.body()}
        use: dict[str, Any] = {"name": name, "from": [source]}
        if self.rng.random() < 0.5:
            use["width"] = self.rng.choice([2, 3, self.shapes[source][-1]])
        if self.rng.random() < 0.3:
            use["repeat"] = self.rng.randint(1, 3)
        if self.rng.random() < 0.1:
            use["enabled"] = False
        self.add({block: use}, added)

    def body(self) -> dict[str, Any]:
        """The layers of a block; some use another block, or come back to its input."""
        rng = self.rng
        layers: list[Any] = []
        for _ in range(rng.randint(1, 3)):
            layer = rng.choice([{"Dense": {"units": "$width"}}, drawn(rng, "layer")])
            if not Layer.types[key_of(layer)].merges:
                layers.append(layer)
        if self.blocks and rng.random() < 0.3:
            layers.append({rng.choice(list(self.blocks)): {"width": "$(width + 1)"}})
        layers.append({"Dense": {"units": "$width", "name": "main"}})
        if rng.random() < 0.5:
            layers.append({rng.choice(["Add", "Concatenate"]): ["main", "input"]})
        return {"with": {"width": rng.randint(2, 4)}, "layers": layers}

    def end(self, kind: str, source: str, output: str) -> None:
        """Give an output from a layer: by a layer, or by a use of a block."""
        if len(self.shapes[source]) > 1:
            self.add({"Flatten": {"name": f"flat_{output}", "from": [source]}})
            source = f"flat_{output}"
        last = {"Dense": HEADS[kind][1]}
        if self.rng.random() < 0.3:
            block = {f"head_{kind}": {"layers": [{"Dense": 3}, last]}}
            use: dict[str, Any] = {"name": output, "from": [source]}
            self.add({f"head_{kind}": use}, block)
        else:
            self.add({"Dense": {**HEADS[kind][1], "name": output, "from": [source]}})


def named(layer: Any, name: str, sources: list[str]) -> Any:
    """A layer with its name and what it takes."""
    key = key_of(layer)
    arguments = dict(layer[key]) if isinstance(layer, dict) else {}
    return {key: {**arguments, "name": name, "from": sources}}


def graph(rng: random.Random) -> dict[str, Any]:
    """A config of a random graph; whether it is valid is not yet known."""
    growth = Growth(rng)
    for _ in range(rng.randint(1, 9)):
        growth.grow()
    kinds = rng.sample(list(HEADS), rng.choice([1, 2, 2, 3]))
    outputs = [f"out_{kind}" for kind in kinds]
    for kind, output in zip(kinds[1:], outputs[1:], strict=True):
        growth.end(kind, rng.choice(list(growth.shapes)), output)
    loose = [name for name in growth.loose if name not in outputs]
    for name in loose:
        if len(growth.shapes[name]) > 1:
            growth.add({"Flatten": {"name": f"end_{name}", "from": [name]}})
    loose = [name for name in growth.loose if name not in outputs]
    if len(loose) > 1:
        growth.add({"Concatenate": {"name": "all", "from": loose}})
        loose = ["all"]
    growth.end(kinds[0], (loose or list(growth.shapes))[-1], outputs[0])
    values = graph_values(rng, growth, kinds, outputs)
    if len(kinds) == 1 and rng.random() < 0.5:
        return of_last_layer(values, kinds[0], growth)
    return values


def of_last_layer(values: dict[str, Any], kind: str, growth: Growth) -> dict[str, Any]:
    """The same without names of outputs; a branch beside it may lead nowhere."""
    values["data"]["inline"]["labels"] = values["data"]["inline"]["labels"][
        f"out_{kind}"
    ]
    values["compile"] |= {"loss": HEADS[kind][0], "metrics": METRICS.get(kind, [])}
    values["fit"]["class_weight"] = None
    side = {"Dense": {"units": 3, "from": next(iter(growth.inputs)), "name": "side"}}
    last = values["model"]["layers"][-1:]
    layers = [*values["model"]["layers"][:-1], side, *last]
    values["model"] = {"layers": layers}
    return values


def graph_values(
    rng: random.Random, growth: Growth, kinds: list[str], outputs: list[str]
) -> dict[str, Any]:
    """The config of a graph that has grown."""
    rows_of = {name: features(rng, shape) for name, shape in growth.inputs.items()}
    labels = {f"out_{kind}": head_labels(kind, rng) for kind in kinds}
    compiled: dict[str, Any] = {
        "loss": {f"out_{kind}": HEADS[kind][0] for kind in kinds},
        "metrics": {f"out_{kind}": METRICS.get(kind, []) for kind in kinds},
        "optimizer": drawn(rng, "optimizer"),
    }
    if len(kinds) > 1 and rng.random() < 0.5:
        compiled["loss_weights"] = {outputs[0]: 0.5}
    weights = {f"out_{kind}": "balanced" for kind in kinds if kind == "kind"}
    return {
        "name": "graph",
        "data": {
            "inline": {
                "features": rows_of if len(rows_of) > 1 else rows_of["input"],
                "labels": labels,
            }
        },
        **({"blocks": growth.blocks} if growth.blocks else {}),
        "model": {"layers": growth.layers, "outputs": outputs},
        "compile": compiled,
        "fit": {
            "epochs": 1,
            "batch_size": 4,
            "class_weight": weights if weights and rng.random() < 0.5 else None,
        },
    }


def valid_graph(seed: str) -> tuple[dict[str, Any], Experiment]:
    """The first valid graph of a seed."""
    rng = random.Random(seed)
    for _ in range(ATTEMPTS):
        values = graph(rng)
        try:
            return values, parse_spec(config_of(values))
        except ProblemsError:
            continue
    message = f"no valid graph of {ATTEMPTS}"
    raise AssertionError(message)


def graph_failures(numbers: Iterable[int], seed: int) -> Iterator[str]:
    """Graphs that validate and do not train."""
    import keras

    for number in numbers:
        values, experiment = valid_graph(f"{seed} graph {number}")
        try:
            train_one_step(experiment)
        except Exception as error:
            words = " ".join(str(error).split())[:300]
            parts = {key: values.get(key) for key in ("model", "compile", "blocks")}
            yield f"#{number}: {type(error).__name__}: {words}\n    {json.dumps(parts)}"
        keras.backend.clear_session()


@pytest.mark.parametrize("number", range(30))
def test_a_random_graph_reads_back_as_itself(number: int) -> None:
    _, experiment = valid_graph(f"5 graph {number}")

    again = parse_spec(node_of(experiment.spec.values()))

    assert again.spec == experiment.spec
    assert again.layers == experiment.layers


def test_random_graphs_have_all_that_a_graph_may_have() -> None:
    found = [valid_graph(f"5 graph {number}") for number in range(30)]

    texts = [json.dumps(values) for values, _ in found]
    assert {len(one.input_shapes) for _, one in found} == {1, 2, 3}
    assert {len(one.outputs) for _, one in found} == {1, 2, 3}
    for part in ('"Block', '"repeat"', '"use"', '"head_', '"Concatenate"', '"Add"'):
        assert sum(part in text for text in texts) > 1, part
    classes = {item.layer.key for _, one in found for item in one.layers}
    assert len(classes) > 25


@pytest.mark.heavy
@pytest.mark.filterwarnings("ignore")  # Keras warns of odd models that it trains.
def test_a_random_graph_trains_one_step() -> None:
    assert list(graph_failures(range(12), seed=5)) == []


@pytest.mark.heavy
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("number", range(6))
def test_a_random_graph_is_measured_as_keras_does(number: int) -> None:
    from dlrun.engines import KerasDoor, build_model, current_backend
    from dlrun.rows import read_rows
    from dlrun.training.row_losses import targets

    _, experiment = valid_graph(f"5 graph {number}")
    experiment, parts = read_rows(experiment, KerasDoor())
    model = build_model(experiment)
    engine = current_backend().make_engine(model, batch_size=4)
    labels = targets(experiment.spec, parts.train)
    rows = engine.place(parts.train.features, labels)
    order = np.arange(ROWS, dtype=np.int32)
    engine.begin_epoch(rows, order, np.ones((engine.num_seeds, 2), dtype=np.uint32))

    engine.run(0, 2)

    given = alone(parts.train.features), alone(labels)
    expected = np.ravel(model.evaluate(*given, batch_size=ROWS, verbose=0))[0]
    found = engine.evaluate(rows)["loss"]
    assert found == pytest.approx(expected, rel=1e-4, nan_ok=True)


def by_hand(arguments: list[str]) -> tuple[Iterator[str], str]:
    """What was asked for on the command line, and how many that are."""
    if arguments[0] != "graphs":
        return failures(int(arguments[0]), int(arguments[1])), arguments[0]
    count, seed, first = (*map(int, arguments[1:]), 0)[:3]
    return graph_failures(range(first, first + count), seed), arguments[1]


if __name__ == "__main__":
    found, asked = by_hand(sys.argv[1:])
    failed = 0
    for failure in found:
        failed += 1
        print(failure, flush=True)
    print(f"{failed} of {asked} failed")
