"""Files of a run as they are read: as bytes, as text, as JSON with types.

A value of another type than its key has is damage.
"""

from __future__ import annotations

import json
import math
import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from dlrun.errors import RunError
from dlrun.machine import machine_memory

_T = TypeVar("_T")
_LONGEST_SHOWN = 40
_ALWAYS_FITS = 2**20
"""Bytes of a file for which no machine is too small."""
PARTIAL = "the folder is incomplete or was changed; leave this run out or train again"


class MissingError(RunError):
    """A file that is not there."""


@dataclass(frozen=True, slots=True)
class JsonObject:
    """An object in a file of a run; a key that is absent or null gives None or nothing.

    Every method raises RunError, which names file and key, if the value has another
    type. So files of an older version are read, and damaged ones are not.
    """

    file: Path
    values: Mapping[str, object]
    path: str = ""
    """Where in the file the object stands, with a dot behind it; empty: it is all."""

    def has(self, key: str) -> bool:
        """Whether there is a value."""
        return self.values.get(key) is not None

    def text(self, key: str) -> str | None:
        """A text."""
        value = self.values.get(key)
        if value is None or isinstance(value, str):
            return value
        raise self.damage(key, "a text")

    def whole(self, key: str) -> int | None:
        """An integer."""
        value = self.values.get(key)
        if value is None or (isinstance(value, int) and not isinstance(value, bool)):
            return value
        raise self.damage(key, "an integer")

    def number(self, key: str) -> float | None:
        """An integer or a float."""
        value = self.values.get(key)
        if value is None:
            return None
        if isinstance(value, int | float) and not isinstance(value, bool):
            return float(value)
        raise self.damage(key, "a number")

    def measure(self, key: str) -> float:
        """A number that JSON may have no word for: null, and an absent one, is NaN."""
        value = self.number(key)
        return math.nan if value is None else value

    def flag(self, key: str) -> bool | None:
        """True or false."""
        value = self.values.get(key)
        if value is None or isinstance(value, bool):
            return value
        raise self.damage(key, "true or false")

    def choice(self, key: str, choices: Mapping[str, _T]) -> _T | None:
        """What one of several texts stands for."""
        value = self.values.get(key)
        if value is None:
            return None
        if isinstance(value, str) and value in choices:
            return choices[value]
        raise self.damage(key, f"one of {', '.join(choices)}")

    def mapping(self, key: str) -> Mapping[str, object]:
        """An object of whatever values."""
        value = self.values.get(key)
        if value is None:
            return {}
        if isinstance(value, dict):
            return value
        raise self.damage(key, "an object")

    def items(self, key: str) -> list[object]:
        """A list of whatever values."""
        value = self.values.get(key)
        if value is None:
            return []
        if isinstance(value, list):
            return value
        raise self.damage(key, "a list")

    def object(self, key: str) -> JsonObject:
        """An object whose values are read in turn."""
        return JsonObject(self.file, self.mapping(key), f"{self.path}{key}.")

    def objects(self, key: str) -> tuple[JsonObject, ...]:
        """A list of objects."""
        items = self.items(key)
        if not all(isinstance(item, dict) for item in items):
            raise self.damage(key, "a list of objects")
        return tuple(
            JsonObject(self.file, item, f"{self.path}{key}[{index}].")
            for index, item in enumerate(items)
            if isinstance(item, dict)
        )

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of texts."""
        items = self.items(key)
        texts = tuple(item for item in items if isinstance(item, str))
        if len(texts) == len(items):
            return texts
        raise self.damage(key, "a list of texts")

    def wholes(self, key: str) -> tuple[int, ...]:
        """A list of integers."""
        numbers = _integers(self.items(key))
        if numbers is not None:
            return numbers
        raise self.damage(key, "a list of integers")

    def matrix(self, key: str) -> tuple[tuple[int, ...], ...]:
        """A list of lists of integers."""
        rows = [_integers(item) for item in self.items(key)]
        if None not in rows:
            return tuple(row for row in rows if row is not None)
        raise self.damage(key, "a list of lists of integers")

    def numbers(self, key: str) -> dict[str, float]:
        """Numbers by their names; null, which stands for no finite number, is NaN."""
        inner = self.object(key)
        return {name: inner.measure(name) for name in inner.values}

    def counts(self, key: str) -> dict[str, int]:
        """Integers by their names."""
        inner = self.object(key)
        return {name: inner.whole(name) or 0 for name in inner.values}

    def names(self, key: str) -> dict[str, str]:
        """Texts by their names; one that is null is left out."""
        inner = self.object(key)
        texts = {name: inner.text(name) for name in inner.values}
        return {name: text for name, text in texts.items() if text is not None}

    def damage(self, key: str, expected: str) -> RunError:
        """What to raise where a value is not what its key has."""
        shown = repr(self.values.get(key))
        if len(shown) > _LONGEST_SHOWN:
            shown = f"{shown[:_LONGEST_SHOWN]}…"
        message = f"{self.file} is damaged: {self.path}{key} is {shown}, not {expected}"
        return RunError(message, hint=PARTIAL)


def _integers(value: object) -> tuple[int, ...] | None:
    """A list of integers; None: it is something else."""
    items = value if isinstance(value, list) else [None]
    numbers = tuple(item for item in items if type(item) is int)
    return numbers if len(numbers) == len(items) else None


def read_bytes(file: Path) -> bytes:
    """Read a regular file; what is none (say, a pipe) is refused, not waited for.

    Raises:
        RunError: The file is missing or cannot be read.
    """
    try:
        descriptor = os.open(file, os.O_RDONLY | os.O_NONBLOCK)
        try:
            status = os.fstat(descriptor)
            if not stat.S_ISREG(status.st_mode):
                raise RunError(f"{file} is not a plain file", hint=PARTIAL)
            size = status.st_size
            if size > _ALWAYS_FITS and size > machine_memory():
                raise _too_large(file, size)
            return _read_all(descriptor, size)
        finally:
            os.close(descriptor)
    except MemoryError as error:
        raise _too_large(file, file.stat().st_size) from error
    except FileNotFoundError as error:
        raise MissingError(f"{file} is missing", hint=PARTIAL) from error
    except OSError as error:
        hint = "check the permissions of the run folder"
        raise RunError(f"cannot read {file}: {error.strerror}", hint=hint) from error


def _too_large(file: Path, size: int) -> RunError:
    message = f"{file} has {size:,} bytes, more than the memory of this machine holds"
    return RunError(message, hint=PARTIAL)


def _read_all(descriptor: int, size: int) -> bytes:
    """Every byte; a comparison reads thousands of small files, mostly in one piece."""
    data = os.read(descriptor, size + 1)
    while rest := os.read(descriptor, size + 1):
        data += rest
    return data


def read_text(file: Path) -> str:
    """Read a regular UTF-8 file.

    Raises:
        RunError: The file is missing, cannot be read, or is not UTF-8.
    """
    return decoded(file, read_bytes(file))


def decoded(file: Path, data: bytes) -> str:
    """The text of a file.

    Raises:
        RunError: It is not UTF-8.
    """
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise RunError(f"{file} is not UTF-8 text", hint=PARTIAL) from error


def require_no_link(path: Path) -> None:
    """Refuse a link: dlrun makes none, and what lies behind one is not its own.

    Raises:
        RunError: It is a link, or neither a plain file nor a directory.
    """
    try:
        mode = path.lstat().st_mode
    except OSError:
        return
    if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
        kind = "a link" if stat.S_ISLNK(mode) else "no plain file"
        message = f"{path} is {kind}; dlrun follows none inside a run folder"
        raise RunError(message, hint=f"remove {path}, or put back what was there")


def read_object(file: Path) -> JsonObject:
    """Read the JSON object that a file holds.

    Raises:
        RunError: The file is missing, damaged, or holds something else.
    """
    return parse_object(file, read_text(file))


def parse_object(file: Path, text: str) -> JsonObject:
    """Take the text of a file for the JSON object that it should be.

    Raises:
        RunError: It is damaged, or something else; the message names the file.
    """
    try:
        value = json.loads(text)
    except json.JSONDecodeError as error:
        where = f"{error.msg} (line {error.lineno}, column {error.colno})"
        raise RunError(f"{file} is damaged: {where}", hint=PARTIAL) from error
    except (ValueError, RecursionError) as error:
        raise RunError(f"{file} is damaged: {error}", hint=PARTIAL) from error
    if not isinstance(value, dict):
        message = f"{file} is damaged: it holds no JSON object"
        raise RunError(message, hint=PARTIAL)
    return JsonObject(file, value)


def present(values: Mapping[str, object]) -> dict[str, object]:
    """The values that are known: a file leaves out the keys of the others."""
    return {key: value for key, value in values.items() if value is not None}
