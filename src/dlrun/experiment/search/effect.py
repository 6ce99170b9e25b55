"""Whether each path of a space changes the config at all.

One that another path overwrites, or a variable that nothing uses, would be searched in
vain: every trial would be told to differ, and many would be the same.
"""

from __future__ import annotations

from functools import partial
from random import Random
from typing import TYPE_CHECKING

from dlrun.config import located
from dlrun.errors import Problem, ProblemsError, SpecError
from dlrun.experiment.parse import parse_spec

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from dlrun.experiment.search.space import Chosen, Searched, Space
    from dlrun.experiment.search.template import Template

_DRAWS = 12
"""So many pairs of points are drawn where the first one does not differ."""


def require_effects(template: Template, space: Space, seed: int) -> None:
    """Refuse paths that change nothing, whatever else is chosen.

    Args:
        template: The config of the search.
        space: Of which points have been validated.
        seed: Drives the points by chance.

    Raises:
        SpecError: with all of them.
    """
    idle = {
        key: None
        for key, parameters in space.entries.items()
        if not any(_has_effect(template, space, one, seed) for one in parameters)
    }
    problems = [_problem(key) for key in idle]
    if problems:
        with located(template.node):
            raise SpecError(*problems)


def _has_effect(template: Template, space: Space, one: Searched, seed: int) -> bool:
    """Whether two points that differ in a parameter alone are two configs.

    So it is where that cannot be told, as one of the two is not valid.
    """
    for attempt in range(_DRAWS + 1):
        others = partial(_other, seed, attempt)
        low, high = (
            _config(template, space.choose(partial(_decided, one, end, others)))
            for end in one.ends
        )
        if low is None or high is None or low != high:
            return True
    return False


def _decided(
    one: Searched,
    value: float,
    others: Callable[[Searched], int | float],
    parameter: Searched,
) -> int | float:
    return value if parameter.place == one.place else others(parameter)


def _other(seed: int, attempt: int, parameter: Searched) -> int | float:
    """The lowest value, then one by chance: the same for both points of a pair."""
    if not attempt:
        return parameter.ends[0]
    random = Random(f"{seed}:{attempt}:{parameter.place}")  # noqa: S311 - it repeats
    return parameter.draw(random)


def _config(template: Template, chosen: Chosen) -> Mapping[str, object] | None:
    """The config of a point; `None`: it is not valid."""
    try:
        return parse_spec(template.trial(chosen)).spec.values()
    except ProblemsError:
        return None


def _problem(key: str) -> Problem:
    message = f"`{key}` changes nothing: the config is the same whatever is chosen"
    hint = "another path of the space sets the same value, or nothing uses it; remove "
    hint += "one of them"
    path = ("search", "space", key)
    return Problem(path, message, code="no-effect", hint=hint, on_key=True)
