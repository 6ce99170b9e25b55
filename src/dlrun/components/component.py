"""What a config can name by its class: a layer, an optimizer, a data source.

A *kind* (`Layer`, `Source`, ...) is a direct subclass of `Component` that states
`kind=`; the classes below it are what a config can write:

    Flatten                             the class alone
    Dropout: 0.5                        the class and its main argument
    Dense: {units: 16, use_bias: no}    the class and its arguments

A field of type `Layer` takes any of these. The class is found here, in a validator
around Pydantic's own, not by a tagged union: so the path of an error is the path in the
YAML, `model.layers[1].Dense.units`.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from contextlib import suppress
from functools import cache, lru_cache
from inspect import get_annotations
from typing import Any, ClassVar, NoReturn, TypeVar

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    ModelWrapValidatorHandler,
    ValidationError,
    model_serializer,
    model_validator,
)
from pydantic_core import InitErrorDetails, PydanticCustomError
from typing_extensions import override

from dlrun.components.naming import (
    no_class,
    other_role,
    refuse_several_keys,
    unknown_class,
)
from dlrun.components.registry import Registry, new_kind
from dlrun.components.scope import current_scope
from dlrun.components.vocabulary import EXAMPLES
from dlrun.components.words import (
    at_most,
    choices,
    few,
    flow,
    invalid,
    left_out,
    meant_key,
    reword,
    shown,
    unknown_key,
)
from dlrun.config import MAIN
from dlrun.writing import may_suggest


class Strict(BaseModel):
    """Values from a file: frozen, strict, no unknown keys, all mistakes at once."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, strict=True, defer_build=True
    )

    cures: ClassVar[dict[str, str]] = {}
    """The hints for keys that people write, but that are not offered."""

    @classmethod
    @override
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        """Evaluate annotations once: Pydantic would do so again for each class below.

        Measured with 110 components: 48 ms in place of 98.
        """
        super().__pydantic_init_subclass__(**kwargs)
        with suppress(NameError):  # A name that comes later is left to Pydantic.
            cls.__annotations__ = get_annotations(cls, eval_str=True)

    @classmethod
    def cure(cls, key: object) -> str | None:
        """The hint for a key that is not offered, where one says more than a key."""
        return cls.cures.get(str(key))

    @classmethod
    def keys(cls) -> list[str]:
        """The keys that a config may write, in their order."""
        return [field.alias or name for name, field in cls.model_fields.items()]

    def written(self) -> dict[str, Any]:
        """The values as a config writes them, without what is nothing by default."""
        values = {}
        for name, field in type(self).model_fields.items():
            value = getattr(self, name)
            if value is not None or field.default is not None:
                values[field.alias or name] = value
        return values

    def refuse(self, field: str, code: str, message: str, hint: str) -> NoReturn:
        """Raise an error about one field; for checks that need several of them."""
        error = invalid(code, message, hint=hint)
        details = InitErrorDetails(type=error, loc=(field,), input=getattr(self, field))
        raise_errors(type(self).__name__, [details])

    @model_serializer(mode="plain")
    def _serialize(self) -> dict[str, Any]:
        return self.written()


# The hook above does not see this class itself. Measured with 48 layers: 52 ms, not 62.
Strict.__annotations__ = get_annotations(Strict, eval_str=True)
_Model = TypeVar("_Model", bound=Strict)


def validate_keys(
    cls: type[_Model],
    owner: str,
    values: dict[Any, Any],
    handler: ModelWrapValidatorHandler[_Model],
) -> _Model:
    """Run Pydantic on the known keys, and report the unknown ones beside its errors."""
    keys, known_keys = _keys_of(cls)
    unknown, others = few([key for key in values if key not in known_keys])
    errors = [
        InitErrorDetails(
            type=unknown_key(key, owner, keys, cls.cure(key), values),
            loc=(key,),
            input=values[key],
        )
        for key in unknown
    ]
    errors = at_most(errors, len(others))
    try:
        result = handler(
            {key: value for key, value in values.items() if key in known_keys}
        )
    except ValidationError as error:
        # Once no search is paid for, nobody can tell which missing key was meant.
        meant = {meant_key(key, keys) for key in unknown} if may_suggest() else keys
        errors += [
            details
            for details in relocated(error, owner=owner)
            if not (unknown and _is_missing(details, meant))
        ]
    if errors:
        raise_errors(owner, _in_order(errors, values))
    return result


