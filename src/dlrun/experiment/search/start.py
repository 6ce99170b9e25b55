"""The settings that a search begins with, as points of its space.

A setting may be written shorter than in the space, and `{}` is the config as written.
So a point is looked for that makes the very same config: what may stand for a value is
guessed from its parts, and then compared with all that the config says.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from dlrun.components.words import flow
from dlrun.config import CHOICE, located, node_of, value_at, with_settings
from dlrun.errors import ConfigPath, Problem, SpecError
from dlrun.experiment.headers import remembering_headers
from dlrun.experiment.parse import parse_spec
from dlrun.experiment.search.space import Choice, Chosen, Range, Searched, Space
from dlrun.experiment.search.template import KEY, Template

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dlrun.config import Node

_VARIABLE = "vars."


def start_points(
    template: Template, space: Space, start: Sequence[Mapping[str, object]]
) -> list[Chosen]:
    """The points of the space that a search begins with.

    Args:
        template: The config of the search, which is valid.
        space: What is searched.
        start: Settings by path; what they leave out is as the config has it.

    Raises:
        ConfigError: A value does not fit the config.
        SpecError: One is not valid, or does not lie in the space; at its place.
    """
    with remembering_headers(), located(template.node):
        points: list[Chosen] = []
        for place, settings in enumerate(start):
            point = _Start(template, space, settings, place).point()
            if point in points:
                first = points.index(point) + 1
                message = f"these are the settings of start {first} again"
                problem = Problem(
                    (KEY, "start", place), message, code="duplicate-item",
                    hint="remove one of them",
                )  # fmt: skip
                raise SpecError(problem)
            points.append(point)
        return points


class _Start:
    """One of the settings that a search begins with."""

    def __init__(
        self,
        template: Template,
        space: Space,
        settings: Mapping[str, object],
        place: int,
    ) -> None:
        """Apply the settings to the config, and validate it.

        Raises:
            ConfigError: A value does not fit the config.
            SpecError: It is not valid.
        """
        self._space = space
        self._settings = settings
        self._path: ConfigPath = (KEY, "start", place)
        written = with_settings(template.written, template.node, self._path)
        self._template = Template(written)
        node = self._template.trial({})
        with located(node):
            self._wanted = parse_spec(node).spec.values()
        self._nodes = (node, node_of(self._wanted, grammar=node.grammar))

    def point(self) -> Chosen:
        """The point that makes the same config.

        Raises:
            SpecError: There is none, with the path at which it is missed.
        """
        chosen: Chosen = {}
        problems = []
        for key in self._space.entries:
            fitting = next(filter(self._fits, self._guesses(key)), None)
            if fitting is None:
                problems.append(self._missed(key))
            else:
                chosen |= fitting
        if problems:
            raise SpecError(*problems)
        return chosen

    def _fits(self, chosen: Chosen) -> bool:
        """Whether what was chosen changes nothing of the config."""
        node = self._template.trial(chosen)
        with located(node):
            return parse_spec(node).spec.values() == self._wanted

    def _guesses(self, key: str) -> Iterator[Chosen]:
        """What may have been chosen at a path, the likeliest first; each once."""
        known = {one.place: one for one in _all(self._space.entries[key])}
        values = [self._settings[key]] if key in self._settings else []
        if key.startswith(_VARIABLE):
            values.append(_variable(self._nodes[0], key.removeprefix(_VARIABLE)))
        values += [value_at(node, key) for node in self._nodes]
        seen: list[Chosen] = []
        for value in values:
            for chosen in _guess(self._space.written[key], value, (key,), known):
                if chosen not in seen:
                    seen.append(chosen)
                    yield chosen

    def _missed(self, key: str) -> Problem:
        what = flow(self._space.written[key])
        if key in self._settings:
            return Problem(
                (*self._path, key),
                f"{flow(self._settings[key])} is not in the space of `{key}`: {what}",
                hint="widen the space, or write a value that is in it",
                code="not-in-space",
            )
        found = next(
            (one for node in self._nodes if (one := value_at(node, key)) is not None),
            None,
        )
        example = self._space.settings(self._space.lowest())[key]
        return Problem(
            self._path,
            f"the config has `{key}: {flow(found)}`, which is not in the space: {what}",
            hint=f"widen the space, or state what to begin with: {key}: "
            f"{flow(example)}",
            code="not-in-space",
        )


def _variable(node: Node, name: str) -> object:
    """The value of a variable of an expanded config."""
    return None if node.variables is None else node.variables.values.get(name)


def _all(parameters: Sequence[Searched]) -> Iterator[Searched]:
    for one in parameters:
        yield one
        if isinstance(one, Choice):
            for option in one.options:
                yield from _all(option.parameters)


def _guess(
    written: object,
    value: object,
    place: ConfigPath,
    known: Mapping[ConfigPath, Searched],
) -> Iterator[Chosen]:
    """What may be chosen in a part of the space so that it becomes a value."""
    one = known.get(place)
    if one is not None:
        yield from _of_parameter(one, written, value, place, known)
        # An argument may stand for the object whose main argument it is.
        for inner in value.values() if isinstance(value, Mapping) else ():
            yield from _of_parameter(one, written, inner, place, known)
    elif not any(other[: len(place)] == place for other in known):
        yield {}  # Nothing is chosen here; whether it is the same is seen later.
    elif isinstance(written, dict):
        values = value if isinstance(value, Mapping) else {}
        parts = [
            _guess(inner, values.get(key), (*place, key), known)
            for key, inner in written.items()
        ]
        yield from _together(parts)
    elif isinstance(written, list):
        items = value if isinstance(value, list) else []
        padded = [*items, *([None] * len(written))]
        parts = [
            _guess(inner, padded[at], (*place, at), known)
            for at, inner in enumerate(written)
        ]
        yield from _together(parts)


def _of_parameter(
    one: Searched,
    written: object,
    value: object,
    place: ConfigPath,
    known: Mapping[ConfigPath, Searched],
) -> Iterator[Chosen]:
    if isinstance(one, Range):
        if (number := _within(one, value)) is not None:
            yield {place: number}
        return
    inner = (*place, CHOICE) if isinstance(written, dict) else place
    items = written[CHOICE] if isinstance(written, dict) else written
    for index, item in enumerate(items if isinstance(items, list) else ()):
        for chosen in _guess(item, value, (*inner, index), known):
            yield {place: index, **chosen}


def _within(one: Range, value: object) -> float | None:
    """The number that a value is of a range; `None`: it lies outside."""
    if not isinstance(value, int | float) or isinstance(value, bool):
        return None
    if not one.low <= value <= one.high or (one.is_whole and value != int(value)):
        return None
    if one.step is not None and one.nearest(value) != value:
        return None
    return int(value) if one.is_whole else float(value)


def _together(parts: Sequence[Iterator[Chosen]]) -> Iterator[Chosen]:
    """Every way to choose something of each part."""
    found: list[Chosen] = [{}]
    for part in parts:
        choices = [*part]
        found = [before | chosen for before in found for chosen in choices]
    yield from found
