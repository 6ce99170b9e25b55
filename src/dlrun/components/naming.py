"""The words for a value that should name a class of a kind, and does not."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from typing import TYPE_CHECKING, Any, NoReturn

from pydantic import ValidationError
from pydantic_core import InitErrorDetails, PydanticCustomError

from dlrun.components.index import with_trait
from dlrun.components.not_offered import all_of, not_offered, why_not
from dlrun.components.phrase import flow, invalid, is_synonym, nearest, shown
from dlrun.components.vocabulary import EXAMPLES
from dlrun.writing import choices, did_you_mean, may_be_typed_as, may_suggest

if TYPE_CHECKING:
    from dlrun.custom import Definition

_CALL = re.compile(r"(?:\w+\.)*(\w+)\((.*)\)", re.DOTALL)
_GLUED = re.compile(r"(\w+):(\S.*)")


def unknown_class(
    kind: str, name: object, names: Mapping[str, str], mains: Mapping[str, str | None]
) -> PydanticCustomError:
    """An error for a name that no class of the kind has.

    Args:
        kind: what a person calls it.
        name: as it was written, a key or a text.
        names: keys and aliases, each with its key.
        mains: each key with the main argument of its class.
    """
    code = f"unknown-{kind.replace(' ', '-')}"
    message = f"there is no {kind} {shown(name)}"
    reason = why_not(kind, name)
    if reason is not None:
        message, hint = not_offered(kind, str(name), reason, mains)
        return invalid(code, message, hint=hint)
    if not may_suggest():
        return invalid(code, message)
    if str(name).lower() == "none":
        return invalid(code, message, hint="write null, or leave the key out")
    written = _as_yaml(str(name), names, mains)
    if written is not None:
        return invalid(code, message, hint=f"write {written}")
    alike = str(name)[:1].isupper()
    known = sorted(names, key=lambda other: other[:1].isupper() == alike)
    meant = nearest(name, known)
    hint = f"use one of: {choices(mains, most=60)}"
    if meant:
        # What is only a little like a name was hardly meant by it.
        is_sure = is_synonym(name) or may_be_typed_as(name, meant)
        hint = f"the nearest is {meant}; {all_of(kind)}"
        hint = f"write {meant}" if is_sure else hint
    return invalid(code, message, hint=hint, label=did_you_mean([meant]))


def other_role(kind: str, own: Definition, file: str) -> PydanticCustomError:
    """An error for a name of the code of a config that is something else there.

    Args:
        kind: as what it was named.
        own: what it is.
        file: the name of the code.
    """
    is_what = f"a {own.role or 'class'}" if own.is_class else "a function"
    message = f"`{own.name}` of {file} is {is_what}, which cannot be a {kind}"
    hint = f"derive a class from the {kind} of Keras"
    if kind in {"loss", "metric"} and not own.is_class:
        hint = f"a {kind} takes labels and outputs: def {own.name}(y_true, y_pred)"
    return invalid(f"unknown-{kind.replace(' ', '-')}", message, hint=hint)


def _as_yaml(
    text: str, names: Mapping[str, str], mains: Mapping[str, str | None]
) -> str | None:
    """What `Dense:16` or `Dense(16, activation="relu")` is in YAML."""
    glued = _GLUED.fullmatch(text)
    if glued is not None and glued[1] in names:
        return f"{glued[1]}: {glued[2]}"
    call = _CALL.fullmatch(text)
    if call is None or call[1] not in names:
        return None
    key = names[call[1]]
    parts = [part.strip() for part in re.split(r",(?![^(\[]*[)\]])", call[2])]
    arguments = []
    for part in filter(None, parts):
        name, equals, value = part.partition("=")
        name = name.strip() if equals else mains[key] or "..."
        value = (value if equals else part).strip().replace("(", "[").replace(")", "]")
        value = {"True": "true", "False": "false", "None": "null"}.get(value, value)
        arguments.append(f"{name}: {value.strip(chr(39) + chr(34))}")
    return f"{key}: {{{', '.join(arguments)}}}" if arguments else key


def no_class(
    kind: str, value: object, mains: Mapping[str, str | None]
) -> PydanticCustomError:
    """An error for a value that names no class at all: a number, a list, nothing."""
    example = _example(kind, mains)
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if is_number and example in mains and mains[example] is None:
        example = next((key for key, main in mains.items() if main), example)
    main = mains.get(example)
    if main is not None:
        example += f": {value if is_number else EXAMPLES.get(main, '...')}"
    article = "an" if kind[0] in "aeiou" else "a"
    message = f"expected {article} {kind}, found {shown(value)}"
    return invalid("wrong-type", message, hint=f"write its class, as in {example}")


def refuse_several_keys(
    kind: str,
    value: Mapping[Any, Any],
    names: Mapping[str, str],
    mains: Mapping[str, str | None],
) -> NoReturn:
    """Refuse a class beside other keys: mostly arguments that lost their indentation.

    Raises:
        ValidationError: at the first key that stands too high.
        PydanticCustomError: where no key, or more than one, names a class.
    """
    named = [key for key in value if key in names]
    others = {key: item for key, item in value.items() if key not in names}
    if len(named) == 1:
        name, (first, *_) = named[0], others
        arguments = _joined(value[name], mains[names[name]]) | others
        pronoun = "it" if len(others) == 1 else "them"
        hint = f"indent {pronoun} below `{name}:`, or write {name}: {flow(arguments)}"
        if value[name] is not None:
            hint = f"write {name}: {flow(arguments)}"
        message = f"`{first}` belongs one level deeper, under `{name}`"
        error = invalid("key-too-high", message, hint=hint, on_key=True)
        details = InitErrorDetails(type=error, loc=(first,), input=value)
        raise ValidationError.from_exception_data(str(name), [details])
    if len(named) > 1:
        message = f"expected one {kind}, found {', '.join(map(str, named))}"
        hint = f"write a dash before each: `- {named[1]}: ...`"
        raise invalid("wrong-type", message, hint=hint)
    raise _keras_form(kind, value, mains)


def _joined(arguments: Any, main: str | None) -> dict[Any, Any]:
    if isinstance(arguments, dict):
        return arguments
    return {} if arguments is None else {main or "...": arguments}


def _keras_form(
    kind: str, value: Mapping[Any, Any], names: Collection[str]
) -> PydanticCustomError:
    """`{type: Dense, units: 16}` and `{class_name: Dense, config: {...}}`."""
    keys = ("type", "class_name", "class", "name")
    mark = next((key for key in keys if str(value.get(key)) in names), None)
    example = _example(kind, names)
    text = f"{example}: {{...}}"
    if mark is not None:
        rest = {key: item for key, item in value.items() if key != mark}
        inner = rest.get("config", rest)
        text = f"{value[mark]}: {flow(inner)}" if inner else str(value[mark])
    stated = ", ".join(str(key) for key in value)
    message = f"expected the class of the {kind} as its key, found {stated}"
    return invalid("wrong-type", message, hint=f"write {text}")


def _example(kind: str, names: Iterable[str]) -> str:
    """The class that an example names."""
    examples = with_trait(kind, "example_name", str).values()
    return next(iter(examples), next(iter(names), "Name"))
