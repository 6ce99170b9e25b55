"""In a graph of Keras every encoder does the same as before training."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from dlrun.components.encoders import Chain, ColumnEncoder
from dlrun.components.sources.text_table import Csv
from dlrun.data import Dataset
from dlrun.engines import KerasDoor
from dlrun.engines.column import build_column, cells_of
from dlrun.rows.encoding import encode_columns
from dlrun.rows.learning import learn_columns
from dlrun.rows.prepared import encoders_of

pytestmark = pytest.mark.heavy

PENGUINS = Path(__file__).parents[2] / "datasets/penguins.csv"
NUMBERS = np.array([4.0, np.nan, -0.5, 2.0, 9.0, 2.0, 1e6, np.nan])
TEXTS = np.array(["b", "", "ü", "東京", "b", "naïve; ü", "z", ""], dtype=object)
SPELT = np.array(["1.0", "2", "", "1.0", "3.5", "-0", "2.0"], dtype=object)
SPELT_ANEW = np.array(["1", "2.00", "", "+1", "3.50", "0", "x"], dtype=object)
TRUTHS = np.array(["True", "False", "", "True", "True"], dtype=object)
TRUTHS_ANEW = np.array(["true", "FALSE", "", "True", "maybe"], dtype=object)
NEW = np.array(["z", "", "never; b", "東京", "ü", "B", "b ", "é"], dtype=object)
DATES = np.array(
    ["2024-02-29T23:59:59", "1999-12-31", "2000-03-01", "2023-01-01T06:00"] * 2,
    dtype=object,
)
IMAGES = np.arange(8 * 2 * 3 * 3, dtype="float32").reshape(8, 2, 3, 3)
IMAGES[[1, 7]] = np.nan
ANYTHING = {"missing": "category", "unknown": "category"}
NOTHING = {"missing": "ignore", "unknown": "ignore"}
PARTS = ["year", "month", "day", "weekday", "hour", "minute", "second"]
ALONE = {"input": ("c",)}
CHAINS = {
    "number": [{"impute": {"method": "constant", "value": -1}}, "number"],
    "impute": [{"impute": {"method": "median", "indicator": True}}],
    "impute-text": [
        {"impute": {"method": "most_frequent", "indicator": True}},
        {"one_hot": NOTHING},
    ],
    "standard": [{"impute": "mean"}, {"scale": "standard"}],
    "minmax": [{"scale": "minmax"}, {"impute": "median"}],
    "robust": [{"impute": "mean"}, {"scale": "robust"}],
    "log": [{"impute": "mean"}, {"scale": "log"}],
    "clip": [{"clip": {"x_min": 0, "x_max": 5}}, {"impute": "mean"}],
    "clip-one-end": [{"impute": "mean"}, {"clip": {"x_max": 3}}],
    "bins": [{"bins": [0, 2, 5]}, {"impute": "median"}],
    "bins-one-hot": [
        {"impute": "mean"},
        {"bins": {"num_bins": 3, "output_mode": "one_hot"}},
    ],
    "one-hot": [{"one_hot": ANYTHING}],
    "one-hot-nothing": [{"one_hot": NOTHING}],
    "one-hot-stated": [{"one_hot": {"vocabulary": ["東京", "b"], **ANYTHING}}],
    "ordinal": [{"ordinal": ANYTHING}],
    "ordinal-gaps": [{"ordinal": {"order": ["b", "ü"], **NOTHING}}, {"impute": "mean"}],
    "multi-hot": [{"multi_hot": ANYTHING}],
    "multi-hot-nothing": [{"multi_hot": {"vocabulary": ["ü", "b"], **NOTHING}}],
    "hash": [{"hash": {"num_bins": 5, "missing": "category"}}],
    "hash-one-hot": [
        {
            "hash": {
                "num_bins": 5,
                "output_mode": "one_hot",
                "missing": "ignore",
                "salt": [3, 7],
            }
        }
    ],
    "hash-filled": [{"impute": "most_frequent"}, {"hash": {"num_bins": 7}}],
    "text": [{"text": {"max_tokens": 9, "missing": "ignore"}}],
    "text-columns": [
        {"impute": {"method": "constant", "value": "naïve b"}},
        {"text": {"max_tokens": 9, "output_mode": "tf_idf", "ngrams": 2}},
    ],
    "date": [{"date": PARTS}],
    "date-cyclic": [{"date": {"parts": PARTS, "cyclic": True}}, "scale"],
    "image": [{"image": {"image_size": [2, 3], "missing": "ignore"}}],
    "date-alone": [{"date": ["weekday"]}],
}


def chain_of(written):
    return Chain("c", "c", tuple(map(ColumnEncoder.model_validate, written)))


def columns_for(chain):
    """Rows to learn from, and new ones."""
    if chain.encoders[0].key == "date":
        return DATES, DATES[::-1]
    if chain.type == "images":
        return IMAGES, IMAGES[::-1]
    if chain.encoders[-1].runs_in_graph:
        return np.append(TEXTS, ["1.0", "1.0"] * 3), np.append(NEW, "1")
    if chain.type == "texts":
        return TEXTS, NEW
    return NUMBERS, np.where(NUMBERS == 4, 5.25, NUMBERS)[::-1]


def in_graph(prepared, column):
    import tensorflow as tf

    encoders = encoders_of(prepared)
    given = Chain("c", "c", tuple(encoders)).given({"c": column})
    cells = cells_of(encoders, prepared.states, given)
    is_text = cells.dtype.kind == "O"
    tensor = tf.constant(cells.tolist() if is_text else cells.astype("float32"))
    return np.asarray(build_column(encoders, prepared.states)(tensor))


def test_every_encoder_is_compared():
    keys = {one.key for chain in CHAINS.values() for one in chain_of(chain).encoders}

    assert keys == set(ColumnEncoder.types) - {"cross", "drop"}


@pytest.mark.parametrize("name", CHAINS)
def test_a_graph_does_what_was_done_before_training(name):
    chain = chain_of(CHAINS[name])
    assert chain.misfit() is None
    train, new = columns_for(chain)
    rows = Dataset({}, columns={"c": train})
    prepared = learn_columns([chain], rows, rows)

    for column in (train, new):
        encoded = encode_columns(
            prepared, {"input": ("c",)}, Dataset({}, columns={"c": column}), KerasDoor()
        )

        expected = encoded.features["input"]
        assert in_graph(prepared["c"], column) == pytest.approx(
            expected, rel=2e-6, abs=1e-5
        )


@pytest.mark.parametrize(
    "name", ["one-hot", "one-hot-nothing", "ordinal", "multi-hot", "impute-text"]
)
@pytest.mark.parametrize(("train", "new"), [(SPELT, SPELT_ANEW), (TRUTHS, TRUTHS_ANEW)])
def test_a_graph_knows_other_spellings_of_a_category(name, train, new):
    chain = chain_of(CHAINS[name])
    rows = Dataset({}, columns={"c": train})
    prepared = learn_columns([chain], rows, rows)

    for column in (train, new):
        encoded = encode_columns(
            prepared, ALONE, Dataset({}, columns={"c": column}), KerasDoor()
        )

        expected = encoded.features["input"]
        assert (in_graph(prepared["c"], column) == expected).all()


def test_categories_are_encoded_to_the_bit():
    chain = chain_of([{"one_hot": ANYTHING}])
    rows = Dataset({}, columns={"c": TEXTS})
    every = Dataset({}, columns={"c": np.concatenate([TEXTS, NEW])})
    prepared = learn_columns([chain], every, rows)

    encoded = encode_columns(prepared, ALONE, every, KerasDoor()).features["input"]

    assert (in_graph(prepared["c"], every.columns["c"]) == encoded).all()
    assert encoded[len(TEXTS) + 2].tolist()[-1] == 1


def test_a_table_as_it_is_passes_a_graph_as_it_was_trained_on():
    types = {"body_mass_g": "numbers", "sex": "texts", "island": "texts"}
    rows = Csv(path=str(PENGUINS), labels="species").reading_columns(types)
    dataset = rows.load(task="classification")
    written = {
        "body_mass_g": [{"impute": {"method": "median", "indicator": True}}, "scale"],
        "sex": [{"one_hot": {"missing": "category"}}],
        "island": ["one_hot"],
    }
    chains = [
        Chain(name, name, chain_of(one).encoders) for name, one in written.items()
    ]

    prepared = learn_columns(chains, dataset, dataset)
    blocks = [in_graph(one, dataset.columns[name]) for name, one in prepared.items()]

    expected = encode_columns(
        prepared, {"input": tuple(prepared)}, dataset, KerasDoor()
    ).features["input"]
    assert np.concatenate(blocks, axis=1) == pytest.approx(expected, abs=2e-6)


def encoded_by_door(written, column):
    """What an encoder makes of a column, and its cells as Keras is to get them."""
    chain = chain_of([written])
    (encoder,) = chain.encoders
    is_cross = column.ndim == 2
    cells = encoder.apply({}, column if is_cross else chain.given({"c": column}))
    return KerasDoor().encode_column(encoder, {}, cells), cells


@pytest.mark.parametrize("salt", [None, 3, [3, 7]])
@pytest.mark.parametrize("mask", [None, ""])
@pytest.mark.parametrize("mode", ["int", "one_hot"])
def test_a_hash_is_that_of_keras(salt, mask, mode):
    import keras
    import tensorflow as tf

    column = np.concatenate([TEXTS, NEW])
    column = column[column != ""] if mask is None else column
    arguments = {"num_bins": 6, "output_mode": mode, "salt": salt}
    missing = {} if mask is None else {"missing": "category"}

    encoded, cells = encoded_by_door({"hash": {**arguments, **missing}}, column)

    layer = keras.layers.Hashing(mask_value=mask, **arguments)
    assert (encoded == layer(tf.constant(cells.tolist())).numpy()).all()


def test_ignored_gaps_have_no_bin():
    hashed = {"num_bins": 6, "output_mode": "one_hot", "missing": "ignore"}

    encoded, _ = encoded_by_door({"hash": hashed}, TEXTS)
    pairs = np.stack([TEXTS, TEXTS[::-1]], axis=1)
    crossed, _ = encoded_by_door({"cross": {**hashed, "columns": ["c", "d"]}}, pairs)

    assert encoded.sum(axis=1).tolist() == [float(bool(one)) for one in TEXTS]
    assert crossed.sum(axis=1).tolist() == [float(all(pair)) for pair in pairs]


@pytest.mark.parametrize("mode", ["int", "one_hot"])
@pytest.mark.parametrize("number", [2, 3])
def test_a_cross_is_that_of_keras_and_its_graph_does_the_same(mode, number):
    import keras
    import tensorflow as tf

    names = ("size", "name", "more")[:number]
    columns = {"size": NUMBERS, "name": TEXTS, "more": NEW}
    rows = Dataset({}, columns={name: columns[name] for name in names})
    written = {"num_bins": 6, "output_mode": mode, "missing": "category"}
    chain = Chain(
        "c", "c", chain_of([{"cross": {"columns": names, **written}}]).encoders
    )

    prepared = learn_columns([chain], rows, rows)
    encoded = encode_columns(prepared, ALONE, rows, KerasDoor()).features["input"]
    encoders = encoders_of(prepared["c"])
    cells = encoders[0].cells(chain.given(rows.columns))
    graph = build_column(encoders, prepared["c"].states)

    assert (encoded == graph(tf.constant(cells.tolist())).numpy()).all()
    sizes = ["4", "", "-0.5", "2", "9", "2", "1000000", ""]
    texts = [sizes, TEXTS.tolist(), NEW.tolist()][:number]
    layer = keras.layers.HashedCrossing(6, output_mode=mode)
    expected = np.asarray(layer([tf.constant(one) for one in texts]))
    assert (encoded == expected.reshape(len(encoded), -1)).all()


def test_many_rows_are_encoded_as_few():
    column = np.array([f"text {number % 97}" for number in range(20000)], dtype=object)

    encoded, _ = encoded_by_door({"hash": {"num_bins": 50}}, column)
    first, _ = encoded_by_door({"hash": {"num_bins": 50}}, column[:97])
    none, _ = encoded_by_door({"hash": {"num_bins": 50}}, column[:0])

    assert (encoded[:19982] == np.tile(first, (206, 1))).all()
    assert none.shape == (0, 1)
