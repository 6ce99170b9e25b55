"""Whose line an error is: that of the code of a config, where it has come through."""

from __future__ import annotations

import re
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from dlrun.config import CUSTOM
from dlrun.errors import CodeError, DlrunError, Location, Problem

if TYPE_CHECKING:
    from dlrun.custom.definition import Definition
    from dlrun.custom.file import CustomFile

ENDINGS = (SystemExit, GeneratorExit)
"""What is no `Exception`, and yet a failure where code of a config raises it."""
RAN: dict[str, list[str]] = {}
"""The lines of every file that was imported as code of a config, by its path."""
_AROUND = (
    re.compile(r"\x1b\[1m(.*?)\x1b\[0m", re.DOTALL),
    re.compile(r"Error encountered:\s+(\S.*)", re.DOTALL),
)
"""What was raised, in the words that Keras puts around it."""
_IN_WORDS = re.compile(r'File "([^"]+)", line (\d+)')
"""A line in the words of TensorFlow, whose operations remember where they were made."""


def told(
    error: BaseException, file: CustomFile, definition: Definition | None = None
) -> Problem:
    """What to tell of an error of the code of a config.

    Args:
        error: As it was raised.
        file: The code.
        definition: What was used of it; `None`: it was imported.
    """
    place = _place(error)
    if place is None and definition is not None:
        place = file.place_of(definition)
    what = f"`{definition.name}`" if definition is not None else file.name
    message = f"{what}: {_words(error)}"
    return Problem(CUSTOM, message, code="custom-code", location=place)


def blamed(error: BaseException) -> Problem | None:
    """What to tell of an error that was not foreseen; `None`: no such code has part."""
    place = _place(error)
    if place is None:
        return None
    message = f"the code of the config fails: {_words(error)}"
    return Problem(CUSTOM, message, code="custom-code", location=place)


@contextmanager
def code_of(file: CustomFile, definition: Definition) -> Iterator[None]:
    """Run code of a config; what it raises is told with its own line.

    Raises:
        CodeError: in place of whatever was raised, but errors of dlrun.
    """
    try:
        yield
    except DlrunError:
        raise
    except (Exception, *ENDINGS) as error:  # `sys.exit(0)` there is no success.
        raise CodeError(told(error, file, definition)) from error


@contextmanager
def exit_is_failure() -> Iterator[None]:
    """Tell `sys.exit` and its like in code of a config as errors: dlrun would end so.

    Raises:
        CodeError: in its place.
    """
    try:
        yield
    except ENDINGS as error:
        problem = blamed(error)
        if problem is None:
            raise
        raise CodeError(problem) from error


@contextmanager
def told_with_its_line() -> Iterator[None]:
    """Tell an error that has come through code of a config with the line of that.

    Raises:
        CodeError: in its place.
    """
    try:
        with exit_is_failure():
            yield
    except DlrunError:
        raise
    except Exception as error:
        problem = blamed(error)
        if problem is None:
            raise
        raise CodeError(problem) from error


def _words(error: BaseException) -> str:
    text = str(error)
    for around in _AROUND:
        inner = around.search(text)
        text = inner[1] if inner else text
    lines = text.strip().splitlines()
    name = type(error).__name__
    return f"{name}: {lines[0]}" if lines else name


def _place(error: BaseException) -> Location | None:
    """The innermost line of such code that the error has come through."""
    seen: set[int] = set()
    waiting: list[BaseException | None] = [error]
    for one in waiting:  # It grows on the way.
        if one is None or id(one) in seen:
            continue
        seen.add(id(one))
        for frame in reversed(traceback.extract_tb(one.__traceback__)):
            if frame.filename in RAN and frame.lineno:
                one_line = frame.end_lineno in {None, frame.lineno}
                start, end = frame.colno or 0, frame.end_colno if one_line else None
                return _location(frame.filename, frame.lineno, start, end)
        waiting += [one.__cause__, one.__context__]
    for file, line in reversed(_IN_WORDS.findall(str(error))):
        if file in RAN:
            return _location(file, int(line), 0, None)
    return None


def _location(file: str, line: int, start: int, end: int | None) -> Location:
    lines = RAN[file]
    text = lines[line - 1] if line <= len(lines) else ""
    data = text.encode()  # Python counts in bytes.
    begin = max(len(data[:start].decode()), len(text) - len(text.lstrip()))
    stop = len(text if end is None else data[:end].decode())
    stop = stop if stop > begin else len(text)
    return Location(file, line, begin + 1, max(1, stop - begin), text)
