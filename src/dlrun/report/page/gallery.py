"""Small pictures of the best groups and the worst, on one scale."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from dlrun.report.comparison import Band, Comparison, Group, GroupCurves
from dlrun.report.layout import number, one_line
from dlrun.report.page.chart import Frame, legend
from dlrun.report.page.markup import Content, Markup, element, render_grid
from dlrun.report.page.panel import (
    CLIP,
    bands,
    draw_panel,
    panel_axes,
)
from dlrun.report.page.table import render_tag
from dlrun.report.page.whisker import measured
from dlrun.statistics import Estimate

_MOST_PANELS = 8
_WORST_PANELS = 2


def shown_groups(comparison: Comparison) -> list[Group]:
    """The groups that have a panel from the start: all, or the best and the worst."""
    drawn = [group for group in comparison.groups if group.epochs]
    if len(drawn) <= _MOST_PANELS:
        return drawn
    scored = [group for group in drawn if group.score is not None]
    best = scored[: _MOST_PANELS - _WORST_PANELS]
    return best + scored[len(best) :][-_WORST_PANELS:]


def render_gallery(
    comparison: Comparison, drawn: Mapping[int, GroupCurves], frame: Frame
) -> list[Content]:
    """The panels, what their lines mean, and their numbers.

    Args:
        comparison: Whose groups they are.
        drawn: The curves of `shown_groups` by the number of the group.
        frame: From `panel_frame`.
    """
    shown = [group for group in comparison.groups if group.number in drawn]
    first = shown[0]
    reference = drawn[first.number] if len(shown) > 1 else None
    behind = first.number if reference else None
    figures = [
        _figure(group, frame, drawn[group.number], reference)
        for group in sorted(shown, key=lambda group: group.number)
    ]
    return [
        element("p", _scope(comparison, drawn, frame), class_="note"),
        legend(_legend(comparison, drawn, first if reference else None)),
        element(
            "svg",
            element("defs", frame.clip(CLIP)),
            class_="defs",
            aria_hidden="true",
        ),
        element("div", figures, class_="panels", id="panels", data_reference=behind),
        _template(frame),
        _numbers(shown, drawn),
    ]


def _figure(
    group: Group, frame: Frame, curves: GroupCurves, reference: GroupCurves | None
) -> Markup:
    caption = element(
        "figcaption",
        element("span", group.name, class_="label"),
        render_tag(group),
        element("p", readout(group), class_="readout"),
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


def readout(group: Group) -> str:
    """What stands over a panel until somebody points at an epoch."""
    if group.score is None:
        return "no validation value"
    words = measured(group.score)
    if group.best_epoch is not None:
        words = f"{words} at epoch {group.best_epoch:g}"
    return words if group.gap is None else f"{words}, gap {_gap(group.gap)}"


def _gap(gap: Estimate) -> str:
    return number(gap.mean, signed=True)


def _scope(
    comparison: Comparison, drawn: Mapping[int, GroupCurves], frame: Frame
) -> str:
    metric = one_line(comparison.metric)
    total = len(comparison.groups)
    which = f"All {total} groups" if total > 1 else "One group"
    if len(drawn) < total:
        worst = min(_WORST_PANELS, len(drawn))
        which = f"The best {len(drawn) - worst} and the worst {worst} of {total} groups"
    words = f"{which}: {metric} by epoch, on one scale."
    values = [
        value for one in drawn.values() for band in bands(one) for value in band.mean
    ]
    if any(value > frame.y.high for value in values):
        return f"{words} What is above {number(frame.y.high)} is cut off."
    if any(value < frame.y.low for value in values):
        return f"{words} What is below {number(frame.y.low)} is cut off."
    return words


def _legend(
    comparison: Comparison, drawn: Mapping[int, GroupCurves], first: Group | None
) -> list[tuple[str, str]]:
    entries = [("validation", "validation"), ("train", "train, in inference mode")]
    if first is not None:
        entries.append(("reference", f"validation of {one_line(first.name)}"))
    entries.append(("mark", "best epoch"))
    if any(curves.onset is not None for curves in drawn.values()):
        entries.append(("onset", "overfitting"))
    most = max(
        (max(band.runs) for one in drawn.values() for band in bands(one)), default=1
    )
    if most > 1:
        words = "95 % interval of the mean" if most >= 5 else "range over seeds"
        entries.append(("band validation", words))
    return entries


def _numbers(shown: Sequence[Group], drawn: Mapping[int, GroupCurves]) -> Markup:
    """The same curves as a table, for those who read numbers."""
    columns: list[tuple[str, str, dict[float, float]]] = []
    for group in shown:
        curves = drawn[group.number]
        for kind, band in (("train", curves.train), ("val", curves.validation)):
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
    box = render_grid("Means over seeds by epoch", top, element("tbody", rows))
    summary = element("summary", "The numbers of these curves")
    return element("details", summary, box, class_="numbers")


def _by_epoch(band: Band) -> dict[float, float]:
    return {
        epoch: mean
        for epoch, mean in zip(band.epochs, band.mean, strict=True)
        if mean == mean  # noqa: PLR0124 - not NaN
    }

