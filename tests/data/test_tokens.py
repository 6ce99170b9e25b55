"""Texts become tokens as by Keras, whose layer tests/engines/test_text.py asks."""

from __future__ import annotations

import pytest

from dlrun.data.tokens import Tokenizer, learn_vocabulary, weigh_tokens

PLAIN = Tokenizer("lower_and_strip_punctuation", "whitespace", ())


@pytest.mark.parametrize(
    ("tokenizer", "expected"),
    [
        (PLAIN, ["Über", "naïve", "its", "a1"]),
        (Tokenizer("lower", "whitespace", ()), ["Über,", "naïve", "it's", "a-1"]),
        (
            Tokenizer("strip_punctuation", "whitespace", ()),
            ["Über", "Naïve", "Its", "A1"],
        ),
        (Tokenizer(None, None, ()), ["Über, Naïve\tIt's A-1"]),
        (
            Tokenizer(None, "whitespace", (2,)),
            ["Über, Naïve", "Naïve It's", "It's A-1"],
        ),
    ],
)
def test_a_text_is_standardized_and_divided(tokenizer, expected):
    assert tokenizer.tokens("Über, Naïve\tIt's A-1") == expected


def test_several_widths_stand_one_behind_the_other():
    both = Tokenizer(None, "whitespace", (1, 2))

    assert both.tokens("a b c") == ["a", "b", "c", "a b", "b c"]
    assert both.tokens("a") == ["a"]


@pytest.mark.parametrize("split", ["whitespace", "character", None])
def test_a_text_without_words_has_no_tokens(split):
    assert Tokenizer("strip_punctuation", split, ()).tokens("?!") == []


def test_the_most_frequent_tokens_are_kept_and_the_last_of_equal_ones_comes_first():
    texts = ["b a c", "b a d", "[UNK] é", ""]

    learned = learn_vocabulary(Tokenizer(None, "whitespace", ()), texts, 5)

    assert learned.tokens == ("b", "a", "é", "d", "c")


def test_a_token_that_few_texts_have_weighs_more():
    weights = weigh_tokens(PLAIN, ["a b", "a a", "c"], ["a", "b", "z"]).weights

    assert weights == pytest.approx((0.693147, 0.916291, 1.386294), abs=1e-6)
