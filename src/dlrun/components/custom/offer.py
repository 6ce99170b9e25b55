"""Which names the code of a config adds, and as what each of them can be used."""

from __future__ import annotations

from collections.abc import Iterator

from dlrun.components.component import Component
from dlrun.components.custom.argument import main_argument, make_component
from dlrun.components.custom.head import (
    OwnLoss,
    OwnLossFunction,
    OwnMetric,
    OwnMetricFunction,
)
from dlrun.components.custom.layer import OwnLayer
from dlrun.components.custom.own_code import OwnCode
from dlrun.components.custom.source import Custom
from dlrun.components.custom.training import OwnCallback, OwnSchedule, require_hooks
from dlrun.components.fields import ACTIVATION, ACTIVATIONS
from dlrun.components.index import listed
from dlrun.components.scope import CodeScope
from dlrun.config import CUSTOM
from dlrun.custom import CustomFile, Definition
from dlrun.errors import CodeError, Problem

_SOURCE = "data source"
_CLASSES: dict[str, type[Component]] = {
    "layer": OwnLayer,
    "loss": OwnLoss,
    "metric": OwnMetric,
    "callback": OwnCallback,
    "schedule": OwnSchedule,
}
_FUNCTIONS: dict[str, type[Component]] = {
    "loss": OwnLossFunction,
    "metric": OwnMetricFunction,
    _SOURCE: Custom,
}
_PAIR = 2
"""Labels and outputs."""


def scope_of(file: CustomFile) -> CodeScope:
    """The names of a file, as components that are made when a config names them.

    Raises:
        CodeError: one is named like a class or a function of Keras.
    """
    definitions: dict[str, dict[str, Definition]] = {}
    problems = []
    for one in file.definitions.values():
        for kind in _kinds(one):
            definitions.setdefault(kind, {})[one.name] = one
            if kind != _SOURCE and one.name in _taken(kind):
                problems.append(_taken_name(file, one, kind))
                break
    if problems:
        raise CodeError(*problems)
    return CodeScope(file, definitions, _make, _main)


def _kinds(one: Definition) -> Iterator[str]:
    """What a definition can be named as."""
    if one.is_class:
        yield from [one.role] if one.role is not None else _CLASSES
        return
    yield _SOURCE
    if len(one.parameters) >= _PAIR:
        yield "loss"
        yield "metric"
    if one.parameters and one.num_positional <= 1:
        yield ACTIVATION


def _taken(kind: str) -> set[str]:
    if kind == ACTIVATION:
        return set(ACTIVATIONS)
    return {
        name for key, entry in listed(kind).items() for name in (key, *entry["aliases"])
    }


def _taken_name(file: CustomFile, one: Definition, kind: str) -> Problem:
    what = "an activation function" if kind == ACTIVATION else f"a {kind}"
    message = f"`{one.name}` is the name of {what} of Keras"
    other = f"My{one.name}" if one.is_class else f"my_{one.name}"
    hint = f"give it another name, as in {other}; or begin it with an underscore"
    place = file.place_of(one)
    return Problem(CUSTOM, message, hint=hint, code="custom-name", location=place)


def _main(definition: Definition, kind: str) -> str | None:
    base = (_CLASSES if definition.is_class else _FUNCTIONS)[kind]
    assert issubclass(base, OwnCode)  # noqa: S101 - it is what makes a component so
    return main_argument(definition, kind, base.num_data)


def _make(file: CustomFile, definition: Definition, kind: str) -> type[Component]:
    if kind == "callback":
        require_hooks(file, definition)
    bases = _CLASSES if definition.is_class else _FUNCTIONS
    return make_component(bases[kind], file, definition)
