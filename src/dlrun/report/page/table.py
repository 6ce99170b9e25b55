"""The table of groups: who is best, how sure that is, and who overfits since when."""

from __future__ import annotations

from collections.abc import Sequence

from dlrun.comparison import Comparison, Group
from dlrun.report.drawing.markup import Content, Markup, element, join
from dlrun.report.page.field import Field, table_fields
from dlrun.writing import one_line

_ROWS_WITHOUT_BOX = 20


def render_table(comparison: Comparison) -> Markup:
    """All groups, a body per experiment; each row knows its group's number."""
    fields = table_fields(comparison)
    heads = [
        element(
            "th",
            field.head,
            field.axis,
            scope="col",
            class_=_kind(field),
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
    return join([box, element("p", words, class_="note small") if words else None])


def best_group(comparison: Comparison) -> Group | None:
    """The best of the largest experiment, however the table is sorted."""
    rated = [
        (group.score.mean, group)
        for group in comparison.groups
        if group.score is not None and group.experiment == 1
    ]
    choose = max if comparison.mode == "max" else min
    return choose(rated, key=lambda pair: pair[0], default=(0.0, None))[1]


def _tied(comparison: Comparison) -> list[Group]:
    """Those that cannot be told from the best; of single runs, nothing can be said."""
    best = best_group(comparison)
    if best is None or best.n == 1:
        return []
    return [group for group in comparison.groups if group.is_tied and group != best]


def _last_tied(comparison: Comparison, tied: Sequence[Group]) -> Group | None:
    """The last of those that cannot be told from the best, if all follow it."""
    best, *others = comparison.groups
    is_ranked = best is best_group(comparison)
    follow = tuple(others[: len(tied)]) == tuple(tied)
    return (
        tied[-1] if tied and is_ranked and follow and len(tied) < len(others) else None
    )


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
                class_=_kind(field) or None,
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
    return f"Groups by {one_line(comparison.metric)}"


def _kind(field: Field) -> str:
    return f"{'num' if field.is_number else ''} {field.kind}".strip()
