"""Writes what the classes say of themselves to files: `make index`.

`components/index.json` holds what a config may name, and `reference.json` the words for
people. They are read in place of the classes, whose import and whose source cost time.
"""

from __future__ import annotations

import ast
import inspect
import json
import pkgutil
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, replace
from functools import cache
from importlib import import_module
from itertools import zip_longest
from pathlib import Path
from typing import get_args

import dlrun.components
from dlrun.components.component import Component, Strict
from dlrun.components.index import INDEX_FILE, Listed
from dlrun.components.splits import HoldoutSplit
from dlrun.components.windows import WindowSpec
from dlrun.describe.catalogue import REFERENCE_FILE, CatalogueEntry, CatalogueKey
from dlrun.experiment import ExperimentSpec
from dlrun.experiment.pseudo_label import StopSpec
from dlrun.experiment.search import HalvingSpec, SearchLimitsSpec

_TYPES = {
    "ActivationName": "activation function",
    "Any": "values",
    "ArrayNames": "text, or a mapping of texts by input",
    "Augment": "list of layers, or a mapping of lists by input",
    "Axes": "axis or list of axes",
    "Axis": "integer of an axis",
    "NormAxes": "integer of an axis",
    "CategoryList": "list of categories",
    "ColumnName": "column",
    "Columns": "column or list of columns",
    "DatePart": "part of a date",
    "DecaySteps": "integer of at least 1, or auto",
    "EncoderLists": "mapping of encoders, or of lists of them, by column or pattern",
    "Encoding": "name of an encoding",
    "Every": "integer of at least 1, or auto or off",
    "Fault": "name of a fault",
    "GapTexts": "list of texts",
    "RandomFactor": "number, or a lowest and a highest",
    "FillMode": "constant or nearest or wrap or reflect",
    "Classes": "list, or a mapping of lists by output",
    "Features": "list of rows, or a mapping of lists by input",
    "HoldoutSplit": "section",
    "WindowSpec": "section",
    "WrittenGoals": "text, or a list of texts",
    "Gap": "number above 0, or a stretch of time as 2h or 1d",
    "Patterns": "list of columns or patterns",
    "SomePatterns": "list of columns or patterns",
    "Fraction": "number from 0 to below 1",
    "InputColumns": "mapping of lists of columns by input",
    "InputShape": "list of integers, or a mapping of lists by input",
    "InputScale": "standard or minmax, or a mapping by input",
    "ScaledLabels": "standard, minmax or log, or a mapping by label column or output",
    "Interpolation": "nearest or bilinear",
    "LabelArrays": "text, or a mapping of texts by output",
    "LabelColumns": "column, list of columns, or what makes classes of one",
    "LabelRows": "list of labels, or a mapping of lists by output",
    "LearningRate": "number above 0, or a schedule",
    "LocalPath": "path",
    "ClassWeight": "mapping of numbers, or balanced; or a mapping of them by output",
    "Losses": "loss, or a mapping of losses by output",
    "LossWeights": "mapping of numbers by output",
    "LocalPaths": "path, list of paths or pattern",
    "MetricLists": "list of metrics, or a mapping of lists by output",
    "MetricName": "text",
    "Name": "text",
    "NonNegativeFloat": "number of at least 0",
    "NonNegativeInt": "integer of at least 0",
    "NonPositiveFloat": "number of at most 0",
    "Number": "number",
    "Number | str": "number or text",
    "OneCharacter": "character",
    "OutputNames": "name or list of names",
    "OpenFraction": "number between 0 and 1",
    "Padding": "valid or same",
    "Pair": "integer or two of them",
    "Policy": "error or ignore or category",
    "PositiveFloat": "number above 0",
    "PositiveInt": "integer of at least 1",
    "Split": "whitespace or character",
    "Standardize": "lower_and_strip_punctuation or lower or strip_punctuation",
    "SearchStart": "list of mappings of paths to values",
    "SearchSpace": "mapping of what may stand at each path",
    "SerializeAsAny[Layer]": "layer",
    "Source | str": "data source, or rest",
    "Single": "integer",
    "Sha256": "64 hexadecimal digits",
    "Thousands": "comma, point, space or apostrophe",
    "Threads": "integer of at least 1, or auto",
    "UnitInterval": "number from 0 to 1",
    "WrittenGoal": "max or min, and a column of the history",
    "bool": "true or false",
    "_Sides": "integer, two of them, or two pairs",
    "dict[str, float]": "mapping of numbers",
    "float": "number",
    "int": "integer",
    "int | tuple[int, ...]": "integer or list of integers",
    "object": "values",
    "float | tuple[float, float]": "number, or a lowest and a highest",
    "str": "text",
    "tuple[float, float]": "two numbers",
}
"""What a person calls the type of a field."""


