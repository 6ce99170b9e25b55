"""Stopping a run from outside: Ctrl-C, a scheduler's SIGTERM, a closed terminal."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Literal

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


@contextmanager
def interruptible() -> Iterator[None]:
    """Let the first signal be heard by `stop_if_asked`; a second ends the process.

    So a run stops between two steps, with everything in order. If the signal comes too
    late for that, the block ends as planned, and then raises.

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
        for each in before:
            signal.signal(each, signal.SIG_DFL)
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
