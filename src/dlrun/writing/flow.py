"""Values as they may stand in a line of YAML."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from math import isinf, isnan

_SHOWN_AT_MOST = 40
_LINE = 58
"""What is longer is written in several lines: few terminals are so narrow."""
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


def paste(section: str, values: Mapping[str, object], then: str = "") -> str:
    """Say what to write into a section: in a line where that is short, else in lines.

    A terminal that wraps a line breaks it between words: names of several words would
    not be names any more.

    Args:
        section: where it belongs.
        values: the keys of it.
        then: what else must be said, as in `, and remove scale`.
    """
    line = ", ".join(f"{flow(key)}: {flow(item)}" for key, item in values.items())
    room = _LINE // 2 if _has_spaces(values) else _LINE
    if len(values) == 1 and len(line) <= room:
        return f"write under {section}: {line}{then}"
    last = f"\n{then.lstrip(',; ')}" if then else ""
    return f"write under {section}:\n{_block(values, '  ')}{last}"


def _has_spaces(value: object) -> bool:
    """Whether a text has several words."""
    if isinstance(value, Mapping):
        return any(map(_has_spaces, (*value, *value.values())))
    if isinstance(value, list | tuple):
        return any(map(_has_spaces, value))
    return isinstance(value, str) and " " in value


def _block(value: object, indent: str) -> str:
    """A mapping or a list in several lines, of which none is long that could be two."""
    lines: list[str] = []
    if isinstance(value, Mapping):
        lines = [
            _entry(f"{indent}{flow(key)}:", item, f"{indent}  ")
            for key, item in value.items()
        ]
    elif isinstance(value, list | tuple):
        if not any(isinstance(item, Mapping | list | tuple) for item in value):
            return _wrapped([*map(flow, value)], indent)
        lines = [_entry(f"{indent}-", item, f"{indent}  ") for item in value]
    return "\n".join(lines)


def _entry(start: str, item: object, indent: str) -> str:
    """A key or a dash, and what stands behind or below it."""
    line = f"{start} {flow(item)}"
    if len(line) <= _LINE or not isinstance(item, Mapping | list | tuple):
        return line
    below = _block(item, indent)
    is_dash = start.endswith("-")
    return f"{start} {below.lstrip()}" if is_dash else f"{start}\n{below}"


def _wrapped(items: Sequence[str], indent: str) -> str:
    """A list in brackets over several lines, broken between its items."""
    lines = [f"{indent}["]
    for item in items:
        if len(lines[-1]) > len(indent) + 1 and len(lines[-1]) + len(item) > _LINE:
            lines[-1] = lines[-1].rstrip()
            lines.append(f"{indent} ")
        lines[-1] += f"{item}, "
    return "\n".join(lines).removesuffix(", ") + "]"
