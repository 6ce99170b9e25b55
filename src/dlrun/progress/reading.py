"""How far a long read of data is: one line on a terminal, which goes when it ends."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from contextvars import ContextVar
from time import monotonic
from typing import TextIO, TypeVar

from dlrun.writing import cut, one_line, terminal_width, wrap_lines

_PATIENCE_SECONDS = 1.0
"""What takes less says nothing."""
_PAUSE_SECONDS = 0.2
_STRIDE = 64
"""So many items between two looks at the clock."""
_CLEAR = "\r\x1b[K"
_NARROW = 20

_Item = TypeVar("_Item")
_warned: set[str] = set()
_may_warn: ContextVar[bool] = ContextVar("_may_warn", default=True)
_stream: ContextVar[TextIO | None] = ContextVar("_stream", default=None)


def show_reading(*, on: bool) -> None:
    """Tell on stderr how far a long read is, if that is a terminal; or do not."""
    moves = on and sys.stderr.isatty() and os.environ.get("TERM") != "dumb"
    _stream.set(sys.stderr if moves else None)


def warn_before(message: str, hint: str) -> None:
    """Warn on stderr of what is about to be read; once in a process.

    A process that may end for want of memory says nothing afterwards.
    """
    if message in _warned or not _may_warn.get():
        return
    _warned.add(message)
    text = f"warning: {one_line(message)}\n   = help: {one_line(hint)}"
    with suppress(OSError, ValueError):
        print(wrap_lines(text, terminal_width(sys.stderr)), file=sys.stderr)  # noqa: T201


def warn_nothing() -> None:
    """Let this process, one of several, leave warnings to the one that started it."""
    _may_warn.set(False)


def counted(
    items: Iterable[_Item],
    name: str,
    noun: str,
    total: int | None = None,
    *,
    size: Callable[[_Item], int] | None = None,
) -> Iterable[_Item]:
    """The same items; while they are many, a line says how many there were.

    Args:
        items: What is read.
        name: Of what they are read from.
        noun: What they are, several of them.
        total: How many there will be; `None`: nobody knows yet.
        size: For how many an item counts; by default each is one.
    """
    stream = _stream.get()
    if stream is None:
        return items
    sized = ((item, 1 if size is None else size(item)) for item in items)
    return _told(sized, (name, noun, total), stream)


def _told(
    sized: Iterable[tuple[_Item, int]],
    words: tuple[str, str, int | None],
    stream: TextIO,
) -> Iterator[_Item]:
    began = told = monotonic()
    is_shown, number = False, 0
    try:
        for item, size in sized:
            yield item
            number += size
            if size == 1 and number % _STRIDE:
                continue
            now = monotonic()
            if now - began > _PATIENCE_SECONDS and now - told > _PAUSE_SECONDS:
                told, is_shown = now, True
                _write(stream, _line(number, words, terminal_width(stream) or 80))
    finally:
        if is_shown:
            _write(stream, "")


def _line(number: int, words: tuple[str, str, int | None], width: int) -> str:
    name, noun, total = words
    of = "" if total is None else f" of {total:,}"
    return cut(f"{one_line(name)}: {number:,}{of} {noun} read", max(_NARROW, width - 1))


def _write(stream: TextIO, line: str) -> None:
    # Whoever watched may have gone; the reading goes on without them.
    with suppress(OSError, ValueError):
        stream.write(f"{_CLEAR}{line}")
        stream.flush()
