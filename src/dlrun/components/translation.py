"""Pydantic's errors in our words: a function per class of them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from math import ceil, floor, isfinite
from typing import Any, TypeAlias

from pydantic_core import PydanticCustomError

from dlrun.components.phrase import flow, invalid, shown, unknown_choice
from dlrun.components.vocabulary import EXAMPLES, SHARES

Context: TypeAlias = Mapping[str, Any]
"""What Pydantic says of an error beside its name: bounds, choices."""

Words = Callable[[str, object, Context, str], PydanticCustomError]
"""From the key, the value, Pydantic's context and the owner to an error of our own."""

_NUMBER = r"\s*(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?\s*"
_SUM = re.compile(rf"\s*[-+]?{_NUMBER}(?:(?://|[-+*/%]){_NUMBER})+")
"""Numbers that are computed with, as `1./255`."""
_TRUTH = {
    **dict.fromkeys(("yes", "on", "1", "1.0", "true"), "true"),
    **dict.fromkeys(("no", "off", "0", "0.0", "false"), "false"),
}


def _missing(
    key: str, _value: object, _context: Context, owner: str
) -> PydanticCustomError:
    example = f"{key}: {EXAMPLES[key]}" if key in EXAMPLES else key
    message = f"{named_owner(owner)} needs `{key}`"
    return invalid("missing-key", message, hint=f"add {example}", on_key=True)


def named_owner(owner: str) -> str:
    """What holds a key, for a sentence; sections and classes in backticks."""
    return f"`{owner}`" if owner and " " not in owner else owner or "the config"


def _integer(
    key: str, value: object, _context: Context, _owner: str
) -> PydanticCustomError:
    message = f"`{key}` must be an integer, found {shown(value)}"
    hint = _number_hint(value, int) or f"write a number, as in {EXAMPLES.get(key, 8)}"
    return invalid("wrong-type", message, hint=hint)


def _number(
    key: str, value: object, _context: Context, _owner: str
) -> PydanticCustomError:
    message = f"`{key}` must be a number, found {shown(value)}"
    hint = (
        _number_hint(value, float) or f"write a number, as in {EXAMPLES.get(key, 0.5)}"
    )
    return invalid("wrong-type", message, hint=hint)


def _number_hint(value: object, kind: type[int] | type[float]) -> str | None:
    """The number that stands in quotes, in brackets, or between two whole ones."""
    if isinstance(value, str):
        return number_in_text(value, kind) or _computed(value, kind)
    if isinstance(value, (list, tuple, dict)) and len(value) == 1:
        inner = next(iter(value.values() if isinstance(value, dict) else value))
        is_number = isinstance(inner, kind) and not isinstance(inner, bool)
        return f"write {inner}" if is_number else None
    if isinstance(value, float) and kind is int and 1 <= value < 1e6:
        low, high = floor(value), ceil(value)
        return f"write {low}" if low == high else f"write {low} or {high}"
    return None


def _computed(text: str, kind: type[int] | type[float]) -> str | None:
    """How to write `1./255`, which Python would compute."""
    is_sum = _SUM.fullmatch(text) is not None
    is_whole = "." not in text and "/" not in text.replace("//", "")
    return f"write $({text})" if is_sum and (is_whole or kind is float) else None


def number_in_text(text: str, kind: type[int] | type[float]) -> str | None:
    """How to write the number that a text stands for; YAML takes fewer than Python."""
    try:
        number = kind(text)
        if not isfinite(number):
            return None
    except (ValueError, OverflowError):
        return None
    is_yaml = text.isascii() and "_" not in text
    return f"remove the quotes: {number}" if is_yaml else f"write {number}"


def _boolean(
    key: str, value: object, _context: Context, _owner: str
) -> PydanticCustomError:
    hint = f"write {_TRUTH.get(str(value).lower(), 'true or false')}"
    message = f"`{key}` must be true or false, found {shown(value)}"
    return invalid("wrong-type", message, hint=hint)


def _text(
    key: str, value: object, _context: Context, _owner: str
) -> PydanticCustomError:
    hint = "write a text"
    if isinstance(value, float):  # 1.10 is 1.1 by now.
        hint = "put it in quotes, as it is written there"
    elif isinstance(value, int):
        hint = f'put it in quotes: "{flow(value)}"'
    elif key in EXAMPLES:
        hint = f"write a text, as in {EXAMPLES[key]}"
    message = f"`{key}` must be a text, found {shown(value)}"
    return invalid("wrong-type", message, hint=hint)


