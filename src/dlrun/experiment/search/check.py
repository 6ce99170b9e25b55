"""Whether every trial of a search could be trained, as far as that can be tried."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from random import Random
from typing import TYPE_CHECKING

from dlrun.config import located
from dlrun.errors import ConfigError, Problem, ProblemsError, SpecError
from dlrun.experiment.headers import remembering_headers
from dlrun.experiment.parse import Experiment, parse_spec
from dlrun.experiment.search.effect import require_effects
from dlrun.experiment.search.start import start_points
from dlrun.writing.flow import flow

if TYPE_CHECKING:
    from dlrun.experiment.search.space import Chosen, Space
    from dlrun.experiment.search.spec import SearchSpec
    from dlrun.experiment.search.template import Template

DRAWS = 100
"""So many points are drawn, besides the ends."""
TOO_LARGE = "too-many-parameters"
"""What is wrong with a model that is beyond the limit of the config itself."""
_SHOWN = 3
_LIMIT = ("search", "limits", "max_params")


@dataclass(frozen=True, slots=True)
class TriedSpace:
    """What was found of a space by validating some of its points."""

    parameters: int
    """Of the largest model."""
    points: int
    beyond: int
    """So many of the points are beyond the limit of the search."""


def check_space(template: Template, search: SearchSpec, seed: int) -> TriedSpace:
    """Validate trials as if they were trained, and find the largest model.

    Each end of a range and each item of a choice alone, all lowest and all highest
    values, and points by chance: the same for the same seed.

    Args:
        template: The config of the search, which is valid.
        search: What is searched, what a trial must not exceed, and with what the
            search begins.
        seed: Drives the points by chance.

    Raises:
        ConfigError: A path of the space leads nowhere.
        SpecError: A trial would not be valid; the mistake is shown where the value
            stands in the space. Or a path changes nothing, or no trial was found that
            is not too large.
    """
    space, max_params = search.space, search.max_params
    check = partial(_validated, template, space, may_be_large=max_params is not None)
    with remembering_headers():
        found = check(space.alone(), stops=False)
        random = Random(f"{seed}:space")  # noqa: S311 - it must repeat
        together = [space.lowest(), space.highest()]
        together += [space.draw(random) for _ in range(DRAWS)]
        found += check(together, stops=True)
        require_effects(template, space, seed)
    start_points(template, space, search.start or ())
    known = [one for one in found if one is not None]
    if max_params is not None:
        with located(template.node):
            _require_shapes(known)
            _require_one_within(known, max_params)
    within = sum(max_params is None or one.parameters <= max_params for one in known)
    largest = max(one.parameters for one in known)
    return TriedSpace(largest, len(found), len(found) - within)


def _require_shapes(found: Sequence[Experiment]) -> None:
    """Refuse a limit that can only be checked once a model is built.

    Raises:
        SpecError: with the cure.
    """
    if all(one.input_shapes and one.unknown_from is None for one in found):
        return
    message = "how many parameters a trial has is only known once it is built: "
    message += "not all shapes stand in the config and in the headers of its data"
    hint = "remove max_params; limits: {seconds: 120} ends trials that take too long"
    raise SpecError(Problem(_LIMIT, message, code="unknown-shapes", hint=hint))


def _require_one_within(found: Sequence[Experiment], max_params: int) -> None:
    """Refuse a limit that no model keeps.

    Raises:
        SpecError: with the fewest parameters that were found.
    """
    fewest = min((one.parameters for one in found), default=None)
    if fewest is not None and fewest <= max_params:
        return
    least = "" if fewest is None else f": the smallest that was found has {fewest:,}"
    message = f"no trial has {max_params:,} parameters or fewer{least}"
    hint = "let the space begin with smaller models"
    if fewest is not None:
        hint = f"write max_params: {fewest} or more, or {hint}"
    raise SpecError(Problem(_LIMIT, message, code="nothing-within", hint=hint))


def _validated(
    template: Template,
    space: Space,
    points: Iterator[Chosen] | Sequence[Chosen],
    *,
    stops: bool,
    may_be_large: bool,
) -> list[Experiment | None]:
    """The experiments of points; all mistakes at once, or the first that there are.

    Returns:
        `None` for one that is too large, where that is no mistake.
    """
    found: list[Experiment | None] = []
    problems: dict[object, Problem] = {}
    kind: type[ProblemsError] = SpecError
    for chosen in points:
        try:
            node = template.trial(chosen)
            with located(node):
                found.append(parse_spec(node))
        except ProblemsError as error:
            if may_be_large and is_too_large(error):
                found.append(None)
                continue
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


def is_too_large(error: ProblemsError) -> bool:
    """Whether nothing is wrong with a trial but that its model is too large."""
    return all(one.code == TOO_LARGE for one in error.problems)


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
    located_there = replace(place, notes=(*place.notes, note))
    hint = _with_choice(problem, settings)
    return replace(problem, location=located_there, hint=hint)


def _with_choice(problem: Problem, settings: Mapping[str, object]) -> str | None:
    """The cure, with how a choice is written where a plain list is a value."""
    name = problem.path[-1] if problem.path else None
    lists = [found for one in settings.values() for found in _lists(one, name)]
    if problem.code != "wrong-type" or not lists or len(lists[0]) < 2:  # noqa: PLR2004
        return problem.hint
    choice = f"to search these, write {name}: {{choice: {flow(lists[0])}}}"
    return f"{choice}; else {problem.hint}" if problem.hint else choice


def _lists(value: object, name: object) -> Iterator[list[object]]:
    """The lists below a key, at any depth."""
    if isinstance(value, list):
        for one in value:
            yield from _lists(one, name)
    if not isinstance(value, dict):
        return
    for key, one in value.items():
        if key == name and isinstance(one, list):
            yield one
        else:
            yield from _lists(one, name)
