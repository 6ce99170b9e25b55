"""All trials of a search in a table: what they had, what they came to, their runs."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from dlrun.report.drawing.markup import Content, Markup, element, render_grid
from dlrun.report.trials.naming import score_text, setting, short_names
from dlrun.writing import count, duration, one_line

if TYPE_CHECKING:
    from dlrun.studies.search.result import SearchResult, TrialResult

_OPEN = 20
"""Tables of so many trials are open from the start."""
_MOST = 200
"""Of more trials with a score the table has the best; the table of groups has all."""


def render_trials(result: SearchResult, home: Path | None = None) -> list[Content]:
    """The table, the best first, then those that pause, or have no score.

    Args:
        result: All trials.
        home: The directory of the page, from which links lead to the runs; None: no
            link can be written.
    """
    if not result.trials:
        return []
    plan = result.plan
    names = short_names([*plan.space.entries])
    heads = [
        element("th", "trial", scope="col", class_="num"),
        [
            element("th", one_line(goal.column), scope="col", class_="num")
            for goal in plan.goals
        ],
        [
            element("th", one_line(names[key]), scope="col")
            for key in plan.space.entries
        ],
        element("th", "epoch", scope="col", class_="num"),
        element("th", "time", scope="col", class_="num"),
        element("th", "run", scope="col"),
    ]
    ranked, others = result.ranked, _without_rank(result)
    rows = [_row(one, home) for one in [*ranked[:_MOST], *others]]
    grid = render_grid("Trials", heads, element("tbody", rows))
    words = f"All {count(len(rows))} trials" if len(rows) > 1 else "The trial"
    if len(ranked) > _MOST:
        words = f"The best {_MOST} of {count(len(ranked))} trials"
        words += f", and {count(len(others))} that have no rank" if others else ""
    summary = element("summary", words)
    is_open = len(rows) <= _OPEN
    return [element("details", summary, grid, class_="numbers", open=is_open)]


def _without_rank(result: SearchResult) -> list[TrialResult]:
    """Those that pause, have no score, or repeat another."""
    pausing = result.pausing
    known = {one.number for one in (*result.ranked, *pausing)}
    return [*pausing, *(one for one in result.trials if one.number not in known)]


def _row(one: TrialResult, home: Path | None) -> Markup:
    end = one.end or one.pause
    return element(
        "tr",
        element("th", one.number, scope="row", class_="num"),
        _outcome(one),
        [element("td", setting(value)) for value in one.settings.values()],
        element("td", "" if end is None else end.epoch, class_="num"),
        element(
            "td", duration(end.seconds) if end and end.seconds else "", class_="num"
        ),
        element("td", _run(one, home)),
    )


def _outcome(one: TrialResult) -> list[Markup]:
    """A cell for each goal; what has no score says why in one across all."""
    goals = one.plan.goals
    if one.pause is not None:
        return [
            element(
                "td",
                score_text(goal, score),
                element("small", f" paused at {one.pause.epochs}"),
                class_="num",
            )
            for goal, score in zip(goals, one.pause.scores, strict=True)
        ]
    if one.end is None or not one.end.scores:
        reason = one.end.reason if one.end and one.end.reason else ""
        words = (one.state, f": {reason}" if reason else "")
        return [element("td", *words, colspan=len(goals) if len(goals) > 1 else None)]
    again = f" as {one.trial.same_as}" if one.trial.same_as is not None else ""
    return [
        element("td", score_text(goal, score), again, class_="num")
        for goal, score in zip(goals, one.end.scores, strict=True)
    ]


def _run(one: TrialResult, home: Path | None) -> Content:
    run = one.run
    if run is None or home is None:
        return None if run is None else run.name
    link = quote(Path(os.path.relpath(run.path, home)).as_posix())
    return element("a", run.name, href=f"{link}/")
