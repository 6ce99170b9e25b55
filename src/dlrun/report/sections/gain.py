"""What pseudo-labels have gained over their supervised baselines, over the seeds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

from dlrun.comparison import Comparison
from dlrun.comparison.gain import GroupGain, find_gains
from dlrun.estimates import mean_text
from dlrun.report.drawing.frame import Frame
from dlrun.report.drawing.markup import (
    Content,
    Markup,
    breakable,
    element,
    render_grid,
)
from dlrun.report.drawing.whisker import draw_whisker, whisker_axis, whisker_frame
from dlrun.report.sections.section import Heading, ReportSection, View, headed
from dlrun.writing import Column, layout, one_line
from dlrun.writing.markdown import markdown_table, plain

_HEAD = "pseudo-labels against their supervised baselines"
_CAPTION = "Gains of pseudo-labels"
_NOTE = (
    "each run against its own baseline, the same model without pseudo-labels. Won: "
    "runs that gained; baseline kept: runs that pseudo-labels did not help."
)
_DECIMALS = 3
"""Of an accuracy."""


def _text(view: View) -> list[str]:
    gains = _gains(view)
    if not gains:
        return []
    lines = [_measure(gains), *layout(_columns(view.comparison, gains))]
    return headed(_HEAD, lines, view.style)


def _gains(view: View) -> tuple[GroupGain, ...]:
    return find_gains((row.group, row.gain) for row in view.comparison.rows)


def _measure(gains: Sequence[GroupGain]) -> str:
    """What is measured, and what that number is worth."""
    measure = gains[0].measure
    chosen = "" if measure.startswith("test") else ", by which rounds were chosen"
    return f"{measure}{chosen}"


def _columns(comparison: Comparison, gains: Sequence[GroupGain]) -> list[Column]:
    names = {group.number: one_line(group.name) for group in comparison.groups}
    baselines = tuple(mean_text(gain.baseline, _DECIMALS) for gain in gains)
    changes = tuple(mean_text(gain.gain, _DECIMALS, signed=True) for gain in gains)
    won = tuple(f"{gain.won}/{gain.runs}" for gain in gains)
    kept = tuple(f"{gain.baseline_kept}/{gain.runs}" for gain in gains)
    return [
        Column("group", tuple(names[gain.group] for gain in gains)),
        Column("baseline", baselines),
        Column("gain", changes),
        Column("won", won, is_number=True),
        Column("baseline kept", kept, is_number=True),
    ]


def _page(view: View) -> list[Content]:
    gains = _gains(view)
    if not gains:
        return []
    frame = whisker_frame((gain.gain for gain in gains), holds_zero=True)
    heads = [
        element("th", "group", scope="col"),
        element("th", "baseline", scope="col"),
        element("th", "", whisker_axis(frame), scope="col"),
        element("th", "gain", scope="col"),
        element("th", "won", scope="col", class_="num"),
        element("th", "baseline kept", scope="col", class_="num"),
    ]
    names = {group.number: group.name for group in view.comparison.groups}
    rows = [_row(gain, names[gain.group], frame) for gain in gains]
    return [
        element("p", f"{_measure(gains)}: {_NOTE}", class_="note"),
        render_grid(_CAPTION, heads, element("tbody", rows), kind="effects"),
    ]


def _row(gain: GroupGain, name: str, frame: Frame) -> Markup:
    label = element("span", breakable(name), class_="label")
    picture = draw_whisker(frame, gain.gain, zero=0.0)
    return element(
        "tr",
        element("th", label, scope="row"),
        element("td", _figures(mean_text(gain.baseline, _DECIMALS))),
        element("td", picture, class_="picture"),
        element("td", _figures(mean_text(gain.gain, _DECIMALS, signed=True))),
        element("td", f"{gain.won}/{gain.runs}", class_="num"),
        element("td", f"{gain.baseline_kept}/{gain.runs}", class_="num"),
    )


def _figures(text: str) -> list[Content]:
    """A mean, and its error in small."""
    mean, _, error = text.partition(" ")
    return [element("span", mean), element("small", error) if error else None]


def _markdown(view: View) -> list[str]:
    gains = _gains(view)
    if not gains:
        return []
    table = markdown_table(_columns(view.comparison, gains))
    return [plain(f"{_HEAD}: {_measure(gains)}"), table]


def _json(view: View) -> dict[str, object]:
    """The key is there only where a run has pseudo-labels."""
    gains = _gains(view)
    return {"gains": [asdict(gain) for gain in gains]} if gains else {}


GAINS = ReportSection(
    name="gains",
    heading=Heading("gains", "What pseudo-labels gained"),
    text=_text,
    page=_page,
    markdown=_markdown,
    json=_json,
)
