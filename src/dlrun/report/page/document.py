"""One HTML file that holds a whole comparison, and asks nothing of a network."""

from __future__ import annotations

import base64
import hashlib
from importlib import resources
from itertools import groupby
from typing import TYPE_CHECKING

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
from dlrun.report.trials.naming import trials_text
from dlrun.writing import one_line

if TYPE_CHECKING:
    from pathlib import Path

    from dlrun.studies.search.result import SearchResult


def render_page(
    comparison: Comparison,
    search: SearchResult | None = None,
    home: Path | None = None,
) -> str:
    """Write a comparison as a page; the same comparison gives the same bytes.

    Without JavaScript it is complete; with it, tables sort and filter, curves can be
    added and read off at any epoch.

    Args:
        comparison: What to write.
        search: The search whose trials are compared; None: they are no trials of one.
        home: The directory of the page, from which links lead to runs; None: none do.
    """
    script = _resource("script.js")
    body = [
        _body(View(comparison, search=search, home=home)),
        element("script", Markup(script)),
    ]
    return render_document(_subject(comparison), body, script)


def render_document(subject: str, body: Content, script: str = "") -> str:
    """Write a page around its body.

    It loads nothing, and its content security policy lets it load nothing.

    Args:
        subject: What it is about, for its title.
        body: What people see, with the script where there is one.
        script: The text of the script that may act; empty: none may.
    """
    style = _resource("style.css")
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element(
            "meta", http_equiv="Content-Security-Policy", content=_policy(style, script)
        ),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="color-scheme", content="light dark"),
        element("meta", name="referrer", content="no-referrer"),
        element("title", Markup(escape(f"{subject} · dlrun"))),
        element("style", Markup(style)),
    )
    page = element("html", head, element("body", body), lang="en")
    return f"<!doctype html>\n{page}\n"


def _body(view: View) -> list[Content]:
    head: list[Content] = []
    main: list[Content] = []
    for heading, sections in groupby(SECTIONS, key=lambda one: one.heading):
        answers = [one.page(view) for one in sections]
        content = [part for answer in answers if answer for part in answer]
        if heading is None:
            head += content
        elif content:
            main.append(section(heading, content))
    values = script_json(page_values(view))
    kicker = element(
        "p",
        element("b", "dlrun compare"),
        f" · {_extent(view)}",
        class_="kicker",
    )
    return [
        element("header", kicker, head),
        element("main", main),
        element("script", values, type="application/json", id="values"),
    ]


def _extent(view: View) -> str:
    comparison, search = view.comparison, view.search
    runs, groups = len(comparison.rows), len(comparison.groups)
    better = "higher" if comparison.mode == "max" else "lower"
    words = [f"{runs:,} run{'s' * (runs != 1)}"]
    words += [f"{groups:,} group{'s' * (groups != 1)}"] if groups != runs else []
    words += [f"{one_line(comparison.heading)}, {better} is better"]
    if search is not None:
        made, plan = len(search.trials), search.plan
        words.insert(0, f"{trials_text(plan, made)} by {plan.spec.method}")
    return " · ".join(words)


def section(heading: Heading, content: Content) -> Markup:
    """A part of a page under its heading."""
    name = f"{heading.id}-title"
    title = element("h2", heading.words, id=name)
    return element("section", title, content, id=heading.id, aria_labelledby=name)


def _subject(comparison: Comparison) -> str:
    return f"{len(comparison.rows):,} runs by {one_line(comparison.heading)}"


def _policy(style: str, script: str) -> str:
    """Nothing may be loaded; this style and this script alone may act."""
    source = f"'sha256-{_digest(script)}'" if script else "'none'"
    rules = [
        "default-src 'none'",
        f"style-src 'sha256-{_digest(style)}'",
        f"script-src {source}",
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
