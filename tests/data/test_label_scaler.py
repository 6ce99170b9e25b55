from __future__ import annotations

import json

import numpy as np
import pytest

from dlrun.data import LabelScaler, first_without_log
from dlrun.errors import DataError

PRICES = np.array([100_000, 300_000, 250_000, 410_000], dtype="float32")
COLUMNS = np.array([[1e5, 2.0], [3e5, 2.0], [2e5, 2.0]], dtype="float32")


def test_standard_is_mean_and_deviation_of_the_train_rows():
    scaler = LabelScaler.fit(["standard"], PRICES)

    scaled = scaler.apply(PRICES)

    by_hand = (PRICES.astype("float64") - PRICES.astype("float64").mean()) / (
        PRICES.astype("float64").std()
    )
    np.testing.assert_array_equal(scaled, by_hand.astype("float32"))
    assert scaled.dtype == np.float32


def test_minmax_is_0_to_1():
    scaled = LabelScaler.fit(["minmax"], PRICES).apply(PRICES)

    assert (scaled.min(), scaled.max()) == (0.0, 1.0)


def test_log_learns_nothing():
    scaler = LabelScaler.fit(["log"], PRICES)

    assert (scaler.offset, scaler.divisor) == ((0.0,), (1.0,))
    np.testing.assert_array_equal(
        scaler.apply(PRICES), np.log1p(PRICES.astype("float64")).astype("float32")
    )


def test_each_column_has_its_own_and_may_stay():
    scaler = LabelScaler.fit(["log", None], COLUMNS)

    scaled = scaler.apply(COLUMNS)

    assert scaled.shape == COLUMNS.shape
    np.testing.assert_allclose(scaled[:, 0], np.log1p(COLUMNS[:, 0]), rtol=1e-6)
    np.testing.assert_array_equal(scaled[:, 1], COLUMNS[:, 1])


def test_one_word_holds_for_all_columns_and_constant_ones_are_shifted():
    scaled = LabelScaler.fit(["standard"], COLUMNS).apply(COLUMNS)

    assert scaled[:, 0].std() == pytest.approx(1.0)
    np.testing.assert_array_equal(scaled[:, 1], [0, 0, 0])


def test_labels_of_more_axes_share_one():
    labels = np.arange(24, dtype="float32").reshape(2, 3, 4)

    scaler = LabelScaler.fit(["standard"], labels)

    assert len(scaler.scales) == 1
    assert scaler.apply(labels).mean() == pytest.approx(0, abs=1e-6)
    assert scaler.apply(labels).shape == labels.shape


def test_a_state_of_json_is_the_same_scaler():
    scaler = LabelScaler.fit(["minmax", None], COLUMNS)

    assert LabelScaler.from_state(json.loads(json.dumps(scaler.state()))) == scaler


@pytest.mark.parametrize(
    "state",
    [
        {},
        {"scale": ["standard"], "offset": [0.0], "divisor": [0.0]},
        {"scale": ["robust"], "offset": [0.0], "divisor": [1.0]},
        {"scale": ["standard"], "offset": [0.0, 1.0], "divisor": [1.0]},
        {"scale": "standard", "offset": [0.0], "divisor": [1.0]},
    ],
)
def test_a_damaged_state_is_told(state):
    with pytest.raises(DataError, match="scaler of labels is damaged"):
        LabelScaler.from_state(state)


def test_the_first_label_without_a_logarithm_is_found():
    labels = np.array([[5, -3], [0.5, 1], [-1, 2], [-2, 2]], dtype="float32")

    assert first_without_log(labels, ["log", None]) == (2, -1.0)
    assert first_without_log(labels, ["log"]) == (0, -3.0)
    assert first_without_log(labels, ["standard"]) is None
    assert first_without_log(PRICES, ["log"]) is None
