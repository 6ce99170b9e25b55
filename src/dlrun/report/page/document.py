"""One HTML file that holds a whole comparison, and asks nothing of a network."""

from __future__ import annotations

import base64
import hashlib
from importlib import resources

from dlrun.comparison import Comparison
from dlrun.report.drawing.markup import Content, Markup, element, script_json
from dlrun.report.drawing.panel import panel_frame
from dlrun.report.page.configs import render_configs
from dlrun.report.page.effect import render_effects
from dlrun.report.page.gallery import render_gallery, shown_groups
from dlrun.report.page.inline import all_curves, page_values
from dlrun.report.page.landscape import render_landscape
from dlrun.report.page.sections import (
    render_advice,
    render_provenance,
    render_warnings,
)
from dlrun.report.page.table import render_table
from dlrun.writing import one_line

_FEWEST_OF_MANY = 61


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
        element("title", f"{_subject(comparison)} · dlrun"),
        element("style", Markup(style)),
    )
    body = element("body", _body(comparison), element("script", Markup(script)))
    return f"<!doctype html>\n{element('html', head, body, lang='en')}\n"


def _body(comparison: Comparison) -> list[Content]:
    curves = all_curves(comparison, comparison.groups)
    shown = {group.number: curves[group.number] for group in shown_groups(comparison)}
    frame = panel_frame(list(shown.values()), comparison.mode)
    many = curves if len(curves) >= _FEWEST_OF_MANY else {}
    values = script_json(page_values(comparison, curves, frame))
    gallery = render_gallery(comparison, shown, frame) if shown else []
    sections: list[tuple[str, str, list[Content]]] = [
        ("warnings", "Before you trust these numbers", render_warnings(comparison)),
        ("groups", "Groups", [_tools(), render_table(comparison)]),
        ("curves", "Curves", gallery),
        ("landscape", "At a glance", render_landscape(comparison, many)),
        ("effects", "What each change did", render_effects(comparison)),
        ("configs", "How the configs differ", render_configs(comparison)),
        ("advice", "What to try next", render_advice(comparison)),
        ("origin", "Where this comes from", render_provenance(comparison)),
    ]
    main = [
        _section(name, title, content) for name, title, content in sections if content
    ]
    data = element("script", values, type="application/json", id="values")
    return [_masthead(comparison), element("main", main), data]


def _masthead(comparison: Comparison) -> Markup:
    """The verdict: what the first look at the page must answer."""
    first, *rest = comparison.verdict or ("Nothing to compare yet.",)
    claim, colon, figures = first.partition(": ")
    rest = [figures, *rest] if colon else rest
    return element(
        "header",
        element(
            "p",
            element("b", "dlrun compare"),
            f" · {_extent(comparison)}",
            class_="kicker",
        ),
        element("h1", claim),
        [element("p", sentence, class_="lead") for sentence in rest],
    )


def _extent(comparison: Comparison) -> str:
    runs, groups = len(comparison.rows), len(comparison.groups)
    better = "higher" if comparison.mode == "max" else "lower"
    words = [f"{runs:,} run{'s' * (runs != 1)}"]
    words += [f"{groups:,} group{'s' * (groups != 1)}"] if groups != runs else []
    words += [f"{one_line(comparison.metric)}, {better} is better"]
    return " · ".join(words)


def _section(name: str, title: str, content: Content) -> Markup:
    heading = element("h2", title, id=f"{name}-title")
    labels = {"aria_labelledby": f"{name}-title"}
    return element("section", heading, content, id=name, **labels)


def _tools() -> Markup:
    """What only works with a script, and stays hidden without one."""
    field = element(
        "input",
        type="search",
        id="filter",
        placeholder="words, such as overfit",
        autocomplete="off",
        spellcheck="false",
    )
    pages = element(
        "span",
        element("button", "Previous", type="button", id="previous"),
        element("button", "Next", type="button", id="next"),
        id="pages",
        hidden=True,
    )
    return element(
        "div",
        element("label", "Filter", field, for_="filter"),
        element("output", id="shown", aria_live="polite"),
        pages,
        element("button", "Table as CSV", type="button", id="table-csv"),
        element("button", "Curves as CSV", type="button", id="curves-csv"),
        class_="tools",
        id="tools",
        hidden=True,
    )


def _subject(comparison: Comparison) -> str:
    return f"{len(comparison.rows):,} runs by {one_line(comparison.metric)}"


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
