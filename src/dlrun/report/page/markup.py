"""HTML and SVG as text that cannot be broken by what it holds."""

from __future__ import annotations

import html
import json
from collections.abc import Iterable
from typing import TypeAlias

from dlrun.report.layout import one_line

_SCRIPT_ESCAPES = str.maketrans(
    {mark: f"\\u{ord(mark):04x}" for mark in "<>&\u2028\u2029"}
)
_VOID = frozenset({"br", "col", "input", "link", "meta"})


class Markup(str):
    """Text that is HTML already; any other text is escaped when it is put into some."""

    __slots__ = ()


Content: TypeAlias = "str | int | float | None | Iterable[Content]"
"""What stands in an element: markup as it is, other text escaped; None: nothing."""
Attribute: TypeAlias = str | int | float | bool | None


def element(
    name: str, *content: Content, attributes: Iterable[str] = (), **named: Attribute
) -> Markup:
    """Write an element.

    Args:
        name: The tag, as `td`.
        content: What it holds.
        attributes: Those that were written by `attribute` before.
        named: The others: `class_="x"` becomes `class="x"`, `data_row` becomes
            `data-row`; True is an attribute without a value, None or False is none.
    """
    words = [name, *attributes]
    for key, value in named.items():
        if value is not None and value is not False:
            words.append(attribute(key.rstrip("_").replace("_", "-"), value))
    start = f"<{' '.join(words)}>"
    return Markup(start if name in _VOID else f"{start}{join(content)}</{name}>")


def attribute(name: str, value: Attribute) -> str:
    """Write an attribute with its value in quotes; True has no value."""
    return name if value is True else f'{name}="{escape(value)}"'


def join(content: Content) -> Markup:
    """Put pieces one after the other."""
    if isinstance(content, Markup):
        return content
    if content is None:
        return Markup()
    if isinstance(content, str | int | float):
        return Markup(escape(content))
    return Markup("".join(map(join, content)))


def escape(value: str | float) -> str:
    """A text as people read it: one line, no hidden marks, nothing that is HTML."""
    return html.escape(one_line(value)) if isinstance(value, str) else str(value)


def script_json(value: object) -> Markup:
    """Compact JSON that can stand inside a script element."""
    text = json.dumps(value, separators=(",", ":"), ensure_ascii=False)
    return Markup(text.translate(_SCRIPT_ESCAPES))