def _range(
    key: str, value: object, context: Context, _owner: str
) -> PydanticCustomError:
    phrases = {"gt": "above", "ge": "of at least", "lt": "below", "le": "of at most"}
    bounds = " and ".join(
        f"{phrases[name]} {context[name]}" for name in phrases if name in context
    )
    must = bounds.replace("of ", "")
    hint = f"use a number {bounds}"
    if key in SHARES and isinstance(value, (int, float)) and 2 <= value < 100:
        hint = f"write a share of 1: {value / 100:g} for {value:g} %"
    elif _is_within(EXAMPLES.get(key, ""), context):
        hint = f"{hint}, as in {EXAMPLES[key]}"
    elif {"lt", "le"} & context.keys():
        hint = f"{hint}, as in {_below(context)}"
    return invalid(
        "out-of-range", f"`{key}` must be {must}, found {shown(value)}", hint=hint
    )


def _is_within(example: str, context: Mapping[str, float]) -> bool:
    """Whether an example keeps the bounds: keys of one name may differ in them."""
    try:
        number = float(example)
    except ValueError:
        return False
    return (
        context.get("ge", number) <= number <= context.get("le", number)
        and ("gt" not in context or number > context["gt"])
        and ("lt" not in context or number < context["lt"])
    )


def _below(context: Context) -> str:
    """A number that is below an upper bound, and most likely above any lower one."""
    if "le" in context:
        return str(context["le"])
    return f"{context['lt'] / 2:g}"


def _finite(
    key: str, value: object, _context: Context, _owner: str
) -> PydanticCustomError:
    message = f"`{key}` must be a finite number, found {shown(value)}"
    example = EXAMPLES.get(key, "0.001")
    return invalid("out-of-range", message, hint=f"write a number, as in {example}")


def _choice(
    key: str, value: object, context: Context, _owner: str
) -> PydanticCustomError:
    allowed = str(context["expected"]).replace("'", "").replace(" or ", ", ")
    return unknown_choice(key, value, allowed.split(", "))


def _mapping(
    key: str, value: object, _context: Context, owner: str
) -> PydanticCustomError:
    key = key if key != "value" else owner or key
    message = f"`{key}` must hold keys and values, found {shown(value)}"
    words = str(value).replace("=", " ").replace(":", " ").split()
    hint = f"write the keys below `{key}:`, one a line"
    if isinstance(value, str) and len(words) == 2 and words[0].isidentifier():
        hint = f"write a colon and a space: `{words[0]}: {words[1]}`"
    elif key in EXAMPLES and EXAMPLES[key].startswith("{"):
        hint = f"write {key}: {EXAMPLES[key]}"
    return invalid("wrong-type", message, hint=hint)


def _sequence(
    key: str, value: object, _context: Context, _owner: str
) -> PydanticCustomError:
    example = EXAMPLES.get(key, "[1, 2]")
    hint = (
        f"write a list, as in {example if example.startswith('[') else f'[{example}]'}"
    )
    holds_objects = example.startswith("[") and not example.startswith(("[0", "[1"))
    if isinstance(value, dict) and value and holds_objects:
        hint = f"write a dash before each: `- {next(iter(value))}: ...`"
        if len(text := flow(value)) < 50:
            hint = f"write [{text}]"
    elif isinstance(value, str) or (value is not None and not holds_objects):
        hint = f"write [{flow(value)}]" if not isinstance(value, dict) else hint
    message = f"`{key}` must be a list, found {shown(value)}"
    return invalid("wrong-type", message, hint=hint)


def _pattern(
    key: str, value: object, _context: Context, _owner: str
) -> PydanticCustomError:
    return invalid(
        "invalid-name", f"`{key}` cannot be {shown(value)}", hint=name_hint(str(value))
    )


def name_hint(name: str) -> str:
    """The cure for a name that holds what a name may not."""
    plain = "".join(char if char.isascii() and char.isalnum() else "-" for char in name)
    words = "-".join(word for word in plain.split("-") if word)[:100]
    rule = "letters and digits first, then also dots, dashes and underscores"
    return f"write {words}: a name takes {rule}" if words else f"use {rule}"


TRANSLATIONS: dict[str, Words] = {
    "missing": _missing,
    "int_type": _integer,
    "int_from_float": _integer,
    "int_parsing": _integer,
    "float_type": _number,
    "bool_type": _boolean,
    "string_type": _text,
    "greater_than": _range,
    "greater_than_equal": _range,
    "less_than": _range,
    "less_than_equal": _range,
    "finite_number": _finite,
    "literal_error": _choice,
    "dict_type": _mapping,
    "model_type": _mapping,
    "model_attributes_type": _mapping,
    "list_type": _sequence,
    "tuple_type": _sequence,
    "string_pattern_mismatch": _pattern,
}
"""By Pydantic's name for the class of errors."""
