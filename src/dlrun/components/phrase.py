"""The parts of a sentence about a wrong value: as YAML, the nearest word, a list."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from math import isinf, isnan

from pydantic_core import PydanticCustomError

from dlrun import writing
from dlrun.components.registry import class_synonyms
from dlrun.components.vocabulary import SYNONYMS
from dlrun.writing import choices, did_you_mean

_SHOWN_AT_MOST = 40
_WORD = re.compile(r"(?:\.{0,2}/)*[A-Za-z_][\w./-]*(?: [\w./-]+)*", re.ASCII)
_NOT_WORDS = frozenset({"true", "false", "null"})


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


def shown(value: object) -> str:
    """Write a value as YAML would, short enough for one line; texts in quotes."""
    if value is None:
        return "null"
    quote = '"' if isinstance(value, str) else ""
    text = value if isinstance(value, str) else flow(value)
    room = _SHOWN_AT_MOST - 2 * len(quote)
    text = text if len(text) <= room else f"{text[: room - 3].rstrip()}..."
    return f"{quote}{text}{quote}"


def flow(value: object) -> str:
    """Write a value as it may stand in a line of YAML, so that a cure can be copied."""
    if isinstance(value, dict):
        inner = ", ".join(f"{flow(key)}: {flow(item)}" for key, item in value.items())
        return f"{{{inner}}}"
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(flow(item) for item in value)}]"
    if isinstance(value, str):
        is_plain = _WORD.fullmatch(value) and value.lower() not in _NOT_WORDS
        return str(value) if is_plain else json.dumps(value, ensure_ascii=False)
    return _scalar(value)


def _scalar(value: object) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and (isnan(value) or isinf(value)):
        return ".nan" if isnan(value) else ".inf" if value > 0 else "-.inf"
    return str(value)


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
