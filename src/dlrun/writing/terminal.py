"""What a terminal can show: its width, its marks, and what must not reach it."""

from __future__ import annotations

import codecs
import json
import os
import re
import shutil
import unicodedata
from collections.abc import Mapping
from typing import TextIO

_UNSEEN = re.compile(
    "["
    "\x00-\x1f\x7f-\x9f"  # control characters
    "\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u3164\uffa0"  # seen by nobody
    "\u0600-\u0605\u06dd\u070f\u0890\u0891\u08e2\u180b-\u180f"
    "\u200b-\u200f\u2028-\u202e\u2060-\u206f\ud800-\udfff\ufeff\ufff0-\ufffb"
    "\U000110bd\U000110cd\U00013430-\U0001345f\U0001bca0-\U0001bca3"
    "\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
    "]"
)
"""Control characters, bidi and other format marks, what has no width, surrogates, and
separators of lines."""
_BUT_LINES = re.compile(f"(?!\n){_UNSEEN.pattern}")
_OURS = re.compile(r"(\x1b\[(?:0|1|33)m)")
"""What `bold` and `yellow` write."""
_COMMAND = re.compile(r"^(?=[^\S\n]*::)|(?<=#)(?=#(?:\[|vso\[))", re.MULTILINE)
"""What a build server takes for a command: `::error::` that begins a line, `##[...]`
wherever it stands."""
_BASIC_PLANE = 0xFFFF


def printable(text: str) -> str:
    """Escape what could steer a terminal, or could not be written to one at all.

    These are control characters, bidi marks and others that nobody sees, and the lone
    surrogates that stand for bytes of a file name that are no UTF-8. Line ends stay.
    """
    return _BUT_LINES.sub(_escaped, text)


def escaped(text: str) -> str:
    """The same, with the ends of lines escaped, too: a value that stays in its line."""
    return _UNSEEN.sub(_escaped, text)


def shown(text: str, *, color: bool = False) -> str:
    """Text of a command as a terminal, or the log of a build server, may get it.

    Whatever a file has put into it cannot steer the terminal, nor begin a line that a
    build server obeys.

    Args:
        text: Lines of text.
        color: Whether it may have the codes of `bold` and `yellow`.
    """
    parts = _OURS.split(text) if color else [text]
    parts[::2] = map(printable, parts[::2])
    return _COMMAND.sub(r"\\", "".join(parts))


def json_text(
    value: object,
    indent: int | None = None,
    *,
    is_ascii: bool = False,
    allow_nan: bool = True,
) -> str:
    """A value as JSON in which nothing is written that a person does not see.

    What is escaped reads back as it was.

    Args:
        value: What `json.dumps` takes.
        indent: Spaces per level; None: one line.
        is_ascii: Escape whatever is not ASCII.
        allow_nan: Write `NaN` and `Infinity`, which only some readers take.

    Raises:
        ValueError: It holds such a number, and may not.
    """
    text = json.dumps(value, indent=indent, ensure_ascii=is_ascii, allow_nan=allow_nan)
    text = _BUT_LINES.sub(_json_escaped, text)
    return text.replace("##[", r"\u0023#[").replace("##vso[", r"\u0023#vso[")


def encodable_json(text: str, encoding: str | None) -> str:
    """JSON with escapes for what an encoding does not have."""
    return text.encode(encoding or "ascii", "dlrun-json").decode(encoding or "ascii")


def _escaped(match: re.Match[str]) -> str:
    char = match[0]
    number = ord(char)
    if unicodedata.category(char) == "Cc":
        return repr(char)[1:-1]
    return f"\\u{number:04x}" if number <= _BASIC_PLANE else f"\\U{number:08x}"


def _json_escaped(match: re.Match[str]) -> str:
    return json.dumps(match[0])[1:-1] if match[0] != "\x7f" else r"\u007f"


def one_line(value: object) -> str:
    """A value from a file as a person reads it, unable to steer a terminal."""
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "true" if value else "false"
    return " ".join(printable(str(value)).split())


def _as_json(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    missing = error.object[error.start : error.end]
    return json.dumps(missing)[1:-1], error.end


codecs.register_error("dlrun-json", _as_json)


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


def path_fault(path: object) -> tuple[str, str | None]:
    """Why a path is no text that a file could hold, and the cure that the locale needs.

    Under a locale without letters of its own Python takes those of a path for bytes.
    """
    raw = str(path).encode(errors="surrogateescape")
    try:
        name = raw.decode()
    except UnicodeDecodeError:
        name = raw.decode(errors="backslashreplace")
        return f"the path {name} is not UTF-8", None
    message = f"the path {name} has letters that the locale of this terminal lacks"
    return message, "set LC_ALL=C.UTF-8, or PYTHONUTF8=1, and try again"


def is_utf8(text: str) -> bool:
    """Whether a text can be written to a file; a name of other bytes cannot."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
