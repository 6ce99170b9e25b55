"""A search in text: the best trials, what they were given, and what failed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from dlrun.experiment.search import PARAMETERS
from dlrun.report.trials.naming import (
    score_text,
    setting,
    settings_text,
    short_names,
    trials_text,
)
from dlrun.studies.search.end import End
from dlrun.studies.search.halving import Halving
from dlrun.studies.search.sampler import first_suggestions
from dlrun.writing import (
    Column,
    bold,
    command_line,
    duration,
    fit,
    layout,
    listing,
    number,
    one_line,
    wrap,
)
from dlrun.writing.flow import flow

if TYPE_CHECKING:
    from dlrun.experiment.search import Goal
    from dlrun.studies.search.pause import Pause
    from dlrun.studies.search.plan import SearchPlan
    from dlrun.studies.search.result import PlannedSearch, SearchResult, TrialResult

TOP = 10
"""So many trials have a line in the table."""
_REASONS_SHOWN = 3
_REPEATS, _REPEATS_OF_FOLDS = 5, 2
_OPTIMISTIC = 2
"""From so many scores on, the best of them is better than it would be again."""


def render_search(
    result: SearchResult, width: int | None = None, *, color: bool = False
) -> str:
    """Write what a search has found.

    Args:
        result: Its trials.
        width: Terminal columns that the table must fit; None: all, however wide.
        color: Emphasize with terminal codes.
    """
    lines = [*_wrapped([_standing(result)], width)]
    several, best = result.plan.goals.are_several, result.front
    shown = best[:TOP] if several else result.ranked[:TOP]
    if shown:
        kept, left = fit(_columns(result.plan, shown), width)
        head, *body = layout(kept)
        lines += [bold(head, color=color), *body]
        if left:
            lines.append(f"+{left} column{'s' if left > 1 else ''} (--json)")
    rest = len(best if several else result.ranked) - len(shown)
    if rest > 0:
        lines.append(f"and {rest} more, which --json lists")
    words = [_front_words(result)] if several and best else []
    words += _pauses(result)
    words += _failures(result.unsuccessful)
    words += _ended_by_limit(result.ended_by_limit)
    if result.ended is not None:
        words.append(f"it has ended: {result.ended}")
    lines += _wrapped(words, width)
    return "\n".join([*lines, *_optimism(result, width)]) + "\n"


def _wrapped(lines: Sequence[str], width: int | None) -> list[str]:
    """Lines in as many as the terminal needs for them."""
    if width is None:
        return [*lines]
    return [part for line in lines for part in wrap(line, width)]


def trial_line(
    plan: PlannedSearch, one: TrialResult, front: Sequence[TrialResult] = ()
) -> str:
    """What became of a trial, in one line.

    Args:
        plan: Of the search.
        one: The trial.
        front: The best so far, or those of the front; none: it need not be said.
    """
    head = f"trial {one.number}{f' of {plan.trials}' if plan.trials else ''}"
    settings = settings_text(plan, one.settings)
    if one.pause is not None:
        return f"{head} {_pause_text(plan, one.pause)}{_so_far(one, front)}: {settings}"
    if one.end is None and one.trial.same_as is not None:
        return f"{head}: as trial {one.trial.same_as}, which is not over: {settings}"
    if one.end is None or not one.end.scores:
        reason = one.end.reason if one.end and one.end.reason else ""
        return f"{head} {one.state}: {one_line(reason)} ({settings})"
    score = _scores_text(plan, one.end)
    again = f"as trial {one.trial.same_as}, " if one.trial.same_as else ""
    ended = ", ended by its limit" if one.end.limit else ""
    return f"{head}: {again}{score}{ended}{_so_far(one, front)}: {settings}"


def _pause_text(plan: PlannedSearch, rung: Pause) -> str:
    """`paused after epoch 4: val_accuracy 0.9`."""
    return f"paused after epoch {rung.epochs}: {_scores_text(plan, rung)}"


def _scores_text(plan: PlannedSearch, end: End | Pause) -> str:
    """Each goal and what a trial came to: `val_accuracy 0.9, parameters 2,410`."""
    spreads = end.spreads if isinstance(end, End) else ()
    spreads = spreads or (0.0,) * len(end.scores)
    return ", ".join(
        f"{goal.column} {score_text(goal, score)}"
        f"{f' (spread {number(spread)})' if spread else ''}"
        for goal, score, spread in zip(plan.goals, end.scores, spreads, strict=True)
    )


def _so_far(one: TrialResult, front: Sequence[TrialResult]) -> str:
    """Where a trial stands among those before it."""
    if not front:
        return ""
    if one.plan.goals.are_several:
        is_in = one.number in {other.number for other in front}
        return f", {'' if is_in else 'not '}in the front of {len(front)}"
    (best,) = front
    return f", best {number(best.score or 0.0)} (trial {best.number})"


def space_lines(plan: SearchPlan) -> list[str]:
    """What a search would try, a line for each path."""
    points = plan.space.points
    size = "" if points is None else f" of {points:,} points"
    lines = [f"{one_line(plan.name)}: {plan.goals.text}, {plan.spec.method}, "]
    each = f", each of {_several(plan)}" if plan.runs > 1 else ""
    lines[0] += f"{_until(plan)}{size}{each}"
    written, spec = plan.space.written, plan.spec
    halving = Halving.of(plan)
    if halving is not None:
        rungs = listing(map(str, halving.rungs))
        lines.append(
            f"  pauses after epochs {rungs}; the best 1 in "
            f"{halving.factor} of those that got there go on"
        )
    if spec.seconds is not None:
        lines.append(f"  a run ends after {duration(spec.seconds)} of training")
    return [*lines, *(f"  {one_line(key)}: {flow(written[key])}" for key in written)]


def _until(plan: SearchPlan) -> str:
    """When a search ends: `60 trials`, `2 hours`, `20 trials without a better one`."""
    spec = plan.spec
    ends = [] if plan.trials is None else [f"{plan.trials} trials"]
    ends += [] if spec.hours is None else [f"{spec.hours:g} hours"]
    if spec.patience is not None:
        ends.append(f"{spec.patience} trials without a better one")
    return " or ".join(ends)


def settings_lines(plan: SearchPlan, most: int) -> list[str]:
    """The first trials of a search, as far as they can be told before any is over."""
    return [
        f"trial {place}: {settings_text(plan, plan.space.settings(chosen))}"
        for place, chosen in enumerate(first_suggestions(plan, most), 1)
    ]


def _standing(result: SearchResult) -> str:
    counts, plan = result.counts, result.plan
    words = [f"{counts[state]} {state}" for state in sorted(counts)]
    return (
        f"{one_line(plan.name)}: {plan.goals.text}, {plan.spec.method}, "
        f"{trials_text(plan, len(result.trials))}"
        f"{f' of {_several(plan)}' if plan.runs > 1 else ''}: "
        f"{', '.join(words) or 'none yet'}"
    )


def _columns(
    plan: PlannedSearch, shown: Sequence[TrialResult]
) -> list[tuple[int, Column]]:
    ends = [one.end for one in shown]
    scores = [() if end is None else end.scores for end in ends]
    epochs = tuple("-" if end is None else f"{end.epoch}" for end in ends)
    numbers = tuple(f"{one.number}" for one in shown)
    names = short_names([*plan.space.entries])
    columns = [
        (0, Column("trial", numbers, is_number=True)),
    ]
    for place, goal in enumerate(plan.goals):
        cells = _cells(goal, place, scores)
        columns.append((0, Column(goal.column, cells, is_number=True)))
        if plan.runs > 1 and goal.column != PARAMETERS:
            spreads = _spreads(ends, place)
            columns.append((1, Column("spread", spreads, is_number=True)))
    if plan.runs == 1:
        columns.append((2, Column("epoch", epochs, is_number=True)))
    for key in plan.space.entries:
        values = [one.settings[key] for one in shown]
        are_numbers = all(isinstance(value, int | float) for value in values)
        cells = tuple(map(setting, values))
        columns.append((1, Column(one_line(names[key]), cells, is_number=are_numbers)))
    return columns


def _cells(
    goal: Goal, place: int, scores: Sequence[tuple[float, ...]]
) -> tuple[str, ...]:
    """A column of the table."""
    return tuple(score_text(goal, one[place]) for one in scores)


def _spreads(ends: Sequence[End | None], place: int) -> tuple[str, ...]:
    """How far the runs of each trial are apart in one goal."""
    known = [() if end is None else end.spreads for end in ends]
    return tuple(number(one[place]) if one else "-" for one in known)


def _front_words(result: SearchResult) -> str:
    """What a front is, where one is shown."""
    beaten = len(result.ranked) - len(result.front)
    if len(result.front) == 1:
        return "the front: 1, as good as every other in each goal, and better in one"
    words = f"the front: {len(result.front)}, of which none is beaten: no other is as "
    words += "good in every goal and better in one"
    return f"{words}; {beaten} are beaten" if beaten else words


def _several(plan: PlannedSearch) -> str:
    """What the runs of a trial are, as in `5 folds`."""
    return f"{plan.runs} {'folds' if plan.folds else 'seeds'}"


def _pauses(result: SearchResult) -> list[str]:
    """How far trials came that others have left behind."""
    paused = result.paused
    if not paused:
        return []
    words = (f"{paused[epochs]} after epoch {epochs}" for epochs in sorted(paused))
    return [f"paused, and not among the best that got there: {', '.join(words)}"]


def _failures(failed: Sequence[TrialResult]) -> list[str]:
    """Why trials have no score, the commonest reason first."""
    reasons: dict[str, list[int]] = {}
    for one in failed:
        reason = one.end.reason if one.end is not None else None
        words = f"{one.state}: {one_line(reason or 'no reason is known')}"
        reasons.setdefault(words, []).append(one.number)
    ordered = sorted(reasons.items(), key=lambda item: -len(item[1]))
    lines = [
        f"trial{'s' if len(numbers) > 1 else ''} {listing(map(str, numbers))} {words}"
        for words, numbers in ordered[:_REASONS_SHOWN]
    ]
    rest = len(ordered) - _REASONS_SHOWN
    return [*lines, f"and {rest} more reasons"] if rest > 0 else lines


def _ended_by_limit(ended: Sequence[TrialResult]) -> list[str]:
    """Which scores are of a training that was cut short."""
    if not ended or ended[0].end is None:
        return []
    names = listing(str(one.number) for one in ended)
    many = "s" if len(ended) > 1 else ""
    return [f"trial{many} {names} ended early: {ended[0].end.reason}"]


def _optimism(result: SearchResult, width: int | None) -> list[str]:
    """The best of many is lucky as well as good."""
    best, scored = next(iter(result.front), None), len(result.ranked)
    if best is None:
        return []
    if best.run is None:
        words = f"the run of trial {best.number} is gone; its settings are above"
        return _wrapped([words], width)
    several = result.plan.goals.are_several
    first = f"the best in {result.plan.goal.column}" if several else "best"
    lines = [f"{first}: trial {best.number}, in {best.run.path}"]
    if scored < _OPTIMISTIC:
        return lines
    seeds = _REPEATS_OF_FOLDS if result.plan.folds else _REPEATS
    again = command_line("search", result.folder.path, "--confirm", seeds)
    what = "these scores are" if several else "its score is"
    words = f"chosen among {scored} trials, {what} lucky as well as good"
    lines += _wrapped([f"{words}; with fresh seeds:"], width)
    return [*lines, f"  {again}"]
