"""What holds for any config: it reads back as itself, and garbage is explained."""

from __future__ import annotations

import copy
import random
import unicodedata
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from dlrun.components.component import Component, Strict
from dlrun.components.layers import Layer
from dlrun.config import load_config, locate_problems, node_of
from dlrun.data.class_names import name_classes
from dlrun.describe.generate import classes_by_kind
from dlrun.errors import ConfigError, Problem, ProblemsError, render_problems
from dlrun.experiment import parse_spec

many = settings(
    deadline=None,
    max_examples=200,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
VALID: dict[str, Any] = {
    "name": "people",
    "description": "who is who",
    "tags": ["first"],
    "seed": 3,
    "data": {
        "inline": {
            "features": [[1, 2], [3, 4], [5, 6], [7, 8]],
            "labels": [0, 1, 0, 1],
        },
        "split": {"validation": 0.25},
        "scale": "standard",
        "augment": [{"GaussianNoise": 0.1}],
    },
    "model": {
        "layers": [
            {"Dense": {"units": 16, "activation": "relu", "name": "first"}},
            {"BatchNormalization": {"momentum": 0.9}},
            {"Dropout": 0.5},
            {"Concatenate": {"from": ["first", "input"]}},
            {"Dense": {"units": 2, "activation": "softmax"}},
        ]
    },
    "compile": {
        "optimizer": {
            "SGD": {
                "learning_rate": {
                    "CosineDecay": {"initial_learning_rate": 0.1, "decay_steps": 9}
                }
            }
        },
        "loss": "sparse_categorical_crossentropy",
        "metrics": ["accuracy", {"SparseTopKCategoricalAccuracy": 1}],
    },
    "fit": {
        "epochs": 3,
        "batch_size": 2,
        "class_weight": {0: 1.0, 1: 2.0},
        "callbacks": [{"EarlyStopping": {"monitor": "val_loss", "patience": 2}}],
    },
    "pseudo_label": {
        "unlabelled": {"inline": {"features": [[1, 3], [2, 4]]}},
        "select": "k_best",
        "k": 3,
        "stop": {"patience": 3},
    },
    "limits": {"max_params": 10_000},
    "probe": {"every": 5, "rows": 16},
}
SAMPLES: dict[str, Any] = {
    "Activation": "relu",
    "AveragePooling1D": 2,
    "AveragePooling2D": 2,
    "Bidirectional": {"LSTM": 4},
    "Conv1D": {"filters": 4, "kernel_size": 3, "kernel_initializer": "he_normal"},
    "Conv2D": {"filters": 4, "kernel_size": [3, 5], "padding": "same"},
    "Conv2DTranspose": {"filters": 4, "kernel_size": 3},
    "Dense": {"units": 4, "kernel_regularizer": {"L2": 0.01}, "from": "input"},
    "DepthwiseConv2D": {"kernel_size": 3},
    "Dropout": 0.5,
    "Embedding": {"input_dim": 9, "output_dim": 4},
    "GRU": 4,
    "GaussianNoise": 0.1,
    "LSTM": {"units": 4, "return_sequences": True},
    "RandomContrast": 0.2,
    "RandomCrop": {"height": 4, "width": 4},
    "RandomRotation": [-0.1, 0.2],
    "RandomTranslation": {"height_factor": 0.1, "width_factor": 0.1},
    "RandomZoom": 0.2,
    "Rescaling": 0.00392,
    "Reshape": [4, -1],
    "SeparableConv1D": {"filters": 4, "kernel_size": 3},
    "SeparableConv2D": {"filters": 4, "kernel_size": 3},
    "SimpleRNN": 4,
    "SpatialDropout2D": 0.5,
    "TimeDistributed": {"Dense": 4},
}
WORDS = (
    "Dense relu None 1e3 Dense:16 Dense(16) {key} val_loss . [ input ../x ~ *.csv a:b"
)
KEYS = ["Dense", "Adam", "csv", "units", "epochs", "type", "name"]
garbage = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=12)
    | st.sampled_from(["", *WORDS.split(), "\x1b[0m", "\u202e", "\0"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.text(max_size=8) | st.integers() | st.sampled_from(KEYS),
            inner,
            max_size=3,
        )
    ),
    max_leaves=6,
)


