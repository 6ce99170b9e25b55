"""The way to a value as a person writes it: `model.layers[1].Dense.units`."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

from dlrun.config.source import Mark, SourceText
from dlrun.errors import ConfigError, Problem

_SEGMENT = re.compile(r"\[(?P<index>-?[0-9]{1,9})\]|(?P<dot>\.?)(?P<key>[^.\[\]]+)")
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
        ConfigError: there is an empty name, or a bracket that holds no whole number.
    """
    if mark is None:
        mark = Mark(SourceText("-s", text, Path.cwd(), 1), 0, len(text))
    segments: list[Segment] = []
    position = 0
    while position < len(text) or not segments:
        match = _SEGMENT.match(text, position)
        if match is None or _is_misplaced(match, text):
            raise ConfigError(_no_path(text, position, mark))
        index = match["index"]
        first = match.start() if index is not None else match.start("key")
        place = Mark(mark.source, mark.start + first, mark.start + match.end())
        segments.append(Segment(match["key"] if index is None else int(index), place))
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


def _is_misplaced(match: re.Match[str], text: str) -> bool:
    """A dot stands between two steps, and nowhere else."""
    is_first = match.start() == 0
    if match["index"] is not None:
        return is_first
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
        hint="write keys with dots, list items by index: `model.layers[0].units`",
        code="invalid-path",
        location=place.location(),
    )
