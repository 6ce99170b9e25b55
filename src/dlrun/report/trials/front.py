"""The front of several goals: trials that no other one beats in every goal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlrun.report.drawing.frame import Frame, legend, shape
from dlrun.report.drawing.markup import Content, Markup, element, escape
from dlrun.report.drawing.scale import fit_scale
from dlrun.report.trials.naming import better_words, score_text, settings_text
from dlrun.writing import count

if TYPE_CHECKING:
    from dlrun.studies.search.result import SearchResult, TrialResult

_WIDTH, _HEIGHT = 560, 320
_LEFT, _RIGHT, _TOP, _FOOT = 60, 540, 22, 272
_MOST_NAMED = 200
_SHOWN_GOALS = 2


def front_words(result: SearchResult) -> list[str]:
    """A line for each trial of the front, the best in the first goal first."""
    if not result.plan.goals.are_several:
        return []
    plan = result.plan
    return [
        f"trial {one.number}: {_scores(one)}: {settings_text(plan, one.settings)}"
        for one in result.front
    ]


def draw_front(result: SearchResult) -> list[Content]:
    """The first two goals of all trials against each other, the front as stairs."""
    goals = result.plan.goals
    if not goals.are_several or not result.front:
        return []
    first, second = goals[0], goals[1]
    points = {one.number: _point(one) for one in result.ranked}
    frame = Frame(
        _WIDTH,
        _HEIGHT,
        fit_scale((x for x, _ in points.values()), _LEFT, _RIGHT, mode=first.mode),
        fit_scale((y for _, y in points.values()), _FOOT, _TOP, mode=second.mode),
    )
    best = {one.number for one in result.front}
    reached = [points[number] for number in best]
    stairs = stairs_of(reached, first.mode)
    parts = [
        frame.axes(better_words(first), better_words(second)),
        [_mark(frame, one, points[one.number], "trial") for one in result.ranked
         if one.number not in best],
        frame.line([x for x, _ in stairs], [y for _, y in stairs], "validation"),
        [_mark(frame, one, points[one.number], "validation") for one in result.front],
    ]  # fmt: skip
    words = f"{first.column} against {second.column}: {'; '.join(front_words(result))}"
    picture = frame.picture(parts, kind="plot", alternative=words)
    entries = [("point validation", f"the front: {count(len(best))}")]
    if len(points) > len(best):
        entries.append(
            (
                "point trial",
                "beaten: one of them is better in a goal, and in none worse",
            )
        )
    note = ""
    if len(goals) > _SHOWN_GOALS:
        note = (
            f"Of {len(goals)} goals the first two are drawn; a trial of the front may "
        )
        note += "look beaten here, and is not in another."
    return [
        element("figure", picture, class_="curve wide"),
        legend(entries),
        element("p", note, class_="note") if note else None,
    ]


def _point(one: TrialResult) -> tuple[float, float]:
    assert one.end is not None  # noqa: S101 - it is ranked
    return one.end.scores[0], one.end.scores[1]


def stairs_of(
    points: list[tuple[float, float]], mode: str
) -> list[tuple[float, float]]:
    """From point to point along the axes: what lies beyond nobody has reached.

    Between two values of the first goal as good as the worse of them counts for it, so
    what is reached in the second is that of the better one.
    """
    found: list[tuple[float, float]] = []
    for x, y in sorted(points):
        if found:
            found.append((found[-1][0], y) if mode == "max" else (x, found[-1][1]))
        found.append((x, y))
    return found


def _mark(
    frame: Frame, one: TrialResult, point: tuple[float, float], kind: str
) -> Markup | None:
    x, y = point
    if not (frame.x.holds(x) and frame.y.holds(y)):
        return None
    outline = shape(kind, frame.x.place(x), frame.y.place(y))
    title = element("title", Markup(escape(f"trial {one.number}: {_scores(one)}")))
    return element("g", title, element("path", class_=f"point {kind}", d=outline))


def _scores(one: TrialResult) -> str:
    scores = () if one.end is None else one.end.scores
    return ", ".join(
        f"{goal.column} {score_text(goal, score)}"
        for goal, score in zip(one.plan.goals, scores, strict=True)
    )
