from __future__ import annotations

from typing import Any

import pytest

from dlrun.components.callbacks import Callback
from dlrun.components.component import Component, snake_case
from dlrun.components.layers import Layer
from dlrun.components.optimizers import Optimizer
from dlrun.components.regularizers import Regularizer
from dlrun.components.sources import Source
from dlrun.config import MAIN
from dlrun.errors import format_path


@pytest.mark.parametrize(
    ("written", "arguments"),
    [
        ("Flatten", {}),
        ({"Flatten": None}, {}),
        ({"Flatten": {}}, {}),
        ({"Dropout": 0.5}, {"rate": 0.5}),
        ({"Dropout": {"rate": 0.5}}, {"rate": 0.5}),
        ({"Dropout": {MAIN: 0.5}}, {"rate": 0.5}),
        ({"Dropout": {MAIN: 0.5, "rate": 0.2}}, {"rate": 0.2}),
        ({"Reshape": [4, -1]}, {"target_shape": (4, -1)}),
    ],
)
def test_a_class_may_be_written_short(written, arguments):
    layer = Layer.model_validate(written)

    assert {name: getattr(layer, name) for name in arguments} == arguments


def test_an_object_may_stand_for_the_main_argument():
    optimizer = Optimizer.model_validate(
        {
            "Adam": {
                "ExponentialDecay": {
                    "initial_learning_rate": 0.1,
                    "decay_steps": 9,
                    "decay_rate": 0.9,
                }
            }
        }
    )

    assert optimizer.learning_rate.key == "ExponentialDecay"


@pytest.mark.parametrize(
    ("kind", "written", "code", "path", "hint"),
    [
        (Layer, "Dense:16", "unknown-layer", "", "write Dense: 16"),
        (Layer, "Dense(16)", "unknown-layer", "", "write Dense: {units: 16}"),
        (
            Layer,
            "layers.Conv2D(32, kernel_size=(3, 3), use_bias=False)",
            "unknown-layer",
            "",
            "write Conv2D: {filters: 32, kernel_size: [3, 3], use_bias: false}",
        ),
        (Layer, "Flatten()", "unknown-layer", "", "write Flatten"),
        (Layer, 16, "wrong-type", "", "write its class, as in Dense: 16"),
        (Layer, None, "wrong-type", "", "write its class, as in Dense: 16"),
        (Layer, [], "wrong-type", "", "write its class, as in Dense: 16"),
        (Layer, {}, "wrong-type", "", "write its class, as in Dense: 16"),
        (Layer, True, "wrong-type", "", "write its class, as in Dense: 16"),
        (Optimizer, 0.1, "wrong-type", "", "write its class, as in Adam: 0.1"),
        (Regularizer, 0.1, "wrong-type", "", "write its class, as in L2: 0.1"),
        (Callback, 5, "wrong-type", "", "write its class, as in EarlyStopping: 5"),
        (
            Regularizer,
            "None",
            "unknown-regularizer",
            "",
            "write null, or leave the key out",
        ),
        (
            Layer,
            {"type": "Dense", "units": 16},
            "wrong-type",
            "",
            "write Dense: {units: 16}",
        ),
        (
            Layer,
            {"Dense": None, "units": 16, "activation": "relu"},
            "key-too-high",
            "units",
            "indent them below `Dense:`, or write Dense: {units: 16, activation: relu}",
        ),
        (
            Layer,
            {"Dense": 16, "activation": "relu"},
            "key-too-high",
            "activation",
            "write Dense: {units: 16, activation: relu}",
        ),
        (
            Layer,
            {"Dense": 16, "Dropout": 0.5},
            "wrong-type",
            "",
            "write a dash before each: `- Dropout: ...`",
        ),
        (
            Layer,
            {"Flatten": 3},
            "wrong-type",
            "Flatten",
            "write Flatten alone, or with its keys: enabled, from, name",
        ),
        (Source, {"csv": "a.csv"}, "wrong-type", "csv", "write csv: {path: a.csv}"),
        (Layer, {3: 4}, "unknown-layer", "[3]", None),
    ],
)
def test_what_names_no_class_is_explained(problems_of, kind, written, code, path, hint):
    [problem] = problems_of(kind, written)

    assert (problem.code, format_path(problem.path)) == (code, path)
    assert hint is None or problem.hint == hint


def test_a_misspelt_key_is_not_reported_as_missing_too(problems_of):
    problems = problems_of(Layer, {"Conv2D": {"neurons": 3, "filter": 4}})

    assert sorted((problem.code, problem.path[-1]) for problem in problems) == [
        ("missing-key", "kernel_size"),
        ("unknown-key", "filter"),
        ("unknown-key", "neurons"),
    ]


def test_a_key_of_a_section_is_sent_home(problems_of):
    [problem] = problems_of(Layer, {"Dense": {"units": 2, "epochs": 3}})

    assert problem.message == "`epochs` belongs under `fit`, not under `Dense`"
    assert problem.hint == "move it below `fit:`, as in fit: {epochs: 3}"


def test_all_mistakes_are_found_at_once(problems_of):
    written = {"Dense": {"units": "16", "activation": "rleu", "use_bias": "no", "x": 1}}

    problems = problems_of(Layer, written)

    assert sorted(problem.path[-1] for problem in problems) == [
        "activation",
        "units",
        "use_bias",
        "x",
    ]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("GlorotUniform", "glorot_uniform"),
        ("Conv2D", "conv2d"),
        ("L1L2", "l1l2"),
        ("MaxPooling2D", "max_pooling2d"),
    ],
)
def test_a_class_in_snake_case_is_what_keras_makes_of_it(name, text):
    assert snake_case(name) == text


def kinds(parent: type[Any] = Component) -> list[type[Any]]:
    below = parent.__subclasses__()
    found = {kind.kind: kind for kind in below if "types" in kind.__dict__}
    return [*found.values(), *(kind for child in below for kind in kinds(child))]


@pytest.mark.parametrize("kind", kinds(), ids=lambda kind: kind.kind)
def test_no_alias_names_two_classes(kind):
    names = [name for cls in kind.types.values() for name in {cls.key, *cls.aliases}]

    assert len(names) == len(set(names))