def generated() -> dict[Path, str]:
    """The text of every generated file."""
    kinds = {
        kind: {cls.key: _listed(cls) for cls in classes}
        for kind, classes in classes_by_kind().items()
    }
    entries = [
        *sections(),
        *(
            _component_entry(cls)
            for listed in classes_by_kind().values()
            for cls in listed
        ),
    ]
    return {INDEX_FILE: _index_text(kinds), REFERENCE_FILE: _reference_text(entries)}


def _index_text(kinds: Mapping[str, Mapping[str, Listed]]) -> str:
    """A line per class, so that a change is one line of a difference."""
    blocks = {
        kind: _joined("{", (_pair(*item) for item in classes.items()), "}")
        for kind, classes in kinds.items()
    }
    lines = (f"{_json(kind)}: {block}" for kind, block in blocks.items())
    return _joined("{", lines, "}") + "\n"


def _reference_text(entries: Iterable[CatalogueEntry]) -> str:
    return _joined("[", (_json(asdict(entry)) for entry in entries), "]") + "\n"


def _joined(opening: str, lines: Iterable[str], closing: str) -> str:
    inner = ",\n".join(lines)
    return f"{opening}\n{inner}\n{closing}"


def _pair(key: str, value: object) -> str:
    return f"{_json(key)}: {_json(value)}"


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def classes_by_kind() -> dict[str, list[type[Component]]]:
    """Every class that a config can name, by kind, in the order of their modules."""
    by_kind: dict[str, list[type[Component]]] = {}
    for name in sorted(_module_names(), key=_rank):
        for value in list(vars(import_module(name)).values()):
            is_class = isinstance(value, type) and issubclass(value, Component)
            is_own = is_class and value.__module__ == name and "key" in value.__dict__
            if is_own and value in value.types.imported:
                by_kind.setdefault(value.kind, []).append(value)
    by_kind.pop(Component.kind, None)
    return dict(sorted(by_kind.items()))


def _module_names() -> Iterator[str]:
    package = dlrun.components
    for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        yield module.name


_SHOWN_AFTER = {"dlrun.components.layers.merging": "dlrun.components.layers.reshaping"}
"""Families that stand elsewhere than by the alphabet: what joins layers comes late."""


def _rank(module: str) -> tuple[str, bool]:
    return _SHOWN_AFTER.get(module, module), module in _SHOWN_AFTER


def _listed(cls: type[Component]) -> Listed:
    """What the index says of a class."""
    fields = {field.alias or name: field for name, field in cls.model_fields.items()}
    return {
        "module": cls.__module__,
        "aliases": _aliases(cls),
        "main_argument": cls.main_argument,
        "required": [key for key, field in fields.items() if field.is_required()],
        "optional": {
            key: field.default
            for key, field in fields.items()
            if not field.is_required()
        },
        "traits": {
            name: getattr(cls, name) for name in cls.traits if _is_said(cls, name)
        },
    }


def _is_said(cls: type[Component], trait: str) -> bool:
    """Whether a trait of a class is another than that of its kind."""
    kind = next(base for base in cls.__mro__ if "kind" in base.__dict__)
    return bool(getattr(cls, trait) != getattr(kind, trait))


def _aliases(cls: type[Component]) -> list[str]:
    return [alias for alias in cls.aliases if alias != cls.key]


