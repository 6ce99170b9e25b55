"""The encoder of texts: words become tokens, or columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import isfinite
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal, Self

from pydantic import Field, PlainValidator, model_validator
from typing_extensions import override

from dlrun.components.encoders.cure import DROP, Cure
from dlrun.components.encoders.encoder import (
    CellFault,
    CellsError,
    ColumnEncoder,
    EncoderState,
    damaged,
    encodable,
    is_gap,
    texts_of,
)
from dlrun.components.encoders.outline import Outline
from dlrun.components.phrase import flow
from dlrun.components.words import invalid, shown
from dlrun.data import ColumnType, TypedColumn
from dlrun.data.tokens import (
    UNKNOWN,
    Split,
    Standardize,
    Tokenizer,
    learn_vocabulary,
    weigh_tokens,
)

if TYPE_CHECKING:
    import keras

_SPECIAL = {"int": 2}
"""Tokens of a mode that are no words: padding and what is unknown; else the latter."""


def _words(value: object) -> tuple[str, ...]:
    words = value if isinstance(value, list | tuple) else []
    if words and not any(isinstance(word, list | dict) for word in words):
        names = tuple(str(word) for word in words)
        if len(set(names)) == len(names) and not {"", UNKNOWN} & {*names}:
            return names
    message = f"`{{key}}` must list words, each once, found {shown(value)}"
    raise invalid("wrong-type", message, hint="write [good, bad]")


def _widths(value: object) -> int | tuple[int, ...]:
    listed = value if isinstance(value, list | tuple) else [value]
    widths = tuple(one for one in listed if type(one) is int and 1 <= one <= 100)
    if 0 < len(widths) == len(listed):
        return widths if isinstance(value, list | tuple) else widths[0]
    message = f"`{{key}}` must be a number of words, or several, found {shown(value)}"
    raise invalid("wrong-type", message, hint="write 2, or [1, 2]")


class TextEncoder(ColumnEncoder):
    """The words of a text: as tokens that a layer looks up, or a column for each word.

    The arguments are those of Keras' TextVectorization, which does the work. Which
    words it knows, the most frequent, and their weights are learned from train rows.
    Only letters of ASCII are made small, and only its punctuation is removed.
    """

    key: ClassVar[str] = "text"
    runs_in_graph: ClassVar[bool] = True
    main_argument: ClassVar[str] = "max_tokens"
    synonyms: ClassVar[tuple[str, ...]] = (
        "bagofwords",
        "countvectorizer",
        "textvectorization",
        "tfidf",
        "tokenize",
        "tokenizer",
    )

    max_tokens: Annotated[int, Field(strict=True, ge=2, le=10_000_000)] | None = None
    """How many tokens there are at most, and columns: the most frequent words of the
    train rows, one for all that are unknown, and under `int` one (0) that fills up
    short texts. In place of `vocabulary`."""
    standardize: Standardize | None = "lower_and_strip_punctuation"
    """What is done to a text before it is divided; null: nothing."""
    split: Split | None = "whitespace"
    """What divides it: blanks, or `character`: each is a token; null: nothing does."""
    ngrams: Annotated[int | tuple[int, ...], PlainValidator(_widths)] | None = None
    """Words side by side that are one token: up to 2, or [2] for pairs alone."""
    output_mode: Literal["int", "multi_hot", "count", "tf_idf"] = "int"
    """`int`: a row of tokens, which a layer like Embedding looks up in an input of its
    own; else a column for each word: 1 where it occurs, how often, or that times its
    weight, by which rare words count more."""
    output_sequence_length: Annotated[int, Field(strict=True, ge=1, le=1_000_000)] | (
        None
    ) = None
    """So many tokens make a row under `int`: longer texts are cut, shorter ones filled
    up with 0. By default as many as the longest text of all rows has."""
    vocabulary: Annotated[tuple[str, ...], PlainValidator(_words)] | None = None
    """The words that are known, in their order, in place of `max_tokens`."""
    missing: Literal["error", "ignore"] = "error"
    """What a gap is: an error, or (`ignore`) a text without words."""

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if self.max_tokens is None and self.vocabulary is None:
            message = "`text` must know how many tokens there may be, or which words"
            sized = self.model_copy(update={"max_tokens": 5000})
            hint = f"write {flow(sized.short())}"
            self.refuse("max_tokens", "missing-key", message, hint)
        if self.max_tokens is not None and self.vocabulary is not None:
            message = "`max_tokens` says nothing beside `vocabulary`"
            self.refuse("max_tokens", "conflicting-keys", message, "remove it")
        if self.max_tokens is not None and self.max_tokens <= self._special:
            message = f"`max_tokens` leaves no word beside the {self._special} that are"
            hint = f"write at least {self._special + 1}"
            self.refuse("max_tokens", "out-of-range", f"{message} none", hint)
        if self.output_sequence_length is not None and self.output_mode != "int":
            message = f"`{self.output_mode}` has a column per word, and no sequence"
            hint = "remove it, or write output_mode: int"
            self.refuse("output_sequence_length", "unused-key", message, hint)
        if self.ngrams is not None and self.split is None:
            message = "`ngrams` joins words, but `split` is null: a text is one"
            self.refuse("ngrams", "conflicting-keys", message, "remove one of both")
        for word in self.vocabulary or ():
            self._require_a_token(word)
        return self

    def _require_a_token(self, word: str) -> None:
        """Refuse a word that no text can hold, once its letters are made alike."""
        found = self._tokenizer.standardized(word)
        if found != word or word.strip() != word:
            message = f"no text has the word {shown(word)}: standardize is "
            message += str(self.standardize or "null")
            hint = f"write {flow(found.strip())}, or another standardize"
            self.refuse("vocabulary", "out-of-range", message, hint)

    @property
    @override
    def takes(self) -> ColumnType:
        return "texts"

    @property
    @override
    def as_numbers(self) -> str:
        changed = {"output_mode": "multi_hot", "output_sequence_length": None}
        return flow(self.model_copy(update=changed).short())

    @property
    def _special(self) -> int:
        return _SPECIAL.get(self.output_mode, 1)

    @property
    def _tokenizer(self) -> Tokenizer:
        widths = self.ngrams
        if isinstance(widths, int):
            widths = tuple(range(1, widths + 1))
        return Tokenizer(self.standardize, self.split, widths or ())

    @property
    def width(self) -> int:
        """How many different tokens there may be."""
        return self.max_tokens or len(self.vocabulary or ()) + self._special

    def _length(self, given: Outline) -> int | None:
        """How many tokens a row has; `None`: nobody has read them."""
        if self.output_sequence_length is not None or given.categories is None:
            return self.output_sequence_length
        tokens = self._tokenizer.tokens
        return max((len(tokens(text)) for text in given.categories), default=0) or 1

    @override
    def outline(self, given: Outline) -> Outline:
        if self.output_mode == "int":
            length = self._length(given)
            return replace(
                given,
                form="tokens",
                names=(),
                categories=None,
                shape=None if length is None else (length,),
                num_tokens=self.width,
            )
        words = (f"{given.column}:word{number}" for number in range(1, self.width))
        names = (f"{given.column}:unknown", *words)
        return replace(given, form="several", names=names, categories=None)

    @override
    def learn(self, given: Outline, train: TypedColumn) -> EncoderState:
        import numpy as np

        texts = train.tolist()
        if self.vocabulary is not None:
            found = weigh_tokens(self._tokenizer, texts, self.vocabulary)
        else:
            most = self.width - self._special
            found = learn_vocabulary(self._tokenizer, texts, most)
        if not found.tokens:
            words = f"has no word in all {len(train)} train rows, so there is nothing"
            rows = np.arange(len(train))
            raise CellsError([CellFault("gap", f"{words} to learn", rows, DROP)])
        state: dict[str, object] = {"vocabulary": list(found.tokens)}
        if self.output_mode == "tf_idf":
            state["idf_weights"] = list(found.weights)
        if self.output_mode == "int":
            state["output_sequence_length"] = self._length(given)
        return state

    @override
    def apply(self, state: EncoderState, column: TypedColumn) -> TypedColumn:
        import numpy as np

        self._require_sound(state)
        rows = np.flatnonzero(is_gap(column))
        if len(rows) and self.missing == "error":
            words = f"has {len(rows)} gap{'' if len(rows) == 1 else 's'}"
            cure = Cure({"missing": "ignore"})
            raise CellsError([CellFault("gap", words, rows, cure)])
        return self.cells(column)

    @override
    def spelled(self, text: str) -> str:
        return encodable(text)

    def _require_sound(self, state: EncoderState) -> None:
        """Refuse what Keras would, or what it would misunderstand.

        Raises:
            DataError: the state is damaged.
        """
        vocabulary = texts_of(state, "vocabulary")
        most, known = self.width - self._special, {*vocabulary}
        if not 0 < len(known) == len(vocabulary) <= most or {"", UNKNOWN} & known:
            raise damaged({"vocabulary": f"{len(vocabulary)} words"}, "vocabulary")
        weights = state.get("idf_weights")
        if self.output_mode == "tf_idf" and not _are_weights(weights, len(known)):
            raise damaged(state, "idf_weights")
        length = state.get("output_sequence_length")
        if self.output_mode == "int" and (type(length) is not int or length < 1):
            raise damaged(state, "output_sequence_length")

    @override
    def connect(
        self, state: EncoderState, column: keras.KerasTensor
    ) -> keras.KerasTensor:
        import keras
        import numpy as np

        weights = state.get("idf_weights")
        is_fixed = self.max_tokens is not None and self.output_mode != "int"
        return keras.layers.TextVectorization(
            max_tokens=self.max_tokens,
            standardize=self.standardize,
            split=self.split,
            ngrams=self.ngrams,
            output_mode=self.output_mode,
            output_sequence_length=state.get("output_sequence_length"),
            pad_to_max_tokens=is_fixed,
            # As objects: NumPy would cut NUL from the end of texts.
            vocabulary=np.array(texts_of(state, "vocabulary"), dtype=object),
            idf_weights=None if weights is None else np.array(weights),
        )(column if self.split is None else column[:, 0])


def _are_weights(value: object, number: int) -> bool:
    """Whether it is a finite number for each word."""
    if not isinstance(value, Sequence) or len(value) != number:
        return False
    return all(type(one) in {int, float} and isfinite(one) for one in value)
