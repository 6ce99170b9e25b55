"""How the configs differ: a column per group, a row per group, or counts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from dlrun.comparison import Comparison
from dlrun.comparison.settings.difference import Setting
from dlrun.comparison.settings.factor import fold
from dlrun.comparison.settings.text import Scalar
from dlrun.report.drawing.markup import (
    Content,
    Markup,
    breakable,
    element,
    render_grid,
)
from dlrun.writing import one_line

_COLUMNS_OF_GROUPS = 9
_ROWS_OF_GROUPS = 60
_VALUES_COUNTED = 12


def render_configs(comparison: Comparison) -> list[Content]:
    """The settings that differ, held against the baseline; of very many, counts."""
    settings = fold(
        comparison.group_settings, [group.settings for group in comparison.groups]
    )
    if not settings or len(comparison.groups) == 1:
        return []
    if len(comparison.groups) > _ROWS_OF_GROUPS:
        return [_counted(comparison, settings)]
    names = [one_line(group.name) for group in comparison.groups]
    cells = [
        [one_line(group.settings[setting.path]) for setting in settings]
        for group in comparison.groups
    ]
    usual = cells[comparison.baseline - 1 if comparison.baseline else 0]
    marked = [
        [_setting(*pair) for pair in zip(row, usual, strict=True)] for row in cells
    ]
    heads = [setting.head for setting in settings]
    if len(names) <= _COLUMNS_OF_GROUPS:
        turned = [list(column) for column in zip(*marked, strict=True)]
        return [_grid("setting", names, heads, turned)]
    return [_grid("group", heads, names, marked)]


def _grid(
    corner: str, heads: Iterable[str], sides: Iterable[str], cells: list[list[Markup]]
) -> Markup:
    rows = [
        element("tr", element("th", side, scope="row"), row)
        for side, row in zip(sides, cells, strict=True)
    ]
    top = [element("th", breakable(head), scope="col") for head in (corner, *heads)]
    body = element("tbody", rows)
    return render_grid("Settings that differ", top, body, kind="plain configs")


def _setting(text: str, usual: str) -> Markup:
    return element("td", element("b", text) if text != usual else text)


def _counted(comparison: Comparison, settings: Sequence[Setting]) -> Markup:
    """Of very many groups: each setting with its values, and how many have them."""
    rows: list[Content] = []
    for setting in settings:
        counts: Counter[Scalar] = Counter(
            group.settings[setting.path] for group in comparison.groups
        )
        texts = [f"{one_line(one)} ({many:,})" for one, many in counts.most_common()]
        more = len(texts) - _VALUES_COUNTED
        shown = ", ".join(texts[:_VALUES_COUNTED])
        words = f"{shown} and {more} other values" if more > 0 else shown
        rows.append(
            element(
                "tr", element("th", setting.head, scope="row"), element("td", words)
            )
        )
    head = [element("th", one, scope="col") for one in ("setting", "values (groups)")]
    body = element("tbody", rows)
    return render_grid("Settings that differ", head, body, kind="plain configs")
