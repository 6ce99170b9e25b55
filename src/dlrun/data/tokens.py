"""Texts as the tokens that Keras' TextVectorization takes them for, without Keras.

It works on the bytes of UTF-8, and so do these functions: only letters of ASCII are
made small, only its blanks divide words, and ties are ordered by bytes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import log
from typing import Literal, TypeAlias

Standardize: TypeAlias = Literal[
    "lower_and_strip_punctuation", "lower", "strip_punctuation"
]
Split: TypeAlias = Literal["whitespace", "character"]
UNKNOWN = "[UNK]"
"""What Keras calls the token of every word that it does not know."""
_PUNCTUATION = b"!\"#$%&()*+,-./:;<=>?@[\\]^_`{|}~'"


@dataclass(frozen=True, slots=True)
class Tokenizer:
    """How a text becomes tokens; the arguments are those of TextVectorization."""

    standardize: Standardize | None
    split: Split | None
    ngrams: tuple[int, ...]
    """How many words make a token, in this order; empty: one."""

    def standardized(self, text: str) -> str:
        """A text in the letters that tokens have."""
        found = text.encode("utf-8", "replace")
        if self.standardize in {"lower", "lower_and_strip_punctuation"}:
            found = found.lower()
        if self.standardize in {"strip_punctuation", "lower_and_strip_punctuation"}:
            found = found.translate(None, _PUNCTUATION)
        return found.decode()

    def tokens(self, text: str) -> list[str]:
        """The tokens of a text, in their order; of an empty one none."""
        words = self._words(self.standardized(text))
        if not self.ngrams:
            return words
        return [
            " ".join(words[start : start + width])
            for width in self.ngrams
            for start in range(len(words) - width + 1)
        ]

    def _words(self, text: str) -> list[str]:
        if self.split == "whitespace":
            return [word.decode() for word in text.encode().split()]
        if self.split == "character":
            return list(text)
        return [text] if text else []


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The tokens that some texts have, the most frequent first."""

    tokens: tuple[str, ...]
    weights: tuple[float, ...]
    """The inverse document frequency of each: log(1 + texts / (1 + texts that have
    it))."""


def learn_vocabulary(
    tokenizer: Tokenizer, texts: Sequence[str], most: int
) -> Vocabulary:
    """What `TextVectorization.adapt` learns of texts.

    Of tokens that are equally frequent the last comes first, by its bytes.

    Args:
        tokenizer: makes tokens of them.
        texts: to learn from.
        most: at most so many tokens are kept.
    """
    counts, documents = Counter[str](), Counter[str]()
    for text, number in Counter(texts).items():
        for token, times in Counter(tokenizer.tokens(text)).items():
            counts[token] += times * number
            documents[token] += number
    counts.pop(UNKNOWN, None)
    ordered = sorted(
        counts, key=lambda token: (counts[token], token.encode()), reverse=True
    )
    return _weighted(ordered[:most], documents, len(texts))


def weigh_tokens(
    tokenizer: Tokenizer, texts: Sequence[str], tokens: Sequence[str]
) -> Vocabulary:
    """Tokens that are known, and the weights that texts give them."""
    documents = Counter(token for text in texts for token in {*tokenizer.tokens(text)})
    return _weighted(tokens, documents, len(texts))


def _weighted(tokens: Iterable[str], documents: Counter[str], texts: int) -> Vocabulary:
    """Tokens with the weights that follow from how many texts have them."""
    listed = tuple(tokens)
    weights = (log(1 + texts / (1 + documents[token])) for token in listed)
    return Vocabulary(listed, tuple(weights))
