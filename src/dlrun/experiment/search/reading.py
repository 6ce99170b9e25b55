"""What stands below `search.space`, as a `Space`; all mistakes at once."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import TypeGuard

from pydantic_core import InitErrorDetails

from dlrun.components.component import raise_errors
from dlrun.components.words import flow, invalid, shown, unknown_key
from dlrun.config import CHOICE, CUSTOM
from dlrun.config.path import parse_path
from dlrun.errors import ConfigError, ConfigPath
from dlrun.experiment.search.space import Choice, Option, Range, Searched, Space

_RANGES = ("int", "float")
_KEYS = ("step", "log")
_EXAMPLE = "write a list to choose from, as in [16, 32], or a range, as in "
_EXAMPLE += "{int: [16, 512]} or {float: [0.0001, 0.1], log: true}"
_SECTION_NAMES = ("data", "model", "compile", "fit", "probe", "pseudo_label", "vars")
_SECTIONS = "data, model, compile, fit, probe, pseudo_label and vars"
_LIKELY = {
    "batch_size": "fit.batch_size",
    "compile": "compile.optimizer",
    "epochs": "fit.epochs",
    "learning_rate": "compile.optimizer.learning_rate",
    "loss": "compile.loss",
    "model": "model.layers[0].Dense.units",
    "optimizer": "compile.optimizer",
    "rate": "model.layers[1].Dropout.rate",
    "units": "model.layers[0].Dense.units",
    "vars": "vars.width",
}
"""The path that is meant by a name, or one below it."""
_FIXED = {
    "blocks": "search a variable that the block uses: vars.width",
    CUSTOM[0]: "write a search for each file of code",
    "description": "remove it",
    "extends": "write a search for each file",
    "limits": "remove it; limits bind every trial",
    "name": "remove it; every trial has a number",
    "search": "remove it; a search does not search itself",
    "seed": "remove it; a lucky seed is no setting",
    "set": "name the paths themselves",
    "tags": "remove it",
}
"""What is the same in every trial, and the cure."""
_SCORED = (
    ("data", "split"),
    ("data", "validation"),
    ("data", "test"),
    ("fit", "monitor"),
    ("fit", "threads"),
    ("fit", "validation_split"),
)
"""What decides what a score means; trials could not be compared."""


def read_space(value: object) -> Space:
    """Read what a search may choose.

    Raises:
        ValidationError: with every mistake, each at its place.
    """
    if not isinstance(value, dict) or not value:
        message = f"`space` must be a mapping of paths, found {shown(value)}"
        hint = "write what is searched, as in space: {fit.batch_size: [16, 32]}"
        raise invalid("wrong-type", message, hint=hint)
    errors = [*_path_errors(value)]
    refused = {error["loc"][0] for error in errors if "loc" in error}
    entries: dict[str, tuple[Searched, ...]] = {}
    for key, inner in value.items():
        reader = _Reader()
        entries[str(key)] = reader.read_entry(inner, (str(key),))
        if str(key) not in refused:
            errors += reader.errors
    if errors:
        raise_errors("space", errors)
    return Space(value, entries)


def _path_errors(value: Mapping[object, object]) -> Iterator[InitErrorDetails]:
    """What is wrong with the paths themselves."""
    known: dict[ConfigPath, str] = {}
    for key in map(str, value):
        try:
            steps = tuple(segment.key for segment in parse_path(key))
        except ConfigError as error:
            problem = error.problems[0]
            wrong = invalid(
                problem.code, problem.message, hint=problem.hint, on_key=True
            )
            yield InitErrorDetails(type=wrong, loc=(key,), input=key)
            continue
        if (wrong_path := _fixed(steps) or _twice(steps, known)) is not None:
            message, hint = wrong_path
            wrong = invalid("invalid-path", message, hint=hint, on_key=True)
            yield InitErrorDetails(type=wrong, loc=(key,), input=key)
        known[steps] = key


def _fixed(steps: ConfigPath) -> tuple[str, str] | None:
    """Why what a path leads to cannot be searched, and the cure."""
    first = str(steps[0])
    if first in _FIXED:
        return f"`{first}` cannot be searched", _FIXED[first]
    if steps[:2] in _SCORED:
        what = ".".join(map(str, steps[:2]))
        message = f"`{what}` cannot be searched: it decides what a score means"
        return message, "write a search for each, with a name of its own"
    if len(steps) == 1:
        message = f"`{first}` is a section, and no value"
        if first not in _SECTION_NAMES:
            message = f"the config has no section `{first}`"
        example = _LIKELY.get(first, "fit.batch_size")
        if first in _SECTION_NAMES:
            return message, f"name a value below it, as in {example}"
        hint = f"write the whole path from one of {_SECTIONS}, as in {example}"
        return message, hint
    return None


def _twice(
    steps: ConfigPath, known: Mapping[ConfigPath, str]
) -> tuple[str, str] | None:
    """Why two paths cannot both be searched, and the cure."""
    for other, written in known.items():
        short = min(len(steps), len(other))
        if steps[:short] == other[:short]:
            message = f"`{written}` is searched as well, and one holds the other"
            hint = "search one of them; what belongs to one choice stands inside it, "
            hint += "as in - Adam: {learning_rate: {float: [0.0001, 0.1], log: true}}"
            return message, hint
    return None


class _Reader:
    """Reads one entry of the space, and keeps every mistake."""

    def __init__(self) -> None:
        self.errors: list[InitErrorDetails] = []

    def read_entry(self, value: object, place: ConfigPath) -> tuple[Searched, ...]:
        """What is searched at a path; a list is a choice there."""
        if isinstance(value, list):
            return self._choice(value, place, place)
        found = self._inside(value, place)
        if not found and not self.errors:
            key = place[0]
            message = f"nothing is searched at `{key}`, found {shown(value)}"
            self._refuse("empty-search", message, _EXAMPLE, place)
        return found

    def _inside(self, value: object, place: ConfigPath) -> tuple[Searched, ...]:
        """What is searched in a value, at any depth."""
        if isinstance(value, dict):
            if is_range(value):
                return self._range(value, place)
            if CHOICE in value:
                return self._stated_choice(value, place)
            items: Iterator[tuple[str | int, object]] = iter(value.items())
        elif isinstance(value, list):
            items = iter(enumerate(value))
        else:
            return ()
        return tuple(
            one for key, inner in items for one in self._inside(inner, (*place, key))
        )

    def _stated_choice(
        self, value: Mapping[object, object], place: ConfigPath
    ) -> tuple[Searched, ...]:
        for key in value:
            if key != CHOICE:
                self._unknown(key, CHOICE, [CHOICE], place)
        items = value[CHOICE]
        if isinstance(items, list):
            return self._choice(items, place, (*place, CHOICE))
        message = f"`choice` must be a list to choose from, found {shown(items)}"
        hint = f"write {{choice: {flow([items])}}} with at least two items"
        self._refuse("wrong-type", message, hint, (*place, CHOICE))
        return ()

    def _choice(
        self, items: Sequence[object], place: ConfigPath, of_items: ConfigPath
    ) -> tuple[Searched, ...]:
        options = tuple(
            Option(item, self._inside(item, (*of_items, index)))
            for index, item in enumerate(items)
        )
        if len(items) == 0 or (len(items) == 1 and not options[0].parameters):
            count = "one item" if items else "no item"
            message = f"a choice of {count} leaves nothing to choose"
            hint = "write at least two, as in [16, 32]"
            if items:
                hint += ", or write the value where it belongs"
            self._refuse("empty-search", message, hint, of_items)
        for index, item in enumerate(items):
            if item in items[:index] and type(item) is type(items[items.index(item)]):
                message = f"{shown(item)} is already among the items"
                at = (*of_items, index)
                self._refuse("duplicate-item", message, "remove one of them", at)
        return (Choice(place, options),)

    def _range(
        self, value: Mapping[object, object], place: ConfigPath
    ) -> tuple[Searched, ...]:
        kinds = [key for key in _RANGES if key in value]
        kind = kinds[0]
        known = (kind, *_KEYS)
        for key in value:
            if key not in known:
                self._unknown(key, kind, known, place)
        ends = self._ends(value[kind], kind, (*place, kind))
        step = self._step(value.get("step"), kind, ends, place)
        log = value.get("log", False)
        if not isinstance(log, bool):
            message = f"`log` must be true or false, found {shown(log)}"
            self._refuse("wrong-type", message, "write log: true", (*place, "log"))
        if ends is None:
            return ()
        found = Range(place, *ends, kind == "int", step, log is True)
        self._check(found, kind)
        return (found,)

    def _ends(
        self, value: object, kind: str, place: ConfigPath
    ) -> tuple[float, float] | None:
        is_whole = kind == "int"
        example = f"write {kind}: {'[16, 512]' if is_whole else '[0.001, 0.1]'}"
        what = "integers" if is_whole else "numbers"
        if not isinstance(value, list) or len(value) != 2:  # noqa: PLR2004
            message = f"`{kind}` must be two {what}, from and to, found {shown(value)}"
            self._refuse("wrong-type", message, example, place)
            return None
        wrong = [at for at, one in enumerate(value) if not _is_number(one, is_whole)]
        for at in wrong:
            message = f"an end of `{kind}` must be "
            message += f"{'an integer' if is_whole else 'a number'}, "
            hint = example
            if is_whole and _is_number(value[at]):
                hint += ", or float for numbers between integers"
            found = f"found {shown(value[at])}"
            self._refuse("wrong-type", message + found, hint, (*place, at))
        if wrong:
            return None
        low, high = value
        if low > high:
            message = f"the range from {low} to {high} is inverted"
            self._refuse("empty-range", message, f"write [{high}, {low}]", place)
        elif low == high:
            message = f"the range from {low} to {high} leaves nothing to choose"
            hint = "write two numbers that differ, or the value where it belongs"
            self._refuse("empty-range", message, hint, place)
        else:
            return (low, high) if is_whole else (float(low), float(high))
        return None

    def _step(
        self,
        step: object,
        kind: str,
        ends: tuple[float, float] | None,
        place: ConfigPath,
    ) -> float | None:
        if step is None:
            return None
        is_whole = kind == "int"
        if _is_number(step, is_whole) and step > 0:
            return step
        what = "an integer" if is_whole else "a number"
        message = f"`step` must be {what} above 0, found {shown(step)}"
        hint = "remove it"
        if ends is not None:
            hint = f"write step: {_some_step(*ends, is_whole=is_whole)}, or remove it"
        self._refuse("out-of-range", message, hint, (*place, "step"))
        return None

    def _check(self, one: Range, kind: str) -> None:
        """What a range can only be told as a whole."""
        if one.log and one.low <= 0:
            message = f"with `log` the range must begin above 0, found {one.low}"
            hint = "remove log"
            if one.high > one.is_whole:
                low = 1 if one.is_whole else min(0.001, one.high / 1000)
                hint = f"write {kind}: [{low:g}, {one.high}], or {hint}"
            self._refuse("out-of-range", message, hint, (*one.place, kind, 0))
        if one.step is None:
            return
        if one.log:
            message = "`step` and `log` exclude each other"
            hint = f"remove one of them, or write a list: {_powers(one)}"
            self._refuse("exclusive-keys", message, hint, (*one.place, "step"))
            return
        last = one.value((one.count or 1) - 1)
        if last == one.low or not math.isclose(last, one.high, rel_tol=1e-9):
            message = f"steps of {one.step} from {one.low} do not end at {one.high}"
            hint = f"write {kind}: [{one.low}, {last}]"
            if last == one.low:
                hint = f"write a step below {one.high - one.low}"
            self._refuse("out-of-range", message, hint, (*one.place, kind, 1))

    def _unknown(
        self, key: object, owner: str, keys: Sequence[str], place: ConfigPath
    ) -> None:
        error = unknown_key(key, owner, keys)
        loc = (*place, key if isinstance(key, int) else str(key))
        self.errors.append(InitErrorDetails(type=error, loc=loc, input=key))

    def _refuse(self, code: str, message: str, hint: str, place: ConfigPath) -> None:
        error = invalid(code, message, hint=hint)
        self.errors.append(InitErrorDetails(type=error, loc=place, input=None))


def is_range(value: object) -> bool:
    """Whether a value is one that a search draws from a range."""
    return isinstance(value, dict) and any(key in value for key in _RANGES)


def _is_number(value: object, is_whole: bool = False) -> TypeGuard[float]:
    kinds = int if is_whole else (int, float)
    is_number = isinstance(value, kinds) and not isinstance(value, bool)
    return is_number and math.isfinite(value)  # type: ignore[arg-type]


def _some_step(low: float, high: float, *, is_whole: bool) -> float:
    """A step that leads from the lowest to the highest value in a few steps."""
    if not is_whole:
        return float(f"{(high - low) / 10:g}")
    size = int(high - low)
    return next((size // few for few in range(8, 1, -1) if size % few == 0), 1)


def _powers(one: Range) -> str:
    """A few values of a range that is even in its logarithm."""
    if one.low <= 0:
        return "[...]"
    middle = one.nearest(math.sqrt(one.low * one.high))
    return flow([one.low, middle, one.high])
