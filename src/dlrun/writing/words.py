"""Sentences as lines of text."""

from __future__ import annotations

import textwrap


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


def cut(text: str, longest: int) -> str:
    """Shorten a text that is too long; `…` says so."""
    return text if len(text) <= longest else f"{text[: longest - 1]}…"
