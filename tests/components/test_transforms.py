from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlrun.components import transforms
from dlrun.components.transforms import Scaler, one_hot
from dlrun.errors import DataError

RNG = np.random.default_rng(0)


def test_standard_brings_each_column_to_mean_0_and_deviation_1():
    features = RNG.normal([5, -100], [2, 30], (1000, 2)).astype("float32")

    scaled = Scaler.fit("standard", features).apply(features)

    np.testing.assert_allclose(scaled.mean(axis=0), 0, atol=1e-5)
    np.testing.assert_allclose(scaled.std(axis=0), 1, atol=1e-5)
    assert scaled.dtype == "float32"


@given(
    st.lists(st.integers(1, 9), min_size=1, max_size=4),
    st.integers(1, 5),
    st.sampled_from(["float32", "float64"]),
    st.sampled_from(["C", "F"]),
    st.integers(0, 2**32),
)
def test_the_deviation_is_that_of_numpy_to_the_bit(shape, chunk, kind, order, seed):
    chance = np.random.default_rng(seed)
    scale = 10.0 ** chance.integers(-6, 7, shape[-1])
    features = np.asarray(
        chance.normal(chance.integers(-9, 9), scale, shape), kind, order=order
    )

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(transforms, "_CHUNK", chunk)
        learned = Scaler.fit("standard", features)

    axes = tuple(range(len(shape) - 1))
    expected = np.atleast_1d(features.std(axis=axes, dtype="float64"))
    width = np.atleast_1d(features.max(axis=axes) - features.min(axis=axes))
    expected[(width == 0) | (expected == 0)] = 1
    assert np.array_equal(learned.divisor, expected)


def test_the_deviation_of_many_rows_is_that_of_numpy_to_the_bit():
    features = RNG.normal(3, 7, (20_001, 5)).astype("float32")

    learned = Scaler.fit("standard", features)

    assert np.array_equal(learned.divisor, features.std(axis=0, dtype="float64"))


def test_minmax_brings_each_column_to_0_and_1():
    features = np.array([[10, 1], [20, 3], [15, 2]], dtype="float32")

    scaled = Scaler.fit("minmax", features).apply(features)

    assert scaled.tolist() == [[0, 0], [1, 1], [0.5, 0.5]]


def test_images_are_scaled_per_channel():
    images = RNG.uniform(0, 255, (20, 4, 4, 3)).astype("float32")

    scaler = Scaler.fit("standard", images)

    assert len(scaler.offset) == 3
    np.testing.assert_allclose(scaler.apply(images).mean(axis=(0, 1, 2)), 0, atol=1e-5)


@pytest.mark.parametrize("scale", ["standard", "minmax"])
def test_a_constant_column_is_only_shifted(scale):
    features = np.full((7, 1), 0.1, dtype="float32")

    scaler = Scaler.fit(scale, features)

    assert scaler.divisor == (1.0,)
    np.testing.assert_allclose(scaler.apply(features), 0, atol=1e-7)


def test_more_rows_than_one_chunk_are_scaled_alike():
    features = RNG.normal(size=(10_000, 1)).astype("float32")
    scaler = Scaler.fit("standard", features[:10])

    scaled = scaler.apply(features)

    assert np.array_equal(scaled[9_000:], scaler.apply(features[9_000:]))


@given(
    st.sampled_from(["standard", "minmax"]),
    st.lists(st.floats(-1e6, 1e6, width=32), min_size=1, max_size=20),
)
def test_a_scaler_is_what_its_state_says(scale, values):
    scaler = Scaler.fit(scale, np.array(values, dtype="float32")[:, None])

    again = Scaler.from_state(json.loads(json.dumps(scaler.state())))

    assert again == scaler


@pytest.mark.parametrize(
    "state",
    [
        {},
        {"scale": "minmax", "offset": 1, "divisor": [1]},
        {"scale": "standard", "offset": ["x"], "divisor": [1]},
        {"scale": "log", "offset": [0], "divisor": [1]},
        {"scale": "minmax", "offset": [0], "divisor": [1, 2]},
        {"scale": "minmax", "offset": [0], "divisor": [0]},
    ],
)
def test_a_damaged_state_is_recognised(state):
    with pytest.raises(DataError) as caught:
        Scaler.from_state(state)

    assert "the state of the scaler is damaged" in str(caught.value)


def test_a_class_becomes_a_vector_with_a_single_1():
    encoded = one_hot(np.array([2, 0], dtype="int32"), 3)

    assert encoded.tolist() == [[0, 0, 1], [1, 0, 0]]
    assert encoded.dtype == "float32"
