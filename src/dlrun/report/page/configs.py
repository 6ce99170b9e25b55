"""How the configs differ: a column per group, a row per group, or counts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from dlrun.report.comparison import Comparison
from dlrun.report.difference import Scalar
from dlrun.report.layout import one_line
from dlrun.report.page.markup import Content, Markup, element, render_grid

_COLUMNS_OF_GROUPS = 6
_ROWS_OF_GROUPS = 60
_VALUES_COUNTED = 12


def render_configs(comparison: Comparison) -> list[Content]:
    """The settings that differ: a column per group, a row per group, or counts."""
    paths = [comparison.settings[at].path for at in comparison.setting_places]
    if not paths:
        return []
    if len(comparison.groups) > _ROWS_OF_GROUPS:
        return [_counted(comparison, paths)]
    names = [one_line(group.name) for group in comparison.groups]
    cells = [[one_line(one) for one in group.settings] for group in comparison.groups]
    place = next(
        (
            at
            for at, group in enumerate(comparison.groups)
            if group.number == (comparison.baseline or 1)
        ),
        0,
    )
    usual = cells[place]
    marked = [
        [
            _setting(text, text != usual[at] and row != place)
            for at, text in enumerate(one)
        ]
        for row, one in enumerate(cells)
    ]
    if len(names) <= _COLUMNS_OF_GROUPS:
        turned = [list(column) for column in zip(*marked, strict=True)]
        return [_grid("setting", names, paths, turned)]
    return [_grid("group", paths, names, marked)]


def _grid(
    corner: str, heads: Iterable[str], sides: Iterable[str], cells: list[list[Markup]]
) -> Markup:
    rows = [
        element("tr", element("th", side, scope="row"), row)
        for side, row in zip(sides, cells, strict=True)
    ]
    top = [element("th", head, scope="col") for head in (corner, *heads)]
    body = element("tbody", rows)
    return render_grid("Settings that differ", top, body, kind="plain configs")


def _setting(text: str, differs: bool) -> Markup:
    return element("td", element("b", text) if differs else text)


def _counted(comparison: Comparison, paths: Iterable[str]) -> Markup:
    """Of very many groups: each setting with its values, and how many have them."""
    rows: list[Content] = []
    for at, path in enumerate(paths):
        counts: Counter[Scalar] = Counter(
            group.settings[at] for group in comparison.groups
        )
        texts = [f"{one_line(one)} ({many:,})" for one, many in counts.most_common()]
        more = len(texts) - _VALUES_COUNTED
        shown = ", ".join(texts[:_VALUES_COUNTED])
        words = f"{shown} and {more} other values" if more > 0 else shown
        rows.append(
            element("tr", element("th", path, scope="row"), element("td", words))
        )
    head = [element("th", one, scope="col") for one in ("setting", "values (groups)")]
    body = element("tbody", rows)
    return render_grid("Settings that differ", head, body, kind="plain configs")