def sections() -> Iterator[CatalogueEntry]:
    """The whole config, and each of its sections."""
    yield _entry(ExperimentSpec, "config", "section")
    for name, field in ExperimentSpec.model_fields.items():
        section = next(iter(get_args(field.annotation)), field.annotation)
        if isinstance(section, type) and issubclass(section, Strict):
            yield _entry(section, name, "section")
    yield _entry(HoldoutSplit, "split", "section")
    yield _entry(HalvingSpec, "halving", "section")
    yield _entry(SearchLimitsSpec, "search.limits", "section")
    yield _entry(StopSpec, "stop", "section")
    yield _entry(WindowSpec, "window", "section")


def _component_entry(cls: type[Component]) -> CatalogueEntry:
    """A class in words."""
    return replace(
        _entry(cls, cls.key, cls.kind),
        main_argument=cls.main_argument,
        aliases=tuple(_aliases(cls)),
    )


def _entry(cls: type[Strict], name: str, kind: str) -> CatalogueEntry:
    strings = _field_strings(cls)
    keys = []
    for field_name, field in cls.model_fields.items():
        annotation, text = strings.get(field_name, ("", ""))
        default = None if field.is_required() else _written(field.default)
        key, words = field.alias or field_name, _type_words(annotation)
        keys.append(CatalogueKey(key, words, default, text))
    return CatalogueEntry(name, kind, inspect.cleandoc(cls.__doc__ or ""), tuple(keys))


def _written(value: object) -> str:
    """A default as a config writes it."""
    if isinstance(value, str):
        return value or '""'
    if value is None:
        return "null"
    return json.dumps(list(value) if isinstance(value, tuple) else value)


def _field_strings(cls: type) -> Mapping[str, tuple[str, str]]:
    """The annotation and the string below each field, those of parents included."""
    strings: dict[str, tuple[str, str]] = {}
    for parent in reversed(cls.__mro__):
        if issubclass(parent, Strict) and parent is not Strict:
            strings |= _own_field_strings(parent)
    return strings


@cache
def _own_field_strings(cls: type) -> dict[str, tuple[str, str]]:
    body = _class_bodies(cls.__module__)[cls.__name__]
    strings: dict[str, tuple[str, str]] = {}
    for statement, below in zip_longest(body, body[1:]):
        if not isinstance(statement, ast.AnnAssign) or not isinstance(
            statement.target, ast.Name
        ):
            continue
        text = ""
        if isinstance(below, ast.Expr) and isinstance(below.value, ast.Constant):
            text = inspect.cleandoc(str(below.value.value))
        strings[statement.target.id] = (ast.unparse(statement.annotation), text)
    return strings


@cache
def _class_bodies(module: str) -> dict[str, list[ast.stmt]]:
    """The statements of each class of a module."""
    tree = ast.parse(inspect.getsource(sys.modules[module]))
    return {
        node.name: node.body for node in tree.body if isinstance(node, ast.ClassDef)
    }


def _type_words(annotation: str) -> str:
    """`Annotated[int, Field(ge=0)] | None` -> `integer or null`."""
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
    return f"{words} or null" if optional else words


def _noun(name: str) -> str:
    """`PositiveInt` -> `integer of at least 1`; `Initializer` -> `initializer`."""
    if name.endswith("Spec"):
        return "section"
    return _TYPES.get(name) or _kinds_by_class().get(name, name)


@cache
def _kinds_by_class() -> dict[str, str]:
    """`Initializer` -> `initializer`, for each kind."""
    every = (
        base
        for classes in classes_by_kind().values()
        for cls in classes
        for base in cls.__mro__
    )
    return {
        base.__name__: base.kind
        for base in every
        if issubclass(base, Component) and "kind" in base.__dict__
    }


def main() -> None:
    """Write every generated file."""
    for file, text in generated().items():
        file.write_text(text, encoding="utf-8")
        sys.stdout.write(f"{file}\n")


if __name__ == "__main__":
    main()
