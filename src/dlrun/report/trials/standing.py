"""How far a search is, in the lines that a terminal shows while it goes on."""

from __future__ import annotations

import os
from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

from dlrun.report.trials.naming import score_text, settings_text, trials_text
from dlrun.writing import count, cut, display_width, duration, number, one_line, wrap

if TYPE_CHECKING:
    from dlrun.studies.search.standing import RunningTrial, SearchOutlook

_GAP = "  "
_MOST_SETTINGS_LINES = 3
_RESERVED_LINES = 3
"""For what is not the table of those that train."""


def outlook_lines(
    outlook: SearchOutlook, mine: Collection[str], width: int, height: int
) -> list[str]:
    """How far it is, the best so far, and what trains.

    Args:
        outlook: What is to be said.
        mine: The processes of this command, as holders of trials call them.
        width: Terminal columns there are.
        height: Terminal lines there are.
    """
    head = [_fitting(_counts(outlook), width), *_best_lines(outlook, width)]
    room = max(1, height - len(head) - 1)
    running = outlook.running
    shown = running if len(running) <= room else running[: room - 1]
    lines = [*head, *(_running_line(outlook, one, mine, width) for one in shown)]
    if len(shown) < len(running):
        lines.append(f"and {count(len(running) - len(shown))} more")
    return lines[:height]


def _counts(outlook: SearchOutlook) -> list[str]:
    """What is over, what has gone wrong, and how long it takes; the last gives way."""
    result = outlook.result
    words = [trials_text(result.plan, outlook.over)]
    left = outlook.seconds_left
    if left is not None:
        words.append(f"{duration(left)} left")
    counts = result.counts
    words += [
        f"{counts[state]:,} {state}"
        for state in ("paused", "failed", "diverged")
        if counts[state]
    ]
    if outlook.per_minute is not None:
        words.append(f"{_few_digits(outlook.per_minute)} per minute")
    return [one_line(result.plan.name), *words]


def _few_digits(rate: float) -> str:
    """Two digits, which are enough to plan by."""
    return f"{rate:,.{2 if rate < 1 else 1 if rate < 10 else 0}f}"  # noqa: PLR2004


def _fitting(parts: Sequence[str], width: int) -> str:
    """As many parts as a line has room for."""
    kept = [*parts]
    while len(kept) > 1 and display_width(_GAP.join(kept)) > width:
        kept.pop()
    return cut(_GAP.join(kept), width)


def _best_lines(outlook: SearchOutlook, width: int) -> list[str]:
    """The best so far, with its settings."""
    result = outlook.result
    front = result.front
    if not front and not result.pausing:
        return ["best so far: none yet"]
    best, plan = (front or result.pausing)[0], result.plan
    scores = best.end.scores if best.end is not None else ()
    if best.pause is not None:
        scores = best.pause.scores
    words = ", ".join(
        f"{one_line(goal.column)} {score_text(goal, score)}"
        for goal, score in zip(plan.goals, scores, strict=True)
    )
    if best.pause is not None:
        words += f" after epoch {best.pause.epochs}"
    head = f"best so far: {words} (trial {best.number})"
    if plan.goals.are_several:
        head = (
            f"front of {len(front)} so far, one of them: {words} (trial {best.number})"
        )
    lines = wrap(f"{head}: {settings_text(plan, best.settings)}", width)
    return [cut(line, width) for line in lines[:_MOST_SETTINGS_LINES]]


def _running_line(
    outlook: SearchOutlook, one: RunningTrial, mine: Collection[str], width: int
) -> str:
    words = [f"trial {one.number}", *([one.part] if one.part else [])]
    if one.epoch:
        words.append(f"epoch {one.epoch}/{one.epochs}")
    else:
        words.append("begins")
    if one.score is not None:
        column = one_line(outlook.result.plan.goal.column)
        words.append(f"{column} {number(one.score)}")
    if one.holder not in mine:
        words.append(one_line(one.holder.removesuffix(f" on {os.uname().nodename}")))
    return _fitting(words, width)
