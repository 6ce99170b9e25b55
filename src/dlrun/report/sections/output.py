"""Each of several outputs: its first metric, where the runs chose their weights."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

from dlrun.comparison.output import OutputEstimates, estimate_outputs
from dlrun.estimates import mean_text, places_of
from dlrun.report.drawing.markup import Content, Markup, breakable, element, render_grid
from dlrun.report.drawing.panel import draw_spark
from dlrun.report.sections.section import Heading, ReportSection, View, headed
from dlrun.writing import Column, fit, layout, one_line
from dlrun.writing.markdown import markdown_table, plain

_HEAD = "each output, at the epoch that the monitor chose"
_PICTURES = 60
_MOST_GROUPS = 10
_RANKS = (0, 0, 0, 0, 2, 1)
"""How soon a narrow terminal drops each column; 0: never."""


def _text(view: View) -> list[str]:
    found = _shown(view)
    columns, _ = fit([*zip(_RANKS, _columns(found), strict=True)], view.style.width)
    lines = [*layout(columns), _rest(found)] if found else []
    return headed(_HEAD, lines, view.style)


def _shown(view: View) -> Sequence[OutputEstimates]:
    """Of very many groups those that the best of them are."""
    found = estimate_outputs(view.comparison)
    most = view.style.top or _MOST_GROUPS
    return [one for one in found if one.group.number <= most]


def _columns(found: Sequence[OutputEstimates]) -> list[Column]:
    gaps = places_of([one.gap for one in found])
    return [
        Column("output", tuple(one_line(one.output) for one in found)),
        Column("group", tuple(one_line(one.group.name) for one in found)),
        Column("measure", tuple(one_line(one.measure) for one in found)),
        Column("validation", tuple(_score_text(one, found) for one in found)),
        Column("train", tuple(_train_text(one, found) for one in found)),
        Column("gap", tuple(mean_text(one.gap, gaps, signed=True) for one in found)),
    ]


def _score_text(one: OutputEstimates, found: Sequence[OutputEstimates]) -> str:
    return mean_text(
        one.score, places_of([other.score for other in _alike(one, found)])
    )


def _train_text(one: OutputEstimates, found: Sequence[OutputEstimates]) -> str:
    return mean_text(
        one.train, places_of([other.score for other in _alike(one, found)])
    )


def _alike(
    one: OutputEstimates, found: Sequence[OutputEstimates]
) -> list[OutputEstimates]:
    """Those that are told by one column, and share its decimals."""
    return [other for other in found if other.column == one.column]


def _rest(found: Sequence[OutputEstimates]) -> str:
    """How the runs are compared by an output, and by its other columns."""
    return f"to compare by one of them: --metric {one_line(found[-1].column)}"


def _page(view: View) -> list[Content]:
    found = _shown(view)
    if not found:
        return []
    heads = ("output", "group", "measure", "validation", "train", "gap", "curves")
    top = [element("th", head, scope="col") for head in heads]
    cells = [column.cells for column in _columns(found)]
    texts = [*zip(*cells, strict=True)]
    rows = [_row(one, texts[number], number) for number, one in enumerate(found)]
    note = f"Means over seeds {_HEAD.partition(', ')[2]}; {_rest(found)}."
    return [
        element("p", note, class_="note"),
        render_grid("Each output", top, element("tbody", rows), kind="plain"),
    ]


def _row(one: OutputEstimates, texts: Sequence[str], number: int) -> Markup:
    output, *others = texts
    name = f"{output} of {one.group.name}"
    picture = draw_spark(name, one.curves, one.mode) if number < _PICTURES else None
    return element(
        "tr",
        element("th", breakable(output), scope="row"),
        [element("td", breakable(text)) for text in others],
        element("td", picture, class_="picture"),
    )


def _markdown(view: View) -> list[str]:
    found = _shown(view)
    return [plain(_HEAD), markdown_table(_columns(found))] if found else []


def _json(view: View) -> dict[str, object]:
    """The key is there only where a run has several outputs."""
    found = estimate_outputs(view.comparison)
    values = [
        {
            "output": one.output,
            "column": one.column,
            "group": one.group.number,
            **{
                part: None if (value := getattr(one, part)) is None else asdict(value)
                for part in ("score", "train", "gap")
            },
        }
        for one in found
    ]
    return {"outputs": values} if values else {}


OUTPUTS = ReportSection(
    name="outputs",
    heading=Heading("outputs", "Each output"),
    text=_text,
    page=_page,
    markdown=_markdown,
    json=_json,
)
