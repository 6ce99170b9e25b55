"""The groups on the page: a table that sorts and filters, with small pictures."""

from __future__ import annotations

from collections.abc import Sequence

from dlrun.comparison import Comparison, Group
from dlrun.report.drawing.markup import Content, Markup, element
from dlrun.report.sections.group.field import Field, page_fields
from dlrun.report.sections.section import View
from dlrun.writing import one_line

_ROWS_WITHOUT_BOX = 20


def group_markup(view: View) -> list[Content]:
    """All groups, a body per experiment; each row knows its group's number."""
    comparison = view.comparison
    fields = page_fields(view)
    heads = [
        element(
            "th",
            field.head,
            field.axis,
            scope="col",
            class_=field.class_name,
            title=field.title or None,
        )
        for field in fields
    ]
    tied = _tied(comparison)
    cut = _last_tied(comparison, tied)
    marked = [] if cut or len(tied) + 1 == len(comparison.groups) else tied
    bodies: dict[int, list[Content]] = {}
    for group in comparison.groups:
        rows = bodies.setdefault(group.experiment, [])
        kind = "cut" if group is cut else "tied" if group in marked else None
        rows.append(_row(fields, group, kind))
    parts = [
        element("tbody", _experiment(number, len(bodies), len(fields)), rows)
        for number, rows in bodies.items()
    ]
    table = element(
        "table",
        element("caption", _caption(comparison), class_="unseen"),
        element("thead", element("tr", heads)),
        parts,
        class_="groups",
        id="table",
    )
    size = "scroll tall" if len(comparison.groups) > _ROWS_WITHOUT_BOX else "scroll"
    box = element("div", table, class_=size, tabindex=0)
    words = "Groups above the line cannot be told from the best." if cut else None
    words = "≈ cannot be told from the best" if marked else words
    note = element("p", words, class_="note small") if words else None
    return [_tools(), box, note]


def _tied(comparison: Comparison) -> list[Group]:
    """Those that cannot be told from the best; of single runs, nothing can be said."""
    best = comparison.best_group
    if best is None or best.n == 1:
        return []
    return [group for group in comparison.groups if group.is_tied and group != best]


def _last_tied(comparison: Comparison, tied: Sequence[Group]) -> Group | None:
    """The last of those that cannot be told from the best, if all follow it."""
    best, *others = comparison.groups
    is_ranked = best is comparison.best_group
    follow = tuple(others[: len(tied)]) == tuple(tied)
    are_above = is_ranked and follow and len(tied) < len(others)
    return tied[-1] if tied and are_above else None


def _row(fields: Sequence[Field], group: Group, kind: str | None) -> Markup:
    cells: list[Content] = []
    for field in fields:
        cell = field.cell(group)
        has_value = cell.value is not None and str(cell.value) != cell.content
        is_name = field.kind == "name"
        cells.append(
            element(
                "th" if is_name else "td",
                cell.content,
                class_=field.class_name or None,
                data_v=cell.value if has_value else None,
                scope="row" if is_name else None,
            )
        )
    return element("tr", cells, data_g=group.number, class_=kind)


def _experiment(number: int, experiments: int, width: int) -> Markup | None:
    if experiments == 1:
        return None
    words = f"Experiment {number}: measured in its own way, and ranked on its own"
    return element("tr", element("th", words, colspan=width), class_="experiment")


def _caption(comparison: Comparison) -> str:
    return f"Groups by {one_line(comparison.heading)}"


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
