"""A vocabulary that was learned without Keras is that of `TextVectorization.adapt`."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dlrun.components.encoders import ColumnEncoder, Outline
from dlrun.engines import KerasDoor

pytestmark = pytest.mark.heavy

NASTY = [
    *("Good good, film!", "", "ÜBER Über über straße ẞ", "東京 東京 good", "film a"),
    *("a\x00 a b\u00a0c  d\x1fe\u2003f", "x" * 300, "[UNK] [unk]", "\ta\nb\x0bc\x0cd"),
    *(
        "it's it\u2019s e-mail e\u2013mail",
        "I İ \u0131 i",
        "🙂🙂 👩‍👩‍👧 é é",
        "a b a b a b",
        "?!",
        "0 00 0",
    ),
]
SETTINGS = [
    (standardize, split, ngrams)
    for standardize in (
        "lower_and_strip_punctuation",
        "lower",
        "strip_punctuation",
        None,
    )
    for split in ("whitespace", "character", None)
    for ngrams in (None, 2, [3, 1])
    if split or not ngrams
]
MODES = ["int", "multi_hot", "count", "tf_idf"]


def by_dlrun(arguments, texts):
    """The words that are learned, and what becomes of the texts."""
    encoder = ColumnEncoder.model_validate({"text": {**arguments, "missing": "ignore"}})
    column = np.array(texts, dtype=object)
    outline = Outline("c", "texts", ("c",), tuple(sorted({*texts})))
    state = json.loads(json.dumps(encoder.learn(outline, column)))
    encoded = KerasDoor().encode_column(encoder, state, encoder.apply(state, column))
    assert encoded.shape[1:] == encoder.outline(outline).row_shape
    return state["vocabulary"], encoded


def by_keras(arguments, texts):
    import keras
    import tensorflow as tf

    arguments = dict(arguments)
    if isinstance(arguments.get("ngrams"), list):
        arguments["ngrams"] = tuple(arguments["ngrams"])
    pads = arguments["output_mode"] != "int"
    layer = keras.layers.TextVectorization(**arguments, pad_to_max_tokens=pads)
    layer.adapt(tf.constant(texts))
    words = layer.get_vocabulary(include_special_tokens=False)
    return words, layer(tf.constant([[text] for text in texts])).numpy()


def assert_equal(arguments, texts):
    words, encoded = by_dlrun(arguments, texts)
    expected_words, expected = by_keras(arguments, texts)

    # Keras tells its words by NumPy, which cuts NUL from their ends.
    assert [word.rstrip("\0") for word in words] == expected_words
    np.testing.assert_allclose(encoded, expected, rtol=1e-6)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(("standardize", "split", "ngrams"), SETTINGS)
def test_nasty_texts_are_learned_and_encoded_as_by_keras(
    mode, standardize, split, ngrams
):
    stated = {"standardize": standardize, "split": split, "ngrams": ngrams}

    for most in (5, 1000):
        assert_equal({"max_tokens": most, "output_mode": mode, **stated}, NASTY)


@settings(max_examples=60, deadline=None)
@given(
    texts=st.lists(
        st.text(
            st.sampled_from("abAB ,.!_é É\t\u00a0東\x00\x1c'")
            | st.characters(codec="utf-8")
        ),
        min_size=1,
    ).filter(lambda texts: any(text.strip() for text in texts)),
    mode=st.sampled_from(MODES),
    setting=st.sampled_from(SETTINGS),
)
def test_any_texts_are_learned_and_encoded_as_by_keras(texts, mode, setting):
    standardize, split, ngrams = setting
    stated = {"standardize": standardize, "split": split, "ngrams": ngrams}

    assert_equal({"max_tokens": 12, "output_mode": mode, **stated}, ["a b", *texts])


def test_stated_words_are_those_of_keras():
    import keras
    import tensorflow as tf

    words = ["good", "東京", "a"]
    arguments = {"vocabulary": words, "output_mode": "int", "output_sequence_length": 4}

    _, encoded = by_dlrun(arguments, NASTY)

    layer = keras.layers.TextVectorization(**arguments)
    assert (encoded == layer(tf.constant([[text] for text in NASTY])).numpy()).all()
