"""How the configs differ: a column per group, a row per group, or counts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from dlrun.comparison import Comparison, Group
from dlrun.comparison.column import RESERVED
from dlrun.comparison.settings.difference import Setting, fold
from dlrun.report.drawing.markup import (
    Content,
    Markup,
    breakable,
    element,
    render_grid,
)
from dlrun.report.sections.change import change_words
from dlrun.report.sections.section import (
    NOT_PASTED,
    Heading,
    ReportSection,
    Silent,
    View,
    headed,
    silent,
)
from dlrun.writing import Column, layout, one_line, table_width

if TYPE_CHECKING:
    from dlrun.config import Scalar

_SHOWN = 30
_CHANGES_SHOWN = 4
_COLUMNS_OF_GROUPS = 9
_ROWS_OF_GROUPS = 60
_VALUES_COUNTED = 12


def _text(view: View) -> list[str] | Silent:
    comparison = view.comparison
    if view.is_long:
        return Silent("of so many groups --csv has the settings")
    if not comparison.has_own_names:
        return Silent("the groups are called by what differs")
    base = comparison.baseline
    name = one_line(comparison.groups[base - 1].name) if base else "the best"
    lines = _lines(comparison, view.style.width)
    return headed(f"how the configs differ from {name}", lines, view.style)


def _lines(comparison: Comparison, width: int | None) -> list[str]:
    groups = [group for group in comparison.groups if group.changes]
    shown = groups[:_SHOWN]
    if not shown:
        return []
    columns = [
        Column("group", tuple(one_line(group.name) for group in shown)),
        Column("differs in", tuple(map(_changes, shown))),
    ]
    if width is None or table_width(columns) <= width:
        lines = layout(columns)
    else:
        lines = [f"{one_line(group.name)}: {_changes(group)}" for group in shown]
    rest = len(groups) - len(shown)
    return [*lines, *([f"and {rest} more (--json)"] if rest else [])]


def _changes(group: Group) -> str:
    texts = [change_words(change) for change in group.changes]
    more = len(texts) - _CHANGES_SHOWN
    text = ", ".join(texts[:_CHANGES_SHOWN])
    return f"{text}, and {more} more" if more > 0 else text


def _page(view: View) -> list[Content]:
    """The settings that differ, held against the baseline; of very many, counts."""
    comparison = view.comparison
    groups = comparison.groups
    settings = fold(
        comparison.group_settings, [group.settings for group in groups], RESERVED
    )
    if not settings or len(groups) == 1:
        return []
    if len(groups) > _ROWS_OF_GROUPS:
        return [_counted(groups, settings)]
    names = [one_line(group.name) for group in groups]
    values = [
        [one_line(group.settings[setting.path]) for setting in settings]
        for group in groups
    ]
    usual = values[comparison.baseline - 1 if comparison.baseline else 0]
    cells = [[_cell(*pair) for pair in zip(row, usual, strict=True)] for row in values]
    heads = [setting.head for setting in settings]
    if len(names) <= _COLUMNS_OF_GROUPS:
        turned = [list(column) for column in zip(*cells, strict=True)]
        return [_grid("setting", names, heads, turned)]
    return [_grid("group", heads, names, cells)]


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


def _cell(text: str, usual: str) -> Markup:
    return element("td", element("b", text) if text != usual else text)


def _counted(groups: Sequence[Group], settings: Sequence[Setting]) -> Markup:
    """Of very many groups: each setting with its values, and how many have them."""
    rows = [
        element(
            "tr",
            element("th", setting.head, scope="row"),
            element("td", _counts([group.settings[setting.path] for group in groups])),
        )
        for setting in settings
    ]
    heads = ("setting", "values (groups)")
    top = [element("th", head, scope="col") for head in heads]
    body = element("tbody", rows)
    return render_grid("Settings that differ", top, body, kind="plain configs")


def _counts(values: Sequence[Scalar]) -> str:
    """`0.1 (12), 0.2 (9) and 3 other values`: the most usual first."""
    counts = Counter(values).most_common()
    texts = [f"{one_line(value)} ({number:,})" for value, number in counts]
    more = len(texts) - _VALUES_COUNTED
    shown = ", ".join(texts[:_VALUES_COUNTED])
    return f"{shown} and {more} other values" if more > 0 else shown


CONFIGS = ReportSection(
    name="configs",
    heading=Heading("configs", "How the configs differ"),
    text=_text,
    page=_page,
    markdown=NOT_PASTED,
    json=silent("every run and every group has its settings"),
)
