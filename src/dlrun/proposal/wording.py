"""Columns of words: categories, tags, free texts, and names that no row shares."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from dlrun.proposal.plan import ColumnPlan, dropped, of_gaps
from dlrun.writing import comma_kind

if TYPE_CHECKING:
    from dlrun.proposal.sample import SampledColumn

_CATEGORIES = 100
"""The most that get a column each."""
_ROWS_EACH = 3
"""The rows that a category has on average, at least, to be learned."""
_BINS = (64, 128, 256)
_SENTENCE = 5
"""Words of a text on average."""
_PHRASE, _ROWS_OF_PHRASES = 3, 2000
"""Words that are enough where there are so many rows."""
_AS_TOKENS = 20_000
"""Rows from which on texts are looked up and not counted: columns take memory."""
_SEPARATORS = (";", "|", ", ", ",", "/")
_TAGS = 60
_EACH_WORD, _SHARE_OF_ROWS, _ENOUGH_ROWS = 5, 0.02, 50
"""Rows that a word has at least, to be learned: a share of all, between two bounds."""
_ROWS_OF_A_WORD = 20
"""Rows of the table for each word; of fewer the names of cars made a model worse."""
_TIMES = 10
"""Categories that recur are known by their words if these are so much fewer."""
_TOLD = 2 / 3
"""The share of the rows that has such a word, where cells are no categories."""
_NO_LETTERS = re.compile(r"[!-/:-@\[-`{-~]")
"""What Keras takes out of texts."""
_UNIT = re.compile(r"(?:[^\W0-9]{1,3}\s)?[^\w]{0,3}[0-9][0-9.,]*\s?[^0-9]{0,3}")


def plan_words(column: SampledColumn) -> ColumnPlan:
    """What becomes of a column whose cells are no numbers."""
    tags = tags_of(column)
    if tags is not None:
        return tags
    if is_text(column):
        return _plan_text(column)
    recur = column.known >= _ROWS_EACH * len(column.texts)
    if recur and len(column.texts) <= _CATEGORIES:
        return _plan_categories(column)
    words = _recurring_words(column)
    if words and (not recur or words * _TIMES < len(column.texts)):
        return _plan_phrases(column, words)
    return _plan_hash(column) if recur else dropped(column.name, _names(column))


def _recurring_words(column: SampledColumn) -> int:
    """How many words can be learned, each from several rows; 0: cells are names."""
    split = [_words(text) for text in column.texts]
    pairs = list(zip(split, column.counts.tolist(), strict=True))
    rows_of: Counter[str] = Counter()
    for words, rows in pairs:
        rows_of.update(dict.fromkeys(words, rows))
    least = max(_EACH_WORD, min(_ENOUGH_ROWS, _SHARE_OF_ROWS * column.known))
    frequent = {word for word, rows in rows_of.items() if rows >= least}
    several = sum(rows for words, rows in pairs if len(words) > 1)
    told = sum(rows for words, rows in pairs if words & frequent)
    enough = several > column.known / 2 and told >= _TOLD * column.known
    few = 1 < len(frequent) <= column.known / _ROWS_OF_A_WORD
    return len(frequent) if enough and few else 0


def _words(text: str) -> set[str]:
    """The words of a text, as Keras separates them."""
    return {*_NO_LETTERS.sub("", text.lower()).split()}


def _plan_phrases(column: SampledColumn, words: int) -> ColumnPlan:
    """A column for each word of short texts that many rows have."""
    told = f"{len(column.texts):,} texts, of words that recur: {words} are learned"
    told += of_gaps(column.gaps, column.share_of_gaps)
    text = {"max_tokens": words + 1, "output_mode": "multi_hot", "missing": "ignore"}
    return ColumnPlan(column.name, {"text": text}, told, width=words + 1)


def _names(column: SampledColumn) -> str:
    """Why nothing can be learned of texts that hardly any rows share."""
    distinct, rows = len(column.texts), column.known
    if _has_units(column):
        return f"no plain numbers, as {column.texts[0]!r}"
    told = f"{distinct:,} names in {rows:,} rows, {rows / distinct:.1f} rows each"
    if distinct == rows:
        told = "another name in every row"
    return told + of_gaps(column.gaps, column.share_of_gaps)


def _plan_hash(column: SampledColumn) -> ColumnPlan:
    distinct = len(column.texts)
    bins = next((one for one in _BINS if one >= distinct), _BINS[-1])
    hashed = {"num_bins": bins, "output_mode": "one_hot", "missing": "ignore"}
    told = f"{distinct:,} categories, hashed into {bins} bins"
    told += of_gaps(column.gaps, column.share_of_gaps)
    return ColumnPlan(column.name, {"hash": hashed}, told, width=bins)


def _plan_categories(column: SampledColumn) -> ColumnPlan:
    distinct = len(column.texts)
    policy = "category" if column.gaps else "ignore"
    told = f"{distinct} categor{'y' if distinct == 1 else 'ies'}"
    told += of_gaps(column.gaps, column.share_of_gaps)
    encoder = {"one_hot": {"missing": policy, "unknown": "ignore"}}
    return ColumnPlan(column.name, encoder, told, width=distinct)


def tags_of(column: SampledColumn) -> ColumnPlan | None:
    """Several tags in a cell; `None`: they are none."""
    separator = separator_of(column)
    if separator is None:
        return None
    tags = {tag.strip() for text in column.texts for tag in text.split(separator)}
    stated: dict[str, str] = {} if separator == ";" else {"separator": separator}
    stated |= {"missing": "ignore", "unknown": "ignore"}
    told = f"{len(tags - {''})} tags, several in a cell"
    told += of_gaps(column.gaps, column.share_of_gaps)
    return ColumnPlan(column.name, {"multi_hot": stated}, told, width=len(tags))


def separator_of(column: SampledColumn) -> str | None:
    """What stands between tags that recur in other company; `None`: no tags."""
    for separator in _SEPARATORS:
        cells = [text.split(separator) for text in column.texts]
        several = [cell for cell in cells if len(cell) > 1]
        if len(several) < max(3, len(cells) / 10):
            continue
        tags = Counter(tag.strip() for cell in cells for tag in cell)
        short = all(len(tag.split()) <= _PHRASE for tag in tags)
        if short and len(tags) <= min(_TAGS, len(cells) * 2 / 3) and "" not in tags:
            return separator.strip()
    return None


def is_text(column: SampledColumn) -> bool:
    """Whether cells are sentences, of words that other cells have, too."""
    distinct = len(column.texts)
    if distinct < column.known / 2 or column.known < 20:  # noqa: PLR2004
        return False
    some = column.texts[:2000]
    words = [text.lower().split() for text in some]
    mean = sum(map(len, words)) / len(words)
    enough = _PHRASE if column.known >= _ROWS_OF_PHRASES else _SENTENCE
    if mean < enough:
        return False
    texts_of = Counter(word for text in words for word in set(text))
    shared = sum(count for count in texts_of.values() if count > 1)
    return shared > sum(texts_of.values()) / 2


def _plan_text(column: SampledColumn) -> ColumnPlan:
    lengths = sorted(len(text.split()) for text in column.texts[:5000])
    mean, long = sum(lengths) / len(lengths), lengths[int(0.95 * (len(lengths) - 1))]
    told = f"texts of {mean:.0f} words"
    told += of_gaps(column.gaps, column.share_of_gaps)
    if column.known < _AS_TOKENS:
        most = 1000 if column.known < 1000 else 2000  # noqa: PLR2004
        text = {"max_tokens": most, "output_mode": "tf_idf", "missing": "ignore"}
        return ColumnPlan(column.name, {"text": text}, told, width=most)
    length = max(10, min(400, long))
    tokens = {"max_tokens": 10_000, "output_sequence_length": length}
    encoder = {"text": {**tokens, "missing": "ignore"}}
    return ColumnPlan(column.name, encoder, told, width=32, tower="tokens")


def _has_units(column: SampledColumn) -> bool:
    """Whether cells are numbers with commas or units."""
    some = column.texts[:200]
    return all(_UNIT.fullmatch(text) or comma_kind(text) for text in some)
