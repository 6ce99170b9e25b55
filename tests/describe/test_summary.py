from __future__ import annotations

import re
from pathlib import Path

import pytest

from dlrun.config import node_of
from dlrun.describe.summary import render_summary, summary_values
from dlrun.experiment import parse_spec

GOLDEN = Path(__file__).parents[1] / "golden" / "summary"
SPARSE = "sparse_categorical_crossentropy"


def conv(filters, size, padding, name):
    arguments = {"filters": filters, "kernel_size": size, "padding": padding}
    return {"Conv2D": {**arguments, "activation": "relu", "name": name}}


def images(padding="valid", pool=False):
    """Three convolutions that shrink an image, or keep its size."""
    pooling = [{"MaxPooling2D": {"pool_size": 2, "name": "pool"}}] if pool else []
    return [
        {"Dense": {"units": 16, "activation": "relu", "name": "colors"}},
        conv(32, 3, padding, "c1"),
        *pooling,
        conv(64, 5, padding, "c2"),
        conv(128, 7, padding if not pool else "same", "c3"),
        "Flatten",
        {"Dense": {"units": 2, "activation": "softmax", "name": "classes"}},
    ]


BRANCHED = [
    {"Dense": {"units": 4, "activation": "relu", "name": "stem"}},
    {"Dense": {"units": 4, "name": "left"}},
    {"BatchNormalization": {"name": "right", "from": "stem"}},
    {"Add": {"name": "sum", "from": ["left", "right"]}},
    {"Dropout": {"rate": 0.5, "name": "drop", "enabled": False}},
    {"Dense": {"units": 2, "activation": "softmax", "name": "classes"}},
]


@pytest.fixture
def experiment():
    def make(layers, shape=(20, 20, 3)):
        return parse_spec(
            node_of(
                {
                    "name": "model",
                    "data": {"inline": {"features": zeros(shape), "labels": [0, 1]}},
                    "model": {"layers": layers},
                    "compile": {"loss": SPARSE},
                }
            )
        )

    def zeros(shape):
        row = 0
        for size in reversed(shape):
            row = [row] * size
        return [row, row]

    return make


def test_a_model_is_a_table_of_layers(experiment, golden):
    golden(GOLDEN / "cnn.txt", render_summary([("cnn.yaml", experiment(images()))]))


def test_the_arithmetic_of_every_layer_is_explained(experiment, golden):
    text = render_summary([("cnn.yaml", experiment(images()))], explain=True)

    golden(GOLDEN / "cnn-explained.txt", text)


def test_two_models_stand_side_by_side_with_what_differs(experiment, golden):
    models = [
        ("valid.yaml", experiment(images("valid"))),
        ("same.yaml", experiment(images("same"))),
    ]

    golden(GOLDEN / "cnn-valid-same.txt", render_summary(models))


def test_three_models_stand_side_by_side(experiment, golden):
    models = [
        ("valid.yaml", experiment(images("valid"))),
        ("same.yaml", experiment(images("same"))),
        ("pool.yaml", experiment(images("valid", pool=True))),
    ]

    golden(GOLDEN / "cnn-three.txt", render_summary(models))


def test_a_branched_model_shows_what_each_layer_takes(experiment, golden):
    text = render_summary([("branched.yaml", experiment(BRANCHED, (4,)))], explain=True)

    golden(GOLDEN / "branched.txt", text)


@pytest.mark.parametrize(("padding", "total"), [("valid", 473_890), ("same", 559_906)])
def test_padding_changes_the_number_of_parameters(experiment, padding, total):
    assert summary_values("m", experiment(images(padding)))["parameters"] == total


@pytest.mark.parametrize(
    "layers",
    [
        images(),
        BRANCHED,
        [
            {"Embedding": {"input_dim": 50, "output_dim": 8}},
            {"Bidirectional": {"LSTM": 4}},
            BRANCHED[-1],
        ],
        ["Flatten", BRANCHED[-1]],
    ],
)
def test_the_arithmetic_adds_up(experiment, layers):
    shape = {"Embedding": (5,), "Conv2D": (20, 20, 3)}
    kinds = [
        next(iter(layer)) if isinstance(layer, dict) else layer for layer in layers
    ]
    found = next((shape[kind] for kind in kinds if kind in shape), (4,))

    model = experiment(layers, found)
    values = summary_values("model", model)

    assert values["parameters"] == sum(
        layer["parameters"] for layer in values["layers"]
    )
    assert values["parameters"] == (
        values["trainable_parameters"] + values["non_trainable_parameters"]
    )
    for layer in values["layers"]:
        results = re.findall(r"= ([\d,]+)", "\n".join(layer["arithmetic"]))
        adding = sum(int(result.replace(",", "")) for result in results)
        assert adding == layer["parameters"]
    last_line = render_summary([("model", model)], explain=True).splitlines()[-1]
    assert f"{values['parameters']:,}" in last_line


def test_what_is_not_trained_is_counted_apart(experiment):
    values = summary_values("model", experiment(BRANCHED, (4,)))

    right = values["layers"][2]
    assert (right["parameters"], right["trainable_parameters"]) == (16, 8)
    assert values["non_trainable_parameters"] == 8


def test_values_say_where_a_layer_takes_its_input(experiment):
    values = summary_values("model", experiment(BRANCHED, (4,)))

    assert [layer["from"] for layer in values["layers"]] == [
        ["input"],
        ["stem"],
        ["stem"],
        ["left", "right"],
        ["sum"],
        ["drop"],
    ]
    assert [layer["enabled"] for layer in values["layers"]][4] is False


def test_a_model_without_parameters_says_so(experiment):
    text = render_summary([("soft", experiment(["Softmax"], (2,)))], explain=True)

    assert "0 parameters (0 bytes)" in text
    assert text.endswith("soft has no parameters")
