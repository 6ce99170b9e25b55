"""How a search has gone: the score of each trial, and the best so far."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, TypeAlias

from dlrun.report.drawing.frame import Frame, legend, shape
from dlrun.report.drawing.markup import Content, Markup, element, escape
from dlrun.report.drawing.scale import Scale, fit_scale
from dlrun.report.trials.naming import (
    better_words,
    sentence,
    settings_text,
    trial_title,
)
from dlrun.writing import count, number, one_line

if TYPE_CHECKING:
    from dlrun.studies.search.result import SearchResult, TrialResult

Scored: TypeAlias = "tuple[TrialResult, float]"
"""A trial with a score of its own, and that."""

_WIDTH, _HEIGHT = 560, 300
_LEFT, _RIGHT, _TOP, _FOOT = 48, 546, 22, 258
_UNSCORED_ROOM = 24
"""Pixels below the scores for trials that have none, or one that is far worse."""
_MOST_NAMED = 200
_LARGE_MARKS = 60
_SHOWN_STEPS = 6
_KINDS = {"diverged": "broken", "failed": "warned"}
_IDLE = 10
"""From so many trials without a better one on, people are told."""


def scored_trials(result: SearchResult) -> list[Scored]:
    """Trials with a score of their own, in the order they were made."""
    return [
        (one, one.leading)
        for one in result.trials
        if one.leading is not None and one.trial.same_as is None
    ]


def best_so_far(result: SearchResult) -> list[Scored]:
    """The trials that were better than all before them, in the order they were made."""
    found: list[Scored] = []
    sign, best = (1.0 if result.plan.goal.mode == "max" else -1.0), -math.inf
    for one, score in scored_trials(result):
        if sign * score > best:
            best = sign * score
            found.append((one, score))
    return found


def answer_words(result: SearchResult) -> str:
    """`trial 14 of 60 has reached val_accuracy 0.9399`; empty: there is no score."""
    steps = best_so_far(result)
    if not steps:
        return ""
    (one, score), plan = steps[-1], result.plan
    if plan.goals.are_several:
        made, best = count(len(result.trials)), count(len(result.front))
        return (
            f"{one_line(plan.name)}: {best} of {made} trials are in the front: no "
            "other is as good in every goal"
        )
    return (
        f"{one_line(plan.name)}: trial {one.number} of {count(len(result.trials))} has "
        f"reached {one_line(plan.goal.column)} {number(score)}"
    )


def course_words(result: SearchResult) -> Iterator[str]:
    """How the best score has grown, in sentences."""
    steps = best_so_far(result)
    if not steps:
        return
    is_long = len(steps) > _SHOWN_STEPS
    shown = [steps[0], *steps[1 - _SHOWN_STEPS :]] if is_long else steps
    words = [f"{number(score)} (trial {one.number})" for one, score in shown]
    if is_long:
        words.insert(1, "...")
    yield f"{one_line(result.plan.goal.column)}: {' -> '.join(words)}"
    last = steps[-1][0].number
    idle = sum(1 for one in result.trials if one.end and one.number > last)
    if idle >= _IDLE:
        yield f"none of the {count(idle)} trials after it was better"


def course_values(result: SearchResult) -> list[dict[str, object]]:
    """The same for programs: each trial that was the best when it was made."""
    return [{"trial": one.number, "score": score} for one, score in best_so_far(result)]


def draw_course(result: SearchResult) -> list[Content]:
    """A picture of all scores, with the best so far as a line; empty: there is none."""
    steps = best_so_far(result)
    if not steps:
        return []
    frame = _frame(result)
    over = [one.number for one in result.trials if one.end or one.pause]
    xs, ys = _stairs(steps, max(over))
    words = [*course_words(result)]
    parts = [
        frame.axes(
            "trial",
            better_words(result.plan.goal),
            x_ticks=_ticks(frame.x),
            y_ticks=_seen_scores(result).ticks(),
        ),
        _marks(result, frame),
        frame.line(xs, ys, "validation"),
        frame.dot(steps[-1][0].number, steps[-1][1], "mark", 4.5),
    ]
    alternative = f"The best so far, by trial: {'; '.join(words)}"
    picture = frame.picture(parts, kind="plot", alternative=alternative)
    return [
        element("figure", picture, class_="curve wide"),
        legend(_legend(result)),
        [element("p", sentence(text), class_="note") for text in words[1:]],
    ]


def _frame(result: SearchResult) -> Frame:
    last = float(max(one.number for one in result.trials))
    x = Scale(1.0, max(last, 2.0), _LEFT + 8, _RIGHT - 8)
    y = _seen_scores(result)
    share = (_FOOT - _TOP) / (y.start - _TOP)
    low = y.high - share * (y.high - y.low)
    return Frame(_WIDTH, _HEIGHT, x, Scale(low, y.high, _FOOT, _TOP))


def _seen_scores(result: SearchResult) -> Scale:
    """Where scores are drawn; below it stand trials without one, or far worse."""
    scores = [score for _, score in _all_scores(result)]
    foot, mode = _FOOT - _UNSCORED_ROOM, result.plan.goal.mode
    scale = fit_scale(scores, foot, _TOP, mode=mode)
    has_others = result.unsuccessful or not all(map(scale.holds, scores))
    return scale if has_others else fit_scale(scores, _FOOT, _TOP, mode=mode)


def _all_scores(result: SearchResult) -> list[Scored]:
    """Those with a score of their own, where they pause or at their end."""
    paused = [(one, one.pause.scores[0]) for one in result.pausing if one.pause]
    return [*scored_trials(result), *paused]


def _ticks(scale: Scale) -> list[float]:
    """Whole trials."""
    found = [tick for tick in scale.ticks(5) if tick.is_integer()]
    return found if len(found) > 1 else [scale.low, scale.high]


def _stairs(steps: Sequence[Scored], last: int) -> tuple[list[float], list[float]]:
    """Level until a better one comes."""
    xs: list[float] = []
    ys: list[float] = []
    for one, score in steps:
        xs += [one.number] * (2 if ys else 1)
        ys += [*ys[-1:], score]
    return [*xs, last], [*ys, ys[-1]]


def _marks(result: SearchResult, frame: Frame) -> list[Content]:
    """A mark for each trial; very many are one path for each kind."""
    scored, unscored = _all_scores(result), result.unsuccessful
    is_small = len(scored) + len(unscored) > _LARGE_MARKS
    placed: list[tuple[TrialResult, str, str]] = []
    seen, foot = _seen_scores(result), frame.y.start - 8
    for one, score in scored:
        is_seen = seen.holds(score)
        kind = "unknown" if not is_seen else "paused" if one.pause else "trial"
        y = frame.y.place(score) if is_seen else foot
        outline = shape(kind, frame.x.place(one.number), y, small=is_small)
        placed.append((one, kind, outline))
    for one in unscored:
        kind = _KINDS.get(one.state, "broken")
        outline = shape(kind, frame.x.place(one.number), foot, small=is_small)
        placed.append((one, kind, outline))
    if len(placed) > _MOST_NAMED:
        return _joined((kind, outline) for _, kind, outline in placed)
    return [
        element(
            "g",
            element("title", Markup(escape(_title(result, one)))),
            element("path", class_=f"point {kind}", d=outline),
        )
        for one, kind, outline in placed
    ]


def _title(result: SearchResult, one: TrialResult) -> str:
    return f"{trial_title(one)}; {settings_text(result.plan, one.settings)}"


def _joined(placed: Iterator[tuple[str, str]]) -> list[Content]:
    """A path for each kind of mark."""
    outlines: dict[str, list[str]] = {}
    for kind, outline in placed:
        outlines.setdefault(kind, []).append(outline)
    return [
        element("path", class_=f"point {kind}", d="".join(outline))
        for kind, outline in outlines.items()
    ]


def _legend(result: SearchResult) -> list[tuple[str, str]]:
    entries = [("point trial", "a trial"), ("validation", "best so far")]
    entries.append(("mark", f"the best: trial {best_so_far(result)[-1][0].number}"))
    seen = _seen_scores(result)
    far = sum(1 for _, score in _all_scores(result) if not seen.holds(score))
    if result.pausing:
        words = f"where it paused: {count(len(result.pausing))}"
        entries.append(("point paused", words))
    if far:
        entries.append(("point unknown", f"far worse: {count(far)}"))
    states = [one.state for one in result.unsuccessful]
    for state in dict.fromkeys(states):
        kind = _KINDS.get(state, "broken")
        entries.append((f"point {kind}", f"{state}: {count(states.count(state))}"))
    return entries
