from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from dlrun.config import node_of
from dlrun.experiment import parse_spec

pytestmark = pytest.mark.heavy

DENSE = [{"Dense": {"units": 4, "activation": "relu"}}]
LARGE = [{"Dense": {"units": 50_000, "activation": "relu"}}]
ROW = {"dense": [0.0, 1.0], "series": [[0.0]] * 6, "image": [[[0.0]] * 6] * 6}
FLAT = ["Flatten"]


def experiment(layers, row="dense", jit="auto", augment=(), batch_size=10):
    features = [ROW[row], ROW[row]]
    data: dict[str, Any] = {"inline": {"features": features, "labels": [0, 1]}}
    if augment:
        data["augment"] = list(augment)
    layers = [*layers, {"Dense": {"units": 2, "activation": "softmax"}}]
    return parse_spec(
        node_of(
            {
                "name": "jit",
                "data": data,
                "model": {"layers": layers},
                "compile": {"loss": "sparse_categorical_crossentropy"},
                "fit": {"jit": jit, "batch_size": batch_size},
            }
        )
    )


def decided(*arguments, rows=10_000, device="cpu", **options):
    from dlrun.engines.tensorflow.jit import decide_jit

    jit = decide_jit(experiment(*arguments, **options), rows, device)
    return jit.on, jit.reason


CONVOLUTION = [{"Conv2D": {"filters": 2, "kernel_size": 3}}, *FLAT]
WRAPPED = [{"TimeDistributed": {"Conv1D": {"filters": 2, "kernel_size": 1}}}, *FLAT]


@pytest.mark.parametrize(
    ("layers", "row", "rows", "on"),
    [
        (DENSE, "dense", 10_000, True),
        (DENSE, "dense", 2_000, True),
        (DENSE, "dense", 1_999, False),
        (DENSE, "dense", 6, False),
        (LARGE, "dense", 1_000, True),
        (LARGE, "dense", 999, False),
        ([{"LSTM": 4}], "series", 1_000, True),
        ([{"Bidirectional": {"layer": {"GRU": 4}}}], "series", 1_000, True),
        ([{"LSTM": 4}], "series", 999, False),
        (CONVOLUTION, "image", 10_000, False),
        ([{"MaxPooling2D": 2}, *FLAT], "image", 10_000, False),
        ([{"AveragePooling2D": 2}, *FLAT], "image", 10_000, True),
        (WRAPPED, "image", 10_000, False),
        ([{"MaxPooling1D": {"enabled": False}}, *FLAT], "series", 10_000, True),
    ],
)
def test_xla_where_it_pays(layers, row, rows, on):
    assert decided(layers, row, rows=rows)[0] is on


def test_the_reason_names_what_decided():
    found = [
        decided(DENSE),
        decided(DENSE, rows=6, batch_size=3),
        decided(CONVOLUTION, "image"),
        decided(FLAT, "image", augment=[{"RandomRotation": 0.1}]),
        decided(DENSE, device="gpu"),
        decided(CONVOLUTION, "image", jit="on"),
        decided(DENSE, jit="off"),
    ]

    assert found == [
        (True, "1,000 whole batches per epoch, nothing that XLA slows down"),
        (False, "2 whole batches per epoch, compiling pays from 200"),
        (False, "XLA slows Conv2D down on a CPU"),
        (False, "XLA cannot compile the training of RandomRotation"),
        (False, "not measured on a gpu"),
        (True, "the config says jit: on"),
        (False, "the config says jit: off"),
    ]


@pytest.mark.parametrize(
    ("layers", "row", "jit", "evaluation"),
    [
        ([{"LSTM": 4}], "series", "auto", True),
        ([{"Bidirectional": {"layer": {"GRU": 4}}}], "series", "on", True),
        ([{"LSTM": 4}], "series", "off", False),
        (DENSE, "dense", "auto", False),
        (DENSE, "dense", "on", False),
    ],
)
def test_evaluation_is_compiled_where_layers_are_recurrent(
    layers, row, jit, evaluation
):
    from dlrun.engines.tensorflow.jit import decide_jit

    found = decide_jit(experiment(layers, row, jit), 10_000, "cpu")

    assert found.evaluation is evaluation
    assert found.words()["jit_evaluation"] == ("on" if evaluation else "off")


def test_epochs_do_not_count():
    from dlrun.engines.tensorflow.jit import decide_jit

    one = experiment(DENSE)
    fit = one.spec.fit.model_copy(update={"epochs": 1})
    other = replace(one, spec=one.spec.model_copy(update={"fit": fit}))

    assert decide_jit(one, 3_000, "cpu") == decide_jit(other, 3_000, "cpu")
