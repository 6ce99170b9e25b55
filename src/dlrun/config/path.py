"""The way to a value as a person writes it: `model.layers[1].Dense.units`.

A key with a sign that means something else here stands in brackets and quotes:
`data.columns["Sepal.Length"]`, or `['Sepal.Length']` where double quotes are taken.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import NamedTuple

from dlrun.config.source import Mark, SourceText
from dlrun.errors import ConfigError, Problem

_QUOTED = r"\[(?:\"(?:[^\"\\]|\\.)*\"|'[^']*')\]"
_SEGMENT = re.compile(
    rf"\[(?P<index>-?[0-9]{{1,9}})\]|(?P<quoted>{_QUOTED})"
    r"|(?P<dot>\.?)(?P<key>[^.\[\]]+)"
)
_OPENING = re.compile(r"\[(?!-?[0-9])")
_IN_GENERAL = "write keys with dots, list items by index: `model.layers[0].units`"
_IN_QUOTES = (
    'a key with dots or brackets stands in quotes: `data.columns["Sepal.Length"]`, '
    "a list item in brackets: `model.layers[0]`"
)
_EQUALS = re.compile(rf"{_QUOTED}|=")
_SEGMENTS_AT_MOST = 50


class Segment(NamedTuple):
    """One step of a path: a key, the name of a list item, or an index."""

    key: str | int
    mark: Mark


def parse_path(text: str, mark: Mark | None = None) -> tuple[Segment, ...]:
    """Take a path apart.

    Args:
        text: The path.
        mark: Where it stands, so that every segment knows its place.

    Raises:
        ConfigError: there is an empty name, or a bracket that holds no integer.
    """
    if mark is None:
        mark = Mark(SourceText("-s", text, Path.cwd(), 1), 0, len(text))
    segments: list[Segment] = []
    position = 0
    while position < len(text) or not segments:
        match = _SEGMENT.match(text, position)
        if match is None or _is_misplaced(match, text):
            raise ConfigError(_no_path(text, position, mark))
        first = match.start(match.lastgroup or "key")
        first -= match["index"] is not None
        place = Mark(mark.source, mark.start + first, mark.start + match.end())
        key = _key(match)
        if key == "":
            raise ConfigError(_no_path(text, position, mark))
        segments.append(Segment(key, place))
        position = match.end()
    if len(segments) > _SEGMENTS_AT_MOST:
        raise ConfigError(
            Problem(
                (),
                "the path is deeper than 50",
                code="too-deep",
                location=mark.location(),
            )
        )
    return tuple(segments)


def equals_sign(text: str) -> int | None:
    """Where the first `=` stands that is in no quotes; `None`: there is none."""
    signs = (match for match in _EQUALS.finditer(text) if match[0] == "=")
    return next((sign.start() for sign in signs), None)


def _key(match: re.Match[str]) -> str | int:
    """The key or index of a step; empty where what stands in quotes is no text."""
    quoted = match["quoted"]
    if quoted is None:
        return match["key"] if match["index"] is None else int(match["index"])
    if quoted.startswith("['"):
        return quoted[2:-2]
    try:
        return str(json.loads(quoted[1:-1], strict=False))
    except ValueError:
        return ""


def _is_misplaced(match: re.Match[str], text: str) -> bool:
    """A dot stands between two steps, and nowhere else."""
    is_first = match.start() == 0
    if match["index"] is not None:
        return is_first
    if match["quoted"] is not None:
        return False
    needs_dot = not is_first
    return (
        bool(match["dot"]) != needs_dot
        or match["key"] != match["key"].strip()
        or not text
    )


def _no_path(text: str, position: int, mark: Mark) -> Problem:
    position = min(position, max(0, len(text) - 1))
    place = Mark(mark.source, mark.start + position, mark.start + position + 1)
    return Problem(
        (),
        f"`{text}` is not a path" if text else "the path is empty",
        hint=_IN_QUOTES if _OPENING.search(text) else _IN_GENERAL,
        code="invalid-path",
        location=place.location(),
    )
