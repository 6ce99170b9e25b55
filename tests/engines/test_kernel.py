"""A layer for which this device has no kernel is told by its name, with a cure."""

from __future__ import annotations

import pytest

from dlrun.config import located, node_of
from dlrun.engines import kernel, kernels_told
from dlrun.errors import KernelError
from dlrun.experiment import parse_spec

LAYERS = [
    {"DepthwiseConv2D": {"kernel_size": 1, "strides": [1, 2]}},
    {"Conv2DTranspose": {"filters": 2, "kernel_size": 2, "dilation_rate": 2}},
    {"SeparableConv2D": {"filters": 2, "kernel_size": 2, "strides": 2}},
    {
        "SeparableConv2D": {
            "filters": 2,
            "kernel_size": 1,
            "strides": [2, 1],
            "enabled": False,
        }
    },
    "Flatten",
    {"Dense": 1},
]


class Refusing:
    """A backend whose device has kernels for all but one argument."""

    def __init__(self, argument):
        self.argument = argument

    def refused_argument(self, error):
        return self.argument if "no kernel" in str(error) else None


@pytest.fixture(scope="module")
def node():
    pixels = [[[[0.0], [1.0], [2.0], [3.0]]] * 4] * 2
    return node_of(
        {
            "name": "pictures",
            "data": {"inline": {"features": pixels, "labels": [0.5, 1.5]}},
            "model": {"layers": LAYERS},
            "compile": {"loss": "mse"},
        }
    )


@pytest.mark.parametrize(
    ("argument", "number", "cure"),
    [("strides", 1, "strides: 1"), ("dilation_rate", 2, "dilation_rate: 1")],
)
def test_the_layer_is_told_with_a_cure(monkeypatch, node, argument, number, cure):
    monkeypatch.setattr(kernel, "current_backend", lambda: Refusing(argument))
    experiment = parse_spec(node)

    with pytest.raises(KernelError) as told, located(node), kernels_told(experiment):
        raise ValueError("no kernel for you")

    (problem,) = told.value.problems
    assert problem.path[:3] == ("model", "layers", number - 1)
    assert problem.path[-1] == argument
    assert f"layer {number} " in problem.message
    assert cure in problem.hint
    assert "TF_ENABLE_ONEDNN_OPTS=1" in problem.hint


def test_a_trained_model_is_not_told_to_be_another(monkeypatch, node):
    monkeypatch.setattr(kernel, "current_backend", lambda: Refusing("strides"))
    experiment = parse_spec(node)

    with (
        pytest.raises(KernelError) as told,
        kernels_told(experiment, is_trained=True),
    ):
        raise ValueError("no kernel for you")

    assert "strides: 1" not in told.value.problems[0].hint


@pytest.mark.parametrize(("argument", "words"), [(None, "x"), ("strides", "shape")])
def test_another_error_stays_as_it_is(monkeypatch, node, argument, words):
    monkeypatch.setattr(kernel, "current_backend", lambda: Refusing(argument))

    with pytest.raises(ValueError, match=words), kernels_told(parse_spec(node)):
        raise ValueError(words)


def test_every_layer_that_may_lack_a_kernel_is_warned_of(node):
    warned = [one for one in parse_spec(node).warnings if one.code == "rare-kernel"]

    assert [(one.path[2], one.path[-1]) for one in warned] == [
        (0, "strides"),
        (1, "dilation_rate"),
    ]
