"""JSON that people and other programs wrote, read to the letter."""

from __future__ import annotations

import json
from collections import Counter


class JsonError(ValueError):
    """A text is no JSON; the message says why, without the place."""

    def __init__(self, message: str, line: int = 1, column: int = 1) -> None:
        super().__init__(message)
        self.line = line
        """Where, from 1."""
        self.column = column
        """Where in the line, from 1."""


def parse_json(text: str) -> object:
    """The value of a JSON text, in which no key stands twice.

    Raises:
        JsonError: it is no JSON, nested too deeply, or a key stands twice.
    """
    try:
        value: object = json.loads(text, object_pairs_hook=_mapping)
    except json.JSONDecodeError as error:
        raise JsonError(error.msg, error.lineno, error.colno) from error
    except RecursionError as error:
        message = "it is nested too deeply"
        raise JsonError(message) from error
    except JsonError:
        raise
    except ValueError as error:  # Python refuses thousands of digits
        message = "a number has too many digits"
        raise JsonError(message) from error
    return value


def _mapping(pairs: list[tuple[str, object]]) -> dict[str, object]:
    mapping = dict(pairs)
    if len(mapping) < len(pairs):
        counts = Counter(name for name, _ in pairs)
        twice = next(name for name, count in counts.items() if count > 1)
        message = f"the key {json.dumps(twice, ensure_ascii=False)} stands twice"
        raise JsonError(message)
    return mapping
