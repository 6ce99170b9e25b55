"""What a terminal can show: its width, its marks, and what must not reach it."""

from __future__ import annotations

import os
import shutil
import unicodedata
from collections.abc import Mapping
from typing import TextIO

_UNSEEN = frozenset({"Cf", "Cs", "Zl", "Zp"})
"""Unicode's categories of bidi and other format marks, surrogates, and separators."""


_BASIC_PLANE = 0xFFFF


def printable(text: str) -> str:
    """Escape what could steer a terminal, or could not be written to one at all.

    These are control characters, bidi marks and others that nobody sees, and the lone
    surrogates that stand for bytes of a file name that are no UTF-8.
    """
    return "".join(_escaped(char) for char in text)


def _escaped(char: str) -> str:
    category = unicodedata.category(char)
    if category in _UNSEEN:
        number = ord(char)
        return f"\\u{number:04x}" if number <= _BASIC_PLANE else f"\\U{number:08x}"
    if category == "Cc" and char != "\n":
        return repr(char)[1:-1]
    return char


def one_line(value: object) -> str:
    """A value from a file as a person reads it, unable to steer a terminal."""
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "true" if value else "false"
    return " ".join(printable(str(value)).split())


def display_width(text: str) -> int:
    """The terminal columns of a text: wide characters take two, combining ones none."""
    if text.isascii():
        return len(text)
    wide = sum(unicodedata.east_asian_width(char) in "WF" for char in text)
    marks = sum(unicodedata.combining(char) > 0 for char in text)
    return len(text) + wide - marks


def bold(text: str, *, color: bool) -> str:
    """Emphasize a line where the terminal can."""
    return f"\x1b[1m{text}\x1b[0m" if color else text


def yellow(text: str, *, color: bool) -> str:
    """Mark a warning where the terminal can."""
    return f"\x1b[33m{text}\x1b[0m" if color else text


def terminal_width(stream: TextIO) -> int | None:
    """The columns of a terminal; None for a pipe or a file, which have no edge."""
    return shutil.get_terminal_size().columns if stream.isatty() else None


def wants_color(stream: TextIO, environ: Mapping[str, str] = os.environ) -> bool:
    """Whether to emphasize: on a terminal that can, unless NO_COLOR is set."""
    refused = environ.get("NO_COLOR") or environ.get("TERM") == "dumb"
    return stream.isatty() and not refused


def can_draw(stream: TextIO) -> bool:
    """Whether the encoding of a stream has more than plain characters."""
    try:
        "±…─●░▁⠒".encode(stream.encoding or "ascii")
    except (LookupError, UnicodeEncodeError):
        return False
    return True
