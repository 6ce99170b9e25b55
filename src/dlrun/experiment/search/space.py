"""What a search may choose: ranges and choices, some of them below a choice."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from random import Random
from typing import TypeAlias

from dlrun.config import CHOICE
from dlrun.errors import ConfigPath, format_path

Chosen: TypeAlias = dict[ConfigPath, int | float]
"""By the place in the space: the value of a range, the number of an item, from 0."""

_DIGITS = 6
"""Significant digits of a float that is drawn: what people can read and type."""


@dataclass(frozen=True, slots=True)
class Range:
    """Numbers from a lowest to a highest one, both of them possible."""

    place: ConfigPath
    low: float
    high: float
    is_whole: bool
    """Whether they are integers."""
    step: float | None = None
    """From one value to the next; `None`: of integers 1, floats are as they come."""
    log: bool = False
    """Whether each power of ten is as likely as the next."""

    @property
    def count(self) -> int | None:
        """How many values there are; `None`: more than can be counted."""
        if self.step is None:
            return int(self.high - self.low) + 1 if self.is_whole else None
        return int((_exact(self.high) - _exact(self.low)) / _exact(self.step)) + 1

    @property
    def ends(self) -> tuple[float, float]:
        """The lowest and the highest value."""
        return self.low, self.high

    def value(self, index: int) -> float:
        """One of the values that can be counted, from 0."""
        exact = _exact(self.low) + index * _exact(self.step or 1)
        return int(exact) if self.is_whole else float(exact)

    def nearest(self, number: float) -> float:
        """The value that a number stands for: of a step, or short enough to be read."""
        number = min(max(number, self.low), self.high)
        if self.step is not None:
            return self.value(round((number - self.low) / self.step))
        if self.is_whole:
            return round(number)
        return min(max(float(f"{number:.{_DIGITS}g}"), self.low), self.high)

    def draw(self, random: Random) -> float:
        """A value by chance."""
        if not self.log and self.count is not None:
            return self.value(random.randrange(self.count))
        half = 0.5 if self.is_whole else 0.0  # So that the ends are as likely.
        low, high = self.low - half, self.high + half
        if not self.log:
            return self.nearest(random.uniform(low, high))
        exponent = random.uniform(math.log(low), math.log(high))
        return self.nearest(math.exp(exponent))


@dataclass(frozen=True, slots=True)
class Option:
    """An item of a choice."""

    value: object
    """As it is written."""
    parameters: tuple[Searched, ...] = ()
    """What is searched only where it is chosen."""


@dataclass(frozen=True, slots=True)
class Choice:
    """Items of a list, of which one is chosen."""

    place: ConfigPath
    options: tuple[Option, ...]

    @property
    def ends(self) -> tuple[int, int]:
        """The first and the last item."""
        return 0, len(self.options) - 1

    def draw(self, random: Random) -> int:
        """An item by chance."""
        return random.randrange(len(self.options))


Searched: TypeAlias = Range | Choice
"""One thing that is searched."""


@dataclass(frozen=True, slots=True)
class Space:
    """All that a search may choose."""

    written: Mapping[str, object]
    """As it stands in the config."""
    entries: Mapping[str, tuple[Searched, ...]]
    """What is searched below each path."""

    @property
    def parameters(self) -> tuple[Searched, ...]:
        """Those that are always there, in the order of the config."""
        return tuple(one for those in self.entries.values() for one in those)

    def choose(self, decide: Callable[[Searched], int | float]) -> Chosen:
        """Decide all that is to be decided, from the first to the last.

        What stands below an item is asked for where that item was chosen.
        """
        return _choose(self.parameters, decide)

    def draw(self, random: Random) -> Chosen:
        """A point by chance."""
        return self.choose(lambda one: one.draw(random))

    def lowest(self) -> Chosen:
        """The point of all lowest values and first items."""
        return self.choose(lambda one: one.ends[0])

    def highest(self) -> Chosen:
        """The point of all highest values and last items."""
        return self.choose(lambda one: one.ends[1])

    def alone(self) -> Iterator[Chosen]:
        """Each end of a range and each item of a choice, and nothing else chosen.

        What must be chosen beside it has its lowest value.
        """
        for parameters in self.entries.values():
            for wanted in _ends(parameters):
                yield _choose(parameters, partial(_stated_or_lowest, wanted))

    def all_parameters(self) -> Iterator[Searched]:
        """Every parameter, those below an item included."""
        yield from _all(self.parameters)

    @property
    def points(self) -> int | None:
        """How many points there are; `None`: more than can be counted."""
        return _count(self.parameters)

    def point(self, index: int) -> Chosen:
        """One of the points that can be counted, from 0; what is last changes first."""
        chosen: Chosen = {}
        _pick(self.parameters, index, chosen)
        return chosen

    def settings(self, chosen: Chosen) -> dict[str, object]:
        """What a point says of each path, as a config would write it."""
        return {key: _filled(self.written[key], (key,), chosen) for key in self.entries}


def _stated_or_lowest(stated: Chosen, one: Searched) -> float:
    return stated.get(one.place, one.ends[0])


def parameter_name(place: ConfigPath) -> str:
    """What a parameter is called: the path, and what leads on from there."""
    first, *others = place
    return f"{first}{'.' if others and isinstance(others[0], str) else ''}" + (
        format_path(tuple(others))
    )


def _choose(
    parameters: Sequence[Searched], decide: Callable[[Searched], int | float]
) -> Chosen:
    chosen: Chosen = {}
    for one in parameters:
        chosen[one.place] = value = decide(one)
        if isinstance(one, Choice):
            chosen |= _choose(one.options[int(value)].parameters, decide)
    return chosen


def _ends(parameters: Sequence[Searched]) -> Iterator[Chosen]:
    """What must be chosen so that an end, or an item, is; each in its turn."""
    for one in parameters:
        if isinstance(one, Range):
            yield from ({one.place: end} for end in one.ends)
            continue
        for index, option in enumerate(one.options):
            inner = [*_ends(option.parameters)] or [{}]
            yield from ({one.place: index, **more} for more in inner)


def _all(parameters: Sequence[Searched]) -> Iterator[Searched]:
    for one in parameters:
        yield one
        if isinstance(one, Choice):
            for option in one.options:
                yield from _all(option.parameters)


def _count(parameters: Sequence[Searched]) -> int | None:
    product = 1
    for one in parameters:
        count = one.count if isinstance(one, Range) else _count_options(one)
        if count is None:
            return None
        product *= count
    return product


def _count_options(choice: Choice) -> int | None:
    counts = [_count(option.parameters) for option in choice.options]
    known = [count for count in counts if count is not None]
    return sum(known) if len(known) == len(counts) else None


def _pick(parameters: Sequence[Searched], index: int, chosen: Chosen) -> None:
    """Choose what a number stands for whose last digit is the last parameter."""
    if not parameters:
        return
    first, rest = parameters[0], parameters[1:]
    digit, index = divmod(index, _count(rest) or 1)
    if isinstance(first, Range):
        chosen[first.place] = first.value(digit)
    else:
        for number, option in enumerate(first.options):
            count = _count(option.parameters) or 1
            if digit < count:
                chosen[first.place] = number
                _pick(option.parameters, digit, chosen)
                break
            digit -= count
    _pick(rest, index, chosen)


def _filled(value: object, place: ConfigPath, chosen: Chosen) -> object:
    """A value with what was chosen in place of what may be chosen."""
    if place in chosen:
        if isinstance(value, dict) and CHOICE in value:
            value, inner = value[CHOICE], (*place, CHOICE)
        else:
            inner = place
        if not isinstance(value, list):
            return chosen[place]
        index = int(chosen[place])
        return _filled(value[index], (*inner, index), chosen)
    if isinstance(value, dict):
        return {key: _filled(one, (*place, key), chosen) for key, one in value.items()}
    if isinstance(value, list):
        return [_filled(one, (*place, at), chosen) for at, one in enumerate(value)]
    return value


def _exact(number: float) -> Decimal:
    """The number that a person wrote, so that ten steps of 0.1 are 1."""
    return Decimal(repr(number))
