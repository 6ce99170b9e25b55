"""One value, or one for each input or output of a model by its name."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, TypeGuard, TypeVar

from pydantic import ConfigDict, PlainValidator, TypeAdapter, ValidationError
from pydantic_core import InitErrorDetails, PydanticCustomError

from dlrun.components.component import Component, raise_errors
from dlrun.components.words import invalid, reword, shown

if TYPE_CHECKING:
    from typing_extensions import TypeForm

_Value = TypeVar("_Value")


def is_model_name(value: object) -> TypeGuard[str]:
    """Whether a layer, an input or an output may be called so."""
    return (
        isinstance(value, str)
        and bool(value)
        and "/" not in value
        and value.isprintable()
        and value == value.strip()
    )


def one_or_named(
    what: str,
    validate: Callable[[object], _Value],
    kind: type[Component] | None = None,
) -> PlainValidator:
    """A validator for one value, or for a mapping of names to such values.

    Args:
        what: what the names are, for a mistake in one: `an input`.
        validate: makes the value of what a config has; raises Pydantic's errors.
        kind: a mapping of which a key is called like one of its classes is one value.
    """

    def checked(value: object) -> _Value | dict[str, _Value]:
        if not isinstance(value, Mapping):
            return validate(value)
        is_object = kind is not None and any(key in kind.types.names for key in value)
        return validate(value) if is_object else named(what, value, validate)

    return PlainValidator(checked)


def named(
    what: str, value: Mapping[object, object], validate: Callable[[object], _Value]
) -> dict[str, _Value]:
    """The value of each name; every mistake is reported."""
    if not value:
        noun = what.rpartition(" ")[2]
        raise invalid("wrong-type", f"`{{key}}` names no {noun}")
    values: dict[str, _Value] = {}
    errors: list[InitErrorDetails] = []
    for name, item in value.items():
        if not is_model_name(name):
            errors.append(_no_name(what, name))
            continue
        try:
            values[name] = validate(item)
        except ValidationError as error:
            errors += list(_below(name, error))
        except PydanticCustomError as error:
            errors.append(InitErrorDetails(type=error, loc=(name,), input=item))
    if errors:
        raise_errors("names", errors)
    return values


def _below(name: str, error: ValidationError) -> Iterator[InitErrorDetails]:
    for details in error.errors(include_url=False):
        location = (name, *details["loc"])
        words = reword({**details, "loc": location})
        yield InitErrorDetails(type=words, loc=location, input=details["input"])


def _no_name(what: str, name: object) -> InitErrorDetails:
    error = invalid(
        "invalid-name",
        f"{what} cannot be named {shown(name)}",
        hint="use letters, digits, dots, dashes and underscores",
        on_key=True,
    )
    location = (name,) if isinstance(name, str | int) else ()
    return InitErrorDetails(type=error, loc=location, input=name)


def of_type(kind: TypeForm[_Value]) -> Callable[[object], _Value]:
    """What `one_or_named` needs for a type that Pydantic knows; built when used."""
    adapter: TypeAdapter[_Value] = TypeAdapter(
        kind, config=ConfigDict(defer_build=True)
    )
    return lambda value: adapter.validate_python(value, strict=True)
