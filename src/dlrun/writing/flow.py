"""Values as they may stand in a line of YAML."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from math import isinf, isnan

_SHOWN_AT_MOST = 40
_LINE = 72
"""What is longer is written in several lines, which no terminal breaks inside a word.
"""
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

    Args:
        section: where it belongs.
        values: the keys of it.
        then: what else must be said, as in `, and remove scale`.
    """
    line = ", ".join(f"{flow(key)}: {flow(item)}" for key, item in values.items())
    if len(values) == 1 and len(line) <= _LINE:
        return f"write under {section}: {line}{then}"
    last = f"\n{then.lstrip(',; ')}" if then else ""
    return f"write under {section}:\n{_block(values, '  ')}{last}"


def _block(values: Mapping[str, object], indent: str) -> str:
    """A line for each key, of which none is long that could be several."""
    lines = []
    for key, item in values.items():
        start = f"{indent}{flow(key)}:"
        line = f"{start} {flow(item)}"
        if len(line) > _LINE and isinstance(item, Mapping):
            line = f"{start}\n{_block(item, indent + '  ')}"
        elif len(line) > _LINE and isinstance(item, list | tuple):
            line = f"{start}\n{_wrapped([*map(flow, item)], indent + '  ')}"
        lines.append(line)
    return "\n".join(lines)


def _wrapped(items: Sequence[str], indent: str) -> str:
    """A list in brackets over several lines, broken between its items."""
    lines = [f"{indent}["]
    for item in items:
        if len(lines[-1]) > len(indent) + 1 and len(lines[-1]) + len(item) > _LINE:
            lines[-1] = lines[-1].rstrip()
            lines.append(f"{indent} ")
        lines[-1] += f"{item}, "
    return "\n".join(lines).removesuffix(", ") + "]"
