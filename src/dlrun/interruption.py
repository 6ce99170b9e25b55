"""Stopping a run from outside: Ctrl-C, a scheduler's SIGTERM, a closed terminal."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import Literal, NoReturn

_STATES: dict[int, Literal["interrupted", "terminated"]] = {
    signal.SIGINT: "interrupted",
    signal.SIGTERM: "terminated",
    signal.SIGHUP: "terminated",
}

SIGNALS = frozenset(signal.Signals(number) for number in _STATES)
"""What stops a run in good order."""


class Interrupted(KeyboardInterrupt):
    """A signal has asked the run to stop.

    It is no `Exception`, so that nothing on the way mistakes it for a failure.
    """

    def __init__(self, signal_number: int) -> None:
        super().__init__(signal_number)
        self.number = signal_number
        self.state = _STATES[signal_number]
        self.message = f"stopped by {signal.Signals(signal_number).name}"
        self.exit_code = 128 + signal_number


_asked: list[int] = []
"""The signal that has asked, until somebody listens."""
_last_words: list[str] = []
"""What the process says before a second signal ends it."""
_REPEAT_SECONDS = 0.5
"""A second signal as soon as this is the first one again: a key that was hit twice."""


@contextmanager
def last_words(words: str) -> Iterator[None]:
    """Let no signal end this process without a line on stderr.

    What has nobody to note it becomes `Interrupted`; where a second signal ends the
    process, the line is written before.

    Args:
        words: The line.

    Raises:
        Interrupted: A signal came that would have ended the process.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    unheard = [each for each in SIGNALS if signal.getsignal(each) is signal.SIG_DFL]
    for number in unheard:
        signal.signal(number, _raise)
    _last_words.append(words)
    try:
        yield
    finally:
        _last_words.pop()
        for number in unheard:
            signal.signal(number, signal.SIG_DFL)


def _raise(number: int, _frame: FrameType | None) -> NoReturn:
    raise Interrupted(number)


def _ender(words: str) -> Callable[[int, FrameType | None], None]:
    """What says the last words and ends the process, but for a doubled signal."""
    began = time.monotonic()

    def end(number: int, _frame: FrameType | None) -> None:
        if time.monotonic() - began < _REPEAT_SECONDS:
            return
        with suppress(OSError):
            os.write(2, f"{words}\n".encode())
        signal.signal(number, signal.SIG_DFL)
        signal.raise_signal(number)

    return end


@contextmanager
def interruptible() -> Iterator[None]:
    """Let the first signal be heard by `stop_if_asked`; a second ends the process.

    So a run stops between two steps, with everything in order. If the signal comes too
    late for that, the block ends as planned, and then raises. Within `last_words` one
    that follows at once is the first again, and a later one says them.

    Raises:
        Interrupted: a signal came that nobody has heard.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.getsignal(number) for number in _STATES}
    if before[signal.SIGHUP] is signal.SIG_IGN:
        del before[signal.SIGHUP]  # started by nohup, to outlive its terminal

    def note(number: int, _frame: FrameType | None) -> None:
        end = _ender(_last_words[-1]) if _last_words else signal.SIG_DFL
        for each in before:
            signal.signal(each, end)
        _asked.append(number)

    _asked.clear()
    for number in before:
        signal.signal(number, note)
    try:
        yield
        stop_if_asked()
    finally:
        _asked.clear()
        for number, handler in before.items():
            signal.signal(number, handler)


def stop_is_asked() -> bool:
    """Whether a signal has asked this thread to stop."""
    return bool(_asked) and threading.current_thread() is threading.main_thread()


def asked_signal() -> int | None:
    """The signal that has asked; it keeps on asking, and `interruptible` raises."""
    return _asked[-1] if stop_is_asked() else None


def stop_if_asked() -> None:
    """Stop here, where everything is in order, if a signal has asked for it.

    Raises:
        Interrupted: it has.
    """
    if stop_is_asked():
        raise Interrupted(_asked.pop())
