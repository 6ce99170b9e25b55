"""The settings of all trials in parallel coordinates: an axis each, the score last.

Source: A. Inselberg, The Plane with Parallel Coordinates, 1985.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dlrun.experiment.search import Choice, Range
from dlrun.experiment.search.space import parameter_name
from dlrun.report.drawing.frame import legend
from dlrun.report.drawing.markup import Content, Markup, element, escape
from dlrun.report.drawing.scale import Scale, fit_scale, log_ticks, tick_text
from dlrun.report.trials.course import scored_trials
from dlrun.report.trials.naming import (
    better_words,
    option_names,
    parameter_labels,
    setting,
    trial_title,
)
from dlrun.writing import count, cut, one_line

if TYPE_CHECKING:
    from dlrun.experiment.search import Searched
    from dlrun.studies.search.result import SearchResult, TrialResult

_GAP = 104
"""Pixels from one axis to the next."""
_LEFT, _RIGHT, _TOP, _FOOT = 56, 76, 44, 272
_ABSENT = 296
"""Where a line passes an axis whose setting the trial does not have."""
_HEIGHT = 312
_FEWEST = 2
_RANKED_FROM = 10
"""Fewer trials have one colour."""
_MOST_NAMED = 200
_LONGEST_TICK = 11
_LONGEST_NAME = 15
_SHARES = {"rank-0": 0.1, "rank-1": 0.25, "rank-2": 0.5, "rank-3": math.inf}
"""A kind of line, and up to which share of the trials, from the best on, it goes."""
_WORDS = {
    "rank-0": "the best tenth",
    "rank-1": "the best quarter",
    "rank-2": "the better half",
    "rank-3": "the others",
    "failed": "without a score",
}


@dataclass(frozen=True, slots=True)
class _Axis:
    """One upright line with a scale."""

    label: str
    title: str
    """In full."""
    scale: Scale
    ticks: Sequence[tuple[float, str]]
    """Values of the scale, and their words."""
    is_log: bool = False
    foot: str = ""
    """What a line says that passes below it; empty: none does."""

    def height(self, value: float | None) -> float:
        """Pixels from the top; of `None` below the axis."""
        if value is None:
            return _ABSENT
        place = self.scale.place(math.log10(value) if self.is_log else value)
        return min(max(place, _TOP), _FOOT)


@dataclass(frozen=True, slots=True)
class _Line:
    """One trial: what it has at each axis."""

    trial: TrialResult
    values: tuple[float | None, ...]
    kind: str


def draw_parallel(result: SearchResult) -> list[Content]:
    """A line for each trial through its settings to its score; empty: too few."""
    scored = scored_trials(result)
    if not scored or len(scored) + len(result.pausing) < _FEWEST:
        return []
    parameters = [*result.plan.space.all_parameters()]
    lines = [*_lines(result, parameters)]
    axes = [*_axes(result, parameters, lines)]
    best = lines[-1]
    column = one_line(result.plan.goal.column)
    words = f"{count(len(lines))} trials from setting to setting, and to {column}"
    width = _LEFT + _GAP * (len(axes) - 1) + _RIGHT
    drawn = _draw_lines(axes, lines)
    picture = element(
        "svg",
        drawn,
        [_draw_axis(axis, _x(place)) for place, axis in enumerate(axes[:-1])],
        _draw_axis(axes[-1], _x(len(axes) - 1), side=1),
        class_="parallel",
        viewBox=f"0 0 {width} {_HEIGHT}",
        width=width,
        height=_HEIGHT,
        role="img",
        aria_label=words,
    )
    kinds = {line.kind for line in lines}
    entries = [(kind, words) for kind, words in _WORDS.items() if kind in kinds]
    if len(scored) + len(result.pausing) < _RANKED_FROM:
        entries = [(kind, "a trial" if kind == "rank-1" else w) for kind, w in entries]
    entries.append(("top", f"the best: trial {best.trial.number}"))
    return [
        element("div", picture, class_="scroll", tabindex=0),
        legend(entries),
        [element("p", text, class_="note") for text in _notes(parameters, axes)],
    ]


def _lines(result: SearchResult, parameters: Sequence[Searched]) -> Iterator[_Line]:
    """A line for each trial, the best last, and so on top."""
    sign = 1.0 if result.plan.goal.mode == "max" else -1.0
    ranked = sorted(
        scored_trials(result), key=lambda one: (sign * one[1], -one[0].number)
    )
    pausing = [*reversed(result.pausing)]
    known: list[tuple[TrialResult, float | None]] = [
        *((one, None) for one in result.unsuccessful),
        *((one, None) for one in pausing),
        *ranked,
    ]
    have_rank = len(pausing) + len(ranked)
    for place, (one, score) in enumerate(known):
        share = (len(known) - place - 1) / have_rank
        kind = next(kind for kind, end in _SHARES.items() if share < end)
        kind = kind if have_rank >= _RANKED_FROM else "rank-1"
        has_failed = score is None and one.pause is None
        chosen = (one.trial.chosen.get(parameter.place) for parameter in parameters)
        yield _Line(one, (*chosen, score), "failed" if has_failed else kind)


def _axes(
    result: SearchResult, parameters: Sequence[Searched], lines: Sequence[_Line]
) -> Iterator[_Axis]:
    """One for each setting, and one for the score."""
    labels = parameter_labels(parameters)
    for place, parameter in enumerate(parameters):
        name = parameter_name(parameter.place)
        is_whole = all(line.values[place] is not None for line in lines)
        foot = "" if is_whole else "without"
        if isinstance(parameter, Range):
            yield _range_axis(parameter, (labels[name], name), foot)
        else:
            last = max(1.0, len(parameter.options) - 1.0)
            scale = Scale(0.0, last, _TOP, _FOOT)
            names = option_names(parameter, _LONGEST_TICK)
            yield _Axis(labels[name], name, scale, [*enumerate(names)], foot=foot)
    goal = result.plan.goal
    scores = [score for line in lines if (score := line.values[-1]) is not None]
    scale = fit_scale(scores, _FOOT, _TOP, mode=goal.mode)
    ticks = scale.ticks(5)
    words = [(tick, tick_text(tick, ticks)) for tick in ticks]
    unscored = {
        "paused" if line.trial.pause else "no score"
        for line in lines
        if line.values[-1] is None
    }
    foot = " or ".join(sorted(unscored, reverse=True))
    yield _Axis(goal.column, better_words(goal), scale, words, foot=foot)


def _range_axis(parameter: Range, names: tuple[str, str], foot: str) -> _Axis:
    low, high = parameter.ends
    if not parameter.log:
        scale = Scale(low, high if high > low else low + 1, _FOOT, _TOP)
        ticks = scale.ticks(5)
        words = [(tick, tick_text(tick, ticks)) for tick in ticks]
        return _Axis(*names, scale, words, foot=foot)
    scale = Scale(math.log10(low), math.log10(high), _FOOT, _TOP)
    if low == high:
        scale = Scale(scale.low, scale.low + 1, _FOOT, _TOP)
    words = [(10**tick, f"{10**tick:g}") for tick in log_ticks(scale)]
    return _Axis(*names, scale, words, is_log=True, foot=foot)


def _draw_lines(axes: Sequence[_Axis], lines: Sequence[_Line]) -> list[Content]:
    """A path for each trial; of very many one for each kind."""
    paths = [(line, _path(axes, line)) for line in lines]
    best, path = paths[-1]
    if len(paths) <= _MOST_NAMED:
        drawn: list[Content] = [
            element(
                "g",
                element("title", Markup(escape(trial_title(line.trial)))),
                element("path", class_=f"line {line.kind}", d=outline),
            )
            for line, outline in paths
        ]
    else:
        joined: dict[str, list[str]] = {}
        for line, outline in paths:
            joined.setdefault(line.kind, []).append(outline)
        drawn = [
            element("path", class_=f"line many {kind}", d="".join(outlines))
            for kind, outlines in joined.items()
        ]
    title = element("title", Markup(escape(trial_title(best.trial))))
    return [*drawn, element("g", title, element("path", class_="line top", d=path))]


def _path(axes: Sequence[_Axis], line: _Line) -> str:
    points = [
        f"{_x(place):g} {axis.height(value):g}"
        for place, (axis, value) in enumerate(zip(axes, line.values, strict=True))
    ]
    return f"M{'L'.join(points)}"


def _x(place: int) -> float:
    return _LEFT + _GAP * place


def _draw_axis(axis: _Axis, x: float, side: int = -1) -> Markup:
    """An axis, with its ticks to the left; of the last, to the right (1)."""
    anchor = "end" if side < 0 else "start"
    ticks = [
        _text(x + 6 * side, axis.height(value) + 4, words, anchor=anchor)
        for value, words in axis.ticks
    ]
    marks = "".join(
        f"M{x:g} {axis.height(value):g}h{3 * side}" for value, _ in axis.ticks
    )
    above, _, name = one_line(axis.label).rpartition(".")
    return element(
        "g",
        element("title", Markup(escape(axis.title))),
        element("path", class_="axis", d=f"M{x:g} {_TOP}V{_FOOT}{marks}"),
        ticks,
        _text(x, _TOP - 28, cut(above, _LONGEST_NAME), anchor="middle"),
        _text(
            x, _TOP - 14, cut(name, _LONGEST_NAME), anchor="middle", kind="tick name"
        ),
        _text(x, _ABSENT + 14, axis.foot, anchor="middle") if axis.foot else None,
    )


def _text(x: float, y: float, words: str, *, anchor: str, kind: str = "tick") -> Markup:
    return element("text", words, class_=kind, x=x, y=y, text_anchor=anchor)


def _notes(parameters: Sequence[Searched], axes: Sequence[_Axis]) -> Iterator[str]:
    """What a picture cannot hold: choices that have no short name."""
    for parameter, axis in zip(parameters, axes, strict=False):
        if isinstance(parameter, Choice) and axis.ticks[0][1] == "1":
            items = (
                f"{place} is {setting(option.value)}"
                for place, option in enumerate(parameter.options, 1)
            )
            yield f"{one_line(axis.title)}: {'; '.join(items)}"
    if any(axis.foot == "without" for axis in axes):
        yield "Below an axis pass trials that do not have its setting."
