"""What is known of a text column without Keras: shapes, words, gaps, arguments."""

from __future__ import annotations

import json

import numpy as np
import pytest
from pydantic import ValidationError

from dlrun.components.encoders import CellsError, Chain, ColumnEncoder, Outline, cured
from dlrun.errors import DataError

TEXTS = np.array(["Good film!", "bad, bad film", "", "so so so good"], dtype=object)
READ = Outline("c", "texts", ("c",), tuple(sorted(TEXTS)))
UNREAD = Outline("c", "texts", ("c",))


def text(**arguments):
    stated = {} if "vocabulary" in arguments else {"max_tokens": 6}
    return ColumnEncoder.model_validate({"text": stated | arguments})


def test_tokens_have_a_shape_that_is_stated_or_that_of_the_longest_text():
    stated = text(output_sequence_length=9).outline(UNREAD)

    assert (stated.form, stated.shape, stated.num_tokens) == ("tokens", (9,), 6)
    assert text().outline(UNREAD).shape is None
    assert text().outline(READ).shape == (4,)
    assert text(ngrams=2).outline(READ).shape == (7,)
    assert text().outline(Outline("c", "texts", ("c",), ("",))).shape == (1,)


@pytest.mark.parametrize("mode", ["multi_hot", "count", "tf_idf"])
def test_columns_of_words_are_as_many_as_tokens_whatever_the_rows(mode):
    names = tuple(f"c:word{number}" for number in range(1, 6))

    assert text(output_mode=mode).outline(UNREAD).names == ("c:unknown", *names)
    stated = text(output_mode=mode, vocabulary=["good", "bad"]).outline(UNREAD)
    assert stated.names == ("c:unknown", "c:word1", "c:word2")


def test_a_stated_vocabulary_says_which_tokens_there_are():
    assert text(vocabulary=["good", "bad"]).outline(READ).num_tokens == 4


def test_words_are_learned_from_train_rows_and_the_length_from_all():
    train = TEXTS[:2]

    assert text().learn(READ, train) == {
        "vocabulary": ["film", "bad", "good"],
        "output_sequence_length": 4,
    }
    assert text(output_mode="count").learn(READ, train) == {
        "vocabulary": ["film", "bad", "good"]
    }
    assert text(max_tokens=3).learn(READ, train)["vocabulary"] == ["film"]
    weighted = text(output_mode="tf_idf", vocabulary=["bad"]).learn(READ, train)
    assert weighted["idf_weights"] == pytest.approx([0.693147], abs=1e-6)


def test_train_rows_without_a_word_teach_nothing():
    with pytest.raises(CellsError) as caught:
        text(missing="ignore").learn(READ, np.array(["", "?!"], dtype=object))

    words = "has no word in all 2 train rows, so there is nothing to learn"
    assert caught.value.faults[0].words == words


def test_gaps_are_told_or_texts_without_words():
    state = text().learn(READ, TEXTS)

    with pytest.raises(CellsError) as caught:
        text().apply(state, TEXTS)

    (fault,) = caught.value.faults
    assert (fault.code, fault.words, fault.rows.tolist()) == ("gap", "has 1 gap", [2])
    cure = cured([text()], [(0, fault.cure)])
    assert cure == "{text: {max_tokens: 6, missing: ignore}}"
    assert text(missing="ignore").apply(state, TEXTS).tolist()[2] == [""]


def test_half_a_surrogate_which_nothing_encodes_is_a_question_mark():
    column = np.array(["a \ud83d", "1.0"], dtype=object)

    given = Chain("c", "c", (text(),)).given({"c": column})

    assert given.tolist() == ["a ?", "1.0"]


REFUSED = {
    "max_tokens": [
        {"max_tokens": None},
        {"max_tokens": 1},
        {"max_tokens": 2},
        {"max_tokens": 2.5},
        {"vocabulary": ["a"], "max_tokens": 9},
    ],
    "vocabulary": [
        {"vocabulary": []},
        {"vocabulary": ["a", "a"]},
        {"vocabulary": ["Good"]},
        {"vocabulary": ["it's"]},
        {"vocabulary": [" a"]},
        {"vocabulary": ["[UNK]"]},
        {"vocabulary": "words.txt"},
    ],
    "ngrams": [{"ngrams": 0}, {"ngrams": []}, {"ngrams": 2, "split": None}],
    "output_sequence_length": [{"output_sequence_length": 4, "output_mode": "count"}],
    "split": [{"split": "words"}],
    "standardize": [{"standardize": "upper"}],
    "missing": [{"missing": "category"}],
}


@pytest.mark.parametrize(
    ("key", "arguments"), [(key, one) for key, all_ in REFUSED.items() for one in all_]
)
def test_arguments_that_fit_nothing_are_refused(key, arguments):
    with pytest.raises(ValidationError) as caught:
        text(**arguments)

    assert {error["loc"][:2] for error in caught.value.errors()} == {("text", key)}


def test_the_same_text_may_make_columns_in_place_of_tokens():
    one = text(output_sequence_length=9, ngrams=2)

    assert (
        one.as_numbers == "{text: {max_tokens: 6, ngrams: 2, output_mode: multi_hot}}"
    )


SOUND = {"vocabulary": ["b", "a"], "output_sequence_length": 3, "idf_weights": [1, 2]}


@pytest.mark.parametrize(
    ("mode", "damage"),
    [
        ("int", {"vocabulary": None}),
        ("int", {"vocabulary": []}),
        ("int", {"vocabulary": ["a", "a"]}),
        ("int", {"vocabulary": ["", "a"]}),
        ("int", {"vocabulary": ["[UNK]", "a"]}),
        ("int", {"vocabulary": [*"abcde"]}),
        ("int", {"output_sequence_length": None}),
        ("int", {"output_sequence_length": 0}),
        ("int", {"output_sequence_length": "3"}),
        ("tf_idf", {"idf_weights": None}),
        ("tf_idf", {"idf_weights": [1]}),
        ("tf_idf", {"idf_weights": [1, "2"]}),
        ("tf_idf", {"idf_weights": [1, float("nan")]}),
    ],
)
def test_a_damaged_state_is_an_error_that_says_so(mode, damage):
    one = text(output_mode=mode)
    one.apply(SOUND, TEXTS[:1])

    with pytest.raises(DataError, match="damaged"):
        one.apply({**SOUND, **damage}, TEXTS[:1])


@pytest.mark.parametrize("mode", ["int", "tf_idf"])
def test_what_is_learned_is_json(mode):
    state = text(output_mode=mode).learn(READ, TEXTS)

    assert json.loads(json.dumps(state)) == state
