"""Sentences as lines of text."""

from __future__ import annotations

import re
import shlex
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from dlrun.writing.terminal import display_width

_WORD = re.compile(r"""(?:[^\s'"]|'[^']*'|"[^"]*")+""")
_LEAST_WIDTH = 20
_NEXT = ("next:", "resume:")
"""How a line begins that ends with a command."""


ALLOW_CODE = "--allow-code"
"""The option that runs the code of a config or of a run."""
_RUN_CODE = frozenset(
    {"advise", "diagnose", "evaluate", "predict", "resume", "study", "summary"}
    | {"search", "train", "validate", "verify"}
)
"""The commands that may run such code."""
_with_code: ContextVar[bool] = ContextVar("with_code", default=False)


@contextmanager
def commands_with_code(*, allowed: bool) -> Iterator[None]:
    """Let commands that people are told to type run code where this one may."""
    token = _with_code.set(allowed)
    try:
        yield
    finally:
        _with_code.reset(token)


def allow_commands_code(*, allowed: bool) -> None:
    """Let commands that people are told to type run code, from here on."""
    _with_code.set(allowed)


def command_line(*words: object) -> str:
    """A command of dlrun as a person can paste it, whatever characters a path has.

    It may run the code of a config where the command that tells of it may.
    """
    texts = [*map(str, words)]
    if _with_code.get() and texts[0] in _RUN_CODE and ALLOW_CODE not in texts:
        texts.append(ALLOW_CODE)
    return shlex.join(["dlrun", *texts])


def wrap(text: str, width: int | None) -> list[str]:
    """Break a sentence into lines, below its own beginning; None: leave it in one."""
    if width is None:
        return [text]
    lead = text[: len(text) - len(text.lstrip())]
    # Paths and names stay whole, so that they can be copied, and `81 %` is one word.
    lines = textwrap.wrap(
        text.replace(" %", "\N{NO-BREAK SPACE}%"),
        max(width, _LEAST_WIDTH),
        subsequent_indent=f"{lead}  ",
        break_long_words=False,
        break_on_hyphens=False,
    )
    return [line.replace("\N{NO-BREAK SPACE}%", " %") for line in lines]


def wrap_lines(text: str, width: int | None) -> str:
    """Break each line of a text that is longer than `width`; None: none is."""
    if width is None:
        return text
    return "\n".join(
        part for line in text.split("\n") for part in _fitting(line, width)
    )


def _fitting(line: str, width: int) -> list[str]:
    if display_width(line) <= width:
        return [line]
    before, command, rest = line.partition("dlrun ")
    if command and (not before.strip() or before.lstrip().startswith(_NEXT)):
        return wrap_command(rest, width, f"{before}{command}")
    return wrap(line, width)


def wrap_command(command: str, width: int | None, lead: str = "") -> list[str]:
    r"""Break a command so that it can be pasted: each line but the last ends in `\`.

    Args:
        command: As `shlex.join` writes it; what it quotes stays whole.
        width: Terminal columns; None: leave it in one line.
        lead: What stands before it in the first line.
    """
    words = _WORD.findall(command)
    is_read = " ".join(words) == command
    if width is None or display_width(lead + command) <= width or not is_read:
        return [lead + command]
    indent = " " * (len(lead) - len(lead.lstrip()) + 4)
    lines: list[str] = []
    line, before = lead, ""
    for word in words:
        # An option and its value stay together where they fit.
        unit = f"{before} {word}".lstrip()
        before = ""
        if word in {"-s", "-u"} or (word.startswith("--") and "=" not in word):
            before = unit
            continue
        gap = "" if not line or line.endswith(" ") else " "
        if line.strip() and display_width(f"{line}{gap}{unit}") > width - 2:
            lines.append(f"{line.rstrip()} \\")
            line, gap = indent, ""
        line = f"{line}{gap}{unit}"
    return [*lines, f"{line} {before}".rstrip()]


def cut(text: str, longest: int) -> str:
    """Shorten a text that is too long; `…` says so."""
    return text if len(text) <= longest else f"{text[: longest - 1]}…"