def paths_of(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner: list[tuple[Any, Any]] = []
    if isinstance(value, dict):
        inner = list(value.items())
    elif isinstance(value, list):
        inner = list(enumerate(value))
    below = [found for key, item in inner for found in paths_of(item, (*path, key))]
    return [path, *below] if path else below


def replaced(path: tuple[Any, ...], value: Any) -> dict[str, Any]:
    config = copy.deepcopy(VALID)
    place: Any = config
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    return config


def problems_of(config: dict[str, Any]) -> tuple[Problem, ...]:
    """What is wrong with a config; anything but a `ProblemsError` is a bug."""
    try:
        parse_spec(node_of(config))
    except ProblemsError as error:
        return error.problems
    return ()


def harmless(problems: tuple[Problem, ...]) -> bool:
    """Whether the words hold nothing that could steer a terminal."""
    text = render_problems(problems).replace("\n", "")
    return not any(unicodedata.category(char) in {"Cc", "Cf", "Cs"} for char in text)


PATHS = paths_of(VALID)


@many
@given(st.sampled_from(PATHS), garbage)
@example(("model", "layers", 1, "BatchNormalization", "momentum"), 1.0)
@example(("fit", "class_weight"), {"0": float("nan")})
@example(("model", "layers", 0, "Dense", "units"), 10**400)
@example(("compile", "optimizer"), {"SGD": float("inf")})
@example(("data", "inline", "features"), [[10**400, 1]])
def test_garbage_anywhere_is_explained(path, value):
    problems = problems_of(replaced(path, value))

    assert all(problem.message for problem in problems)
    assert harmless(problems)


@many
@given(st.sampled_from(PATHS), st.text(max_size=10), garbage)
def test_a_key_too_many_is_explained(path, key, value):
    problems = problems_of(replaced(path, {key: value}))

    assert harmless(problems)


@many
@given(st.sampled_from(PATHS))
def test_a_missing_value_is_explained(path):
    config = copy.deepcopy(VALID)
    place: Any = config
    for key in path[:-1]:
        place = place[key]
    del place[path[-1]]

    problems = problems_of(config)

    assert all(problem.message for problem in problems)


def test_the_config_of_these_tests_is_valid():
    spec = parse_spec(node_of(VALID)).spec

    assert spec.model.layers[0].name == "first"


AMBIGUOUS = (
    "1 1.0 1e-4 010 0x1F true no null ~ .nan - 1_000 2024-01-01 12:30:45 = << !x &a *a"
)
numbers_and_truths = st.sampled_from([*AMBIGUOUS.split(), "a: b", "#", "- a", "'", '"'])
texts = numbers_and_truths | st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Cn", "Co"]),
    max_size=20,
)


def name_of(label: str) -> str:
    """What a label calls its class: `1` and `1.0` are one."""
    return name_classes([label]).names[0]


@many
@given(
    texts,
    st.lists(texts, max_size=3),
    st.lists(texts, min_size=2, max_size=2, unique_by=name_of),
)
def test_a_written_spec_reads_back_as_itself(tmp_path, description, tags, classes):
    config = VALID | {"description": description, "tags": tags}
    labels = [classes[0], classes[1], classes[0], classes[1]]
    config["data"] = config["data"] | {
        "inline": {"features": [[1, 2], [3, 4], [5, 6], [7, 8]], "labels": labels}
    }
    names = name_classes(classes).names
    config["fit"] = config["fit"] | {"class_weight": dict.fromkeys(names, 2.0)}
    spec = parse_spec(node_of(config)).spec
    file = tmp_path / "config.yaml"

    file.write_text(spec.to_yaml(), encoding="utf-8")

    assert parse_spec(load_config(file)).spec == spec


@many
@given(
    st.integers(1, 99),
    st.floats(1e-30, 1e30),
    st.floats(0, 0.99),
    st.sampled_from(["relu", "gelu", "linear"]),
)
def test_the_values_of_a_spec_give_the_same_spec(units, rate, dropout, activation):
    config = copy.deepcopy(VALID)
    config["model"]["layers"][0] = {
        "Dense": {"units": units, "activation": activation, "name": "first"}
    }
    config["model"]["layers"][2] = {"Dropout": dropout}
    config["compile"]["optimizer"] = {"Adam": rate}
    spec = parse_spec(node_of(config)).spec

    again = parse_spec(node_of(spec.values())).spec

    assert again == spec


@pytest.mark.parametrize("key", sorted(Layer.types))
def test_a_layer_reads_back_as_itself(key):
    layer = Layer.model_validate({key: SAMPLES[key]} if key in SAMPLES else key)

    again = Layer.model_validate(layer.model_dump(mode="json"))

    assert again == layer
    assert type(again) is Layer.types[key]


classes_by_kind()  # imports every class, so that each is a subclass below


def strict_classes(parent: type[Any] = Strict) -> list[type[Any]]:
    below = parent.__subclasses__()
    return [*below, *(found for child in below for found in strict_classes(child))]


def test_every_class_of_a_config_forbids_unknown_keys():
    classes = strict_classes()

    open_classes = [
        cls.__name__ for cls in classes if cls.model_config.get("extra") != "forbid"
    ]

    assert len(classes) > 100
    assert open_classes == []


KINDS = {cls.kind: cls for cls in strict_classes(Component) if "types" in cls.__dict__}


@pytest.mark.parametrize(
    ("kind", "key"),
    [(kind, key) for kind, parent in KINDS.items() for key in sorted(parent.types)],
)
def test_every_class_refuses_an_unknown_key(kind, key):
    with pytest.raises(ValueError, match="qqq"):
        KINDS[kind].model_validate({key: {"qqq": 1}})


def test_there_is_every_kind():
    assert len(KINDS) >= 10


def test_the_text_of_every_mistake_can_be_located(tmp_path):
    file = tmp_path / "config.yaml"
    spec = parse_spec(node_of(VALID)).spec
    file.write_text(spec.to_yaml(), encoding="utf-8")
    lines = file.read_text(encoding="utf-8").splitlines(keepends=True)
    rng = random.Random(5)

    for _ in range(300):
        at = rng.randrange(len(lines))
        damaged = lines.copy()
        damaged[at] = lines[at].replace(rng.choice("aeilnrs:,"), "q", 1)
        file.write_text("".join(damaged), encoding="utf-8")
        with suppress(ConfigError):
            node = load_config(file)
            known = locate_problems(node, problems_of(node.value))
            assert all(item.location is not None for item in known)
