"""The words for values that do not fit: what was found, what was expected, the cure.

Pydantic finds the mistakes; here its errors become sentences. `invalid()` makes an
error of our own, `reword()` translates one of Pydantic's, and `problem_of()` turns
either into a `Problem`. Both travel as `PydanticCustomError`: the path of the value
stays Pydantic's.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeVar

from pydantic_core import ErrorDetails, InitErrorDetails, PydanticCustomError

from dlrun.components.phrase import (
    flow,
    invalid,
    nearest,
    shown,
    unknown_choice,
)
from dlrun.components.registry import home_of
from dlrun.components.translation import TRANSLATIONS, named_owner
from dlrun.components.vocabulary import HOMES
from dlrun.errors import Problem
from dlrun.writing import choices, did_you_mean, may_suggest

__all__ = [
    "at_most",
    "choices",
    "few",
    "flow",
    "invalid",
    "left_out",
    "meant_key",
    "nearest",
    "problem_of",
    "reword",
    "shown",
    "unknown_choice",
    "unknown_key",
]

_T = TypeVar("_T")
_MOST = 100
"""Errors of one value that get words: twenty are shown, in the order of the text."""
_MORE = "more"
"""In the context of an error: so many follow it that are only counted."""


def few(values: Sequence[_T]) -> tuple[Sequence[_T], Sequence[_T]]:
    """The values whose errors get words, and those that are only counted."""
    return values[:_MOST], values[_MOST:]


def at_most(
    errors: list[InitErrorDetails], uncounted: int = 0
) -> list[InitErrorDetails]:
    """The first errors of a value; the last of them knows how many were left out.

    Args:
        errors: of our own, all of them.
        uncounted: so many more have been found, of which no error was made.
    """
    kept, rest = errors[:_MOST], errors[_MOST:]
    more = uncounted + sum(1 + left_out(item) for item in rest)
    if more and kept:
        last = kept[-1]
        error = last["type"]
        context = dict(getattr(error, "context", None) or {})
        context[_MORE] = left_out(last) + more
        code = error if isinstance(error, str) else error.type
        again = PydanticCustomError(code, "{message}", context)
        kept[-1] = InitErrorDetails(
            type=again, loc=last.get("loc", ()), input=last["input"]
        )
    return kept


def left_out(details: InitErrorDetails | ErrorDetails) -> int:
    """How many errors are only counted by this one."""
    context = details.get("ctx") or getattr(details["type"], "context", None) or {}
    return int(context.get(_MORE, 0))


def problem_of(details: ErrorDetails) -> Problem:
    """Turn one of Pydantic's errors into a problem with our words."""
    error = reword(details)
    context: dict[str, Any] = dict(error.context or {})
    return Problem(
        tuple(details["loc"]),
        context["message"],
        hint=context["hint"],
        code=error.type,
        label=context["label"],
        on_key=context["on_key"],
        more=context.get(_MORE, 0),
    )


def reword(details: ErrorDetails, owner: str = "") -> PydanticCustomError:
    """Give Pydantic's error our words; an error of our own is kept.

    Args:
        details: as `ValidationError.errors()` gives it.
        owner: what holds the value, for the words of a missing key.
    """
    context: dict[str, Any] = dict(details.get("ctx") or {})
    is_ours = "message" in context and "on_key" in context
    if is_ours and "{key}" not in context["message"]:
        return PydanticCustomError(details["type"], "{message}", context)
    keys = [part for part in details["loc"] if isinstance(part, str)]
    key = keys[-1] if keys else "value"
    if is_ours:
        if keys:
            context["message"] = context["message"].replace("{key}", key)
        return PydanticCustomError(details["type"], "{message}", context)
    translate = TRANSLATIONS.get(details["type"])
    if translate is not None:
        return translate(key, details["input"], context, owner)
    return invalid("invalid-value", f"`{key}`: {details['msg']}")


def meant_key(key: object, keys: Iterable[str]) -> str | None:
    """The key that was meant by an unknown one: its section, or the nearest word."""
    keys = list(keys)
    home = HOMES.get(str(key), home_of(key))
    return home if home in keys else nearest(key, keys)


def unknown_key(
    key: object,
    owner: str,
    keys: Iterable[str],
    cure: str | None = None,
    beside: Mapping[Any, Any] | None = None,
) -> PydanticCustomError:
    """An error for a key that `owner` does not have.

    Args:
        key: as it was written.
        owner: the class or section.
        keys: the keys that there are.
        cure: a hint better than the nearest key.
        beside: the mapping in which it stands.
    """
    keys, beside = list(keys), beside or {}
    message = f"{named_owner(owner)} has no key {shown(key)}"
    if not may_suggest():
        return invalid("unknown-key", message, on_key=True)
    if cure is not None:
        return invalid("unknown-key", message, hint=cure, on_key=True)
    home = HOMES.get(str(key), home_of(key))
    if home is not None and home != owner:
        return _misplaced(str(key), owner, home, beside.get(key))
    meant = nearest(key, keys)
    if meant is not None:
        label = did_you_mean([meant])
        hint = f"write {meant}"
        if meant in beside:
            hint = f"change {meant} instead, and remove this"
        return invalid("unknown-key", message, hint=hint, on_key=True, label=label)
    hint = f"its keys are {choices(keys, most=30)}"
    if not keys:
        hint = f"`{owner}` takes no keys; remove it"
    return invalid("unknown-key", message, hint=hint, on_key=True)


def _misplaced(key: str, owner: str, home: str, value: object) -> PydanticCustomError:
    """An error for a key that `home` has, where `owner` was meant to have it."""
    line = f"{key}: {flow(value)}"
    line = line if len(line) <= 40 else f"{key}: ..."
    if not home:
        message = f"`{key}` belongs at the top of the config, not under `{owner}`"
        hint = f"move it to the left margin: `{line}`"
    else:
        place = f", not under `{owner}`" if " " not in owner else ""
        message = f"`{key}` belongs under `{home}`{place}"
        hint = f"move it below `{home}:`, as in {home}: {{{line}}}"
    return invalid("misplaced-key", message, hint=hint, on_key=True)
