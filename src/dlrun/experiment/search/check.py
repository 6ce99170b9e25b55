"""Whether every trial of a search could be trained, as far as that can be tried."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from random import Random
from typing import TYPE_CHECKING

from dlrun.config import located
from dlrun.errors import ConfigError, Problem, ProblemsError, SpecError
from dlrun.experiment.headers import remembering_headers
from dlrun.experiment.parse import Experiment, parse_spec
from dlrun.writing.flow import flow

if TYPE_CHECKING:
    from dlrun.experiment.search.space import Chosen, Space
    from dlrun.experiment.search.template import Template

DRAWS = 100
"""So many points are drawn, besides the ends."""
_SHOWN = 3


def check_space(template: Template, space: Space, seed: int) -> Experiment:
    """Validate trials as if they were trained, and find the largest model.

    Each end of a range and each item of a choice alone, all lowest and all highest
    values, and points by chance: the same for the same seed.

    Args:
        template: The config of the search, which is valid.
        space: What is searched.
        seed: Drives the points by chance.

    Returns:
        The one with the most parameters.

    Raises:
        ConfigError: A path of the space leads nowhere.
        SpecError: A trial would not be valid; the mistake is shown where the value
            stands in the space.
    """
    with remembering_headers():
        alone = _validated(template, space, space.alone(), stops=False)
        random = Random(f"{seed}:space")  # noqa: S311 - it must repeat
        together = [space.lowest(), space.highest()]
        together += [space.draw(random) for _ in range(DRAWS)]
        points = _validated(template, space, together, stops=True)
    return max([*alone, *points], key=lambda one: one.parameters)


def _validated(
    template: Template,
    space: Space,
    points: Iterator[Chosen] | Sequence[Chosen],
    *,
    stops: bool,
) -> list[Experiment]:
    """The experiments of points; all mistakes at once, or the first that there are."""
    found: list[Experiment] = []
    problems: dict[object, Problem] = {}
    kind: type[ProblemsError] = SpecError
    for chosen in points:
        try:
            node = template.trial(chosen)
            with located(node):
                found.append(parse_spec(node))
        except ProblemsError as error:
            kind = ConfigError if isinstance(error, ConfigError) else kind
            for problem in error.problems:
                told = _told(problem, space, chosen)
                place = told.location and replace(told.location, notes=())
                problems.setdefault((told.code, place, told.message), told)
            if stops:
                break
    errors = [one for one in problems.values() if one.severity == "error"]
    if errors:
        raise kind(*errors)
    return found


def _told(problem: Problem, space: Space, chosen: Chosen) -> Problem:
    """A mistake of one trial, with what was chosen there."""
    place = problem.location
    if place is None:
        return problem
    settings = {
        key: value
        for key, value in space.settings(chosen).items()
        if any(at[0] == key for at in chosen)
    }
    words = [f"{key}: {flow(value)}" for key, value in settings.items()]
    note = f"in the trial with {', '.join(words[:_SHOWN])}"
    note += f" and {len(words) - _SHOWN} more" if len(words) > _SHOWN else ""
    return replace(problem, location=replace(place, notes=(*place.notes, note)))
