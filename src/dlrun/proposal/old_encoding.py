"""Texts that are not UTF-8: whether they are certain to be those of Western Europe."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

CP1252 = "cp1252"
"""What most tables are in that are not UTF-8; latin-1 is a part of it."""
_BLOCK = 1 << 20
_WORD = re.compile(rb"[A-Za-z\x80-\xff]*[\x80-\xff][A-Za-z\x80-\xff]*")
_MOST_WORDS = 100_000
"""Different words after which no others are kept."""
_SHARE = 0.7
"""Of the letters of a word, at most, that are not ASCII; of other alphabets nearly all
are."""
_STRANGERS = 2
"""Such letters side by side, at most, as in `Goëés`."""
_CAPITAL = "[ÀÁÂÃÄÅÇÈÉÊËÌÍÎÏÑÒÓÔÕÖÙÚÛÜÝŠŽŸŒ]"
_INNER_CAPITAL = re.compile(f"[a-z]{_CAPITAL}|[A-Za-z]{_CAPITAL}[a-z]")
"""What the small letters of other encodings become, inside of words."""


def old_encoding(file: Path) -> tuple[str, ...] | None:
    """Some words of a text that is certain to be in the encoding `CP1252`.

    Returns:
        `None` where letters would look wrong: the text is of another alphabet, of an
        old computer, or UTF-8 that is damaged.
    """
    words: dict[bytes, str] = {}
    for word in _words(file):
        try:
            text = word.decode(CP1252)
        except UnicodeDecodeError:
            return None
        if _is_utf8(word) or not _is_western(text):
            return None
        if len(words) < _MOST_WORDS:
            words[word] = text
    if not words:
        return None
    shown = sorted(words.values(), key=lambda one: -sum(map(str.isascii, one)))
    return tuple(shown[:3])


def _words(file: Path) -> Iterator[bytes]:
    """The words of a file that have a letter or a sign beyond ASCII, each once."""
    known: set[bytes] = set()
    with file.open("rb") as stream:
        while block := stream.read(_BLOCK):
            # A word is read as a whole, as lines are not too long.
            block += stream.readline(_BLOCK)
            found = {*_WORD.findall(block)} - known
            yield from found
            if len(known) < _MOST_WORDS:
                known |= found


def _is_utf8(word: bytes) -> bool:
    try:
        word.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _is_western(word: str) -> bool:
    """Whether a word is one as Western Europe writes it."""
    letters = [one for one in word if one.isalpha()]
    foreign = sum(not one.isascii() for one in letters)
    if len(letters) > _STRANGERS and foreign > _SHARE * len(letters):
        return False
    pieces = re.split(r"[^\W\d_]+", word)[1:-1]
    if any(piece.strip("'\u2019-\xad\xb7") for piece in pieces):
        return False  # A sign between letters was a letter.
    if re.search(rf"[^\x00-\x7f\W\d_]{{{_STRANGERS + 1}}}", word):
        return False
    return not _INNER_CAPITAL.search(word)
