"""A named change of a config, as `-s` arguments that act on a run's `config.yaml`."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

Values: TypeAlias = Mapping[str, object]
"""A resolved config as plain values, or what is known of its data."""


@dataclass(frozen=True, slots=True)
class Change:
    """What to change in a config, in words and as arguments."""

    name: str
    """What kind of change it is, such as `dropout_up`."""
    sentence: str
    """What it does to this config."""
    patch: tuple[str, ...]
    """`-s` arguments, in their order."""
    because: str = ""
    """What in the config or the data speaks for it: a sentence, or nothing."""


def change(
    name: str, sentence: str, patch: Iterable[str], because: str = ""
) -> Change | None:
    """A change, if there is anything to change."""
    arguments = tuple(patch)
    return Change(name, sentence, arguments, because) if arguments else None


def value_at(values: object, *keys: str) -> object:
    """The value below some keys; None if it is not there."""
    for key in keys:
        if not isinstance(values, Mapping):
            return None
        values = values.get(key)
    return values


def named(value: object) -> tuple[str, Values]:
    """An object of a resolved config: its class, and its arguments."""
    if isinstance(value, Mapping) and len(value) == 1:
        ((key, arguments),) = value.items()
        return str(key), arguments if isinstance(arguments, Mapping) else {}
    return (value, {}) if isinstance(value, str) else ("", {})


def rounded(number: float) -> float:
    """Three digits are enough for a rate: 0.1 / 3 is 0.0333."""
    return float(f"{number:.3g}")


def text(value: object) -> str:
    """A value as YAML in one line: `{Dropout: 0.3}`."""
    if isinstance(value, Mapping):
        inner = (f"{text(key)}: {text(item)}" for key, item in value.items())
        return f"{{{', '.join(inner)}}}"
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(text(item) for item in value)}]"
    if isinstance(value, str) and _PLAIN.fullmatch(value) and value not in _NO_TEXT:
        return value
    if isinstance(value, float) and value.is_integer() and abs(value) < _LONG:
        return f"{value:.1f}"
    return json.dumps(value, ensure_ascii=False)


_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
_NO_TEXT = frozenset({"null", "Null", "NULL", "true", "True", "TRUE", "false", "False"})
_LONG = 1e15
