"""The stdout of a command: answers alone reach it, whatever code of a config writes."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from typing import TextIO

_kept: list[TextIO] = []
"""For answers, while everything else that is written to stdout goes to stderr; the
stream that was `sys.stdout` before comes second."""


def stdout() -> TextIO:
    """Where answers go."""
    return _kept[0] if _kept else sys.stdout


def divert_stdout() -> None:
    """Send to stderr what is written to stdout from here on, and is no answer.

    That holds for its number, too, to which code of other languages writes.
    """
    if _kept:
        return
    before = sys.stdout
    answers = before
    with suppress(OSError, ValueError):  # Of a stream that is no file.
        number, other = before.fileno(), sys.stderr.fileno()
        before.flush()
        answers = os.fdopen(
            os.dup(number), "w", encoding=before.encoding, errors=before.errors
        )
        os.dup2(other, number)
    _kept[:] = [answers, before]
    sys.stdout = sys.stderr


def restore_stdout() -> None:
    """Let stdout be what it was before it was diverted."""
    if not _kept:
        return
    answers, before = _kept
    _kept.clear()
    sys.stdout = before
    if answers is not before:
        with suppress(OSError, ValueError):
            os.dup2(answers.fileno(), before.fileno())
        with suppress(OSError, ValueError):  # Whoever read may have gone.
            answers.close()
