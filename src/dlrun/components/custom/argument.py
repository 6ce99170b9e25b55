"""The keys of a component of code: its parameters, with their defaults."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

from pydantic import Field, PlainValidator, create_model

from dlrun.components.component import Component
from dlrun.components.constraints import Constraint
from dlrun.components.custom.own_code import PREFIX, OwnCode
from dlrun.components.fields import ActivationName
from dlrun.components.index import listed
from dlrun.components.initializers import Initializer
from dlrun.components.registry import classes_of
from dlrun.components.regularizers import Regularizer
from dlrun.components.schedules.schedule import DecaySteps
from dlrun.components.sources.files import LocalPath
from dlrun.config import CUSTOM
from dlrun.custom import CustomFile, Definition, Parameter
from dlrun.errors import CodeError, Problem

_TYPES: dict[str, tuple[object, object]] = {
    "int": (int, int | None),
    "float": (float, float | None),
    "bool": (bool, bool | None),
    "str": (str, str | None),
    "Path": (LocalPath, LocalPath | None),
    "pathlib.Path": (LocalPath, LocalPath | None),
}
"""Annotations that are held against the config, and where nothing is a value, too;
others are left to the code."""


def _part(kind: type[Component]) -> object:
    """A part of a layer: a text stays one, as Keras' own classes take it."""

    def validate(value: object) -> object:
        if value is None:
            return None
        if isinstance(value, str):
            kind.find(value)
            return str(value)
        return kind.model_validate(value)

    return Annotated[object, PlainValidator(validate)]


_BY_ENDING: dict[str, object] = {
    "activation": ActivationName | None,
    "initializer": _part(Initializer),
    "regularizer": _part(Regularizer),
    "constraint": _part(Constraint),
    "decay_steps": DecaySteps,
}
"""Parameters that are what they are in classes of Keras, by the end of their names."""


def make_component(
    base: type[Component], file: CustomFile, definition: Definition
) -> type[Component]:
    """The component of a class or a function, whose keys are its parameters.

    Args:
        base: Of its kind, a subclass of `OwnCode`.
        file: The code.
        definition: Of the class or the function.

    Raises:
        CodeError: a parameter is named like a key of every such component, or has no
            name to give it by.
    """
    assert issubclass(base, OwnCode)  # noqa: S101 - it is what makes a component so
    own = set(base.keys())
    parameters = definition.parameters[base.num_data :]
    fields: dict[str, object] = {}
    for one in parameters:
        if one.name in own - base.shared or one.name in {"args", "kwargs"}:
            message = f"the parameter `{one.name}` of `{definition.name}` is a key"
            message += " that dlrun reads itself"
            raise _refused(file, definition, message, "give the parameter another name")
        if one.is_positional:
            message = f"the parameter `{one.name}` of `{definition.name}` stands before"
            message += " `/`: it cannot be given by its name, as a config gives it"
            raise _refused(file, definition, message, "remove the `/`")
        if one.name not in own:
            fields[f"{PREFIX}{one.name}"] = _field(one)
    stated = {one.name for one in parameters} | own
    if definition.takes_others and definition.is_class:
        fields |= {
            f"{PREFIX}{key}": field
            for key, field in _inherited(base.kind, definition.base)
            if key not in stated
        }
    fields |= base.own_fields(definition)
    made = create_model(  # type: ignore[call-overload]
        definition.name,
        __base__=base,
        __module__=base.__module__,
        __cls_kwargs__={"abstract": True},
        **fields,
    )
    attributes = {
        "key": base.__dict__.get("key") or definition.name,
        "main_argument": main_argument(definition, base.kind, base.num_data),
        "aliases": (),
        "synonyms": (),
        "file": file,
        "definition": definition,
    }
    for name, value in attributes.items():
        setattr(made, name, value)
    return made


def main_argument(definition: Definition, kind: str, num_data: int) -> str | None:
    """The argument that a short form sets: its own, or that of the class of Keras."""
    entry = listed(kind).get(definition.base)
    if not definition.parameters and entry is not None:
        return entry["main_argument"]
    return definition.main_argument(num_data)


def _refused(
    file: CustomFile, definition: Definition, message: str, hint: str
) -> CodeError:
    place = file.place_of(definition)
    return CodeError(
        Problem(CUSTOM, message, hint=hint, code="custom-code", location=place)
    )


def _field(one: Parameter) -> tuple[object, object]:
    kind = _type(one)
    default: object = ... if one.is_required else one.default
    return kind, Field(default=default, alias=one.name)


def _type(one: Parameter) -> object:
    parts = {part.strip() for part in one.annotation.split("|")}
    inner = one.annotation.removeprefix("typing.").removeprefix("Optional[")
    if one.annotation != inner:
        parts = {inner.removesuffix("]"), "None"}
    named = parts - {"None"}
    may_lack = "None" in parts or (not one.is_required and one.default is None)
    if len(named) == 1 and (kind := _TYPES.get(next(iter(named)))) is not None:
        return kind[may_lack]
    of_part = (
        part
        for ending, part in _BY_ENDING.items()
        if one.name == ending or one.name.endswith(f"_{ending}")
    )
    return next(of_part, object)


def _inherited(kind: str, base: str) -> Iterator[tuple[str, tuple[object, object]]]:
    """The keys of the class of Keras that a class passes its other arguments to."""
    if base not in listed(kind):
        return
    component: type[Component] = classes_of(kind)[base]
    for name, field in component.model_fields.items():
        key, default = field.alias or name, field.default
        annotation: object = field.annotation
        if field.metadata:
            annotation = Annotated[annotation, *field.metadata]
        default = ... if field.is_required() else default
        stated = Field(default=default, alias=key, validate_default=True)
        yield key, (annotation, stated)
