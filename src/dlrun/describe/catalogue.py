"""Everything that a config can name, with the words that stand in the classes."""

from __future__ import annotations

import ast
import inspect
import json
import re
import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, get_args

from dlrun.components.component import Component, Strict
from dlrun.components.splits import HoldoutSplit
from dlrun.experiment import ExperimentSpec
from dlrun.experiment.pseudo_label import StopSpec

_TYPES = {
    "ActivationName": "activation function",
    "Any": "values",
    "Axes": "axis or list of axes",
    "Axis": "whole number of an axis",
    "Columns": "column or list of columns",
    "Factor": "number, or a lowest and a highest",
    "FillMode": "constant or nearest or wrap or reflect",
    "HoldoutSplit": "section",
    "Fraction": "number from 0 to below 1",
    "Interpolation": "nearest or bilinear",
    "LearningRate": "number above 0, or a schedule",
    "LocalPath": "path",
    "LocalPaths": "path, list of paths or pattern",
    "MetricName": "text",
    "Name": "text",
    "NonNegativeFloat": "number of at least 0",
    "NonNegativeInt": "whole number of at least 0",
    "NonPositiveFloat": "number of at most 0",
    "Number": "number",
    "OpenFraction": "number between 0 and 1",
    "Padding": "valid or same",
    "Pair": "whole number or two of them",
    "PositiveFloat": "number above 0",
    "PositiveInt": "whole number of at least 1",
    "RowShape": "list of whole numbers",
    "Scale": "standard or minmax",
    "SerializeAsAny[Layer]": "layer",
    "Source | str": "data source, or rest",
    "Single": "whole number",
    "UnitInterval": "number from 0 to 1",
    "bool": "true or false",
    "_Sides": "whole number, two of them, or two pairs",
    "dict[str, float]": "mapping of numbers",
    "float": "number",
    "int": "whole number",
    "float | tuple[float, float]": "number, or a lowest and a highest",
    "str": "text",
    "tuple[float, float]": "two numbers",
}
"""What a person calls the type of a field."""


@dataclass(frozen=True, slots=True)
class Key:
    """One key of a class or section, as a person reads it."""

    name: str
    type: str
    default: str | None
    """As a config writes it; `None`: the key is required."""
    text: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that a config can name."""

    name: str
    kind: str
    """`layer`, `optimizer`, ..., or `section`."""
    text: str
    keys: tuple[Key, ...]
    main_argument: str | None = None
    aliases: tuple[str, ...] = ()
    example: str = ""


def sections() -> Iterator[Entry]:
    """The whole config, and each of its sections."""
    yield _entry(ExperimentSpec, "config", "section")
    for name, field in ExperimentSpec.model_fields.items():
        section = next(iter(get_args(field.annotation)), field.annotation)
        if isinstance(section, type) and issubclass(section, Strict):
            yield _entry(section, name, "section")
    yield _entry(HoldoutSplit, "split", "section")
    yield _entry(StopSpec, "stop", "section")


def kinds() -> dict[str, list[Entry]]:
    """Every class that a config can name, by kind."""
    found: dict[str, list[Entry]] = {}
    for kind in _kind_classes(Component):
        found[kind.kind] = [_component_entry(item) for item in kind.types.values()]
    return dict(sorted(found.items()))


def _kind_classes(root: type[Component]) -> Iterator[type[Component]]:
    for child in root.__subclasses__():
        if "kind" in child.__dict__:
            yield child
        else:
            yield from _kind_classes(child)


def _component_entry(component: type[Component]) -> Entry:
    aliases = tuple(
        name
        for name, key in component.names.items()
        if key == component.key and name != key
    )
    entry = _entry(component, component.key, component.kind)
    return Entry(
        entry.name, entry.kind, entry.text, entry.keys, component.main_argument, aliases
    )


def _entry(cls: type[Strict], name: str, kind: str) -> Entry:
    strings = _field_strings(cls)
    keys = []
    for field_name, field in cls.model_fields.items():
        annotation, text = strings.get(field_name, ("", ""))
        default = None if field.is_required() else _written(field.default)
        keys.append(
            Key(field.alias or field_name, _type_words(annotation), default, text)
        )
    return Entry(name, kind, inspect.cleandoc(cls.__doc__ or ""), tuple(keys))


def _written(value: Any) -> str:
    """A default as a config writes it."""
    if isinstance(value, str):
        return value or '""'
    if value is None:
        return "nothing"
    return json.dumps(list(value) if isinstance(value, tuple) else value)


def _field_strings(cls: type) -> Mapping[str, tuple[str, str]]:
    """The annotation and the string below each field, those of parents included."""
    found: dict[str, tuple[str, str]] = {}
    for parent in reversed(cls.__mro__):
        if issubclass(parent, Strict) and parent is not Strict:
            found |= _own_field_strings(parent)
    return found


@cache
def _own_field_strings(cls: type) -> dict[str, tuple[str, str]]:
    tree = ast.parse(textwrap.dedent(inspect.getsource(cls)))
    body = tree.body[0].body if isinstance(tree.body[0], ast.ClassDef) else []
    found: dict[str, tuple[str, str]] = {}
    for at, statement in enumerate(body):
        if not isinstance(statement, ast.AnnAssign) or not isinstance(
            statement.target, ast.Name
        ):
            continue
        after = body[at + 1] if at + 1 < len(body) else None
        text = ""
        if isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant):
            text = inspect.cleandoc(str(after.value.value))
        found[statement.target.id] = (ast.unparse(statement.annotation), text)
    return found


def _type_words(annotation: str) -> str:
    """`Annotated[int, Field(ge=0)] | None` -> `whole number or nothing`."""
    optional = annotation.endswith(" | None")
    plain = annotation.removesuffix(" | None")
    plain = re.sub(r"^Annotated\[(.*?), [A-Z].*\]$", r"\1", plain)
    optional = optional or plain.endswith(" | None")
    plain = plain.removesuffix(" | None")
    literal = re.fullmatch(r"Literal\[(.*)\]", plain)
    listed = re.fullmatch(r"tuple\[(\w+), \.\.\.\]", plain)
    if literal is not None:
        words = literal[1].replace("'", "").replace(", ", " or ")
    elif listed is not None:
        words = f"list: {_noun(listed[1])}"
    else:
        words = _noun(plain)
    return f"{words} or nothing" if optional else words


def _noun(name: str) -> str:
    """`PositiveInt` -> `whole number of at least 1`; `Initializer` -> `initializer`."""
    known = {kind.__name__: kind.kind for kind in _kind_classes(Component)}
    if name.endswith("Spec"):
        return "section"
    return _TYPES.get(name) or known.get(name, name)