def _in_order(
    errors: list[InitErrorDetails], values: dict[Any, Any]
) -> list[InitErrorDetails]:
    """The errors of a mapping as its keys are written, before only the first count."""
    places = {key: place for place, key in enumerate(values)}

    def place(details: InitErrorDetails) -> int:
        return places.get(next(iter(details.get("loc", ())), None), len(places))

    return sorted(errors, key=place)


@cache
def _keys_of(cls: type[Strict]) -> tuple[list[str], frozenset[str]]:
    keys = cls.keys()
    return keys, frozenset(keys)


def _is_missing(details: InitErrorDetails, meant: Collection[str | None]) -> bool:
    """Whether a key is missing because it was misspelt, which is reported already."""
    is_missing = getattr(details["type"], "type", "") == "missing-key"
    return (
        is_missing
        and not left_out(details)
        and details.get("loc") in {(key,) for key in meant}
    )


def relocated(
    error: ValidationError, prefix: tuple[str | int, ...] = (), owner: str = ""
) -> list[InitErrorDetails]:
    """The errors of an inner value, in our words, as seen from the value around it.

    Of very many, the first ones; the last of these counts the others.
    """
    first, others = few(error.errors(include_url=False))
    uncounted = sum(1 + left_out(details) for details in others)
    errors = [
        InitErrorDetails(
            type=reword(details, owner),
            loc=(*prefix, *details["loc"]),
            input=details["input"],
        )
        for details in first
    ]
    return at_most(errors, uncounted)


def raise_errors(title: str, errors: list[InitErrorDetails]) -> NoReturn:
    """Raise several errors of our own at once; of very many, the last counts others."""
    raise ValidationError.from_exception_data(title, at_most(errors))


@lru_cache(maxsize=1024)
def snake_case(name: str) -> str:
    """`GlorotUniform` -> `glorot_uniform`, as Keras derives the text for a class."""
    name = re.sub(r"(.)([A-Z][a-z]+)", r"\1_\2", name)
    return re.sub(r"([a-z])([A-Z])", r"\1_\2", name).lower()


