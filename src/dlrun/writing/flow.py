"""Values as they may stand in a line of YAML."""

from __future__ import annotations

import json
import re
from math import isinf, isnan

_SHOWN_AT_MOST = 40
_WORD = re.compile(r"(?:\.{0,2}/)*[A-Za-z_][\w./-]*(?: [\w./-]+)*", re.ASCII)
_NOT_WORDS = frozenset({"true", "false", "null"})


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
