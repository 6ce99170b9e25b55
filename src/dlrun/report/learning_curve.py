"""A learning curve as text: its points, and what more would do."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from dlrun.estimates import (
    adjusted_text,
    change_text,
    epoch_text,
    fixed,
    mean_text,
    places_of,
    places_of_changes,
)
from dlrun.studies.learning_curve import TWICE
from dlrun.writing import Column, fit, layout, number, wrap

if TYPE_CHECKING:
    from dlrun.estimates.power_law import Extrapolation, Interval
    from dlrun.studies.axis import CurveAxis
    from dlrun.studies.learning_curve import CurvePoint, LearningCurve

_NOUNS: dict[CurveAxis, str] = {
    "rows": "rows",
    "width": "width in the hidden layers",
    "epochs": "epochs",
}
_SAME: dict[CurveAxis, str] = {
    "rows": "more rows train from point to point, the validation rows stay the same",
    "width": "the hidden layers are wider from point to point, the last layer stays",
    "epochs": "each point is the best epoch of so many",
}


def render_learning_curve(curve: LearningCurve, width: int | None = None) -> str:
    """Write the points of a curve, and what it says in words.

    Args:
        curve: What to write.
        width: Terminal columns that it must fit; None: all, however wide.
    """
    table = ["", *layout(curve_columns(curve, width)), ""] if curve.points else []
    sentences = [line for text in curve_sentences(curve) for line in wrap(text, width)]
    return "\n".join([*wrap(curve_title(curve), width), *table, *sentences]) + "\n"


def curve_title(curve: LearningCurve) -> str:
    """What was measured, and how."""
    if not curve.points:
        return f"{curve.name}: no run has a score yet."
    seeds = f"{curve.seeds} seed{'' if curve.seeds == 1 else 's'}"
    return f"{curve.name} over {curve.axis}, {seeds}: {_SAME[curve.axis]}."


def curve_columns(curve: LearningCurve, width: int | None = None) -> list[Column]:
    """The table of the points; the least needed columns go where it is too wide."""
    points = curve.points
    scores = curve_places(curve)
    trains = places_of([point.train for point in points])
    changes = places_of_changes([point.change for point in points])
    name = curve.metric.removeprefix("val_")
    ranked = [
        (0, Column(curve.axis, tuple(size_text(curve, one) for one in points), True)),
        (
            0,
            Column(
                curve.heading, tuple(mean_text(one.score, scores) for one in points)
            ),
        ),
        (2, Column(f"train_{name}", tuple(mean_text(p.train, trains) for p in points))),
        (
            1,
            Column(
                "change",
                tuple(
                    change_text(one.change, changes) if one.change else ""
                    for one in points
                ),
            ),
        ),
        (
            1,
            Column("", tuple(one.change.word if one.change else "" for one in points)),
        ),
        (
            3,
            Column(
                "best epoch", tuple(epoch_text(one.best_epoch) for one in points), True
            ),
        ),
    ]
    if curve.axis == "width":
        counts = tuple(f"{one.parameters or 0:,}" for one in points)
        ranked.insert(1, (2, Column("parameters", counts, True)))
    if all(one.change is None for one in points):
        ranked = [one for one in ranked if one[1].head not in {"change", ""}]
    return fit(ranked, width)[0]


def size_text(curve: LearningCurve, point: CurvePoint) -> str:
    """`1,257` rows, or widths `x0.5`."""
    if curve.axis == "width":
        return f"x{point.size:g}"
    return f"{round(point.size):,}"


def curve_sentences(curve: LearningCurve) -> Iterator[str]:
    """The answer first: what twice as much would do; then how to read it."""
    if curve.points:
        yield from _more(curve)
        yield from _best_width(curve)
        yield from _unsettled(curve)
    if any(point.change for point in curve.points):
        of = {
            "rows": "all rows",
            "width": "the config as given",
            "epochs": "all epochs",
        }
        yield (
            f"change: against {of[curve.axis]}, seed by seed; in brackets its 95 % "
            f"interval{adjusted_text(len(curve.points) - 1, ' (Holm)')}."
        )
    for name, reason in curve.left_out.items():
        yield f"left out: {name}: {reason}"


def _more(curve: LearningCurve) -> Iterator[str]:
    """What twice as much would do, or why that cannot be told."""
    noun, more = _NOUNS[curve.axis], curve.more
    if more is None:
        yield f"Whether more {noun} would help cannot be told: {curve.unknown}."
        return
    telling, change = curve.telling, _change_text(curve, more)
    if telling == "helps":
        yield f"More {noun} would help: {change}."
    elif telling == "hardly":
        yield f"More {noun} would hardly help: {change}."
    else:
        matters = number(more.margin)
        yield (
            f"Whether more {noun} would help by more than {matters} cannot be told: "
            f"{change}. More --seeds would narrow that."
        )
    yield _law_text(curve, more)


def _change_text(curve: LearningCurve, more: Extrapolation) -> str:
    """`with 1,796 val_accuracy is expected at 0.981, a change of +0.006 [...]`."""
    sign = 1 if curve.highest_is_best else -1
    gain, places = more.gain(TWICE), curve_places(curve)
    change = fixed(sign * gain.middle, places, signed=True)
    score = fixed(more.score(TWICE * more.largest).middle, places)
    return (
        f"{_where_text(curve)} {curve.metric} is expected at {score}, "
        f"a change of {change} {_ends_text(curve, gain)}"
    )


def _ends_text(curve: LearningCurve, gain: Interval) -> str:
    """`[+0.001, +0.014]`: what the score changes by, whichever way is better."""
    sign = 1 if curve.highest_is_best else -1
    ends = sorted([sign * gain.low, sign * gain.high])
    places = curve_places(curve)
    return f"[{', '.join(fixed(end, places, signed=True) for end in ends)}]"


def _where_text(curve: LearningCurve) -> str:
    """`with 1,796`, or `at x8`."""
    return f"{'at' if curve.axis == 'width' else 'with'} {twice_text(curve)}"


def twice_text(curve: LearningCurve) -> str:
    """Twice the largest point: `1,796`, or `x8`."""
    size = TWICE * curve.points[-1].size
    return f"x{size:g}" if curve.axis == "width" else f"{round(size):,}"


def curve_places(curve: LearningCurve) -> int | None:
    """The decimals of scores, and of what they would change by."""
    return places_of([point.score for point in curve.points])


def _law_text(curve: LearningCurve, more: Extrapolation) -> str:
    letter = {"rows": "n", "width": "w", "epochs": "t"}[curve.axis]
    exponent = _interval_text(more.exponent, 2)
    measured = _ends_text(curve, more.measured(TWICE))
    return (
        f"That is a power law, a + b {letter}^-c, through the points; c is {exponent}. "
        "In brackets: 95 % intervals of the law itself, without the luck of seeds. "
        f"The same seeds would measure a change in {measured} {_where_text(curve)}. "
        "All of it holds if the curve goes on so."
    )


def _interval_text(interval: Interval, places: int) -> str:
    low, high = fixed(interval.low, places), fixed(interval.high, places)
    return f"{fixed(interval.middle, places)} [{low}, {high}]"


def _best_width(curve: LearningCurve) -> Iterator[str]:
    """Which widths are better or worse than the config's own."""
    if curve.axis != "width":
        return
    for word in ("better", "probably better", "worse", "probably worse"):
        sizes = [
            size_text(curve, point)
            for point in curve.points
            if point.change is not None and point.change.word == word
        ]
        if sizes:
            yield f"{curve.metric} is {word} at {', '.join(sizes)} than as given."


def _unsettled(curve: LearningCurve) -> Iterator[str]:
    """Points whose runs were still getting better when they ended."""
    if curve.axis == "epochs":
        return
    points = [point for point in curve.points if point.is_unsettled]
    if points:
        sizes = ", ".join(size_text(curve, point) for point in points)
        yield (
            f"Most runs at {sizes} were best in their last epoch: with more "
            "-s fit.epochs they may score better, and the curve may look otherwise."
        )