class Component(Strict):
    """One thing that a config names by its class."""

    kind: ClassVar[str] = "component"
    """What a person calls such a thing: `layer`."""
    main_argument: ClassVar[str | None] = None
    """The argument that the short form `Dropout: 0.5` sets."""
    key: ClassVar[str] = ""
    """The name in a config: the class name, unless the class states another."""
    aliases: ClassVar[tuple[str, ...]] = ()
    """Further names that Keras accepts for the class with its defaults."""
    synonyms: ClassVar[tuple[str, ...]] = ()
    """Words of others that mean this class, for the words of a mistake; in lower case,
    without dashes and underscores."""
    example_name: ClassVar[str] = ""
    """How an example names this class, where any of its kind would do; empty: it names
    another."""
    types: ClassVar[Registry[Any]] = Registry("component")
    """The classes of this kind by key; one is imported when it is asked for."""
    traits: ClassVar[tuple[str, ...]] = ("synonyms", "example_name")
    """The class attributes of this kind that the index tells of every class."""

    @override
    def __init_subclass__(
        cls, kind: str | None = None, home: str = "", *, abstract: bool = False
    ) -> None:
        super().__init_subclass__()
        if kind is not None:
            cls.kind, cls.types = kind, new_kind(kind, home)
            cls.traits = (*Component.traits, *cls.__dict__.get("traits", ()))
        elif not abstract:
            cls.key = cls.__dict__.get("key") or cls.__name__
            cls.aliases = cls.__dict__.get("aliases", cls.derived_aliases())
            for own in ("synonyms", "example_name"):  # Not those of a class above it.
                setattr(cls, own, cls.__dict__.get(own, getattr(Component, own)))
            cls.types.add(cls)

    @classmethod
    def derived_aliases(cls) -> tuple[str, ...]:
        """The aliases of a class that states none; a kind may derive them."""
        return ()

    @model_serializer(mode="plain")
    @override
    def _serialize(self) -> dict[str, Any] | str:  # type: ignore[override]
        return {self.key: written} if (written := self.written()) else self.key

    @model_validator(mode="wrap")
    @classmethod
    def _validate(cls, value: Any, handler: ModelWrapValidatorHandler[Any]) -> Any:
        if isinstance(value, Component):
            return handler(value)
        if "key" in cls.__dict__:  # It is a class to name, no kind and not abstract.
            return validate_keys(cls, cls.key, value, handler)
        return cls.choose(value)

    @classmethod
    def choose(cls, value: object) -> Any:
        """Find the class that `value` names, and give it the arguments."""
        key, arguments = cls._key_and_arguments(value)
        chosen = cls.types[cls.find(key)]
        try:
            return chosen.model_validate(chosen.arguments(arguments))
        except ValidationError as error:
            raise_errors(key, relocated(error, prefix=(key,)))

    @classmethod
    def _key_and_arguments(cls, value: object) -> tuple[str, Any]:
        if isinstance(value, str):
            return value, None
        if not isinstance(value, dict) or not value:
            raise no_class(cls.kind, value, cls.types.mains)
        if len(value) > 1:
            refuse_several_keys(cls.kind, value, cls.types.names, cls.types.mains)
        key, arguments = next(iter(value.items()))
        if not isinstance(key, str) or key not in cls.types.names:
            error = cls._unknown(key)
            error = invalid(error.type, **{**(error.context or {}), "on_key": True})
            raise_errors(
                str(key), [InitErrorDetails(type=error, loc=(key,), input=key)]
            )
        return key, arguments

    @classmethod
    def find(cls, name: str) -> str:
        """The key of the class that `name` (a key or an alias) stands for."""
        if name not in cls.types.names:
            raise cls._unknown(name)
        return cls.types.names[name]

    @classmethod
    def _unknown(cls, name: object) -> PydanticCustomError:
        file = current_scope().file
        own = None if file is None else file.definitions.get(str(name))
        if file is not None and own is not None:
            return other_role(cls.kind, own, file.name)
        return unknown_class(cls.kind, name, cls.types.names, cls.types.mains)

    @classmethod
    def arguments(cls, raw: object) -> dict[Any, Any]:
        """Write a short form out: `0.5` -> `{"rate": 0.5}`."""
        if raw is None:
            return {}
        if isinstance(raw, dict) and not cls._is_main(raw):
            arguments = dict(raw)
            old = arguments.pop(MAIN, None)
            if old is not None and cls.main_argument is not None:
                arguments.setdefault(cls.main_argument, old)
            return arguments
        if cls.main_argument is None:
            raise_errors(cls.key, [cls._no_single_value(raw)])
        return {cls.main_argument: raw}

    @classmethod
    def _no_single_value(cls, raw: object) -> InitErrorDetails:
        """An error for a value behind a class without main argument: `csv: a.csv`."""
        needed = [
            field.alias or name
            for name, field in cls.model_fields.items()
            if field.is_required()
        ]
        hint = f"write {cls.key} alone, or with its keys: {choices(cls.keys())}"
        if needed:
            arguments = {name: EXAMPLES.get(name, "...") for name in needed}
            if len(needed) == 1 and isinstance(raw, str):
                arguments = {needed[0]: flow(str(raw))}
            inner = ", ".join(f"{name}: {text}" for name, text in arguments.items())
            hint = f"write {cls.key}: {{{inner}}}"
        message = f"`{cls.key}` takes no single value, found {shown(raw)}"
        error = invalid("wrong-type", message, hint=hint)
        return InitErrorDetails(type=error, loc=(), input=raw)

    @classmethod
    def _is_main(cls, raw: dict[Any, Any]) -> bool:
        """Whether a mapping is an object, as the main argument: `{LSTM: 8}`."""
        if cls.main_argument is None or len(raw) != 1:
            return False
        key = next(iter(raw))
        return isinstance(key, str) and key[:1].isupper() and key not in cls.keys()  # noqa: SIM118 - a list


def named(default: str) -> Any:
    """A default that is written as a text and becomes an object when it is used."""
    return Field(default=default, validate_default=True)
