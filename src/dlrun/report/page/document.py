"""One HTML file that holds a whole comparison, and asks nothing of a network."""

from __future__ import annotations

import base64
import hashlib
from importlib import resources
from itertools import groupby

from dlrun.comparison import Comparison
from dlrun.report.drawing.markup import (
    Content,
    Markup,
    element,
    escape,
    script_json,
)
from dlrun.report.page.inline import page_values
from dlrun.report.sections import SECTIONS
from dlrun.report.sections.section import Heading, View
from dlrun.writing import one_line


def render_page(comparison: Comparison) -> str:
    """Write a comparison as a page; the same comparison gives the same bytes.

    It loads nothing, and its content security policy lets it load nothing. Without
    JavaScript it is complete; with it, tables sort and filter, curves can be added and
    read off at any epoch.
    """
    style, script = _resource("style.css"), _resource("script.js")
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element(
            "meta", http_equiv="Content-Security-Policy", content=_policy(style, script)
        ),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="color-scheme", content="light dark"),
        element("meta", name="referrer", content="no-referrer"),
        element("title", Markup(escape(f"{_subject(comparison)} · dlrun"))),
        element("style", Markup(style)),
    )
    body = element("body", _body(View(comparison)), element("script", Markup(script)))
    return f"<!doctype html>\n{element('html', head, body, lang='en')}\n"


def _body(view: View) -> list[Content]:
    head: list[Content] = []
    main: list[Content] = []
    for heading, sections in groupby(SECTIONS, key=lambda section: section.heading):
        answers = [section.page(view) for section in sections]
        content = [part for answer in answers if answer for part in answer]
        if heading is None:
            head += content
        elif content:
            main.append(_part(heading, content))
    values = script_json(page_values(view))
    kicker = element(
        "p",
        element("b", "dlrun compare"),
        f" · {_extent(view.comparison)}",
        class_="kicker",
    )
    return [
        element("header", kicker, head),
        element("main", main),
        element("script", values, type="application/json", id="values"),
    ]


def _extent(comparison: Comparison) -> str:
    runs, groups = len(comparison.rows), len(comparison.groups)
    better = "higher" if comparison.mode == "max" else "lower"
    words = [f"{runs:,} run{'s' * (runs != 1)}"]
    words += [f"{groups:,} group{'s' * (groups != 1)}"] if groups != runs else []
    words += [f"{one_line(comparison.heading)}, {better} is better"]
    return " · ".join(words)


def _part(heading: Heading, content: Content) -> Markup:
    name = f"{heading.id}-title"
    title = element("h2", heading.words, id=name)
    return element("section", title, content, id=heading.id, aria_labelledby=name)


def _subject(comparison: Comparison) -> str:
    return f"{len(comparison.rows):,} runs by {one_line(comparison.heading)}"


def _policy(style: str, script: str) -> str:
    """Nothing may be loaded; this style and this script alone may act."""
    rules = [
        "default-src 'none'",
        f"style-src 'sha256-{_digest(style)}'",
        f"script-src 'sha256-{_digest(script)}'",
        "img-src data:",
        "base-uri 'none'",
        "form-action 'none'",
    ]
    return "; ".join(rules)


def _digest(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _resource(name: str) -> str:
    file = resources.files("dlrun.report.page").joinpath(name)
    return file.read_text(encoding="utf-8")
