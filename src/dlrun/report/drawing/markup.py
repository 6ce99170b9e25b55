"""HTML and SVG as text that cannot be broken by what it holds."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterable
from typing import TypeAlias

from dlrun.writing import printable

_SCRIPT_ESCAPES = str.maketrans(
    {mark: f"\\u{ord(mark):04x}" for mark in "<>&\u2028\u2029"}
)
_VOID = frozenset({"br", "col", "input", "link", "meta", "wbr"})


class Markup(str):
    """Text that is HTML already; any other text is escaped when it is put into some."""

    __slots__ = ()


Content: TypeAlias = "str | int | float | Iterable[Content] | None"
"""What stands in an element: markup as it is, other text escaped; None: nothing."""
Attribute: TypeAlias = str | int | float | bool | None

_OPTION = re.compile(r"(?<!\S)--[a-z]+( [0-9]+)?")
"""As a command line takes it; a browser would break it behind its hyphens."""
_NEXT_WORD = re.compile(r"(?<=[a-z])(?=[A-Z][a-z])")


def element(tag: str, /, *content: Content, **attributes: Attribute) -> Markup:
    """Write an element.

    Args:
        tag: Its name, as `td`.
        content: What it holds.
        attributes: `class_="x"` becomes `class="x"`, and `data_row` `data-row`; True
            is an attribute without a value, None or False is none.
    """
    words = [tag]
    for key, value in attributes.items():
        if value is not None and value is not False:
            words.append(_attribute(key, value))
    start = f"<{' '.join(words)}>"
    return Markup(start if tag in _VOID else f"{start}{join(content)}</{tag}>")


def join(content: Content) -> Markup:
    """Put pieces one after the other."""
    if isinstance(content, Markup):
        return content
    if content is None:
        return Markup()
    if isinstance(content, str | int | float):
        text = escape(content)
        return Markup(_OPTION.sub(r'<span class="option">\g<0></span>', text))
    return Markup("".join(map(join, content)))


def escape(value: str | float | None) -> str:
    """A text as people read it: one line, no hidden marks, nothing that is HTML."""
    if not isinstance(value, str):
        return str(value)
    if not value.isprintable():
        value = re.sub(r"\s", " ", printable(value))
    return html.escape(value)


def _attribute(key: str, value: Attribute) -> str:
    name = key.rstrip("_")
    # SVG writes some of its attributes in two humps, others with a hyphen.
    name = name if name == "viewBox" else name.replace("_", "-")
    return name if value is True else f'{name}="{escape(value)}"'


def render_grid(
    caption: str, heads: Content, bodies: Content, *, kind: str = "plain"
) -> Markup:
    """Write a table that scrolls by itself where it is wider than the page.

    Args:
        caption: What it holds, for those who do not see the heading above.
        heads: The cells of its head.
        bodies: Its rows, or bodies with rows.
        kind: Its class.
    """
    table = element(
        "table",
        element("caption", caption, class_="unseen"),
        element("thead", element("tr", heads)),
        bodies,
        class_=kind,
    )
    return element("div", table, class_="scroll", tabindex=0)


def breakable(name: str) -> Markup:
    """A name that may go on in the next line after a blank, else an underscore.

    A class may go on where its next word begins: `Batch` `Normalization`.
    """
    text = _NEXT_WORD.sub("<wbr>", escape(name))
    return Markup(text if " " in name else text.replace("_", "_<wbr>"))


def script_json(value: object) -> Markup:
    """Compact JSON that can stand inside a script element."""
    text = json.dumps(value, separators=(",", ":"), ensure_ascii=False)
    return Markup(text.translate(_SCRIPT_ESCAPES))
