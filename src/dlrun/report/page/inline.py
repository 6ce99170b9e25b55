"""What the script of the page reads: the curves of every group, as compact JSON."""

from __future__ import annotations

import math

from dlrun.comparison import Band, Group, GroupCurves
from dlrun.report.drawing.panel import value_at
from dlrun.report.drawing.scale import kept_points
from dlrun.report.drawing.tag import tag_kind
from dlrun.report.sections.curve import gallery_frame, readouts
from dlrun.report.sections.section import View
from dlrun.writing import one_line

_MANY_GROUPS = 200
_POINTS = 100
_POINTS_OF_MANY = 50
_DIGITS, _DIGITS_OF_MANY = 4, 3


def page_values(view: View) -> dict[str, object]:
    """Everything that a script needs to draw a panel for any group."""
    groups = view.comparison.groups
    frame = gallery_frame(view)
    notes = readouts(view.comparison)
    is_large = len(groups) > _MANY_GROUPS
    return {
        "metric": one_line(view.comparison.heading),
        "curve": one_line(view.comparison.curve_name),
        "x": _ends(frame.x.low, frame.x.high, frame.x.start, frame.x.end),
        "y": _ends(frame.y.low, frame.y.high, frame.y.start, frame.y.end),
        "groups": {
            group.number: _group(
                group,
                notes[group.number],
                view.curves[group.number],
                is_large=is_large,
            )
            for group in groups
        },
    }


def _ends(*values: float) -> list[float]:
    return [float(f"{value:.6g}") for value in values]


def _group(
    group: Group, note: str, curves: GroupCurves, *, is_large: bool
) -> dict[str, object]:
    values: dict[str, object] = {
        "name": one_line(group.name),
        "tag": one_line(group.tag),
        "kind": tag_kind(group.verdict),
        "note": note,
    }
    for key, band in (("t", curves.train), ("v", curves.validation)):
        if band is not None and band.epochs:
            values[key] = _band(band, is_large)
    if curves.best_epoch is not None:
        values["best"] = curves.best_epoch
        best = value_at(curves.validation, curves.best_epoch)
        if best is not None:
            values["mark"] = _short(best, _DIGITS_OF_MANY if is_large else _DIGITS)
    if curves.onset is not None:
        values["onset"] = curves.onset
    return values


def _band(band: Band, is_large: bool) -> dict[str, object]:
    """The points; epochs are left out where they are 1, 2, 3 and so on."""
    points = kept_points(band.mean, _POINTS_OF_MANY if is_large else _POINTS)
    digits = _DIGITS_OF_MANY if is_large else _DIGITS
    epochs = [_short(band.epochs[point]) for point in points]
    means = [_short(band.mean[point], digits) for point in points]
    values: dict[str, object] = {"m": means}
    if epochs != list(range(1, len(epochs) + 1)):
        values["e"] = epochs
    if max(band.runs) > 1 and not is_large:
        values["l"] = [_short(band.low[point]) for point in points]
        values["h"] = [_short(band.high[point]) for point in points]
    return values


def _short(value: float, digits: int = _DIGITS) -> float | None:
    """A number with as many digits as a picture shows; None: there is none."""
    if not math.isfinite(value):
        return None
    short = float(f"{value:.{digits}g}")
    return int(short) if short.is_integer() else short
