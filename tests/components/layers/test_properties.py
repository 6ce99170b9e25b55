"""Whatever the arguments: what a layer accepts, Keras builds, and nothing else."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from dlrun.components.layers import Layer, Shape, ShapeError

ADAPTER = TypeAdapter(Layer)

SIZES = st.integers(1, 5)
PAIRS = st.one_of(SIZES, st.lists(SIZES, min_size=2, max_size=2))
SAME = st.sampled_from(["valid", "same"])
CHANNELS = st.integers(1, 4)
SHAPES = st.lists(st.integers(1, 7), min_size=1, max_size=4).map(tuple)
SERIES = st.tuples(st.integers(1, 9), CHANNELS)
IMAGES = st.tuples(st.integers(1, 9), st.integers(1, 9), CHANNELS)


def sparse(
    required: dict[str, Any], optional: dict[str, Any]
) -> st.SearchStrategy[Any]:
    return st.fixed_dictionaries(
        {key: as_strategy(value) for key, value in required.items()},
        optional={key: as_strategy(value) for key, value in optional.items()},
    )


def as_strategy(value: Any) -> st.SearchStrategy[Any]:
    return value if isinstance(value, st.SearchStrategy) else st.just(value)


WINDOW = {"strides": PAIRS, "padding": SAME, "dilation_rate": PAIRS}
FILTERS = {"filters": st.integers(1, 6), "kernel_size": PAIRS}
SERIES_WINDOW = {
    "strides": SIZES,
    "padding": st.sampled_from(["valid", "same", "causal"]),
    "dilation_rate": SIZES,
    "groups": st.integers(1, 3),
}
RECURRENT = {
    "return_sequences": st.booleans(),
    "go_backwards": st.booleans(),
    "use_bias": st.booleans(),
}

ARGUMENTS = {
    "AveragePooling1D": sparse(
        {"pool_size": SIZES}, {"strides": SIZES, "padding": SAME}
    ),
    "AveragePooling2D": sparse(
        {"pool_size": PAIRS}, {"strides": PAIRS, "padding": SAME}
    ),
    "Conv1D": sparse(FILTERS | {"kernel_size": SIZES}, SERIES_WINDOW),
    "Conv2D": sparse(FILTERS, WINDOW | {"groups": st.integers(1, 3)}),
    "Conv2DTranspose": sparse(FILTERS, WINDOW),
    "DepthwiseConv2D": sparse(
        {"kernel_size": PAIRS}, WINDOW | {"depth_multiplier": SIZES}
    ),
    "GRU": sparse({"units": SIZES}, RECURRENT | {"reset_after": st.booleans()}),
    "LSTM": sparse({"units": SIZES}, RECURRENT),
    "LayerNormalization": sparse({}, {"axis": st.integers(-4, 4)}),
    "MaxPooling1D": sparse({}, {"pool_size": SIZES, "strides": SIZES, "padding": SAME}),
    "MaxPooling2D": sparse({}, {"pool_size": PAIRS, "strides": PAIRS, "padding": SAME}),
    "Reshape": sparse(
        {
            "target_shape": st.lists(
                st.sampled_from([-1, 1, 2, 3, 4, 6]), min_size=1, max_size=3
            )
        },
        {},
    ),
    "SeparableConv2D": sparse(FILTERS, WINDOW | {"depth_multiplier": SIZES}),
    "SimpleRNN": sparse({"units": SIZES}, RECURRENT),
    "Softmax": sparse({}, {"axis": st.integers(-4, 4)}),
    "ZeroPadding2D": sparse({"padding": st.one_of(PAIRS, st.tuples(PAIRS, PAIRS))}, {}),
}

CASES = st.sampled_from(sorted(ARGUMENTS)).flatmap(
    lambda key: st.tuples(
        st.just(key), ARGUMENTS[key], st.one_of(SHAPES, SERIES, IMAGES)
    )
)


@pytest.mark.heavy
@settings(
    max_examples=400,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)
@given(CASES)
def test_what_a_layer_accepts_keras_builds_the_same_way(case):
    key, arguments, shape = case

    ours = built_by_us(key, arguments, shape)
    theirs = built_by_keras(key, arguments, shape)

    assert ours == theirs or (ours is None and is_nonsense(key, arguments, shape))


def built_by_us(key: str, arguments: Any, shape: Shape) -> tuple[Shape, int] | None:
    """The shape that comes out, and the number of parameters; `None`: refused."""
    try:
        layer = ADAPTER.validate_python({key: arguments})
        return layer.output_shape(shape), layer.count(shape)
    except (ShapeError, ValidationError):
        return None


def built_by_keras(key: str, arguments: Any, shape: Shape) -> tuple[Shape, int] | None:
    import keras

    try:
        layer = getattr(keras.layers, key)(**arguments)
        return layer(keras.Input(shape)).shape[1:], layer.count_params()
    except (ValueError, IndexError, TypeError):
        return None


def is_nonsense(key: str, arguments: Any, shape: Shape) -> bool:
    """What Keras accepts against its own words; dlrun refuses it."""
    axis = arguments.get("axis", -1)
    is_batch = axis in {0, -len(shape) - 1}
    return is_batch or (key == "Softmax" and not -len(shape) <= axis <= len(shape))
