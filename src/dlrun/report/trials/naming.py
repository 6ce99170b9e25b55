"""What settings of trials are called, and how their values are written."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from dlrun.errors import last_step
from dlrun.writing import cut, number, one_line
from dlrun.writing.flow import flow

if TYPE_CHECKING:
    from dlrun.experiment.search import Choice, Goal, Searched
    from dlrun.studies.search.result import PlannedSearch, TrialResult

_LONGEST_SETTING = 60


def settings_text(plan: PlannedSearch, settings: Mapping[str, object]) -> str:
    """What a trial was given, in short."""
    names = short_names([*plan.space.entries])
    cells = (f"{names[key]} {setting(value)}" for key, value in settings.items())
    return ", ".join(cells)


def setting(value: object) -> str:
    """The value at a path, as a config would write it."""
    return cut(one_line(flow(value)), _LONGEST_SETTING)


def short_names(paths: Sequence[str]) -> dict[str, str]:
    """So many last steps of each path as tell it from the others: `h1.units`."""
    names = {path: last_step(path) for path in paths}
    while True:
        counts = Counter(names.values())
        longer = {
            path: _longer(path, name)
            for path, name in names.items()
            if counts[name] > 1 and name != path
        }
        if not longer:
            return names
        names |= longer


def _longer(path: str, name: str) -> str:
    """The end of a path with one step more."""
    before = path[: -len(name)].rstrip(".")
    return path[len(before) - len(last_step(before)) :]


def better_words(goal: Goal) -> str:
    """`val_accuracy, higher is better`."""
    better = "higher" if goal.mode == "max" else "lower"
    return f"{one_line(goal.column)}, {better} is better"


def sentence(words: str) -> str:
    """Words with a capital and a full stop."""
    return f"{words[:1].upper()}{words[1:]}."


def trial_title(one: TrialResult) -> str:
    """What a trial came to: the words that a mouse finds."""
    came_to = one.state if one.leading is None else number(one.leading)
    if one.pause is not None:
        came_to = (
            f"{number(one.pause.scores[0])}, paused after epoch {one.pause.epochs}"
        )
    return f"trial {one.number}: {came_to}"


def parameter_labels(parameters: Sequence[Searched]) -> dict[str, str]:
    """A short name for each parameter, by its whole one."""
    from dlrun.experiment.search.space import parameter_name

    return short_names([parameter_name(one.place) for one in parameters])


def option_names(choice: Choice, longest: int) -> list[str]:
    """A short name for each item: itself, the class of an object, or its number."""
    values = [option.value for option in choice.options]
    names = [_option_name(value) for value in values]
    if len({*names}) < len(names) or any(len(name) > longest for name in names):
        return [str(place) for place, _ in enumerate(names, 1)]
    return names


def _option_name(value: object) -> str:
    if isinstance(value, dict) and len(value) == 1:
        return one_line(str(next(iter(value))))
    return one_line(flow(value))


def score_text(goal: Goal, score: float) -> str:
    """A score as a cell of a table; a count of parameters has no decimals."""
    from dlrun.experiment.search import PARAMETERS

    return f"{score:,.0f}" if goal.column == PARAMETERS else number(score)


def trials_text(plan: PlannedSearch, made: int) -> str:
    """How many trials there are, `12 of 60 trials`; where an end is known, of it."""
    wanted = "" if plan.trials is None else f" of {plan.trials:,}"
    return f"{made:,}{wanted} trials"
