"""Columns of text that line up in a terminal and in a pipe."""

from __future__ import annotations

import os
import shutil
import textwrap
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TextIO

from dlrun.errors import printable

_SEPARATOR = "  "
_MOST_DIGITS = 4
_LARGE = 1e6
_SMALL = 1e-3
_TEN = 10
_MILLISECONDS_BELOW = 0.1
_MINUTES_FROM = 120


@dataclass(frozen=True, slots=True)
class Column:
    """A column of cells under its head; numbers stand to the right."""

    head: str
    cells: tuple[str, ...]
    is_number: bool = False

    @property
    def width(self) -> int:
        """The terminal columns that it needs."""
        return max(display_width(text) for text in (self.head, *self.cells))

    def lines(self) -> list[str]:
        """Head and cells, all of one width."""
        width = self.width
        padded: list[str] = []
        for text in (self.head, *self.cells):
            space = " " * (width - display_width(text))
            padded.append(space + text if self.is_number else text + space)
        return padded


def layout(columns: Sequence[Column]) -> list[str]:
    """Set columns side by side, one line per row below the heads."""
    parts = zip(*(column.lines() for column in columns), strict=True)
    return [_SEPARATOR.join(part).rstrip() for part in parts]


def fit(
    ranked: Sequence[tuple[int, Column]], width: int | None
) -> tuple[list[Column], int]:
    """Keep the columns that fit into `width`, and count those that do not.

    Args:
        ranked: Columns in their order, with a rank: 0 stays, low ones come first.
        width: Terminal columns; None: no limit.
    """
    kept: set[int] = set()
    for place in sorted(range(len(ranked)), key=lambda index: ranked[index][0]):
        rank, _ = ranked[place]
        chosen = [ranked[index][1] for index in (*kept, place)]
        if rank == 0 or width is None or _total_width(chosen) <= width:
            kept.add(place)
    return [ranked[place][1] for place in sorted(kept)], len(ranked) - len(kept)


def _total_width(columns: Sequence[Column]) -> int:
    separators = len(_SEPARATOR) * (len(columns) - 1)
    return sum(column.width for column in columns) + separators


def wrap(text: str, width: int | None) -> list[str]:
    """Break a sentence into lines; None: leave it in one."""
    if width is None:
        return [text]
    # Paths and names stay whole, so that they can be copied.
    return textwrap.wrap(
        text,
        width,
        subsequent_indent="  ",
        break_long_words=False,
        break_on_hyphens=False,
    )


def display_width(text: str) -> int:
    """The terminal columns of a text: wide characters take two, combining ones none."""
    if text.isascii():
        return len(text)
    wide = sum(unicodedata.east_asian_width(char) in "WF" for char in text)
    marks = sum(unicodedata.combining(char) > 0 for char in text)
    return len(text) + wide - marks


def one_line(value: object) -> str:
    """A value from a file as a person reads it, unable to steer a terminal."""
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "true" if value else "false"
    return " ".join(printable(str(value)).split())


def number(value: float | None, *, signed: bool = False) -> str:
    """A measured number with four digits; a dash where there is none."""
    if value is None:
        return "-"
    sign = "+" if signed else ""
    if value and not _SMALL <= abs(value) < _LARGE:
        return f"{value:{sign}.2e}"
    return f"{value:{sign}.{digits(value)}f}"


def digits(value: float) -> int:
    """The decimals that leave four digits of a number."""
    whole = max(1, len(str(int(abs(value)))))
    return max(0, _MOST_DIGITS - whole + (abs(value) < 1))


def duration(seconds: float | None) -> str:
    """`4.3 ms`, `0.25 s`, `12 s`, `2.5 min`: two digits are enough to plan by."""
    if seconds is None:
        return "-"
    if seconds < _MILLISECONDS_BELOW:
        milliseconds = 1000 * seconds
        return f"{milliseconds:.{1 if milliseconds < _TEN else 0}f} ms"
    if seconds < _MINUTES_FROM:
        places = 2 if seconds < 1 else 1 if seconds < _TEN else 0
        return f"{seconds:.{places}f} s"
    return f"{seconds / 60:,.1f} min"


def count(value: int | None) -> str:
    """A whole number with thousands set off; a dash where there is none."""
    return "-" if value is None else f"{value:,}"


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
