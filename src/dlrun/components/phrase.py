"""The parts of a sentence about a wrong value: the value, the nearest word, a list."""

from __future__ import annotations

from collections.abc import Iterable

from pydantic_core import PydanticCustomError

from dlrun import writing
from dlrun.components.registry import class_synonyms
from dlrun.components.vocabulary import SYNONYMS
from dlrun.writing import choices, did_you_mean
from dlrun.writing.flow import flow, shown

__all__ = [
    "flow",
    "invalid",
    "is_synonym",
    "nearest",
    "shown",
    "unknown_choice",
]


def invalid(
    code: str,
    message: str,
    *,
    hint: str | None = None,
    label: str = "",
    on_key: bool = False,
) -> PydanticCustomError:
    """Make an error of our own that a validator can raise.

    In the message and the hint, `{key}` stands for the key of the value.
    """
    context = {"message": message, "hint": hint, "label": label, "on_key": on_key}
    return PydanticCustomError(code, "{message}", context)


def nearest(word: object, names: Iterable[str]) -> str | None:
    """The known word that was probably meant, also by a word of another library."""
    return writing.nearest(word, names, lambda: {**class_synonyms(), **SYNONYMS})


def is_synonym(word: object) -> bool:
    """Whether another library, or an older Keras, calls something so."""
    plain = str(word).strip().lower().replace("_", "").replace("-", "")
    return plain in class_synonyms() or plain in SYNONYMS


def unknown_choice(
    key: str, value: object, allowed: Iterable[str]
) -> PydanticCustomError:
    """An error for a value that is none of the `allowed` words."""
    allowed = list(allowed)
    meant = nearest(value, allowed) if isinstance(value, str) else None
    few = len(allowed) <= 6
    return invalid(
        "unknown-choice",
        f"`{key}` cannot be {shown(value)}",
        hint=f"write {meant}"
        if meant and not few
        else f"use one of: {choices(allowed, most=40)}",
        label=did_you_mean([meant]),
    )
