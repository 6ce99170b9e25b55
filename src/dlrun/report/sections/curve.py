"""The curves: in a terminal those of a few groups, on the page a gallery of panels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from dlrun.comparison import Band, Comparison, Group, GroupCurves
from dlrun.comparison.curve import group_curves
from dlrun.estimates import epoch_text, fixed, mean_text, places_of
from dlrun.report.drawing.braille import ASCII, BRAILLE, draw_charts
from dlrun.report.drawing.frame import Frame, legend
from dlrun.report.drawing.markup import (
    Content,
    Markup,
    breakable,
    element,
    render_grid,
)
from dlrun.report.drawing.panel import (
    CLIP,
    bands,
    draw_panel,
    panel_axes,
    panel_frame,
)
from dlrun.report.drawing.tag import render_tag
from dlrun.report.sections.section import (
    NOT_PASTED,
    Heading,
    ReportSection,
    Silent,
    View,
    places_by_group,
    silent,
)
from dlrun.writing import bold, number, one_line

_CHARTS_UNASKED = 4
_CHARTS_BEST = 6
_CHARTS_WORST = 2
_ALL_PANELS = 12
_BEST_PANELS = 6
_WORST_PANELS = 2
_FEW_PANELS = 3
_BANDS = (
    (2, "range over runs"),
    (5, "95 % interval of the mean"),
    (30, "middle 80 % of the runs"),
)
"""What a band is, from so many runs on."""


def _text(view: View) -> list[str] | Silent:
    """A chart per group; of very many groups one chart of all their runs."""
    comparison, style = view.comparison, view.style
    groups = list(comparison.groups)
    if view.is_long:
        runs = [row.score.curves for row in comparison.rows if row.experiment == 1]
        titles = [f"{len(runs)} runs"]
        curves = [group_curves(runs, name=comparison.curve_name)]
    elif len(groups) > _CHARTS_UNASKED and not style.curves:
        return Silent("the charts of more than four groups are drawn by --curves")
    else:
        if len(groups) > _CHARTS_BEST + _CHARTS_WORST:
            groups = groups[:_CHARTS_BEST] + groups[-_CHARTS_WORST:]
        titles = [_title(group) for group in groups]
        curves = [comparison.curves(group) for group in groups]
    pen = ASCII if style.ascii else BRAILLE
    charts = draw_charts(titles, curves, style.width, pen, with_bands=view.is_long)
    head = f"{one_line(comparison.heading)} by epoch"
    return [bold(head, color=style.color), *charts] if charts else []


def _title(group: Group) -> str:
    """The name of a group, with its number where the name is long."""
    name = one_line(group.name)
    return f"#{group.number} {name}" if "=" in name else name


def shown_groups(comparison: Comparison) -> list[Group]:
    """The groups that have a panel from the start: all, or the best and the worst."""
    drawn = [group for group in comparison.groups if group.epochs]
    if len(drawn) <= _ALL_PANELS:
        return drawn
    scored = [group for group in drawn if group.score is not None]
    best = scored[:_BEST_PANELS]
    return best + scored[len(best) :][-_WORST_PANELS:]


def gallery_frame(view: View) -> Frame:
    """The axes that all panels share."""
    shown = [view.curves[group.number] for group in shown_groups(view.comparison)]
    return panel_frame(shown, view.comparison.mode)


def _page(view: View) -> list[Content]:
    """The panels, what their lines mean, and their numbers."""
    comparison = view.comparison
    chosen = {group.number for group in shown_groups(comparison)}
    shown = [group for group in comparison.groups if group.number in chosen]
    if not shown:
        return []
    drawn = {group.number: view.curves[group.number] for group in shown}
    frame = gallery_frame(view)
    best = comparison.best_group
    first = best if len(shown) > 1 and best and best.number in drawn else None
    reference = drawn[first.number] if first else None
    size = "panels few" if len(shown) <= _FEW_PANELS else "panels"
    behind = first.number if first else None
    notes = readouts(comparison)
    figures = [
        _figure(group, notes[group.number], frame, drawn[group.number], reference)
        for group in sorted(shown, key=lambda group: group.number)
    ]
    return [
        element("p", _scope(comparison, drawn, frame), class_="note"),
        legend(_legend(one_line(comparison.curve_name), drawn, first)),
        element(
            "svg",
            element("defs", frame.clip(CLIP)),
            class_="defs",
            aria_hidden="true",
        ),
        element("div", figures, class_=size, id="panels", data_reference=behind),
        _template(frame),
        _numbers(comparison, shown, drawn),
    ]


def _figure(
    group: Group,
    readout: str,
    frame: Frame,
    curves: GroupCurves,
    reference: GroupCurves | None,
) -> Markup:
    caption = element(
        "figcaption",
        element("span", breakable(group.name), class_="label"),
        render_tag(group),
        element("p", readout, class_="readout"),
    )
    picture = draw_panel(frame, group.name, curves, reference)
    return element("figure", caption, picture, class_="panel", data_g=group.number)


def _template(frame: Frame) -> Markup:
    """An empty panel, of which a script makes those that are added."""
    caption = element(
        "figcaption",
        element("span", class_="label"),
        element("span", class_="tag"),
        element("p", class_="readout"),
    )
    plot = element("g", clip_path=f"url(#{CLIP})")
    content = [panel_axes(frame), plot]
    picture = frame.picture(content, kind="plot", alternative="")
    figure = element("figure", caption, picture, class_="panel")
    return element("template", figure, id="panel")


def readouts(comparison: Comparison) -> dict[int, str]:
    """What stands over each panel until somebody points at an epoch."""
    groups = comparison.groups
    scores = places_by_group(groups, lambda group: group.score, places_of)
    gaps = places_by_group(groups, lambda group: group.gap, places_of)
    notes: dict[int, str] = {}
    for group in groups:
        words = f"no {one_line(comparison.curve_name)} value"
        if group.score is not None:
            words = f"{mean_text(group.score, scores[group.number])} at epoch "
            words += epoch_text(group.best_epoch)
        if group.gap is not None:
            words += f", gap {fixed(group.gap.mean, gaps[group.number], signed=True)}"
        notes[group.number] = words
    return notes


def _scope(
    comparison: Comparison, drawn: Mapping[int, GroupCurves], frame: Frame
) -> str:
    metric = one_line(comparison.heading)
    total = len(comparison.groups)
    which = {1: "The one group", 2: "Both groups"}.get(total, f"All {total} groups")
    if len(drawn) < total:
        worst = min(_WORST_PANELS, len(drawn))
        which = f"The best {len(drawn) - worst} and the worst {worst} of {total} groups"
    words = f"{which}: {metric} by epoch{', on one scale' if total > 1 else ''}."
    values = [
        value
        for curves in drawn.values()
        for band in bands(curves)
        for value in band.mean
    ]
    if any(value > frame.y.high for value in values):
        return f"{words} What is above {number(frame.y.high)} is cut off."
    if any(value < frame.y.low for value in values):
        return f"{words} What is below {number(frame.y.low)} is cut off."
    return words


def _legend(
    name: str, drawn: Mapping[int, GroupCurves], first: Group | None
) -> list[tuple[str, str]]:
    entries = [("validation", name)]
    if any(curves.train is not None for curves in drawn.values()):
        entries.append(("train", "train, in inference mode"))
    if first is not None:
        entries.append(("reference", f"{name} of {one_line(first.name)}"))
    entries.append(("mark", "best epoch"))
    if any(curves.onset is not None for curves in drawn.values()):
        entries.append(("onset", "overfitting"))
    runs = [max(band.runs) for curves in drawn.values() for band in bands(curves)]
    most = max(runs, default=1)
    meanings = [words for fewest, words in _BANDS if most >= fewest]
    return [*entries, *(("band validation", words) for words in meanings[-1:])]


def _numbers(
    comparison: Comparison, shown: Sequence[Group], drawn: Mapping[int, GroupCurves]
) -> Markup:
    """The same curves as a table, for those who read numbers."""
    name = one_line(comparison.curve_name)
    short = "val" if name == "validation" else name
    columns: list[tuple[str, str, dict[float, float]]] = []
    for group in shown:
        curves = drawn[group.number]
        for kind, band in (("train", curves.train), (short, curves.validation)):
            if band is not None and band.epochs:
                columns.append((group.name, kind, _by_epoch(band)))
    epochs = sorted({epoch for _, _, values in columns for epoch in values})
    heads = [
        element("th", name, element("small", f" {kind}"), scope="col")
        for name, kind, _ in columns
    ]
    rows = [
        element(
            "tr",
            element("th", f"{epoch:g}", scope="row"),
            [element("td", number(values.get(epoch))) for _, _, values in columns],
        )
        for epoch in epochs
    ]
    top = [element("th", "epoch", scope="col"), heads]
    box = render_grid("Means over runs by epoch", top, element("tbody", rows))
    summary = element("summary", "The numbers of these curves")
    return element("details", summary, box, class_="numbers")


def _by_epoch(band: Band) -> dict[float, float]:
    return {
        epoch: mean
        for epoch, mean in zip(band.epochs, band.mean, strict=True)
        if mean == mean  # noqa: PLR0124 - not NaN
    }


CURVES = ReportSection(
    name="curves",
    heading=Heading("curves", "Curves"),
    text=_text,
    page=_page,
    markdown=NOT_PASTED,
    json=silent("each run has its curves"),
)
