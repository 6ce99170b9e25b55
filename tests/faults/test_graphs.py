"""Random graphs of several inputs and outputs: what validates, builds and trains."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from dlrun.config import node_of
from dlrun.data import alone
from dlrun.experiment import Experiment, parse_spec

ROWS = 8
HEADS: dict[str, tuple[str, dict[str, Any]]] = {
    "class": (
        "sparse_categorical_crossentropy",
        {"units": 3, "activation": "softmax"},
    ),
    "number": ("mse", {"units": 1}),
    "several": ("binary_crossentropy", {"units": 2, "activation": "sigmoid"}),
    "truth": ("hinge", {"units": 1, "activation": "tanh"}),
}


def labels_of(kind: str, rng: np.random.Generator) -> list[Any]:
    labels: dict[str, Any] = {
        "class": [*range(3), *rng.integers(0, 3, ROWS - 3).tolist()],
        "number": rng.normal(size=ROWS).round(3).tolist(),
        "several": [[0, 1], [1, 0], *rng.integers(0, 2, (ROWS - 2, 2)).tolist()],
        "truth": [0, 1, *rng.integers(0, 2, ROWS - 2).tolist()],
    }
    found: list[Any] = labels[kind]
    return found


def random_config(seed: int) -> dict[str, Any]:
    """A config of one to three inputs and outputs, and branches that meet."""
    draw, rng = random.Random(seed), np.random.default_rng(seed)
    inputs = {f"in{number}": draw.randint(1, 4) for number in range(draw.randint(1, 3))}
    layers: list[dict[str, Any]] = []
    free: list[str] = []
    for name, width in inputs.items():
        features = {"units": draw.choice([4, 5, width]), "from": name}
        layers.append({"Dense": {**features, "name": f"first_{name}"}})
        free.append(f"first_{name}")
    for number in range(draw.randint(0, 6)):
        source, name = draw.choice(free), f"layer{number}"
        kind = draw.choice(
            [
                {"Dense": {"units": draw.randint(1, 6), "activation": "relu"}},
                {"Dropout": {"rate": 0.3}},
                {"BatchNormalization": {}},
                {"LayerNormalization": {}},
                {"Concatenate": {"from": [source, draw.choice(free)]}},
            ]
        )
        ((key, arguments),) = kind.items()
        layers.append({key: {"from": source, **arguments, "name": name}})
        if draw.random() < 0.6 and source in free and len(free) > 1:
            free.remove(source)
        free.append(name)
    last = free[0]
    if len(free) > 1:
        layers.append({"Concatenate": {"from": free, "name": "all"}})
        last = "all"
    kinds = draw.sample(list(HEADS), draw.randint(1, 3))
    for kind in kinds:
        arguments = HEADS[kind][1]
        layers.append({"Dense": {**arguments, "from": last, "name": f"out_{kind}"}})
    outputs = [f"out_{kind}" for kind in kinds]
    return {
        "name": "graph",
        "seed": seed,
        "data": {
            "inline": {
                "features": {
                    name: rng.normal(size=(ROWS, width)).round(3).tolist()
                    for name, width in inputs.items()
                },
                "labels": {f"out_{kind}": labels_of(kind, rng) for kind in kinds},
            }
        },
        "model": {"layers": layers, "outputs": outputs},
        "compile": {
            "loss": {f"out_{kind}": HEADS[kind][0] for kind in kinds},
            "loss_weights": {outputs[0]: 0.5} if len(outputs) > 1 else None,
        },
        "fit": {"batch_size": 3},
    }


def parsed(seed: int) -> Experiment:
    return parse_spec(node_of(random_config(seed)))


@pytest.mark.parametrize("seed", range(40))
def test_a_random_graph_is_valid_and_reads_back(seed):
    experiment = parsed(seed)

    again = parse_spec(node_of(experiment.spec.values()))

    assert again.spec == experiment.spec
    assert again.layers == experiment.layers


def train_and_measure(seed: int) -> None:
    """Train an epoch, and hold what is measured afterwards against Keras."""
    from dlrun.engines import build_model, current_backend, decode_image
    from dlrun.rows import read_rows
    from dlrun.training.row_losses import targets

    experiment, parts = read_rows(parsed(seed), decode_image)
    model = build_model(experiment)
    engine = current_backend().make_engine(model, batch_size=3)
    labels = targets(experiment.spec, parts.train)
    rows = engine.place(parts.train.features, labels)
    order = np.arange(ROWS, dtype=np.int32)
    engine.begin_epoch(rows, order, np.ones((engine.num_seeds, 2), dtype=np.uint32))
    engine.run(0, 3)
    found = engine.evaluate(rows)["loss"]
    given = alone(parts.train.features), alone(labels)
    expected = np.ravel(model.evaluate(*given, batch_size=ROWS, verbose=0))[0]
    assert model.count_params() == experiment.parameters
    assert found == pytest.approx(expected, rel=1e-4)


def failures(seeds: range) -> Iterator[str]:
    """Graphs that do not train, or whose loss is not that of Keras."""
    import keras

    for seed in seeds:
        try:
            train_and_measure(seed)
        except Exception as error:
            yield f"{seed}: {type(error).__name__}: {error}"
        keras.backend.clear_session()


@pytest.mark.heavy
@pytest.mark.filterwarnings("ignore")  # Keras warns of odd models that it trains.
def test_a_random_graph_trains_and_is_evaluated_as_keras_does():
    assert list(failures(range(15))) == []
